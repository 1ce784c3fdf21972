//! What SET accepts for a variable: the rules of the server, by kind of value.
//!
//! Numbers take integers only and are cut to their bounds; words and booleans take words and indices; texts take
//! texts only. A wrong type is error 1232, a wrong value 1231.

use understudy_base::error::MysqlError;
use understudy_values::charset::{Charset, Collation};
use understudy_values::types::CollationId;

use super::definition::{Definition, Kind, NOT_EMPTY, NOT_NULL};
use super::sql_mode;
use crate::session::FAMILY;

/// A value as a statement or an option gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// NULL
    Null,
    /// An integer.
    Int(i128),
    /// A decimal or a double.
    Real(f64),
    /// A text, or a bare word.
    Text(String),
}

impl Given {
    fn shown(&self) -> String {
        match self {
            Given::Null => "NULL".to_owned(),
            Given::Int(value) => value.to_string(),
            Given::Real(value) => shortest(*value),
            Given::Text(text) => text.clone(),
        }
    }
}

/// A double as warnings print it: `1e20`, `1.5`, `-1`.
fn shortest(value: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e15 || value.abs() < 1e-15) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// As SHOW VARIABLES prints it.
    pub text: String,
    /// The value that did not fit and was cut, as warning 1292 prints it.
    pub cut: Option<String>,
}

fn kept(text: impl Into<String>) -> Checked {
    Checked {
        text: text.into(),
        cut: None,
    }
}

/// Error 1231.
pub fn wrong_value(name: &str, value: &str) -> MysqlError {
    let message = format!("Variable '{name}' can't be set to the value of '{value}'");
    MysqlError::new(1231, message)
}

/// Error 1232.
fn wrong_type(name: &str) -> MysqlError {
    MysqlError::new(
        1232,
        format!("Incorrect argument type to variable '{name}'"),
    )
}

/// A value as the variable keeps it.
pub fn check(definition: &Definition, given: &Given) -> Result<Checked, MysqlError> {
    let name = definition.name;
    match definition.kind {
        Kind::Int(least, most) => integer(name, given, i128::from(least), i128::from(most), 1),
        Kind::Blocks(least, most, block) => {
            let (least, most) = (i128::from(least), i128::from(most));
            integer(name, given, least, most, i128::from(block))
        }
        Kind::Signed(least, most) => integer(name, given, i128::from(least), i128::from(most), 1),
        Kind::Double(least, most) => double(name, given, least, most),
        Kind::Text => text(definition, given),
        Kind::Bool | Kind::Enum(_) | Kind::Set(_) | Kind::Flags(_) | Kind::SqlMode => {
            word(definition, given)
        }
        Kind::Charset => charset(name, given),
        Kind::Collation => collation(name, given),
    }
}

fn integer(
    name: &str,
    given: &Given,
    least: i128,
    most: i128,
    block: i128,
) -> Result<Checked, MysqlError> {
    let Given::Int(number) = given else {
        return Err(wrong_type(name));
    };
    let mut fits = (*number).clamp(least, most);
    fits -= fits.rem_euclid(block.max(1));
    fits = fits.max(least);
    Ok(Checked {
        text: fits.to_string(),
        cut: (fits != *number).then(|| number.to_string()),
    })
}

fn double(name: &str, given: &Given, least: f64, most: f64) -> Result<Checked, MysqlError> {
    let number = match given {
        #[allow(clippy::cast_precision_loss)] // as the server converts it
        Given::Int(number) => *number as f64,
        Given::Real(number) => *number,
        Given::Null | Given::Text(_) => return Err(wrong_type(name)),
    };
    let fits = number.clamp(least, most);
    Ok(Checked {
        text: format!("{fits:.6}"),
        cut: (fits != number).then(|| shortest(number)),
    })
}

fn text(definition: &Definition, given: &Given) -> Result<Checked, MysqlError> {
    let name = definition.name;
    match given {
        Given::Null if definition.is(NOT_NULL) => Err(wrong_value(name, "NULL")),
        Given::Null => Ok(kept("")),
        Given::Text(text) if text.is_empty() && definition.is(NOT_EMPTY) => {
            Err(wrong_value(name, ""))
        }
        Given::Text(text) => Ok(kept(text.clone())),
        Given::Int(_) | Given::Real(_) => Err(wrong_type(name)),
    }
}

/// Kinds that take words and their indices or bits.
fn word(definition: &Definition, given: &Given) -> Result<Checked, MysqlError> {
    let name = definition.name;
    let wrong = || wrong_value(name, &given.shown());
    if matches!(given, Given::Real(_)) {
        return Err(wrong_type(name));
    }
    let found = match (definition.kind, given) {
        (Kind::Bool, given) => one_of(&["OFF", "ON"], given),
        (Kind::Enum(words), given) => one_of(words, given).or_else(|| {
            // The only enumeration that also takes words of booleans.
            let Given::Text(text) = given else {
                return None;
            };
            (name == "enforce_gtid_consistency")
                .then(|| match text.to_ascii_lowercase().as_str() {
                    "true" => Some("ON".to_owned()),
                    "false" => Some("OFF".to_owned()),
                    _ => None,
                })
                .flatten()
        }),
        (Kind::Set(words), Given::Int(bits)) => set_of_bits(words, *bits),
        (Kind::Set(words), Given::Text(text)) => match set_of_words(words, text) {
            Ok(found) => Some(found),
            Err(part) => return Err(wrong_value(name, &part)),
        },
        (Kind::Flags(words), Given::Text(text)) => flags(definition.default, words, text),
        (Kind::SqlMode, Given::Int(bits)) => sql_mode::of_bits(*bits),
        (Kind::SqlMode, Given::Text(text)) => match sql_mode::normalise(text) {
            Ok(found) => Some(found),
            Err(part) => return Err(wrong_value(name, &part)),
        },
        _ => None,
    };
    found.map(kept).ok_or_else(wrong)
}

fn one_of(words: &[&str], given: &Given) -> Option<String> {
    let found = match given {
        Given::Text(text) => words.iter().find(|w| w.eq_ignore_ascii_case(text)),
        Given::Int(index) => usize::try_from(*index).ok().and_then(|i| words.get(i)),
        Given::Null | Given::Real(_) => None,
    };
    found.map(|word| (*word).to_owned())
}

fn set_of_bits(words: &[&str], bits: i128) -> Option<String> {
    let bits = u128::try_from(bits).ok()?;
    if bits >> words.len() != 0 {
        return None;
    }
    let on = words.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
    let on: Vec<&str> = on.map(|(_, word)| *word).collect();
    Some(on.join(","))
}

/// The words of a list in the order of the set; the part that is none is the error.
fn set_of_words(words: &[&str], text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(',').filter(|p| !p.is_empty()).collect();
    for part in &parts {
        if !words.iter().any(|w| w.eq_ignore_ascii_case(part)) {
            return Err((*part).to_owned());
        }
    }
    let on = words
        .iter()
        .filter(|word| parts.iter().any(|p| p.eq_ignore_ascii_case(word)));
    Ok(on.copied().collect::<Vec<_>>().join(","))
}

/// `a=on,b=off` over the default of every word not named.
fn flags(default: &str, words: &[&str], text: &str) -> Option<String> {
    let mut values: Vec<(&str, String)> = default
        .split(',')
        .filter_map(|f| f.split_once('='))
        .map(|(word, value)| (word, value.to_owned()))
        .collect();
    for part in text.split(',').filter(|p| !p.is_empty()) {
        if part.eq_ignore_ascii_case("default") {
            continue;
        }
        let (word, value) = part.split_once('=')?;
        let word = words.iter().find(|w| w.eq_ignore_ascii_case(word))?;
        let value = value.to_ascii_lowercase();
        let entry = values.iter_mut().find(|(name, _)| name == word)?;
        match value.as_str() {
            "on" | "off" => entry.1 = value,
            "default" => {}
            _ => return None,
        }
    }
    let texts: Vec<String> = values.iter().map(|(w, v)| format!("{w}={v}")).collect();
    Some(texts.join(","))
}

fn charset(name: &str, given: &Given) -> Result<Checked, MysqlError> {
    let unknown = |text: &str| MysqlError::new(1115, format!("Unknown character set: '{text}'"));
    match given {
        Given::Null if name == "character_set_results" => Ok(kept("")),
        Given::Null => Err(wrong_value(name, "NULL")),
        Given::Real(_) => Err(wrong_type(name)),
        Given::Int(id) => {
            let found = u16::try_from(*id).ok().map(CollationId);
            let found = found.and_then(|id| Collation::by_id(id).ok());
            let charset = found.ok_or_else(|| unknown(&id.to_string()))?.charset();
            Ok(kept(charset.name))
        }
        Given::Text(text) if text.is_empty() && name == "character_set_results" => Ok(kept("")),
        Given::Text(text) => {
            let charset = Charset::by_name(text).ok_or_else(|| unknown(text))?;
            Ok(kept(charset.name))
        }
    }
}

fn collation(name: &str, given: &Given) -> Result<Checked, MysqlError> {
    let unknown = |text: &str| MysqlError::new(1273, format!("Unknown collation: '{text}'"));
    match given {
        Given::Null => Err(wrong_value(name, "NULL")),
        Given::Real(_) => Err(wrong_type(name)),
        Given::Int(id) => {
            let found = u16::try_from(*id).ok().map(CollationId);
            let found = found.and_then(|id| Collation::by_id(id).ok());
            let found = found.ok_or_else(|| unknown(&id.to_string()))?;
            Ok(kept(found.name_for(FAMILY)))
        }
        Given::Text(text) => {
            let found = Collation::by_name(text, FAMILY).ok_or_else(|| unknown(text))?;
            Ok(kept(found.name_for(FAMILY)))
        }
    }
}

/// A text of an option or of a stored value, typed as the variable's kind wants it.
pub fn given_of_text(definition: &Definition, text: &str) -> Given {
    let number = || text.trim().parse::<i128>().ok().map(Given::Int);
    let found = match definition.kind {
        Kind::Int(..) | Kind::Blocks(..) | Kind::Signed(..) => number(),
        Kind::Double(..) => text.trim().parse::<f64>().ok().map(Given::Real),
        Kind::Bool => match text.to_ascii_uppercase().as_str() {
            "TRUE" | "1" => Some(Given::Int(1)),
            "FALSE" | "0" => Some(Given::Int(0)),
            _ => None,
        },
        Kind::Enum(words) | Kind::Set(words) | Kind::Flags(words) => {
            let named = words.iter().any(|w| w.eq_ignore_ascii_case(text));
            if named { None } else { number() }
        }
        Kind::Text | Kind::SqlMode | Kind::Charset | Kind::Collation => None,
    };
    found.unwrap_or_else(|| Given::Text(text.to_owned()))
}
