//! Plugins: the two names of the semi-synchronous replica, which real servers keep in shared libraries.
//!
//! There is nothing to load here: INSTALL PLUGIN makes the variables and status variables of that name appear,
//! as the library would. One name excludes the other. `rpl_semi_sync_slave_*` exist without a plugin too, as
//! in MariaDB, which has them built in, unless the plugin of the other name is installed. What INSTALL PLUGIN
//! installed is kept in the data directory, as `mysql.plugin` is.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use understudy_base::error::MysqlError;
use understudy_base::fs::replace_file;
use understudy_sql::ast::{Install, Uninstall};

use crate::diagnostics::Level;
use crate::session::Session;
use crate::set;
use crate::show::server::AUTHENTICATION_PLUGINS;
use crate::variables::{self, DEFINITIONS};

/// File in the data directory.
const FILE: &str = "plugins.json";
const VERSION: u32 = 1;

/// A plugin that can be installed.
#[derive(Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Name.
    pub name: &'static str,
    /// Library.
    pub library: &'static str,
    /// What its variables begin with.
    prefix: &'static str,
    /// What information_schema says of it.
    pub description: &'static str,
    /// What 9.7 tells to stop before UNINSTALL.
    busy: &'static str,
}

/// The plugins there are.
static KNOWN: [Plugin; 2] = [
    Plugin {
        name: "rpl_semi_sync_replica",
        library: "semisync_replica.so",
        prefix: "rpl_semi_sync_replica_",
        description: "Replica-side semi-synchronous replication.",
        busy: "Stop any active semisynchronous I/O threads on this replica first.",
    },
    Plugin {
        name: "rpl_semi_sync_slave",
        library: "semisync_slave.so",
        prefix: "rpl_semi_sync_slave_",
        description: "Semi-synchronous replication slave",
        busy: "Stop any active semisynchronous I/O threads on this slave first.",
    },
];

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    /// Names.
    installed: Vec<String>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By INSTALL PLUGIN: kept.
    installed: Vec<&'static Plugin>,
    /// By `plugin_load`: for this run.
    loaded: Vec<&'static Plugin>,
}

impl Inner {
    fn active(&self) -> impl Iterator<Item = &'static Plugin> {
        self.installed.iter().chain(&self.loaded).copied()
    }
}

/// The plugins of a server.
#[derive(Debug)]
pub struct Plugins {
    datadir: PathBuf,
    inner: RwLock<Inner>,
}

fn known(name: &str) -> Option<&'static Plugin> {
    KNOWN.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}

fn plugin_dir(datadir: &Path) -> String {
    format!("{}/plugin/", datadir.display())
}

impl Plugins {
    /// Reads what is installed and loads what `plugin_load` names (`name=library;library;...`, one element an
    /// option). As in the real server a plugin that cannot be loaded is an error in the log and no more.
    pub fn open(datadir: &Path, load: &[String]) -> std::io::Result<Plugins> {
        let path = datadir.join(FILE);
        let wrong = |text: String| {
            let text = format!("{}: {text}", path.display());
            std::io::Error::new(std::io::ErrorKind::InvalidData, text)
        };
        let mut inner = Inner::default();
        match std::fs::read(&path) {
            Ok(bytes) => {
                let content: Content =
                    serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
                if content.version != VERSION {
                    return Err(wrong(format!("unknown version {}", content.version)));
                }
                for name in content.installed {
                    let plugin =
                        known(&name).ok_or_else(|| wrong(format!("unknown plugin {name}")))?;
                    inner.installed.push(plugin);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let plugins = Plugins {
            datadir: datadir.to_owned(),
            inner: RwLock::new(inner),
        };
        for item in load.iter().flat_map(|list| list.split(';')) {
            plugins.load(item.trim());
        }
        Ok(plugins)
    }

    fn load(&self, item: &str) {
        if item.is_empty() {
            return;
        }
        let (name, library) = match item.split_once('=') {
            Some((name, library)) => (Some(name), library),
            None => (None, item),
        };
        let file = with_suffix(library);
        let from_library = KNOWN.iter().find(|p| p.library == file);
        let name = name.or(from_library.map(|p| p.name)).unwrap_or(library);
        match self.check(name, &file) {
            Ok(plugin) => {
                let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
                inner.loaded.push(plugin);
            }
            Err(error) => {
                tracing::error!("{}.", error.message.trim_end_matches('.'));
                tracing::error!("Couldn't load plugin named '{name}' with soname '{library}'.");
            }
        }
    }

    /// The plugin of that name in that library, which is not installed and may be.
    fn check(&self, name: &str, library: &str) -> Result<&'static Plugin, MysqlError> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if library.contains('/') {
            return Err(MysqlError::new(1124, "No paths allowed for shared library"));
        }
        let exists = |plugin: &str| plugin.eq_ignore_ascii_case(name);
        if inner.active().any(|p| exists(p.name))
            || AUTHENTICATION_PLUGINS.iter().any(|p| exists(p))
        {
            let message = format!("Function '{name}' already exists");
            return Err(MysqlError::new(1125, message));
        }
        if !KNOWN.iter().any(|p| p.library == library) {
            let path = format!("{}{library}", plugin_dir(&self.datadir));
            let message = format!(
                "Can't open shared library '{path}' (errno: 2 {path}: cannot open shared object file: No such \
                 file or directory)"
            );
            return Err(MysqlError::new(1126, message));
        }
        let plugin = known(name)
            .filter(|p| p.library == library)
            .ok_or_else(|| {
                let message = format!("Can't find symbol '{name}' in library");
                MysqlError::new(1127, message)
            })?;
        if let Some(other) = inner.active().next() {
            let (name, other) = (plugin.name, other.name);
            let message =
                format!("Cannot install the {name} plugin when the {other} plugin is installed.");
            return Err(MysqlError::new(CONFLICT, message));
        }
        Ok(plugin)
    }

    /// The plugins in use.
    pub fn active(&self) -> Vec<&'static Plugin> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.active().collect()
    }

    /// Whether a variable or status variable of that name exists: those of a plugin that is not installed do
    /// not.
    pub fn shows(&self, variable: &str) -> bool {
        let folded = variable.to_ascii_lowercase();
        let Some(plugin) = KNOWN.iter().find(|p| folded.starts_with(p.prefix)) else {
            return true;
        };
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match inner.active().next() {
            Some(active) => active == plugin,
            // MariaDB's own vocabulary.
            None => plugin.name == "rpl_semi_sync_slave",
        }
    }

    fn save(&self, installed: &[&'static Plugin]) -> Result<(), MysqlError> {
        let content = Content {
            version: VERSION,
            installed: installed.iter().map(|p| p.name.to_owned()).collect(),
        };
        let path = self.datadir.join(FILE);
        let failed = |text: String| MysqlError::new(1030, format!("{}: {text}", path.display()));
        let bytes = serde_json::to_vec_pretty(&content).map_err(|e| failed(e.to_string()))?;
        replace_file(&path, &bytes).map_err(|e| failed(e.to_string()))
    }

    fn install(&self, name: &str, library: &str) -> Result<(), MysqlError> {
        let plugin = self.check(name, library)?;
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let mut installed = inner.installed.clone();
        installed.push(plugin);
        self.save(&installed)?;
        inner.installed = installed;
        Ok(())
    }

    fn uninstall(&self, plugin: &'static Plugin) -> Result<(), MysqlError> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let mut installed = inner.installed.clone();
        installed.retain(|p| *p != plugin);
        self.save(&installed)?;
        inner.installed = installed;
        inner.loaded.retain(|p| *p != plugin);
        Ok(())
    }
}

/// ER_INSTALL_PLUGIN_CONFLICT_CLIENT
const CONFLICT: u16 = 4045;

/// MariaDB takes the name of a library without its ending.
fn with_suffix(library: &str) -> String {
    if library.ends_with(".so") {
        library.to_owned()
    } else {
        format!("{library}.so")
    }
}

fn require(session: &Session, privilege: &str) -> Result<(), MysqlError> {
    if session.account.has_global(privilege) {
        return Ok(());
    }
    let (user, host) = (&session.user, &session.account.host);
    let message =
        format!("{privilege} command denied to user '{user}'@'{host}' for table 'plugin'");
    Err(MysqlError::new(1142, message))
}

/// INSTALL
pub fn install(session: &mut Session, statement: &Install) -> Result<(), MysqlError> {
    match statement {
        Install::Plugin {
            if_not_exists,
            name,
            soname,
        } => {
            require(session, "INSERT")?;
            match session.shared.plugins.install(name, soname) {
                Err(error) if error.errno == 1125 && *if_not_exists => {
                    session.warn(Level::Note, error.errno, error.message);
                    Ok(())
                }
                result => result,
            }
        }
        Install::Soname(library) => {
            require(session, "INSERT")?;
            let file = with_suffix(library);
            let plugin = KNOWN.iter().find(|p| p.library == file);
            let name = plugin.map_or(library.as_str(), |p| p.name);
            session.shared.plugins.install(name, &file)
        }
        Install::Component { .. } => Err(MysqlError::new(
            1235,
            "This version of MySQL doesn't yet support 'INSTALL COMPONENT'",
        )),
    }
}

/// UNINSTALL
pub fn uninstall(session: &mut Session, statement: &Uninstall) -> Result<(), MysqlError> {
    let (if_exists, plugin, missing) = match statement {
        Uninstall::Plugin { if_exists, name } => {
            require(session, "DELETE")?;
            if AUTHENTICATION_PLUGINS
                .iter()
                .any(|p| p.eq_ignore_ascii_case(name))
            {
                return Err(MysqlError::new(1619, "Built-in plugins cannot be deleted"));
            }
            (
                *if_exists,
                known(name),
                format!("PLUGIN {name} does not exist"),
            )
        }
        Uninstall::Soname { if_exists, soname } => {
            require(session, "DELETE")?;
            let file = with_suffix(soname);
            let plugin = KNOWN.iter().find(|p| p.library == file);
            (*if_exists, plugin, format!("SONAME {file} does not exist"))
        }
        Uninstall::Component(_) => {
            return Err(MysqlError::new(
                1235,
                "This version of MySQL doesn't yet support 'UNINSTALL COMPONENT'",
            ));
        }
    };
    let active = session.shared.plugins.active();
    let Some(plugin) = plugin.filter(|p| active.contains(p)) else {
        if if_exists {
            session.warn(Level::Note, 1305, missing);
            return Ok(());
        }
        return Err(MysqlError::new(1305, missing));
    };
    let status = session.shared.control.status_variables();
    let busy =
        |(name, value): &(String, String)| name == "Rpl_semi_sync_slave_status" && value == "ON";
    if status.iter().any(busy) {
        let (name, busy) = (plugin.name, plugin.busy);
        let message = format!("Plugin '{name}' cannot be uninstalled now. {busy}");
        return Err(MysqlError::new(1883, message));
    }
    session.shared.plugins.uninstall(plugin)?;
    // Its variables are gone, with the values they had.
    for definition in DEFINITIONS.iter() {
        if definition.name.starts_with(plugin.prefix) {
            set::put_global(&session.shared, definition, definition.default.to_owned())?;
        }
    }
    Ok(())
}

/// Replication's status variables under the names that exist.
pub fn named_status(
    plugins: &Plugins,
    values: Vec<(String, String)>,
) -> impl Iterator<Item = (String, String)> {
    let replica = !plugins.shows("rpl_semi_sync_slave_status");
    values
        .into_iter()
        .filter_map(move |(name, value)| match name.as_str() {
            "Rpl_semi_sync_slave_status" if replica => {
                Some(("Rpl_semi_sync_replica_status".to_owned(), value))
            }
            "Rpl_semi_sync_slave_send_ack" if replica => None,
            _ => Some((name, value)),
        })
}

/// A value that an option gave to a variable of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginVariable {
    /// Name.
    pub name: String,
    /// Value; none switches a boolean on.
    pub value: Option<String>,
    /// Prefixed `loose-`: nothing is wrong if no plugin has it.
    pub loose: bool,
}

/// Sets the variables of plugins that options gave.
pub fn apply_options(
    shared: &crate::shared::Shared,
    options: &[PluginVariable],
) -> Result<(), MysqlError> {
    for option in options {
        let name = &option.name;
        let value = option.value.as_deref().unwrap_or("ON");
        let found = variables::find(name).filter(|_| shared.plugins.shows(name));
        let Some(definition) = found else {
            if option.loose {
                tracing::warn!("unknown variable 'loose-{name}={value}'");
                continue;
            }
            let message = format!("unknown variable '{name}={value}'");
            return Err(MysqlError::new(1193, message));
        };
        let given = variables::given_of_text(definition, value);
        let checked = variables::check(definition, &given)?;
        set::put_global(shared, definition, checked.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vocabulary_excludes_the_other_and_the_file_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let plugins = Plugins::open(dir.path(), &[]).unwrap();
        let install =
            |name: &str, library: &str| plugins.install(name, library).map_err(|e| e.errno);
        assert!(plugins.shows("rpl_semi_sync_slave_enabled"));
        assert!(!plugins.shows("rpl_semi_sync_replica_enabled"));
        assert_eq!(install("x", "y.so"), Err(1126));
        assert_eq!(
            install("rpl_semi_sync_replica", "semisync_slave.so"),
            Err(1127)
        );
        assert_eq!(
            install("rpl_semi_sync_slave", "/semisync_slave.so"),
            Err(1124)
        );
        assert_eq!(
            install("RPL_semi_sync_replica", "semisync_replica.so"),
            Ok(())
        );
        assert_eq!(install("rpl_semi_sync_replica", "other.so"), Err(1125));
        assert_eq!(
            install("rpl_semi_sync_slave", "semisync_slave.so"),
            Err(CONFLICT)
        );
        assert!(plugins.shows("Rpl_semi_sync_replica_status"));
        assert!(!plugins.shows("rpl_semi_sync_slave_enabled"));
        let load = ["semisync_slave;nonsense=x.so".to_owned()];
        let again = Plugins::open(dir.path(), &load).unwrap();
        assert_eq!(again.active(), [&KNOWN[0]]);
        again.uninstall(&KNOWN[0]).unwrap();
        let loaded = Plugins::open(dir.path(), &load).unwrap();
        assert_eq!(loaded.active(), [&KNOWN[1]]);
        std::fs::write(dir.path().join(FILE), b"{").unwrap();
        assert!(Plugins::open(dir.path(), &[]).is_err());
    }
}
