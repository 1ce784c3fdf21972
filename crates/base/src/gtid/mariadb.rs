//! MariaDB's GTIDs: `domain-server-sequence`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A transaction's identifier on MariaDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MariadbGtid {
    /// `gtid_domain_id`
    pub domain: u32,
    /// `server_id` of the server where the transaction first committed.
    pub server_id: u32,
    /// Sequence number in the domain.
    pub sequence: u64,
}

impl fmt::Display for MariadbGtid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.domain, self.server_id, self.sequence)
    }
}

/// A text is no MariaDB GTID, or a list names a domain and server twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MariadbGtidError {
    /// `Could not parse GTID list` (error 1941).
    Malformed,
    /// Two GTIDs of one domain and server, the later one first (error 1943).
    Duplicate(MariadbGtid, MariadbGtid),
}

impl fmt::Display for MariadbGtidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MariadbGtidError::Malformed => f.write_str("Could not parse GTID list"),
            MariadbGtidError::Duplicate(a, b) => {
                write!(
                    f,
                    "GTID {a} and {b} conflict (duplicate domain id {})",
                    a.domain
                )
            }
        }
    }
}

impl std::error::Error for MariadbGtidError {}

impl FromStr for MariadbGtid {
    type Err = MariadbGtidError;

    fn from_str(text: &str) -> Result<MariadbGtid, MariadbGtidError> {
        let mut parts = text.trim_ascii().split('-');
        let mut number = || -> Option<u64> {
            let part = parts.next()?;
            let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten()
        };
        let parsed = (|| {
            Some(MariadbGtid {
                domain: u32::try_from(number()?).ok()?,
                server_id: u32::try_from(number()?).ok()?,
                sequence: number()?,
            })
        })();
        match parsed {
            Some(gtid) if parts.next().is_none() => Ok(gtid),
            Some(_) | None => Err(MariadbGtidError::Malformed),
        }
    }
}

/// GTIDs in the order they were added: a position (`gtid_slave_pos`, one a domain) or a binary log's state
/// (one a domain and server, the domain's last one last).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MariadbGtidList(Vec<MariadbGtid>);

impl MariadbGtidList {
    /// The empty list.
    pub const fn new() -> MariadbGtidList {
        MariadbGtidList(Vec::new())
    }

    /// The GTIDs.
    pub fn iter(&self) -> impl Iterator<Item = &MariadbGtid> {
        self.0.iter()
    }

    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a position: `gtid` takes the place of its domain's previous one.
    pub fn advance(&mut self, gtid: MariadbGtid) {
        match self.0.iter_mut().find(|own| own.domain == gtid.domain) {
            Some(own) => *own = gtid,
            None => self.0.push(gtid),
        }
    }

    /// As a binary log's state: `gtid` takes the place of its domain's and server's previous one and
    /// becomes the last of its domain.
    pub fn record(&mut self, gtid: MariadbGtid) {
        self.0
            .retain(|own| (own.domain, own.server_id) != (gtid.domain, gtid.server_id));
        let after = self.0.iter().rposition(|own| own.domain == gtid.domain);
        let index = after.map_or(self.0.len(), |index| index + 1);
        self.0.insert(index, gtid);
    }

    /// As a position: each domain of `other` is at that sequence number or beyond.
    pub fn has_reached(&self, other: &MariadbGtidList) -> bool {
        other.iter().all(|wanted| {
            self.last_of(wanted.domain)
                .is_some_and(|own| own.sequence >= wanted.sequence)
        })
    }

    /// The last GTID of a domain.
    pub fn last_of(&self, domain: u32) -> Option<MariadbGtid> {
        self.0
            .iter()
            .rev()
            .find(|own| own.domain == domain)
            .copied()
    }
}

impl fmt::Display for MariadbGtidList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, gtid) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            gtid.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for MariadbGtidList {
    type Err = MariadbGtidError;

    fn from_str(text: &str) -> Result<MariadbGtidList, MariadbGtidError> {
        let mut list: Vec<MariadbGtid> = Vec::new();
        if text.trim_ascii().is_empty() {
            return Ok(MariadbGtidList(list));
        }
        for part in text.split(',') {
            let gtid: MariadbGtid = part.parse()?;
            let key = (gtid.domain, gtid.server_id);
            if let Some(earlier) = list.iter().find(|own| (own.domain, own.server_id) == key) {
                return Err(MariadbGtidError::Duplicate(gtid, *earlier));
            }
            list.push(gtid);
        }
        Ok(MariadbGtidList(list))
    }
}

impl FromIterator<MariadbGtid> for MariadbGtidList {
    fn from_iter<I: IntoIterator<Item = MariadbGtid>>(gtids: I) -> MariadbGtidList {
        MariadbGtidList(gtids.into_iter().collect())
    }
}
