//! PARTITION BY and lists of partition definitions.

use crate::ast::{
    Expr, IntervalSpec, PartitionMethod, PartitionOption, PartitionSpec, PartitionValues,
    Partitioning, SubpartitionSpec,
};
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

impl Parser<'_> {
    /// `PARTITION BY ...`
    pub(super) fn partitioning(&mut self) -> PResult<Partitioning> {
        let start = self.token().start;
        self.expect_kws(&[Kw::Partition, Kw::By])?;
        let method = self.partition_method()?;
        let count = self.partition_count(Kw::Partitions)?;
        let (mut subpartitioning, mut subpartition_count) = (None, None);
        if self.eat_kw(Kw::Subpartition) {
            self.expect_kw(Kw::By)?;
            subpartitioning = Some(self.hash_or_key()?);
            subpartition_count = self.partition_count(Kw::Subpartitions)?;
        }
        let partitions = if self.kind() == TokenKind::LeftParen && !self.paren_holds_query() {
            self.partition_list()?
        } else {
            Vec::new()
        };
        Ok(Partitioning {
            source: self.source_from(start),
            method,
            count,
            subpartitioning,
            subpartition_count,
            partitions,
        })
    }

    fn partition_count(&mut self, kw: Kw) -> PResult<Option<u64>> {
        if self.eat_kw(kw) {
            self.eat(TokenKind::Eq);
            return self.number().map(Some);
        }
        Ok(None)
    }

    fn partition_method(&mut self) -> PResult<PartitionMethod> {
        match self.kw() {
            Kw::Range | Kw::List => {
                let range = self.bump().kind == TokenKind::Word(Kw::Range);
                if self.eat_kw(Kw::Columns) {
                    let columns = self.paren_idents()?;
                    return Ok(if range {
                        PartitionMethod::RangeColumns(columns)
                    } else {
                        PartitionMethod::ListColumns(columns)
                    });
                }
                let expr = self.paren_expr()?;
                Ok(if range {
                    PartitionMethod::Range(expr)
                } else {
                    PartitionMethod::List(expr)
                })
            }
            Kw::SystemTime => self.system_time_method(),
            _ => self.hash_or_key(),
        }
    }

    fn hash_or_key(&mut self) -> PResult<PartitionMethod> {
        let linear = self.eat_kw(Kw::Linear);
        if self.eat_kw(Kw::Hash) {
            let expr = self.paren_expr()?;
            return Ok(PartitionMethod::Hash { linear, expr });
        }
        self.expect_kw(Kw::Key)?;
        let mut algorithm = None;
        if self.eat_kw(Kw::Algorithm) {
            self.eat_equal();
            algorithm = Some(self.number()?);
        }
        self.expect(TokenKind::LeftParen)?;
        let columns = if self.kind() == TokenKind::RightParen {
            Vec::new()
        } else {
            self.list(Self::ident)?
        };
        self.expect(TokenKind::RightParen)?;
        Ok(PartitionMethod::Key {
            linear,
            algorithm,
            columns,
        })
    }

    fn system_time_method(&mut self) -> PResult<PartitionMethod> {
        self.bump();
        let (mut interval, mut limit, mut starts) = (None, None, None);
        if self.is_kw(Kw::Interval) {
            let (value, unit) = self.interval()?;
            interval = Some(IntervalSpec { value, unit });
            if self.eat_kw(Kw::Starts) {
                starts = Some(self.expr()?);
            }
        } else if self.eat_kw(Kw::Limit) {
            limit = Some(self.number()?);
        }
        let auto = self.eat_kw(Kw::Auto);
        Ok(PartitionMethod::SystemTime {
            interval,
            limit,
            starts,
            auto,
        })
    }

    pub(super) fn paren_expr(&mut self) -> PResult<Expr> {
        self.expect(TokenKind::LeftParen)?;
        let expr = self.nested(Self::expr)?;
        self.expect(TokenKind::RightParen)?;
        Ok(expr)
    }

    /// `(PARTITION p0 ..., ...)`
    pub(super) fn partition_list(&mut self) -> PResult<Vec<PartitionSpec>> {
        self.paren_list(Self::partition_spec)
    }

    /// `PARTITION name VALUES ... options (subpartitions)`; MariaDB lets the word be left out.
    pub(super) fn partition_spec(&mut self) -> PResult<PartitionSpec> {
        if !self.eat_kw(Kw::Partition) && !self.mariadb() {
            return Err(self.fail());
        }
        let name = self.short_ident()?;
        let values = self.partition_values()?;
        let options = self.partition_options()?;
        let subpartitions = if self.kind() == TokenKind::LeftParen {
            self.paren_list(|p| {
                p.expect_kw(Kw::Subpartition)?;
                let name = p.ident_or_text()?;
                let options = p.partition_options()?;
                Ok(SubpartitionSpec { name, options })
            })?
        } else {
            Vec::new()
        };
        Ok(PartitionSpec {
            name,
            values,
            options,
            subpartitions,
        })
    }

    fn partition_values(&mut self) -> PResult<PartitionValues> {
        if self.mariadb() {
            match self.kw() {
                Kw::Current => {
                    self.bump();
                    return Ok(PartitionValues::Current);
                }
                Kw::History => {
                    self.bump();
                    return Ok(PartitionValues::History);
                }
                Kw::Default => {
                    self.bump();
                    return Ok(PartitionValues::Default);
                }
                _ => {}
            }
        }
        if !self.eat_kw(Kw::Values) {
            return Ok(PartitionValues::None);
        }
        if self.eat_kw(Kw::Less) {
            self.expect_kw(Kw::Than)?;
            if self.eat_kw(Kw::Maxvalue) {
                return Ok(PartitionValues::LessThan(vec![None]));
            }
            return self
                .paren_list(Self::partition_value)
                .map(PartitionValues::LessThan);
        }
        self.expect_kw(Kw::In)?;
        if self.mariadb() && self.eat_kw(Kw::Default) {
            return Ok(PartitionValues::Default);
        }
        self.paren_list(|p| {
            // A row of values for LIST COLUMNS over several columns, or one value.
            if p.kind() == TokenKind::LeftParen {
                p.paren_list(Self::partition_value)
            } else {
                Ok(vec![p.partition_value()?])
            }
        })
        .map(PartitionValues::In)
    }

    fn partition_value(&mut self) -> PResult<Option<Expr>> {
        if self.eat_kw(Kw::Maxvalue) {
            return Ok(None);
        }
        self.nested(|p| p.bit_level(0)).map(Some)
    }

    fn partition_options(&mut self) -> PResult<Vec<PartitionOption>> {
        let mut options = Vec::new();
        while let Some(option) = self.partition_option()? {
            options.push(option);
        }
        Ok(options)
    }

    fn partition_option(&mut self) -> PResult<Option<PartitionOption>> {
        let kw = self.kw();
        let option = match kw {
            Kw::Storage | Kw::Engine => {
                self.bump();
                if kw == Kw::Storage {
                    self.expect_kw(Kw::Engine)?;
                }
                self.eat_equal();
                PartitionOption::Engine(self.ident_or_text()?)
            }
            Kw::Comment => {
                self.bump();
                self.eat_equal();
                PartitionOption::Comment(self.text()?)
            }
            Kw::Data | Kw::Index => {
                self.bump();
                self.expect_kw(Kw::Directory)?;
                self.eat_equal();
                let path = self.text()?;
                if kw == Kw::Data {
                    PartitionOption::DataDirectory(path)
                } else {
                    PartitionOption::IndexDirectory(path)
                }
            }
            Kw::MaxRows | Kw::MinRows | Kw::Nodegroup => {
                self.bump();
                self.eat_equal();
                let n = self.number()?;
                match kw {
                    Kw::MaxRows => PartitionOption::MaxRows(n),
                    Kw::MinRows => PartitionOption::MinRows(n),
                    _ => PartitionOption::NodeGroup(n),
                }
            }
            Kw::Tablespace => {
                self.bump();
                self.eat_equal();
                PartitionOption::Tablespace(self.ident_or_text()?)
            }
            _ => return Ok(self.engine_option()?.map(PartitionOption::EngineDefined)),
        };
        Ok(Some(option))
    }
}
