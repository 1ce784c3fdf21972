//! Replication filters as plain data: what statements and options say, and what status tables show.

/// The kinds of filter, in the order in which the real server lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterKind {
    /// `REPLICATE_DO_DB`
    DoDb,
    /// `REPLICATE_IGNORE_DB`
    IgnoreDb,
    /// `REPLICATE_DO_TABLE`
    DoTable,
    /// `REPLICATE_IGNORE_TABLE`
    IgnoreTable,
    /// `REPLICATE_WILD_DO_TABLE`
    WildDoTable,
    /// `REPLICATE_WILD_IGNORE_TABLE`
    WildIgnoreTable,
    /// `REPLICATE_REWRITE_DB`
    RewriteDb,
}

/// All kinds in order.
pub const FILTER_KINDS: [FilterKind; 7] = [
    FilterKind::DoDb,
    FilterKind::IgnoreDb,
    FilterKind::DoTable,
    FilterKind::IgnoreTable,
    FilterKind::WildDoTable,
    FilterKind::WildIgnoreTable,
    FilterKind::RewriteDb,
];

impl FilterKind {
    /// Name in statements and status tables.
    pub fn name(self) -> &'static str {
        match self {
            FilterKind::DoDb => "REPLICATE_DO_DB",
            FilterKind::IgnoreDb => "REPLICATE_IGNORE_DB",
            FilterKind::DoTable => "REPLICATE_DO_TABLE",
            FilterKind::IgnoreTable => "REPLICATE_IGNORE_TABLE",
            FilterKind::WildDoTable => "REPLICATE_WILD_DO_TABLE",
            FilterKind::WildIgnoreTable => "REPLICATE_WILD_IGNORE_TABLE",
            FilterKind::RewriteDb => "REPLICATE_REWRITE_DB",
        }
    }

    /// The kind whose option or variable has this name: lower case, with `_`.
    pub fn by_option(name: &str) -> Option<FilterKind> {
        FILTER_KINDS
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// One rule: database and nothing, database and table (names or patterns), or from and to of a rewrite.
pub type FilterRule = (String, String);

/// New rules of one kind in place of those there are; none clears them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterChange {
    /// Kind.
    pub kind: FilterKind,
    /// Rules in the order written.
    pub rules: Vec<FilterRule>,
}

/// Where rules come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfiguredBy {
    /// `STARTUP_OPTIONS`
    StartupOptions,
    /// `CHANGE_REPLICATION_FILTER`
    ChangeFilter,
    /// `STARTUP_OPTIONS_FOR_CHANNEL`
    StartupOptionsForChannel,
    /// `CHANGE_REPLICATION_FILTER_FOR_CHANNEL`
    ChangeFilterForChannel,
}

impl ConfiguredBy {
    /// As the status tables show it.
    pub fn name(self) -> &'static str {
        match self {
            ConfiguredBy::StartupOptions => "STARTUP_OPTIONS",
            ConfiguredBy::ChangeFilter => "CHANGE_REPLICATION_FILTER",
            ConfiguredBy::StartupOptionsForChannel => "STARTUP_OPTIONS_FOR_CHANNEL",
            ConfiguredBy::ChangeFilterForChannel => "CHANGE_REPLICATION_FILTER_FOR_CHANNEL",
        }
    }
}

/// One row of `replication_applier_filters` or `replication_applier_global_filters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterRow {
    /// Channel; `None` for a global filter.
    pub channel: Option<String>,
    /// Kind.
    pub kind: FilterKind,
    /// The rules as the table shows them.
    pub rule: String,
    /// Where they come from.
    pub configured_by: ConfiguredBy,
    /// Since when they hold, microseconds since the epoch.
    pub active_since_us: u64,
    /// How often a rule of this kind decided.
    pub counter: u64,
}

/// What `performance_schema` shows of filters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterTables {
    /// `replication_applier_filters`
    pub channels: Vec<FilterRow>,
    /// `replication_applier_global_filters`
    pub global: Vec<FilterRow>,
}

/// Rules in one text, as SHOW REPLICA STATUS shows them.
///
/// Tables of the exact kinds are in order of names, each once, as the real server keeps them in a set.
pub fn rules_text(kind: FilterKind, rules: &[FilterRule]) -> String {
    let texts = rules.iter().map(|(first, second)| match kind {
        FilterKind::DoDb | FilterKind::IgnoreDb => first.clone(),
        FilterKind::DoTable
        | FilterKind::IgnoreTable
        | FilterKind::WildDoTable
        | FilterKind::WildIgnoreTable => format!("{first}.{second}"),
        FilterKind::RewriteDb => format!("({first},{second})"),
    });
    let mut texts: Vec<String> = texts.collect();
    if matches!(kind, FilterKind::DoTable | FilterKind::IgnoreTable) {
        texts.sort();
        texts.dedup();
    }
    texts.join(",")
}

/// Rules in one text, as MariaDB's variables show them.
pub fn variable_text(kind: FilterKind, rules: &[FilterRule]) -> String {
    match kind {
        FilterKind::RewriteDb => {
            let texts: Vec<String> = rules.iter().map(|(a, b)| format!("{a}->{b}")).collect();
            texts.join(",")
        }
        FilterKind::DoDb
        | FilterKind::IgnoreDb
        | FilterKind::DoTable
        | FilterKind::IgnoreTable
        | FilterKind::WildDoTable
        | FilterKind::WildIgnoreTable => rules_text(kind, rules),
    }
}

/// One rule as an option gives it (`db`, `db.table`, `from->to`); the reason where it is malformed.
pub fn parse_rule(kind: FilterKind, text: &str) -> Result<FilterRule, String> {
    match kind {
        FilterKind::DoDb | FilterKind::IgnoreDb => Ok((text.to_owned(), String::new())),
        FilterKind::DoTable
        | FilterKind::IgnoreTable
        | FilterKind::WildDoTable
        | FilterKind::WildIgnoreTable => match text.split_once('.') {
            Some((db, table)) => Ok((db.to_owned(), table.to_owned())),
            None => Err(format!("Could not add {} rule '{text}'", rule_word(kind))),
        },
        FilterKind::RewriteDb => {
            let wrong = |what: &str| Err(format!("Bad syntax in replicate-rewrite-db - {what}"));
            let Some((from, to)) = text.split_once("->") else {
                return wrong("missing '->'");
            };
            match (from.trim(), to.trim()) {
                ("", _) => wrong("empty FROM db"),
                (_, "") => wrong("empty TO db"),
                (from, to) => Ok((from.to_owned(), to.to_owned())),
            }
        }
    }
}

fn rule_word(kind: FilterKind) -> &'static str {
    match kind {
        FilterKind::DoDb => "do db",
        FilterKind::IgnoreDb => "ignore db",
        FilterKind::DoTable => "do table",
        FilterKind::IgnoreTable => "ignore table",
        FilterKind::WildDoTable => "wild do table",
        FilterKind::WildIgnoreTable => "wild ignore table",
        FilterKind::RewriteDb => "rewrite db",
    }
}

/// Rules of a list separated by commas, as MariaDB's variables take them.
pub fn parse_list(kind: FilterKind, list: &str) -> Result<Vec<FilterRule>, String> {
    list.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| parse_rule(kind, part.trim_start()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: &str, b: &str) -> FilterRule {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn rules_of_options() {
        for (kind, text, expected) in [
            (FilterKind::DoDb, "a,b", Some(pair("a,b", ""))),
            (FilterKind::DoTable, "a.b.c", Some(pair("a", "b.c"))),
            (FilterKind::WildDoTable, r"a\_b.%", Some(pair(r"a\_b", "%"))),
            (FilterKind::IgnoreTable, "a", None),
            (FilterKind::RewriteDb, " a -> b ", Some(pair("a", "b"))),
            (FilterKind::RewriteDb, "a-b", None),
            (FilterKind::RewriteDb, "->b", None),
            (FilterKind::RewriteDb, "a->", None),
        ] {
            assert_eq!(parse_rule(kind, text).ok(), expected, "{text}");
        }
        let list = parse_list(FilterKind::WildDoTable, "b.t%,a.t , a.t,,c.%").unwrap();
        let text = rules_text(FilterKind::WildDoTable, &list);
        assert_eq!(text, "b.t%,a.t ,a.t,c.%");
    }

    #[test]
    fn texts_of_rules() {
        let rules = [pair("b", "t"), pair("a", "t"), pair("a", "t")];
        assert_eq!(rules_text(FilterKind::DoTable, &rules), "a.t,b.t");
        assert_eq!(rules_text(FilterKind::WildDoTable, &rules), "b.t,a.t,a.t");
        assert_eq!(rules_text(FilterKind::DoDb, &rules), "b,a,a");
        assert_eq!(
            rules_text(FilterKind::RewriteDb, &rules[..2]),
            "(b,t),(a,t)"
        );
        let variable = variable_text(FilterKind::RewriteDb, &rules[..2]);
        assert_eq!(variable, "b->t,a->t");
    }
}
