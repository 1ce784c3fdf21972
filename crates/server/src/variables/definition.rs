//! What a system variable is: its name, values, scope and default.

/// What values a variable takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `ON` or `OFF`.
    Bool,
    /// An unsigned number between two bounds; beyond them it is cut, with a warning.
    Int(u64, u64),
    /// As `Int`, and cut to a multiple of the third number.
    Blocks(u64, u64, u64),
    /// A signed number between two bounds.
    Signed(i64, i64),
    /// A number between two bounds, kept with six decimals.
    Double(f64, f64),
    /// One of these words, or its index.
    Enum(&'static [&'static str]),
    /// A comma-separated list of these words, or the bits of their indices.
    Set(&'static [&'static str]),
    /// A list of `word=on` or `word=off`.
    Flags(&'static [&'static str]),
    /// Any text.
    Text,
    /// A list of sql modes.
    SqlMode,
    /// A character set.
    Charset,
    /// A collation.
    Collation,
}

impl Kind {
    /// The least and the largest number, as `performance_schema.variables_info` shows them.
    pub fn bounds(self) -> Option<(String, String)> {
        match self {
            Kind::Int(least, most) | Kind::Blocks(least, most, _) => {
                Some((least.to_string(), most.to_string()))
            }
            Kind::Signed(least, most) => Some((least.to_string(), most.to_string())),
            Kind::Double(least, most) => Some((format!("{least:.6}"), format!("{most:.6}"))),
            Kind::Bool
            | Kind::Enum(_)
            | Kind::Set(_)
            | Kind::Flags(_)
            | Kind::Text
            | Kind::SqlMode
            | Kind::Charset
            | Kind::Collation => None,
        }
    }
}

/// Where a variable exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Once in the server.
    Global,
    /// In each session only.
    Session,
    /// In each session, beginning with the global value.
    Both,
}

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// Name, in 9.7's spelling.
    pub name: &'static str,
    /// Values.
    pub kind: Kind,
    /// Where it exists.
    pub scope: Scope,
    /// Default.
    pub default: &'static str,
    /// Can be set while the server runs.
    pub dynamic: bool,
    /// Peculiarities: a sum of the constants of this module.
    pub flags: u8,
    /// Text of warning 1287 when the variable is set; empty when it is not deprecated.
    pub deprecated: &'static str,
}

impl Definition {
    /// Has one of these peculiarities.
    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// `DEFAULT` is error 1230.
pub const NO_DEFAULT: u8 = 1;
/// NULL where no value was given: SELECT shows NULL and SHOW VARIABLES nothing.
pub const NULL: u8 = 2;
/// Setting it to NULL is error 1231.
pub const NOT_NULL: u8 = 4;
/// Setting it to an empty text is error 1231.
pub const NOT_EMPTY: u8 = 8;
/// The session's copy cannot be set: error 1621.
pub const SESSION_FIXED: u8 = 16;

/// PERSIST_ONLY is error 1238.
pub const NOT_PERSISTENT: u8 = 32;
/// Kept apart in `mysqld-auto.cnf`: the real server reads it before other options.
pub const PARSE_EARLY: u8 = 64;

/// A row of a generated table.
pub const fn row(
    name: &'static str,
    kind: Kind,
    scope: Scope,
    default: &'static str,
    dynamic: bool,
    flags: u8,
    deprecated: &'static str,
) -> Definition {
    Definition {
        name,
        kind,
        scope,
        default,
        dynamic,
        flags,
        deprecated,
    }
}

/// A row without peculiarities.
pub const fn def(
    name: &'static str,
    kind: Kind,
    scope: Scope,
    default: &'static str,
    dynamic: bool,
) -> Definition {
    row(name, kind, scope, default, dynamic, 0, "")
}
