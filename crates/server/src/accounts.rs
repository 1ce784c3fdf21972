//! Accounts: who may connect and what they may do.
//!
//! They live in one file of the data directory, replaced whole at each change; nothing is in force that is
//! not in the file. An account is chosen as mysqld chooses it: the most specific host first.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use understudy_base::fs::replace_file;
use understudy_wire::auth::{CACHING_SHA2, NATIVE, challenge, native, sha256_crypt};
use understudy_wire::server::Credential;

use crate::like;

const FILE: &str = "accounts.json";
const VERSION: u32 = 1;

/// What an account may do, at one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Database pattern; `None` is `*.*`.
    pub database: Option<String>,
    /// Table; `None` is all of them.
    pub table: Option<String>,
    /// Privileges in upper case; `ALL PRIVILEGES` is all of the level.
    pub privileges: Vec<String>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name; empty is anybody.
    pub user: String,
    /// Host pattern.
    pub host: String,
    /// Authentication plugin.
    pub plugin: String,
    /// What the plugin stores; bytes, since `caching_sha2_password` salts are.
    pub authentication_string: Vec<u8>,
    /// Privileges.
    pub grants: Vec<Grant>,
    /// ACCOUNT LOCK
    pub locked: bool,
}

impl Account {
    /// An account without privileges, with this password.
    pub fn new(
        user: &str,
        host: &str,
        plugin: &str,
        password: &str,
    ) -> Result<Account, AccountError> {
        Ok(Account {
            user: user.to_owned(),
            host: host.to_owned(),
            plugin: plugin.to_owned(),
            authentication_string: stored_password(plugin, password)?,
            grants: Vec::new(),
            locked: false,
        })
    }

    /// May do `privilege` on every database.
    pub fn has_global(&self, privilege: &str) -> bool {
        let global = self.grants.iter().filter(|g| g.database.is_none());
        global
            .flat_map(|g| &g.privileges)
            .any(|p| p == privilege || p == "ALL PRIVILEGES")
    }

    /// May do `privilege` on something in `database`.
    pub fn has_on(&self, privilege: &str, database: &str, table: Option<&str>) -> bool {
        self.grants.iter().any(|grant| {
            let covers = match &grant.database {
                None => true,
                Some(pattern) => like::matches(database, pattern),
            };
            let table_covered = match (&grant.table, table) {
                (None, _) | (Some(_), None) => true,
                (Some(granted), Some(table)) => granted == table,
            };
            let named = |p: &String| p == privilege || p == "ALL PRIVILEGES";
            covers && table_covered && grant.privileges.iter().any(named)
        })
    }

    /// `'user'@'host'`
    pub fn quoted(&self) -> String {
        format!("'{}'@'{}'", self.user, self.host)
    }

    fn credential(&self, cache: Option<[u8; 32]>) -> Credential {
        if self.plugin == NATIVE {
            let text = String::from_utf8_lossy(&self.authentication_string);
            return Credential::Native(native::parse_hash(&text));
        }
        Credential::CachingSha2 {
            stored: self.authentication_string.clone(),
            cached: cache,
        }
    }
}

/// What a plugin stores for a password.
pub fn stored_password(plugin: &str, password: &str) -> Result<Vec<u8>, AccountError> {
    match plugin {
        NATIVE => Ok(native::hash(password.as_bytes()).into_bytes()),
        CACHING_SHA2 if password.is_empty() => Ok(Vec::new()),
        CACHING_SHA2 => {
            let salt = challenge().map_err(|_| AccountError::NoRandomness)?;
            Ok(sha256_crypt::hash(password.as_bytes(), &salt))
        }
        other => Err(AccountError::UnknownPlugin(other.to_owned())),
    }
}

/// Why accounts cannot be read or changed.
#[derive(Debug)]
pub enum AccountError {
    /// The file.
    File(PathBuf, std::io::Error),
    /// What is in the file.
    Content(PathBuf, String),
    /// A plugin that is not known here.
    UnknownPlugin(String),
    /// The system has no randomness to give.
    NoRandomness,
}

impl std::fmt::Display for AccountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AccountError::File(path, error) => write!(f, "{}: {error}", path.display()),
            AccountError::Content(path, error) => write!(f, "{}: {error}", path.display()),
            AccountError::UnknownPlugin(name) => write!(f, "Plugin '{name}' is not loaded"),
            AccountError::NoRandomness => f.write_str("no randomness to be had"),
        }
    }
}

impl std::error::Error for AccountError {}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    accounts: Vec<Account>,
}

/// All accounts of a data directory.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    inner: RwLock<Inner>,
}

#[derive(Debug)]
struct Inner {
    accounts: Vec<Account>,
    /// SHA256(SHA256(password)) of accounts whose password was seen.
    cache: HashMap<(String, String), [u8; 32]>,
}

impl Accounts {
    /// The data directory has its accounts already.
    pub fn exist(datadir: &Path) -> bool {
        datadir.join(FILE).exists()
    }

    /// Makes the first accounts: root, from this machine and from anywhere, who may do everything.
    pub fn initialise(datadir: &Path, root_password: &str) -> Result<(), AccountError> {
        let mut accounts = Vec::new();
        for host in ["localhost", "%"] {
            let mut root = Account::new("root", host, CACHING_SHA2, root_password)?;
            root.grants.push(Grant {
                database: None,
                table: None,
                privileges: vec!["ALL PRIVILEGES".to_owned(), "GRANT OPTION".to_owned()],
            });
            accounts.push(root);
        }
        save(&datadir.join(FILE), &accounts)
    }

    /// Reads the accounts.
    pub fn open(datadir: &Path) -> Result<Accounts, AccountError> {
        let path = datadir.join(FILE);
        let bytes = std::fs::read(&path).map_err(|e| AccountError::File(path.clone(), e))?;
        let wrong = |text: String| AccountError::Content(path.clone(), text);
        let content: Content = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
        if content.version != VERSION {
            return Err(wrong(format!("unknown version {}", content.version)));
        }
        Ok(Accounts {
            path: path.clone(),
            inner: RwLock::new(Inner {
                accounts: content.accounts,
                cache: HashMap::new(),
            }),
        })
    }

    /// The account that `user` from `host` is, and its credential.
    pub fn find(&self, user: &str, peer: &Peer) -> Option<(Account, Credential)> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let mut fitting: Vec<&Account> = inner
            .accounts
            .iter()
            .filter(|a| (a.user == user || a.user.is_empty()) && peer.matches(&a.host))
            .collect();
        fitting.sort_by_key(|a| (host_rank(&a.host), a.user.is_empty()));
        let account = (*fitting.first()?).clone();
        let key = (account.user.clone(), account.host.clone());
        let credential = account.credential(inner.cache.get(&key).copied());
        Some((account, credential))
    }

    /// The account of exactly this name and host.
    pub fn exact(&self, user: &str, host: &str) -> Option<Account> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let mut accounts = inner.accounts.iter();
        accounts.find(|a| a.user == user && a.host == host).cloned()
    }

    /// All accounts.
    pub fn all(&self) -> Vec<Account> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.accounts.clone()
    }

    /// Remembers a password that was seen.
    pub fn remember(&self, account: &Account, digest: [u8; 32]) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let key = (account.user.clone(), account.host.clone());
        inner.cache.insert(key, digest);
    }

    /// Forgets the passwords seen (FLUSH PRIVILEGES).
    pub fn forget(&self) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.cache.clear();
    }

    /// Changes the accounts: in the file first, then in force. An error of `change` changes nothing.
    pub fn change<E: From<AccountError>>(
        &self,
        change: impl FnOnce(&mut Vec<Account>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let mut accounts = inner.accounts.clone();
        change(&mut accounts)?;
        save(&self.path, &accounts)?;
        inner.accounts = accounts;
        inner.cache.clear();
        Ok(())
    }
}

fn save(path: &Path, accounts: &[Account]) -> Result<(), AccountError> {
    let content = Content {
        version: VERSION,
        accounts: accounts.to_vec(),
    };
    let bytes = serde_json::to_vec_pretty(&content)
        .map_err(|e| AccountError::Content(path.to_owned(), e.to_string()))?;
    replace_file(path, &bytes).map_err(|e| AccountError::File(path.to_owned(), e))
}

/// Hosts without wildcard come first, then longer patterns.
fn host_rank(host: &str) -> (bool, std::cmp::Reverse<usize>) {
    let wild = host.contains(['%', '_']) || host.is_empty();
    let fixed = host.find(['%', '_']).unwrap_or(host.len());
    (wild, std::cmp::Reverse(fixed))
}

/// Where a client comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Address; `None` on the unix socket.
    pub address: Option<IpAddr>,
    /// TCP port of the client; 0 on the unix socket.
    pub port: u16,
}

impl Peer {
    /// The host as USER() shows it. Names are not looked up, except that loopback is `localhost`.
    pub fn host(&self) -> String {
        match self.address {
            None => "localhost".to_owned(),
            Some(address) if address.is_loopback() => "localhost".to_owned(),
            Some(address) => address.to_string(),
        }
    }

    fn matches(&self, pattern: &str) -> bool {
        let by_address = self
            .address
            .is_some_and(|address| like::matches(&address.to_string(), pattern));
        pattern.is_empty() || by_address || like::matches(&self.host(), pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback() -> Peer {
        Peer {
            address: Some(IpAddr::from([127, 0, 0, 1])),
            port: 5,
        }
    }

    #[test]
    fn most_specific_account_is_chosen() {
        let dir = tempfile::tempdir().unwrap();
        Accounts::initialise(dir.path(), "secret").unwrap();
        let accounts = Accounts::open(dir.path()).unwrap();
        let chosen = |user: &str, peer: &Peer| accounts.find(user, peer).map(|(a, _)| a.host);
        assert_eq!(chosen("root", &loopback()).unwrap(), "localhost");
        let far = Peer {
            address: Some(IpAddr::from([10, 1, 2, 3])),
            port: 5,
        };
        assert_eq!(chosen("root", &far).unwrap(), "%");
        assert_eq!(chosen("nobody", &far), None);
        accounts
            .change::<AccountError>(|all| {
                all.push(Account::new("root", "10.1.%", NATIVE, "x")?);
                Ok(())
            })
            .unwrap();
        assert_eq!(chosen("root", &far).unwrap(), "10.1.%");
        let again = Accounts::open(dir.path()).unwrap();
        assert_eq!(again.all(), accounts.all());
    }

    #[test]
    fn grants_count_at_their_level() {
        let mut account = Account::new("u", "%", NATIVE, "").unwrap();
        account.grants.push(Grant {
            database: Some("shop%".to_owned()),
            table: None,
            privileges: vec!["SELECT".to_owned()],
        });
        assert!(account.has_on("SELECT", "shop1", Some("t")));
        assert!(!account.has_on("SELECT", "mysql", None));
        assert!(!account.has_global("SELECT"));
        assert!(Account::new("u", "%", "sha256_password", "x").is_err());
    }
}
