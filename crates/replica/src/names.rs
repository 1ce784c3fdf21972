//! Channel names, and the names of a channel's files.
//!
//! Names are compared without case and kept in lower case, as MySQL keeps them. In a file name every character
//! that is not a letter, a digit or `_` is written `@` and four hexadecimal digits (MySQL's file name
//! character set); the default channel, whose name is empty, adds nothing.

use std::fmt::Write;
use understudy_base::error::MysqlError;

/// Longest channel name, characters.
const LONGEST: usize = 64;

/// The name as it is kept; 3076 when it cannot be one.
pub(crate) fn normal(name: &str) -> Result<String, MysqlError> {
    if name.chars().count() > LONGEST {
        return Err(MysqlError::new(
            3076,
            "Couldn't create channel: Channel name is either invalid or too long.",
        ));
    }
    Ok(name.to_lowercase())
}

/// The name as part of a file name.
fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(out, "@{unit:04x}");
            }
        }
    }
    out
}

/// The name that a part of a file name stands for.
fn decoded(text: &str) -> Option<String> {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..)?;
        if c == '@' {
            units.push(u16::from_str_radix(rest.get(..4)?, 16).ok()?);
            rest = rest.get(4..)?;
        } else {
            let mut buffer = [0; 2];
            units.extend_from_slice(c.encode_utf16(&mut buffer));
        }
    }
    String::from_utf16(&units).ok()
}

/// Base name of the relay log.
pub(crate) fn relay_log(base: &str, channel: &str) -> String {
    if channel.is_empty() {
        base.to_owned()
    } else {
        format!("{base}-{}", encoded(channel))
    }
}

/// Name of the relay log's index where an option gives one.
pub(crate) fn relay_log_index(option: Option<&str>, channel: &str) -> Option<String> {
    let name = option?;
    if channel.is_empty() {
        return Some(name.to_owned());
    }
    let stem = name.strip_suffix(".index").unwrap_or(name);
    Some(format!("{stem}-{}.index", encoded(channel)))
}

/// Name of the file with the channel's settings.
pub(crate) fn config_file(channel: &str) -> String {
    if channel.is_empty() {
        "understudy-channel.json".to_owned()
    } else {
        format!("understudy-channel-{}.json", encoded(channel))
    }
}

/// The channel of a settings file; `None` for other files.
pub(crate) fn channel_of_config_file(file: &str) -> Option<String> {
    if file == "understudy-channel.json" {
        return Some(String::new());
    }
    let part = file
        .strip_prefix("understudy-channel-")?
        .strip_suffix(".json")?;
    decoded(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_way_to_a_file_name_and_back() {
        for name in ["", "b", "aa-b.x", "gr\u{fc}n/../\u{1f600} @"] {
            let file = config_file(name);
            assert!(!file.contains('/'), "{file}");
            assert_eq!(channel_of_config_file(&file).as_deref(), Some(name));
        }
        assert_eq!(
            relay_log("vm-relay-bin", "aa-b.x"),
            "vm-relay-bin-aa@002db@002ex"
        );
        assert_eq!(channel_of_config_file("understudy-channel-@00.json"), None);
    }

    #[test]
    fn names_are_kept_in_lower_case_and_bounded() {
        assert_eq!(normal("Aa-B.x").unwrap(), "aa-b.x");
        assert_eq!(normal(&"x".repeat(65)).unwrap_err().errno, 3076);
    }
}
