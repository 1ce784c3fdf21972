//! The filters of a server: the global ones, and a set of its own for each channel.
//!
//! As in MySQL: a channel begins with what start options say for it, and with the global rules for the kinds
//! they do not speak of. CHANGE REPLICATION FILTER without a channel changes all channels and the global
//! rules, with FOR CHANNEL that channel alone; RESET REPLICA ALL forgets the channel's rules. Nothing of this
//! outlives a restart but the options. Whoever changes a channel's rules has seen that its applier is stopped;
//! a running applier keeps the set that it was given.

use super::Filters;
use crate::names;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use understudy_base::filter::{ConfiguredBy, FilterChange, FilterKind, FilterRow, FilterRule};

/// A rule of the command line or an option file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartFilter {
    /// Channel that it is for; `None` for all.
    pub channel: Option<String>,
    /// Kind.
    pub kind: FilterKind,
    /// The rule.
    pub rule: FilterRule,
}

#[derive(Debug, Default)]
struct Inner {
    global: Filters,
    /// What start options say of single channels.
    started: BTreeMap<String, Filters>,
    channels: BTreeMap<String, Arc<Filters>>,
}

/// All filters of the server.
#[derive(Debug, Default)]
pub struct FilterBook {
    inner: Mutex<Inner>,
}

fn now_us() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
        })
}

impl FilterBook {
    /// The rules of the start options.
    pub fn new(options: &[StartFilter]) -> FilterBook {
        let mut inner = Inner::default();
        let now = now_us();
        for option in options {
            let (filters, by) = match &option.channel {
                None => (&mut inner.global, ConfiguredBy::StartupOptions),
                Some(channel) => {
                    // A name that cannot be a channel's is kept as it is, for the warning.
                    let key = names::normal(channel).unwrap_or_else(|_| channel.clone());
                    (
                        inner.started.entry(key).or_default(),
                        ConfiguredBy::StartupOptionsForChannel,
                    )
                }
            };
            filters.add(option.kind, option.rule.clone(), by, now);
        }
        FilterBook {
            inner: Mutex::new(inner),
        }
    }

    /// Forgets options for channels that are not configured when the server starts, as the real server does.
    pub fn keep_started(&self, configured: &[&str]) {
        self.lock().started.retain(|channel, _| {
            let kept = configured.contains(&channel.as_str());
            if !kept {
                tracing::warn!(
                    "There are per-channel replication filter(s) configured for channel '{channel}' which does not \
                     exist. The filter(s) have been discarded."
                );
            }
            kept
        });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What a panicking holder leaves are plain values.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The channel's rules, made from the start options and the global rules the first time.
    pub fn channel(&self, name: &str) -> Arc<Filters> {
        let mut inner = self.lock();
        if let Some(filters) = inner.channels.get(name) {
            return filters.clone();
        }
        let mut filters = inner.started.get(name).cloned().unwrap_or_default();
        filters.inherit(&inner.global, now_us());
        let filters = Arc::new(filters);
        inner.channels.insert(name.to_owned(), filters.clone());
        filters
    }

    /// Changes the rules of every channel and the global ones.
    pub fn change_all(&self, changes: &[FilterChange]) {
        let mut inner = self.lock();
        let now = now_us();
        let inner = &mut *inner;
        let channels = inner.channels.values_mut().map(Arc::make_mut);
        for filters in channels.chain([&mut inner.global]) {
            for change in changes {
                filters.set(change, ConfiguredBy::ChangeFilter, now);
            }
        }
    }

    /// Changes the rules of the default channel and those that others begin with: what MariaDB's variables do.
    pub fn change_default(&self, changes: &[FilterChange]) {
        self.channel("");
        let mut inner = self.lock();
        let (now, inner) = (now_us(), &mut *inner);
        let channel = inner.channels.get_mut("").map(Arc::make_mut);
        for filters in channel.into_iter().chain([&mut inner.global]) {
            for change in changes {
                filters.set(change, ConfiguredBy::ChangeFilter, now);
            }
        }
    }

    /// Changes the rules of one channel.
    pub fn change_channel(&self, name: &str, changes: &[FilterChange]) {
        self.channel(name);
        let mut inner = self.lock();
        if let Some(filters) = inner.channels.get_mut(name) {
            let filters = Arc::make_mut(filters);
            for change in changes {
                filters.set(change, ConfiguredBy::ChangeFilterForChannel, now_us());
            }
        }
    }

    /// RESET REPLICA ALL: the channel begins anew when it is configured again. Options that named it are
    /// spent.
    pub fn forget(&self, name: &str) {
        let mut inner = self.lock();
        inner.channels.remove(name);
        inner.started.remove(name);
    }

    /// `replication_applier_filters`, for these channels.
    pub fn channel_rows(&self, channels: &[String]) -> Vec<FilterRow> {
        channels
            .iter()
            .flat_map(|name| self.channel(name).rows(Some(name)))
            .collect()
    }

    /// `replication_applier_global_filters`.
    pub fn global_rows(&self) -> Vec<FilterRow> {
        self.lock().global.rows(None)
    }
}
