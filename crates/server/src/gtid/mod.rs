//! GTIDs as a client sees them: variables, `GTID_NEXT` and what a session owns, functions, tables.
//!
//! The sets themselves belong to replication ([`understudy_base::control::ReplicationControl::gtids`]). Sessions
//! write nothing, so a GTID that one owns becomes a transaction without changes. Worked flow: `SET GTID_NEXT` takes
//! a GTID into the session ([`Next::Assigned`]) and into [`Owners`]; the statement that ends the transaction
//! ([`next::after`]) records it and leaves `GTID_NEXT` as [`SessionGtid::used`], which every statement but a few
//! refuses until it is set again.

pub mod functions;
pub mod next;
pub mod tables;
pub mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use understudy_base::gtid::{Gtid, GtidSet, Tag, Tsid};

/// `GTID_NEXT`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// `AUTOMATIC`, `AUTOMATIC:tag`
    Automatic(Tag),
    /// `ANONYMOUS`
    Anonymous,
    /// A GTID.
    Assigned(Gtid),
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Next::Automatic(tag) if tag.is_none() => f.write_str("AUTOMATIC"),
            Next::Automatic(tag) => write!(f, "AUTOMATIC:{}", tag.as_str()),
            Next::Anonymous => f.write_str("ANONYMOUS"),
            Next::Assigned(gtid) => gtid.fmt(f),
        }
    }
}

/// What a session has of GTIDs.
#[derive(Clone, Debug)]
pub struct SessionGtid {
    /// `GTID_NEXT`
    pub next: Next,
    /// The session owns what `next` says: a GTID that was not executed before, or an anonymous transaction.
    pub owns: bool,
    /// The GTID of `next` was used up by a transaction: it must be set again.
    pub used: bool,
    /// A transaction is open.
    pub in_transaction: bool,
    /// GTIDs committed by the running statement, for `session_track_gtids`.
    pub committed: Option<Gtid>,
}

impl Default for SessionGtid {
    fn default() -> SessionGtid {
        SessionGtid {
            next: Next::Automatic(Tag::none()),
            owns: false,
            used: false,
            in_transaction: false,
            committed: None,
        }
    }
}

impl SessionGtid {
    /// `@@SESSION.gtid_owned`
    pub fn owned(&self) -> String {
        if self.owns {
            self.next.to_string()
        } else {
            String::new()
        }
    }
}

/// What sessions hold, by connection id, and what waits for GTIDs.
#[derive(Debug, Default)]
pub struct Owners {
    held: Mutex<BTreeMap<u64, Next>>,
    /// Calls of WAIT_FOR_EXECUTED_GTID_SET under way.
    waits: AtomicU64,
}

impl Owners {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Next>> {
        // Each change is one insertion or removal.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session holds this now; false when another one owns that GTID.
    fn take(&self, session: u64, next: &Next) -> bool {
        let mut held = self.lock();
        let assigned = matches!(next, Next::Assigned(_));
        if assigned && held.iter().any(|(id, own)| *id != session && own == next) {
            return false;
        }
        held.insert(session, next.clone());
        true
    }

    /// The session holds nothing any more.
    pub fn release(&self, session: u64) {
        self.lock().remove(&session);
    }

    /// Some session holds such a thing.
    fn any(&self, is: impl Fn(&Next) -> bool) -> bool {
        self.lock().values().any(is)
    }

    /// The GTIDs that are owned.
    fn gtids(&self) -> GtidSet {
        let mut set = GtidSet::new();
        for next in self.lock().values() {
            if let Next::Assigned(gtid) = next {
                set.add(gtid);
            }
        }
        set
    }

    /// Sessions with an anonymous transaction.
    pub fn anonymous(&self) -> usize {
        let held = self.lock();
        held.values().filter(|n| **n == Next::Anonymous).count()
    }

    /// `@@GLOBAL.gtid_owned`: `uuid:number#connection:number#connection`.
    fn text(&self) -> String {
        let mut owned: Vec<(Gtid, u64)> = Vec::new();
        for (session, next) in self.lock().iter() {
            if let Next::Assigned(gtid) = next {
                owned.push((gtid.clone(), *session));
            }
        }
        owned.sort();
        let mut text = String::new();
        let mut last: Option<Tsid> = None;
        for (gtid, session) in owned {
            if last.as_ref() != Some(&gtid.tsid) {
                if last.is_some() {
                    text.push_str(",\n");
                }
                text.push_str(&gtid.tsid.to_string());
                last = Some(gtid.tsid.clone());
            }
            text.push_str(&format!(":{}#{session}", gtid.gno));
        }
        text
    }

    /// A wait begins; it ends when the value is dropped.
    fn wait(&self) -> Wait<'_> {
        self.waits.fetch_add(1, Ordering::SeqCst);
        Wait(self)
    }

    fn waits(&self) -> bool {
        self.waits.load(Ordering::SeqCst) > 0
    }
}

/// A wait under way.
struct Wait<'a>(&'a Owners);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.waits.fetch_sub(1, Ordering::SeqCst);
    }
}
