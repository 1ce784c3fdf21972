//! Function calls: those with a syntax of their own, aggregates, and all others by name and arguments.

use crate::ast::{
    Aggregate, AggregateKind, BinaryOp, CastType, CharsetSpec, DataType, Expr, Function,
    GeometryKind, IntSize, Literal, MatchMode, Source, TemporalKind, TrimSide,
};
use crate::context::SqlMode;
use crate::keyword::Kw;
use crate::lexer::TokenKind;

use super::{PResult, Parser};

/// Reserved words that are also functions with ordinary syntax.
const RESERVED_FUNCTIONS: &[Kw] = &[
    Kw::Char,
    Kw::CumeDist,
    Kw::CurrentDate,
    Kw::CurrentTime,
    Kw::CurrentTimestamp,
    Kw::CurrentRole,
    Kw::CurrentUser,
    Kw::Database,
    Kw::DenseRank,
    Kw::FirstValue,
    Kw::Grouping,
    Kw::If,
    Kw::Insert,
    Kw::Interval,
    Kw::Lag,
    Kw::LastValue,
    Kw::Lead,
    Kw::Left,
    Kw::Localtime,
    Kw::Localtimestamp,
    Kw::Mod,
    Kw::NthValue,
    Kw::Ntile,
    Kw::PercentRank,
    Kw::Rank,
    Kw::Repeat,
    Kw::Replace,
    Kw::Right,
    Kw::RowNumber,
    Kw::Schema,
    Kw::UtcDate,
    Kw::UtcTime,
    Kw::UtcTimestamp,
];

impl Parser<'_> {
    /// A word followed by `(`.
    pub(super) fn call(&mut self, kw: Kw) -> PResult<Expr> {
        let word = self.token();
        let adjacent = self.nth(1).start == word.end || self.mode(SqlMode::IGNORE_SPACE);
        if adjacent {
            if let Some(kind) = self.aggregate_kind(kw) {
                let call = self.nested(|p| p.aggregate(kind))?;
                return self.over(call);
            }
            if let Some(expr) = self.adjacent_call(kw)? {
                return Ok(expr);
            }
        }
        if let Some(expr) = self.special_call(kw)? {
            return Ok(expr);
        }
        if kw != Kw::NotKeyword
            && kw.reserved(self.ctx.dialect)
            && !RESERVED_FUNCTIONS.contains(&kw)
        {
            return Err(self.fail());
        }
        let token = self.bump();
        let name = self.word_text(token);
        let call = self.generic_call(None, name)?;
        self.over(call)
    }

    /// Calls that MySQL only knows without a space before the parenthesis.
    fn adjacent_call(&mut self, kw: Kw) -> PResult<Option<Expr>> {
        let parse = match kw {
            Kw::Cast => Self::cast,
            Kw::Extract => Self::extract,
            Kw::Position => Self::position,
            Kw::Substring | Kw::Substr | Kw::Mid => Self::substring,
            Kw::Trim => Self::trim,
            Kw::DateAdd | Kw::Adddate => Self::date_add,
            Kw::DateSub | Kw::Subdate => Self::date_sub,
            _ => return Ok(None),
        };
        self.nested(parse).map(Some)
    }

    fn special_call(&mut self, kw: Kw) -> PResult<Option<Expr>> {
        let parse = match kw {
            Kw::Case => Self::case_word,
            Kw::Exists => Self::exists,
            Kw::Convert => Self::convert,
            Kw::Row => Self::row,
            Kw::Char => Self::char_call,
            Kw::Default => Self::default_of,
            Kw::Values => Self::values_of,
            Kw::Value if self.mariadb() && self.values_function => Self::values_of,
            Kw::Interval if !self.interval_is_function() => Self::interval_operand,
            Kw::Match => Self::match_against,
            Kw::Timestampadd | Kw::Timestampdiff => Self::timestamp_function,
            Kw::GetFormat => Self::get_format,
            Kw::WeightString => Self::weight_string,
            Kw::JsonValue if !self.mariadb() => Self::json_value,
            Kw::Mod => Self::mod_call,
            _ => return Ok(None),
        };
        self.nested(parse).map(Some)
    }

    fn case_word(&mut self) -> PResult<Expr> {
        // `CASE (a) WHEN ...`: not a call. The word is reserved, so nothing else can be meant.
        self.case()
    }

    fn interval_operand(&mut self) -> PResult<Expr> {
        let (value, unit) = self.interval()?;
        self.expect(TokenKind::Plus)?;
        let expr = self.not_level()?;
        self.high = self.high.max(self.tree_depth);
        Ok(Expr::DateArith {
            expr: Box::new(expr),
            value: Box::new(value),
            unit,
            subtract: false,
        })
    }

    /// `(args)` of a call whose name is taken.
    pub(super) fn generic_call(&mut self, db: Option<String>, name: String) -> PResult<Expr> {
        self.nested(|p| {
            p.expect(TokenKind::LeftParen)?;
            let mut args = Vec::new();
            let mut arg_names: Vec<Option<String>> = Vec::new();
            if p.kind() != TokenKind::RightParen {
                loop {
                    args.push(p.expr()?);
                    arg_names.push(p.argument_name()?);
                    if !p.eat(TokenKind::Comma) {
                        break;
                    }
                }
            }
            p.expect(TokenKind::RightParen)?;
            if arg_names.iter().all(Option::is_none) {
                arg_names.clear();
            }
            Ok(Expr::Function(Function {
                db,
                name,
                args,
                arg_names,
            }))
        })
    }

    /// `[AS] name` after an argument of a loadable function.
    fn argument_name(&mut self) -> PResult<Option<String>> {
        if self.eat_kw(Kw::As) || self.is_ident() || self.kind() == TokenKind::String {
            return self.ident_or_text().map(Some);
        }
        Ok(None)
    }

    fn aggregate_kind(&self, kw: Kw) -> Option<AggregateKind> {
        Some(match kw {
            Kw::Count => AggregateKind::Count,
            Kw::Sum => AggregateKind::Sum,
            Kw::Avg => AggregateKind::Avg,
            Kw::Min => AggregateKind::Min,
            Kw::Max => AggregateKind::Max,
            Kw::Std | Kw::Stddev => AggregateKind::Std,
            Kw::StddevPop => AggregateKind::StddevPop,
            Kw::StddevSamp => AggregateKind::StddevSamp,
            Kw::Variance => AggregateKind::Variance,
            Kw::VarPop => AggregateKind::VarPop,
            Kw::VarSamp => AggregateKind::VarSamp,
            Kw::BitAnd => AggregateKind::BitAnd,
            Kw::BitOr => AggregateKind::BitOr,
            Kw::BitXor => AggregateKind::BitXor,
            Kw::GroupConcat => AggregateKind::GroupConcat,
            Kw::JsonArrayagg => AggregateKind::JsonArrayAgg,
            Kw::JsonObjectagg => AggregateKind::JsonObjectAgg,
            Kw::StCollect => AggregateKind::StCollect,
            _ => return None,
        })
    }

    fn aggregate(&mut self, kind: AggregateKind) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let mut call = Aggregate {
            kind,
            distinct: false,
            args: Vec::new(),
            order_by: Vec::new(),
            separator: None,
            limit: None,
        };
        if kind == AggregateKind::Count && self.kind() == TokenKind::Star {
            self.bump();
            self.expect(TokenKind::RightParen)?;
            return Ok(Expr::Aggregate(Box::new(call)));
        }
        call.distinct = self.eat_any(&[Kw::Distinct, Kw::All]) == Some(Kw::Distinct);
        call.distinct |= self.eat_kw(Kw::Distinct);
        call.args = self.list(Self::expr)?;
        let many = match kind {
            AggregateKind::GroupConcat => true,
            AggregateKind::Count => call.distinct,
            AggregateKind::JsonObjectAgg => call.args.len() == 2,
            _ => false,
        };
        if call.args.len() > 1 && !many {
            return Err(self.fail());
        }
        if matches!(
            kind,
            AggregateKind::GroupConcat | AggregateKind::JsonArrayAgg
        ) {
            if self.is_kw(Kw::Order) {
                call.order_by = self.order_by()?;
            }
            if self.eat_kw(Kw::Separator) {
                call.separator = Some(self.text_literal()?);
            }
            call.limit = self.limit()?;
        }
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Aggregate(Box::new(call)))
    }

    fn exists(&mut self) -> PResult<Expr> {
        self.bump();
        self.subquery().map(Expr::Exists)
    }

    fn row(&mut self) -> PResult<Expr> {
        self.bump();
        let items = self.paren_list(Self::expr)?;
        if items.len() < 2 {
            return Err(self.fail());
        }
        Ok(Expr::Row(items))
    }

    /// `MOD(a, b)` is `a % b`.
    fn mod_call(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let left = self.expr()?;
        self.expect(TokenKind::Comma)?;
        let right = self.expr()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Binary(BinaryOp::Mod, Box::new(left), Box::new(right)))
    }

    fn char_call(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let args = self.list(Self::expr)?;
        let charset = if self.eat_kw(Kw::Using) {
            Some(self.charset_name()?)
        } else {
            None
        };
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Char { args, charset })
    }

    fn default_of(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let column = self.column_ref()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::DefaultOf(column))
    }

    fn values_of(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let column = self.column_ref()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::ValuesOf(column))
    }

    fn cast(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let expr = Box::new(self.expr()?);
        let mut at_time_zone = None;
        if self.eat_word("AT") {
            self.expect_kws(&[Kw::Time, Kw::Zone])?;
            self.eat_kw(Kw::Interval);
            at_time_zone = Some(self.string()?);
        }
        self.expect_kw(Kw::As)?;
        let ty = self.cast_type()?;
        let array = self.eat_kw(Kw::Array);
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Cast {
            expr,
            at_time_zone,
            ty,
            array,
            convert: false,
        })
    }

    fn convert(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let expr = Box::new(self.expr()?);
        let out = if self.eat_kw(Kw::Using) {
            let charset = self.charset_or_default()?;
            Expr::ConvertUsing(expr, charset.unwrap_or_else(|| "default".to_owned()))
        } else {
            self.expect(TokenKind::Comma)?;
            Expr::Cast {
                expr,
                at_time_zone: None,
                ty: self.cast_type()?,
                array: false,
                convert: true,
            }
        };
        self.expect(TokenKind::RightParen)?;
        Ok(out)
    }

    /// Target type of CAST, CONVERT and RETURNING.
    pub(super) fn cast_type(&mut self) -> PResult<CastType> {
        let kw = self.kw();
        match kw {
            Kw::Signed | Kw::Unsigned => {
                self.bump();
                let _ = self.eat_any(&[Kw::Int, Kw::Integer]);
                Ok(if kw == Kw::Signed {
                    CastType::Signed
                } else {
                    CastType::Unsigned
                })
            }
            Kw::Int | Kw::Integer if self.mariadb() => {
                self.bump();
                Ok(CastType::Signed)
            }
            Kw::Interval if self.mariadb() => {
                self.bump();
                self.expect_kw(Kw::DaySecond)?;
                Ok(CastType::Interval(self.opt_width()?))
            }
            Kw::Char
            | Kw::Character
            | Kw::Nchar
            | Kw::National
            | Kw::Binary
            | Kw::Date
            | Kw::Time
            | Kw::Datetime
            | Kw::Timestamp
            | Kw::Decimal
            | Kw::Dec
            | Kw::Json
            | Kw::Float
            | Kw::Double
            | Kw::Real
            | Kw::Year
            | Kw::Varchar
            | Kw::Uuid
            | Kw::Inet4
            | Kw::Inet6
            | Kw::Vector => Ok(CastType::Type(self.data_type()?)),
            _ => match self.geometry_kind() {
                Some(kind) => {
                    self.bump();
                    Ok(CastType::Type(DataType::Geometry(kind)))
                }
                None => Err(self.fail()),
            },
        }
    }

    /// The spatial type that the current word names; not taken.
    pub(super) fn geometry_kind(&self) -> Option<GeometryKind> {
        Some(match self.kw() {
            Kw::Geometry => GeometryKind::Geometry,
            Kw::Point => GeometryKind::Point,
            Kw::Linestring => GeometryKind::LineString,
            Kw::Polygon => GeometryKind::Polygon,
            Kw::Multipoint => GeometryKind::MultiPoint,
            Kw::Multilinestring => GeometryKind::MultiLineString,
            Kw::Multipolygon => GeometryKind::MultiPolygon,
            Kw::Geometrycollection | Kw::Geomcollection => GeometryKind::GeometryCollection,
            _ => return None,
        })
    }

    fn extract(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let unit = self.interval_unit()?;
        self.expect_kw(Kw::From)?;
        let expr = self.expr()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Extract(unit, Box::new(expr)))
    }

    fn position(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let needle = self.bit_level(0)?;
        self.high = self.high.max(self.tree_depth);
        self.expect_kw(Kw::In)?;
        let haystack = self.expr()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Position(Box::new(needle), Box::new(haystack)))
    }

    /// `SUBSTRING(a, b, c)` and `SUBSTRING(a FROM b FOR c)`
    fn substring(&mut self) -> PResult<Expr> {
        let token = self.bump();
        let name = self.word_text(token);
        self.expect(TokenKind::LeftParen)?;
        let mut args = vec![self.expr()?];
        if self.eat_kw(Kw::From) {
            args.push(self.expr()?);
            if self.eat_kw(Kw::For) {
                args.push(self.expr()?);
            }
        } else {
            self.expect(TokenKind::Comma)?;
            args.push(self.expr()?);
            if self.eat(TokenKind::Comma) {
                args.push(self.expr()?);
            }
        }
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Function(Function {
            db: None,
            name,
            args,
            arg_names: Vec::new(),
        }))
    }

    fn trim(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let side = match self.eat_any(&[Kw::Leading, Kw::Trailing, Kw::Both]) {
            Some(Kw::Leading) => Some(TrimSide::Leading),
            Some(Kw::Trailing) => Some(TrimSide::Trailing),
            Some(_) => Some(TrimSide::Both),
            None => None,
        };
        let mut remove = None;
        if side.is_none() || !self.is_kw(Kw::From) {
            let first = self.expr()?;
            if side.is_none() && self.eat(TokenKind::RightParen) {
                return Ok(Expr::Trim {
                    side,
                    remove,
                    expr: Box::new(first),
                });
            }
            remove = Some(Box::new(first));
        }
        self.expect_kw(Kw::From)?;
        let expr = Box::new(self.expr()?);
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Trim { side, remove, expr })
    }

    fn date_add(&mut self) -> PResult<Expr> {
        self.date_arith(false)
    }

    fn date_sub(&mut self) -> PResult<Expr> {
        self.date_arith(true)
    }

    fn date_arith(&mut self, subtract: bool) -> PResult<Expr> {
        let token = self.bump();
        self.expect(TokenKind::LeftParen)?;
        let expr = self.expr()?;
        self.expect(TokenKind::Comma)?;
        let plain_days = matches!(token.kind, TokenKind::Word(Kw::Adddate | Kw::Subdate))
            && (!self.is_kw(Kw::Interval) || self.interval_is_function());
        if plain_days {
            let days = self.expr()?;
            self.expect(TokenKind::RightParen)?;
            return Ok(Expr::Function(Function {
                db: None,
                name: self.word_text(token),
                args: vec![expr, days],
                arg_names: Vec::new(),
            }));
        }
        let (value, unit) = self.interval()?;
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::DateArith {
            expr: Box::new(expr),
            value: Box::new(value),
            unit,
            subtract,
        })
    }

    fn timestamp_function(&mut self) -> PResult<Expr> {
        let diff = self.bump().kind == TokenKind::Word(Kw::Timestampdiff);
        self.expect(TokenKind::LeftParen)?;
        let unit = self.interval_unit()?;
        self.expect(TokenKind::Comma)?;
        let first = Box::new(self.expr()?);
        self.expect(TokenKind::Comma)?;
        let second = Box::new(self.expr()?);
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::TimestampFunction {
            diff,
            unit,
            first,
            second,
        })
    }

    fn get_format(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let kind = match self.kw() {
            Kw::Date => TemporalKind::Date,
            Kw::Time => TemporalKind::Time,
            Kw::Timestamp => TemporalKind::Timestamp,
            Kw::Datetime => TemporalKind::DateTime,
            _ => return Err(self.fail()),
        };
        self.bump();
        self.expect(TokenKind::Comma)?;
        let expr = Box::new(self.expr()?);
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::GetFormat(kind, expr))
    }

    fn weight_string(&mut self) -> PResult<Expr> {
        self.bump();
        self.expect(TokenKind::LeftParen)?;
        let expr = Box::new(self.expr()?);
        let mut cast = None;
        if self.eat_kw(Kw::As) {
            let binary = match self.eat_any(&[Kw::Char, Kw::Character, Kw::Binary]) {
                Some(kw) => kw == Kw::Binary,
                None => return Err(self.fail()),
            };
            cast = Some((binary, self.paren_number()?));
        }
        let start = self.token().start;
        let mut levels = false;
        if self.eat_kw(Kw::Level) {
            levels = true;
            self.list(|p| {
                p.number()?;
                if p.eat(TokenKind::Minus) {
                    p.number()?;
                }
                while p.eat_any(&[Kw::Asc, Kw::Desc, Kw::Reverse]).is_some() {}
                Ok(())
            })?;
        } else {
            while self.eat(TokenKind::Comma) {
                levels = true;
                self.number()?;
            }
        }
        let levels: Option<Source> = levels.then(|| self.source_from(start));
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::WeightString { expr, cast, levels })
    }

    /// `MATCH (a, b) AGAINST (expr [mode])`
    pub(super) fn match_against(&mut self) -> PResult<Expr> {
        self.bump();
        let columns = if self.kind() == TokenKind::LeftParen {
            self.paren_list(Self::column_ref)?
        } else {
            self.list(Self::column_ref)?
        };
        self.expect_kw(Kw::Against)?;
        self.expect(TokenKind::LeftParen)?;
        let against = self.bit_level(0)?;
        self.high = self.high.max(self.tree_depth);
        let mut mode = MatchMode::Natural;
        if self.eat_kw(Kw::In) {
            if self.eat_kw(Kw::Boolean) {
                mode = MatchMode::Boolean;
            } else {
                self.expect_kws(&[Kw::Natural, Kw::Language])?;
            }
            self.expect_kw(Kw::Mode)?;
        }
        if mode == MatchMode::Natural && self.eat_kw(Kw::With) {
            self.expect_kws(&[Kw::Query, Kw::Expansion])?;
            mode = MatchMode::QueryExpansion;
        }
        self.expect(TokenKind::RightParen)?;
        Ok(Expr::Match {
            columns,
            against: Box::new(against),
            mode,
        })
    }
}

/// `TINYINT(1)`, what BOOL stands for.
pub(super) fn bool_type() -> DataType {
    DataType::Int {
        size: IntSize::Tiny,
        width: Some(1),
        unsigned: false,
        zerofill: false,
    }
}

/// A literal NULL.
pub(super) fn null() -> Expr {
    Expr::Literal(Literal::Null)
}

/// No character set written.
pub(super) fn no_charset() -> CharsetSpec {
    CharsetSpec::default()
}
