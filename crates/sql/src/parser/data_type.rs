//! Column types with all their synonyms.

use crate::ast::{BlobSize, CharsetSpec, DataType, IntSize};
use crate::context::SqlMode;
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::call::{bool_type, no_charset};
use super::{PResult, Parser};

impl Parser<'_> {
    /// A type.
    pub(super) fn data_type(&mut self) -> PResult<DataType> {
        if let Some(kind) = self.geometry_kind() {
            self.bump();
            // MySQL and MariaDB accept and ignore a length on POINT.
            if kind == crate::ast::GeometryKind::Point && self.kind() == TokenKind::LeftParen {
                self.opt_width()?;
            }
            return Ok(DataType::Geometry(kind));
        }
        let kw = self.kw();
        if let Some(size) = int_size(kw) {
            self.bump();
            return self.int_type(size);
        }
        match kw {
            Kw::Bool | Kw::Boolean => {
                self.bump();
                Ok(bool_type())
            }
            Kw::Serial => self.word_type(DataType::Serial),
            Kw::Decimal | Kw::Dec | Kw::Numeric | Kw::Fixed => self.decimal_type(),
            Kw::Float | Kw::Float4 | Kw::Real | Kw::Double | Kw::Float8 => self.real_type(kw),
            Kw::Bit => {
                self.bump();
                Ok(DataType::Bit(self.opt_width()?))
            }
            Kw::Date => self.word_type(DataType::Date),
            Kw::Time => {
                self.bump();
                Ok(DataType::Time(self.opt_width()?))
            }
            Kw::Datetime => {
                self.bump();
                Ok(DataType::DateTime(self.opt_width()?))
            }
            Kw::Timestamp => {
                self.bump();
                Ok(DataType::Timestamp(self.opt_width()?))
            }
            Kw::Year => {
                self.bump();
                let width = self.opt_width()?;
                self.number_attributes()?;
                Ok(DataType::Year(width))
            }
            Kw::Json => self.word_type(DataType::Json),
            Kw::Uuid => self.word_type(DataType::Uuid),
            Kw::Inet4 => self.word_type(DataType::Inet4),
            Kw::Inet6 => self.word_type(DataType::Inet6),
            Kw::Vector => {
                self.bump();
                Ok(DataType::Vector(self.opt_width()?))
            }
            Kw::Enum | Kw::Set => self.member_type(kw),
            _ => self.text_type(kw),
        }
    }

    fn word_type(&mut self, ty: DataType) -> PResult<DataType> {
        self.bump();
        Ok(ty)
    }

    /// `(n)`, if there is a parenthesis, as 32 bits.
    pub(super) fn opt_width(&mut self) -> PResult<Option<u32>> {
        if self.kind() != TokenKind::LeftParen {
            return Ok(None);
        }
        let n = self.paren_number()?;
        Ok(Some(u32::try_from(n).unwrap_or(u32::MAX)))
    }

    fn opt_length(&mut self) -> PResult<Option<u64>> {
        if self.kind() != TokenKind::LeftParen {
            return Ok(None);
        }
        self.paren_number().map(Some)
    }

    /// `(p[, s])`; with `both`, `s` may not be left out.
    fn precision(&mut self, both: bool) -> PResult<(Option<u32>, Option<u32>)> {
        if !self.eat(TokenKind::LeftParen) {
            return Ok((None, None));
        }
        let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let precision = Some(narrow(self.loose_number()?));
        let scale = if self.eat(TokenKind::Comma) {
            Some(narrow(self.loose_number()?))
        } else if both {
            return Err(self.fail());
        } else {
            None
        };
        self.expect(TokenKind::RightParen)?;
        Ok((precision, scale))
    }

    /// `UNSIGNED`, `ZEROFILL` in any order; ZEROFILL implies UNSIGNED.
    fn number_attributes(&mut self) -> PResult<(bool, bool)> {
        let (mut unsigned, mut zerofill) = (false, false);
        while let Some(kw) = self.eat_any(&[Kw::Unsigned, Kw::Signed, Kw::Zerofill]) {
            unsigned |= kw != Kw::Signed;
            zerofill |= kw == Kw::Zerofill;
        }
        Ok((unsigned, zerofill))
    }

    fn int_type(&mut self, size: IntSize) -> PResult<DataType> {
        let width = self.opt_width()?;
        let (unsigned, zerofill) = self.number_attributes()?;
        Ok(DataType::Int {
            size,
            width,
            unsigned,
            zerofill,
        })
    }

    fn decimal_type(&mut self) -> PResult<DataType> {
        self.bump();
        let (precision, scale) = self.precision(false)?;
        let (unsigned, zerofill) = self.number_attributes()?;
        Ok(DataType::Decimal {
            precision,
            scale,
            unsigned,
            zerofill,
        })
    }

    fn real_type(&mut self, kw: Kw) -> PResult<DataType> {
        self.bump();
        let float = matches!(kw, Kw::Float | Kw::Float4)
            || (kw == Kw::Real && self.mode(SqlMode::REAL_AS_FLOAT));
        if matches!(kw, Kw::Double) {
            self.eat_kw(Kw::Precision);
        }
        let (precision, scale) = self.precision(!float)?;
        let (unsigned, zerofill) = self.number_attributes()?;
        Ok(if float {
            DataType::Float {
                precision,
                scale,
                unsigned,
                zerofill,
            }
        } else {
            DataType::Double {
                precision,
                scale,
                unsigned,
                zerofill,
            }
        })
    }

    fn member_type(&mut self, kw: Kw) -> PResult<DataType> {
        self.bump();
        let members = self.paren_list(Self::text_literal)?;
        let charset = self.charset_spec()?;
        Ok(if kw == Kw::Enum {
            DataType::Enum { members, charset }
        } else {
            DataType::Set { members, charset }
        })
    }

    fn text_type(&mut self, kw: Kw) -> PResult<DataType> {
        let size = match kw {
            Kw::Tinytext | Kw::Tinyblob => BlobSize::Tiny,
            Kw::Text | Kw::Blob => BlobSize::Normal,
            Kw::Mediumtext | Kw::Mediumblob => BlobSize::Medium,
            _ => BlobSize::Long,
        };
        match kw {
            Kw::Tinyblob | Kw::Blob | Kw::Mediumblob | Kw::Longblob => {
                self.bump();
                let length = if kw == Kw::Blob {
                    self.opt_length()?
                } else {
                    None
                };
                Ok(DataType::Blob { size, length })
            }
            Kw::Tinytext | Kw::Text | Kw::Mediumtext | Kw::Longtext => {
                self.bump();
                let length = if kw == Kw::Text {
                    self.opt_length()?
                } else {
                    None
                };
                let charset = self.charset_spec()?;
                Ok(DataType::Text {
                    size,
                    length,
                    charset,
                })
            }
            Kw::Binary => {
                self.bump();
                Ok(DataType::Binary(self.opt_length()?))
            }
            Kw::Varbinary => {
                self.bump();
                self.paren_number().map(|n| DataType::VarBinary(Some(n)))
            }
            Kw::Long => self.long_type(),
            Kw::Char
            | Kw::Character
            | Kw::Nchar
            | Kw::National
            | Kw::Nvarchar
            | Kw::Varchar
            | Kw::Varcharacter => self.char_type(kw),
            _ => self.named_type(),
        }
    }

    /// `LONG`, `LONG VARCHAR`, `LONG VARBINARY`, ...
    fn long_type(&mut self) -> PResult<DataType> {
        self.bump();
        if self.eat_kw(Kw::Varbinary) {
            return Ok(DataType::Blob {
                size: BlobSize::Medium,
                length: None,
            });
        }
        if self.eat_any(&[Kw::Char, Kw::Character]).is_some() {
            self.expect_kw(Kw::Varying)?;
        } else {
            let _ = self.eat_any(&[Kw::Varchar, Kw::Varcharacter]);
        }
        let charset = self.charset_spec()?;
        Ok(DataType::Text {
            size: BlobSize::Medium,
            length: None,
            charset,
        })
    }

    fn char_type(&mut self, kw: Kw) -> PResult<DataType> {
        self.bump();
        let mut national = matches!(kw, Kw::Nchar | Kw::Nvarchar | Kw::National);
        let mut varying = matches!(kw, Kw::Nvarchar | Kw::Varchar | Kw::Varcharacter);
        if kw == Kw::National {
            match self.eat_any(&[Kw::Char, Kw::Character, Kw::Varchar, Kw::Varcharacter]) {
                Some(kw) => varying = matches!(kw, Kw::Varchar | Kw::Varcharacter),
                None => return Err(self.fail()),
            }
        }
        if !varying {
            varying = self.eat_kw(Kw::Varying)
                || (kw == Kw::Nchar && self.eat_any(&[Kw::Varchar, Kw::Varcharacter]).is_some());
        }
        let length = if varying {
            Some(self.paren_number()?)
        } else {
            self.opt_length()?
        };
        let mut charset = if national {
            CharsetSpec {
                binary: self.eat_kw(Kw::Binary),
                ..no_charset()
            }
        } else {
            self.charset_spec()?
        };
        national &= charset.charset.is_none();
        charset.national = national;
        Ok(if varying {
            DataType::VarChar { length, charset }
        } else {
            DataType::Char { length, charset }
        })
    }

    /// `CHARACTER SET x`, `ASCII`, `UNICODE`, `BYTE`, `BINARY`
    pub(super) fn charset_spec(&mut self) -> PResult<CharsetSpec> {
        let mut spec = no_charset();
        spec.binary = self.eat_kw(Kw::Binary);
        if self.eat_charset()? {
            spec.charset = Some(self.charset_name()?);
        } else if let Some(kw) = self.eat_any(&[Kw::Ascii, Kw::Unicode, Kw::Byte]) {
            let name = match kw {
                Kw::Ascii => "latin1",
                Kw::Unicode => "ucs2",
                _ => "binary",
            };
            spec.charset = Some(name.to_owned());
        }
        if !spec.binary {
            spec.binary = self.eat_kw(Kw::Binary);
        }
        Ok(spec)
    }

    /// Types that are ordinary words: Oracle's names in MariaDB, and types of plugins.
    fn named_type(&mut self) -> PResult<DataType> {
        if !self.mariadb() || !self.is_ident() {
            return Err(self.fail());
        }
        let name = self.ident()?.to_ascii_lowercase();
        match name.as_str() {
            "varchar2" => {
                let length = Some(self.paren_number()?);
                let charset = self.charset_spec()?;
                Ok(DataType::VarChar { length, charset })
            }
            "number" => {
                let (precision, scale) = self.precision(false)?;
                let (unsigned, zerofill) = self.number_attributes()?;
                Ok(match precision {
                    None => DataType::Double {
                        precision,
                        scale,
                        unsigned,
                        zerofill,
                    },
                    Some(_) => DataType::Decimal {
                        precision,
                        scale: Some(scale.unwrap_or(0)),
                        unsigned,
                        zerofill,
                    },
                })
            }
            "clob" => {
                let charset = self.charset_spec()?;
                Ok(DataType::Text {
                    size: BlobSize::Long,
                    length: None,
                    charset,
                })
            }
            "raw" => self.paren_number().map(|n| DataType::VarBinary(Some(n))),
            _ => Ok(DataType::Named(name, self.opt_length()?)),
        }
    }
}

fn int_size(kw: Kw) -> Option<IntSize> {
    Some(match kw {
        Kw::Tinyint | Kw::Int1 => IntSize::Tiny,
        Kw::Smallint | Kw::Int2 => IntSize::Small,
        Kw::Mediumint | Kw::Int3 | Kw::Middleint => IntSize::Medium,
        Kw::Int | Kw::Integer | Kw::Int4 => IntSize::Int,
        Kw::Bigint | Kw::Int8 => IntSize::Big,
        _ => return None,
    })
}
