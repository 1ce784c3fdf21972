//! `--replicate-*`: one rule an option, repeated for several, with a channel in front if it is for that alone.

use understudy_base::filter::{FILTER_KINDS, FilterKind, FilterRule, parse_rule, variable_text};
use understudy_replica::filter::book::StartFilter;

/// The rule of one option: `rule`, `channel:rule`, or `:rule` for the default channel.
pub fn filter(kind: FilterKind, value: &str) -> anyhow::Result<StartFilter> {
    let (channel, rule) = match value.split_once(':') {
        Some((channel, rule)) => (Some(channel.to_owned()), rule),
        None => (None, value),
    };
    let rule = parse_rule(kind, rule).map_err(anyhow::Error::msg)?;
    Ok(StartFilter {
        channel,
        kind,
        rule,
    })
}

/// The global rules as variables.
pub fn filter_variables(filters: &[StartFilter]) -> Vec<(String, String)> {
    let of_kind = |kind: FilterKind| -> Vec<FilterRule> {
        let global = |f: &&StartFilter| f.kind == kind && f.channel.is_none();
        filters
            .iter()
            .filter(global)
            .map(|f| f.rule.clone())
            .collect()
    };
    FILTER_KINDS
        .into_iter()
        .map(|kind| {
            let text = variable_text(kind, &of_kind(kind));
            (kind.name().to_lowercase(), text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_in_front_of_rules() {
        for (value, channel, rule) in [
            ("a", None, "a"),
            ("c:a", Some("c"), "a"),
            (":a", Some(""), "a"),
            ("c:a:b", Some("c"), "a:b"),
        ] {
            let filter = filter(FilterKind::DoDb, value).unwrap();
            assert_eq!(filter.channel.as_deref(), channel, "{value}");
            assert_eq!(filter.rule, (rule.to_owned(), String::new()), "{value}");
        }
        let rewrite = filter(FilterKind::RewriteDb, "c:a -> b").unwrap();
        assert_eq!(rewrite.rule, ("a".to_owned(), "b".to_owned()));
        assert!(filter(FilterKind::WildDoTable, "a").is_err());
    }
}
