//! The four reference servers: where their programs are and what differs in starting them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A real server that tests compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// MySQL 9.7
    Mysql97,
    /// MySQL 5.6; the package has no client programs
    Mysql56,
    /// MariaDB 10.11
    Mariadb1011,
    /// MariaDB 11.8
    Mariadb118,
}

impl Kind {
    /// All four.
    pub const ALL: [Kind; 4] = [
        Kind::Mysql97,
        Kind::Mysql56,
        Kind::Mariadb1011,
        Kind::Mariadb118,
    ];

    /// Name of the folder that `scripts/reference-servers` makes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Mysql97 => "mysql-9.7",
            Kind::Mysql56 => "mysql-5.6",
            Kind::Mariadb1011 => "mariadb-10.11",
            Kind::Mariadb118 => "mariadb-11.8",
        }
    }

    /// How `SELECT VERSION()` of this server starts.
    pub fn version_prefix(self) -> &'static str {
        match self {
            Kind::Mysql97 => "9.7.",
            Kind::Mysql56 => "5.6.",
            Kind::Mariadb1011 => "10.11.",
            Kind::Mariadb118 => "11.8.",
        }
    }

    /// A MariaDB server.
    pub fn is_mariadb(self) -> bool {
        match self {
            Kind::Mysql97 | Kind::Mysql56 => false,
            Kind::Mariadb1011 | Kind::Mariadb118 => true,
        }
    }

    /// The server's folder below [`servers_dir`].
    pub fn dir(self) -> PathBuf {
        servers_dir().join(self.name())
    }

    /// Whether `scripts/reference-servers` has put this server there.
    pub fn is_available(self) -> bool {
        self.dir().join(".complete").exists()
    }

    /// The server program.
    pub fn server_program(self) -> PathBuf {
        match self {
            Kind::Mysql97 => self.dir().join("usr/sbin/mysqld"),
            Kind::Mysql56 => self.dir().join("server/mysqld"),
            Kind::Mariadb1011 | Kind::Mariadb118 => self.dir().join("usr/sbin/mariadbd"),
        }
    }

    /// `--basedir` of the server.
    pub fn basedir(self) -> PathBuf {
        match self {
            Kind::Mysql56 => self.dir().join("server"),
            Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => self.dir().join("usr"),
        }
    }

    /// A command that runs `program` with the C library and libraries of this server's folder.
    pub fn run(self, program: &Path) -> Command {
        match self {
            Kind::Mysql56 => {
                let mut command = Command::new(program);
                command.env("LD_LIBRARY_PATH", self.dir().join("server"));
                command
            }
            Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => {
                let mut command = Command::new(self.dir().join("run"));
                command.arg(program);
                command
            }
        }
    }

    /// The server program with the options that every start of it needs, initialisation included.
    pub fn server_command(self, data: &Path) -> Command {
        let mut command = self.run(&self.server_program());
        command
            .arg("--no-defaults")
            .arg("--user=root")
            .arg(format!("--basedir={}", self.basedir().display()))
            .arg(format!("--datadir={}", data.display()));
        match self {
            Kind::Mysql97 => {
                command.args(["--secure-file-priv=", "--innodb-redo-log-capacity=32M"]);
            }
            Kind::Mysql56 => {
                let messages = self.basedir().join("share");
                command.arg(format!("--lc-messages-dir={}", messages.display()));
                command.args(["--innodb-log-file-size=8M", "--skip-name-resolve"]);
            }
            Kind::Mariadb1011 | Kind::Mariadb118 => {
                command.arg("--innodb-log-file-size=16M");
            }
        }
        command
    }

    /// A client program of this server's generation. MySQL 5.6 came without any: 9.7's are used.
    pub fn client(self, program: Program) -> Command {
        let owner = match self {
            Kind::Mysql56 => Kind::Mysql97,
            Kind::Mysql97 | Kind::Mariadb1011 | Kind::Mariadb118 => self,
        };
        let name = match (owner.is_mariadb(), program) {
            (false, Program::Mysql) => "mysql",
            (false, Program::Binlog) => "mysqlbinlog",
            (false, Program::Dump) => "mysqldump",
            (false, Program::Admin) => "mysqladmin",
            (true, Program::Mysql) => "mariadb",
            (true, Program::Binlog) => "mariadb-binlog",
            (true, Program::Dump) => "mariadb-dump",
            (true, Program::Admin) => "mariadb-admin",
        };
        let mut command = owner.run(&owner.basedir().join("bin").join(name));
        command.arg("--no-defaults");
        match program {
            Program::Binlog => {}
            Program::Mysql | Program::Dump | Program::Admin => {
                // 9.x has the client half of mysql_native_password in a plugin only.
                let plugins = match owner {
                    Kind::Mysql97 | Kind::Mysql56 => "usr/lib/mysql/plugin",
                    Kind::Mariadb1011 | Kind::Mariadb118 => {
                        "usr/lib/x86_64-linux-gnu/libmariadb3/plugin"
                    }
                };
                command.arg(format!(
                    "--plugin-dir={}",
                    owner.dir().join(plugins).display()
                ));
            }
        }
        command
    }
}

/// A stock client program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `mysql`
    Mysql,
    /// `mysqlbinlog`
    Binlog,
    /// `mysqldump`
    Dump,
    /// `mysqladmin`
    Admin,
}

/// The root of this repository.
pub fn repository() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir
        .ancestors()
        .nth(2)
        .map_or_else(|| crate_dir.to_owned(), Path::to_owned)
}

/// `UNDERSTUDY_REFERENCE_SERVERS`, or `target/reference-servers` of this repository.
pub fn servers_dir() -> PathBuf {
    std::env::var_os("UNDERSTUDY_REFERENCE_SERVERS").map_or_else(
        || repository().join("target/reference-servers"),
        PathBuf::from,
    )
}
