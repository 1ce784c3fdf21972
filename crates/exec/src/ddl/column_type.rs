//! From a declared type to the column's type: default lengths, limits, character set, and the types that a
//! server quietly replaces.

use understudy_base::error::MysqlError;
use understudy_sql::ast::{CharsetSpec, DataType, StringLiteral};
use understudy_storage::schema::Flavour;
use understudy_values::charset::{Collation, convert, convert_utf8};
use understudy_values::types::{BlobSize, CollationId, ColumnType, IntSize};

use super::context::StatementContext;
use crate::{charsets, errors, literal};

/// A declared type, resolved.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub ty: ColumnType,
    /// A character set was written.
    pub explicit_charset: bool,
    /// MariaDB's `JSON`: the column gets a CHECK.
    pub json_check: bool,
    /// `SERIAL`
    pub serial: bool,
}

/// Resolves the type of column `name`; `collate` is its COLLATE clause.
pub(crate) fn resolve(
    name: &str,
    declared: &DataType,
    collate: Option<&str>,
    table_collation: CollationId,
    ctx: &StatementContext,
) -> Result<Resolved, MysqlError> {
    let r = Resolver {
        name,
        collate,
        table_collation,
        ctx,
        flavour: ctx.flavour,
    };
    let mut out = Resolved {
        ty: ColumnType::Json,
        explicit_charset: false,
        json_check: false,
        serial: false,
    };
    out.ty = match declared {
        DataType::Int {
            size,
            width,
            unsigned,
            zerofill,
        } => r.int(*size, *width, *unsigned, *zerofill)?,
        DataType::Serial => {
            out.serial = true;
            r.int(IntSize::Big, None, true, false)?
        }
        DataType::Decimal {
            precision,
            scale,
            unsigned,
            zerofill,
        } => r.decimal(*precision, *scale, *unsigned, *zerofill)?,
        DataType::Float {
            precision,
            scale,
            unsigned,
            zerofill,
        } => r.float(*precision, *scale, *unsigned, *zerofill)?,
        DataType::Double {
            precision,
            scale,
            unsigned,
            zerofill,
        } => ColumnType::Double {
            digits: r.digits(*precision, *scale)?,
            unsigned: *unsigned || *zerofill,
            zerofill: *zerofill,
        },
        DataType::Bit(bits) => r.bit(*bits)?,
        DataType::Date => ColumnType::Date,
        DataType::Time(fsp) => ColumnType::Time {
            fsp: r.fsp(*fsp)?,
            old: false,
        },
        DataType::DateTime(fsp) => ColumnType::DateTime {
            fsp: r.fsp(*fsp)?,
            old: false,
        },
        DataType::Timestamp(fsp) => ColumnType::Timestamp {
            fsp: r.fsp(*fsp)?,
            old: false,
        },
        DataType::Year(width) => r.year(*width)?,
        DataType::Binary(length) => ColumnType::Binary {
            length: r.char_length(*length)?,
        },
        DataType::VarBinary(length) => r.varchar(length.unwrap_or(1), CollationId::BINARY)?,
        DataType::Blob { size, length } => ColumnType::Blob {
            size: r.blob_size(*size, *length, CollationId::BINARY),
        },
        DataType::Char { length, charset } => {
            let collation = r.collation(charset, &mut out)?;
            let length = r.char_length(*length)?;
            if collation == CollationId::BINARY {
                ColumnType::Binary { length }
            } else {
                ColumnType::Char { length, collation }
            }
        }
        DataType::VarChar { length, charset } => {
            let collation = r.collation(charset, &mut out)?;
            r.varchar(length.unwrap_or(1), collation)?
        }
        DataType::Text {
            size,
            length,
            charset,
        } => {
            let collation = r.collation(charset, &mut out)?;
            r.text(*size, *length, collation)
        }
        DataType::Enum { members, charset } => {
            let collation = r.collation(charset, &mut out)?;
            ColumnType::Enum {
                members: r.members(members, collation)?,
                collation,
            }
        }
        DataType::Set { members, charset } => {
            let collation = r.collation(charset, &mut out)?;
            ColumnType::Set {
                members: r.members(members, collation)?,
                collation,
            }
        }
        DataType::Json if r.flavour.mariadb => {
            out.json_check = true;
            r.mariadb_json()?
        }
        DataType::Json => ColumnType::Json,
        DataType::Geometry(kind) => ColumnType::Geometry {
            kind: *kind,
            srid: None,
        },
        DataType::Vector(dimensions) => ColumnType::Vector {
            dimensions: dimensions.unwrap_or(2048),
            mariadb: r.flavour.mariadb,
        },
        DataType::Uuid => ColumnType::Uuid,
        DataType::Inet4 => ColumnType::Inet4,
        DataType::Inet6 => ColumnType::Inet6,
        DataType::Named(type_name, _) => {
            return Err(MysqlError::new(
                4161,
                format!("Unknown data type: '{type_name}'"),
            ));
        }
    };
    Ok(out)
}

struct Resolver<'a> {
    name: &'a str,
    collate: Option<&'a str>,
    table_collation: CollationId,
    ctx: &'a StatementContext,
    flavour: Flavour,
}

/// Display width of an integer type when none is declared (signed, unsigned).
fn default_width(size: IntSize, unsigned: bool) -> u16 {
    let (signed_width, unsigned_width) = match size {
        IntSize::Tiny => (4, 3),
        IntSize::Small => (6, 5),
        IntSize::Medium => (9, 8),
        IntSize::Int => (11, 10),
        IntSize::Big => (20, 20),
    };
    if unsigned {
        unsigned_width
    } else {
        signed_width
    }
}

impl Resolver<'_> {
    fn int(
        &self,
        size: IntSize,
        width: Option<u32>,
        unsigned: bool,
        zerofill: bool,
    ) -> Result<ColumnType, MysqlError> {
        let unsigned = unsigned || zerofill;
        let declared = match width {
            None | Some(0) => None,
            Some(width) if width > 255 => {
                return Err(errors::width_out_of_range(self.flavour, self.name, 255));
            }
            Some(width) => u16::try_from(width).ok(),
        };
        let keeps_width = self.flavour.mariadb || self.flavour.version < 80019;
        let width = if keeps_width || zerofill {
            Some(declared.unwrap_or_else(|| default_width(size, unsigned)))
        } else if size == IntSize::Tiny && declared == Some(1) && !unsigned {
            Some(1)
        } else {
            None
        };
        Ok(ColumnType::Int {
            size,
            unsigned,
            zerofill,
            width,
        })
    }

    fn decimal(
        &self,
        precision: Option<u32>,
        scale: Option<u32>,
        unsigned: bool,
        zerofill: bool,
    ) -> Result<ColumnType, MysqlError> {
        let scale = scale.unwrap_or(0);
        let max_scale = if self.flavour.mariadb { 38 } else { 30 };
        if scale > max_scale {
            return Err(errors::too_big_scale(
                self.flavour,
                scale.into(),
                self.name,
                max_scale,
            ));
        }
        let precision = precision.unwrap_or(0);
        if precision > 65 {
            return Err(errors::too_big_precision(
                self.flavour,
                precision.into(),
                self.name,
                65,
            ));
        }
        let precision = if precision == 0 {
            10.max(scale)
        } else {
            precision
        };
        if precision < scale {
            return Err(errors::precision_below_scale(self.flavour, self.name));
        }
        Ok(ColumnType::Decimal {
            precision: u8::try_from(precision).unwrap_or(65),
            scale: u8::try_from(scale).unwrap_or(30),
            unsigned: unsigned || zerofill,
            zerofill,
        })
    }

    fn digits(
        &self,
        precision: Option<u32>,
        scale: Option<u32>,
    ) -> Result<Option<(u8, u8)>, MysqlError> {
        let (Some(precision), Some(scale)) = (precision, scale) else {
            return Ok(None);
        };
        if scale > 30 && scale != 31 {
            let max = if self.flavour.mariadb { 38 } else { 30 };
            return Err(errors::too_big_scale(
                self.flavour,
                scale.into(),
                self.name,
                max,
            ));
        }
        if precision > 255 {
            return Err(errors::width_out_of_range(self.flavour, self.name, 255));
        }
        if precision < scale {
            return Err(errors::precision_below_scale(self.flavour, self.name));
        }
        Ok(u8::try_from(precision).ok().zip(u8::try_from(scale).ok()))
    }

    fn float(
        &self,
        precision: Option<u32>,
        scale: Option<u32>,
        unsigned: bool,
        zerofill: bool,
    ) -> Result<ColumnType, MysqlError> {
        let digits = self.digits(precision, scale)?;
        let unsigned = unsigned || zerofill;
        match (precision, scale) {
            (Some(bits), None) if bits > 53 => Err(MysqlError::new(
                1063,
                format!("Incorrect column specifier for column '{}'", self.name),
            )),
            (Some(bits), None) if bits > 24 => Ok(ColumnType::Double {
                digits: None,
                unsigned,
                zerofill,
            }),
            (Some(_) | None, Some(_) | None) => Ok(ColumnType::Float {
                digits,
                unsigned,
                zerofill,
            }),
        }
    }

    fn bit(&self, bits: Option<u32>) -> Result<ColumnType, MysqlError> {
        let bits = match bits {
            None | Some(0) => 1,
            Some(bits) => bits,
        };
        match u8::try_from(bits) {
            Ok(bits) if bits <= 64 => Ok(ColumnType::Bit { bits }),
            Ok(_) | Err(_) => Err(errors::width_out_of_range(self.flavour, self.name, 64)),
        }
    }

    fn fsp(&self, fsp: Option<u32>) -> Result<u8, MysqlError> {
        let fsp = fsp.unwrap_or(0);
        match u8::try_from(fsp) {
            Ok(fsp) if fsp <= 6 => Ok(fsp),
            Ok(_) | Err(_) => Err(errors::too_big_precision(
                self.flavour,
                fsp.into(),
                self.name,
                6,
            )),
        }
    }

    fn year(&self, width: Option<u32>) -> Result<ColumnType, MysqlError> {
        let modern = !self.flavour.mariadb && self.flavour.version >= 50700;
        if modern && !matches!(width, None | Some(4)) {
            return Err(MysqlError::new(
                1818,
                "Invalid display width. Use YEAR instead.",
            ));
        }
        let width = if self.flavour.mariadb && width == Some(2) {
            2
        } else {
            4
        };
        Ok(ColumnType::Year { width })
    }

    fn char_length(&self, length: Option<u64>) -> Result<u32, MysqlError> {
        match u32::try_from(length.unwrap_or(1)) {
            Ok(length) if length <= 255 => Ok(length),
            Ok(_) | Err(_) => Err(errors::column_too_long(self.name, 255)),
        }
    }

    /// VARCHAR and VARBINARY; too long becomes TEXT or BLOB without strict mode.
    fn varchar(&self, length: u64, collation: CollationId) -> Result<ColumnType, MysqlError> {
        let width = charsets::mbmaxlen(collation);
        let limit: u32 = if self.flavour.mariadb { 65532 } else { 65535 };
        let max = limit / width.max(1);
        match u32::try_from(length) {
            Ok(length) if length <= max => Ok(if collation == CollationId::BINARY {
                ColumnType::VarBinary { length }
            } else {
                ColumnType::VarChar { length, collation }
            }),
            Ok(_) | Err(_) if self.ctx.strict() => Err(errors::column_too_long(self.name, max)),
            Ok(_) | Err(_) => Ok(self.text(BlobSize::Normal, Some(length), collation)),
        }
    }

    fn text(&self, size: BlobSize, length: Option<u64>, collation: CollationId) -> ColumnType {
        let size = self.blob_size(size, length, collation);
        if collation == CollationId::BINARY {
            ColumnType::Blob { size }
        } else {
            ColumnType::Text { size, collation }
        }
    }

    /// `TEXT(n)` is the smallest type that holds n characters.
    fn blob_size(&self, size: BlobSize, length: Option<u64>, collation: CollationId) -> BlobSize {
        let (BlobSize::Normal, Some(length)) = (size, length) else {
            return size;
        };
        if length == 0 {
            return size;
        }
        match length.saturating_mul(charsets::mbmaxlen(collation).into()) {
            0..256 => BlobSize::Tiny,
            256..65536 => BlobSize::Normal,
            65536..16_777_216 => BlobSize::Medium,
            16_777_216.. => BlobSize::Long,
        }
    }

    fn mariadb_json(&self) -> Result<ColumnType, MysqlError> {
        let collation = match self.collate {
            Some(name) => CollationId(charsets::collation_by_name(name, self.flavour)?.id),
            None => CollationId(charsets::collation_by_name("utf8mb4_bin", self.flavour)?.id),
        };
        Ok(ColumnType::Text {
            size: BlobSize::Long,
            collation,
        })
    }

    fn members(
        &self,
        members: &[StringLiteral],
        collation: CollationId,
    ) -> Result<Vec<String>, MysqlError> {
        members
            .iter()
            .map(|member| {
                // A hexadecimal member is in the column's own character set.
                let client = self.ctx.client_collation;
                let text = match member.introducer.as_deref() {
                    Some("binary") if collation != CollationId::BINARY => {
                        crate::pack::to_utf8(&member.bytes, collation)
                            .map_err(|e| errors::value(&e))?
                    }
                    Some(_) | None => {
                        in_charset_of(collation, literal::utf8_text(member, client)?)?
                    }
                };
                Ok(if collation == CollationId::BINARY {
                    text
                } else {
                    text.trim_end_matches(' ').to_owned()
                })
            })
            .collect()
    }

    fn collation(&self, spec: &CharsetSpec, out: &mut Resolved) -> Result<CollationId, MysqlError> {
        let charset = match (&spec.charset, spec.national) {
            (Some(name), _) => Some(charsets::charset_by_name(name)?),
            (None, true) => Some(charsets::charset_by_name("utf8mb3")?),
            (None, false) => None,
        };
        out.explicit_charset = charset.is_some();
        if let Some(name) = self.collate {
            let chosen = match charset {
                Some(charset) => {
                    Collation::by_short_name(name, charset, charsets::server(self.flavour))
                }
                None => short_name_for(name, self.table_collation, self.flavour),
            };
            let chosen = match chosen {
                Some(found) => found,
                None => charsets::collation_by_name(name, self.flavour)?,
            };
            if let Some(charset) = charset
                && chosen.charset().name != charset.name
            {
                return Err(collation_mismatch(
                    chosen,
                    charset.name_for(charsets::server(self.flavour)),
                    self.flavour,
                ));
            }
            return Ok(CollationId(chosen.id));
        }
        let default = match charset {
            Some(charset) => self.ctx.default_collation(charset),
            None => self.table_collation,
        };
        if !spec.binary {
            return Ok(default);
        }
        let base = charset.or_else(|| Collation::by_id(default).ok().map(Collation::charset));
        Ok(base.map_or(default, |cs| cs.binary_collation()))
    }
}

/// MariaDB's `COLLATE uca1400_ai_ci`, for the character set in force.
pub(crate) fn short_name_for(
    name: &str,
    base: CollationId,
    flavour: Flavour,
) -> Option<&'static Collation> {
    if !flavour.mariadb || !name.to_ascii_lowercase().starts_with("uca1400") {
        return None;
    }
    let charset = Collation::by_id(base).ok()?.charset();
    Collation::by_short_name(name, charset, charsets::server(flavour))
}

/// 1253
pub(crate) fn collation_mismatch(
    collation: &Collation,
    charset: &str,
    flavour: Flavour,
) -> MysqlError {
    MysqlError::new(
        1253,
        format!(
            "COLLATION '{}' is not valid for CHARACTER SET '{charset}'",
            collation.name_for(charsets::server(flavour))
        ),
    )
}

/// The text with every character that the collation's character set lacks turned into `?`, as the server keeps
/// members.
fn in_charset_of(collation: CollationId, text: String) -> Result<String, MysqlError> {
    if text.is_ascii() || collation == CollationId::BINARY {
        return Ok(text);
    }
    let own = Collation::by_id(collation)
        .map_err(|e| errors::value(&e))?
        .charset();
    let (mut stored, mut back) = (Vec::new(), Vec::new());
    convert_utf8(&text, own, &mut stored).map_err(|e| errors::value(&e))?;
    let utf8mb4 = charsets::charset_by_name("utf8mb4")?;
    convert(own, utf8mb4, &stored, &mut back).map_err(|e| errors::value(&e))?;
    Ok(String::from_utf8_lossy(&back).into_owned())
}
