//! MariaDB's named connections: which channel a statement means, and what it says of it in MariaDB's words.
//!
//! A connection named in MariaDB's way (`START SLAVE 'name'`, `default_master_connection`) is a channel like any other;
//! only the errors and notes differ.

use understudy_base::error::MysqlError;

use crate::diagnostics::Level;
use crate::session::Session;

/// The channel that a statement names.
pub(crate) struct Named {
    name: Option<String>,
    /// It was named in MariaDB's way.
    mariadb: bool,
}

impl Named {
    /// By FOR CHANNEL, by MariaDB's name, or by the session's `default_master_connection`.
    pub fn of(session: &Session, channel: Option<&String>, connection: Option<&String>) -> Named {
        let default = session.variables.text("default_master_connection");
        let (name, mariadb) = match (channel, connection) {
            (Some(name), _) => (Some(name.clone()), false),
            (None, Some(name)) => (Some(name.clone()), true),
            (None, None) if default.is_empty() => (None, false),
            (None, None) => (Some(default), true),
        };
        Named { name, mariadb }
    }

    /// All connections instead.
    pub fn all(self) -> Named {
        Named { name: None, ..self }
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// An error in the words of the statement.
    pub fn error(&self, error: MysqlError) -> MysqlError {
        match (self.mariadb, error.errno) {
            (true, 3074) => {
                let name = self.name.as_deref().unwrap_or_default();
                MysqlError::new(1617, format!("There is no master connection '{name}'"))
            }
            _ => error,
        }
    }

    /// Tells the client the notes of START and STOP, in the words of the statement.
    pub fn tell(&self, session: &mut Session, notes: Vec<MysqlError>) {
        for note in notes {
            let note = match (self.mariadb, note.errno) {
                (true, 3083) => MysqlError::new(1254, "Slave is already running"),
                (true, 3084) => MysqlError::new(1255, "Slave already has been stopped"),
                _ => note,
            };
            session.diagnostics.push(Level::Note, note);
        }
    }
}

/// What START ALL SLAVES and STOP ALL SLAVES say of each connection, except those that `notes` name: these were so
/// before.
pub(crate) fn tell_all(
    session: &mut Session,
    errno: u16,
    what: &str,
    notes: &[MysqlError],
) -> Result<(), MysqlError> {
    for status in session.shared.control.status(None)? {
        let quoted = format!("channel '{}'", status.channel);
        if notes.iter().any(|note| note.message.contains(&quoted)) {
            continue;
        }
        let text = format!("SLAVE '{}' {what}", status.channel);
        session.warn(Level::Note, errno, &text);
    }
    Ok(())
}
