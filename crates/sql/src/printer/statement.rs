//! Statements by kind; those of few words are printed here.

use super::Printer;
use super::expr::scope_word;
use crate::ast::*;

impl Printer {
    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Select(query) => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Handler(handler) => self.handler(handler),
            Statement::Load(load) => self.load(load),
            Statement::CreateTable(create) => self.create_table(create),
            Statement::AlterTable(alter) => self.alter_table(alter),
            Statement::CreateIndex(create) => self.create_index(create),
            Statement::Show(show) => self.show(show),
            Statement::Describe(describe) => self.describe(describe),
            Statement::Explain(explain) => self.explain(explain),
            Statement::ChangeSource(change) => self.change_source(change),
            Statement::ChangeFilter(change) => self.change_filter(change),
            Statement::StartReplica(start) => self.start_replica(start),
            Statement::StopReplica(stop) => self.stop_replica(stop),
            Statement::GroupReplication(group) => self.group_replication(group),
            // Texts kept as written.
            Statement::CreateView(view) => self.s(&view.text),
            Statement::Program(program) => self.s(&program.text),
            Statement::Sequence(sequence) => self.s(&sequence.text),
            Statement::Object(object) => self.s(&object.text),
            Statement::Account(account) => self.s(&account.text),
            Statement::Clone(clone) => self.s(&clone.source),
            Statement::Diagnostics(source) => self.s(source.as_str()),
            Statement::LoadDataFromSource => self.s("LOAD DATA FROM MASTER"),
            _ => self.definition_statement(statement),
        }
    }

    fn definition_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::CreateDatabase(create) => {
                self.s("CREATE ");
                self.flag(create.or_replace, "OR REPLACE ");
                self.s("DATABASE ");
                self.flag(create.if_not_exists, "IF NOT EXISTS ");
                self.ident(&create.name);
                for option in &create.options {
                    self.database_option(option);
                }
            }
            Statement::AlterDatabase(alter) => {
                self.s("ALTER DATABASE ");
                self.opt(&alter.name, |p, name| p.ident(name));
                self.flag(alter.upgrade, " UPGRADE DATA DIRECTORY NAME");
                for option in &alter.options {
                    self.database_option(option);
                }
            }
            Statement::DropDatabase(drop) => {
                self.s("DROP DATABASE ");
                self.flag(drop.if_exists, "IF EXISTS ");
                self.ident(&drop.name);
            }
            Statement::DropTable(drop) => {
                self.s("DROP ");
                self.flag(drop.temporary, "TEMPORARY ");
                self.s("TABLE ");
                self.flag(drop.if_exists, "IF EXISTS ");
                self.names(&drop.tables);
                self.timeout(drop.timeout);
                self.either(drop.cascade, " CASCADE", " RESTRICT");
            }
            Statement::TruncateTable(truncate) => {
                self.s("TRUNCATE TABLE ");
                self.name(&truncate.table);
                self.timeout(truncate.timeout);
            }
            Statement::RenameTable(rename) => {
                self.s("RENAME TABLE ");
                self.flag(rename.if_exists, "IF EXISTS ");
                self.list(&rename.pairs, |p, pair| {
                    p.name(&pair.from);
                    p.timeout(pair.timeout);
                    p.s(" TO ");
                    p.name(&pair.to);
                });
            }
            Statement::DropIndex(drop) => {
                self.s("DROP INDEX ");
                self.flag(drop.if_exists, "IF EXISTS ");
                self.ident(&drop.name);
                self.s(" ON ");
                self.name(&drop.table);
                self.timeout(drop.timeout);
                self.algorithm_and_lock(drop.algorithm, drop.lock);
            }
            Statement::DropView(drop) => {
                self.s("DROP VIEW ");
                self.flag(drop.if_exists, "IF EXISTS ");
                self.names(&drop.views);
                self.either(drop.cascade, " CASCADE", " RESTRICT");
            }
            Statement::DropProgram(drop) => {
                self.s(match drop.kind {
                    ProgramKind::Procedure => "DROP PROCEDURE ",
                    ProgramKind::Function | ProgramKind::LoadableFunction => "DROP FUNCTION ",
                    ProgramKind::Trigger => "DROP TRIGGER ",
                    ProgramKind::Event => "DROP EVENT ",
                    ProgramKind::Library => "DROP LIBRARY ",
                    ProgramKind::Package => "DROP PACKAGE ",
                    ProgramKind::PackageBody => "DROP PACKAGE BODY ",
                });
                self.flag(drop.if_exists, "IF EXISTS ");
                self.name(&drop.name);
            }
            _ => self.transaction_statement(statement),
        }
    }

    fn transaction_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::StartTransaction(start) if start.begin => self.s("BEGIN"),
            Statement::StartTransaction(start) => {
                self.s("START TRANSACTION");
                self.flag(start.consistent_snapshot, " WITH CONSISTENT SNAPSHOT");
                self.flag(start.consistent_snapshot && start.read_only.is_some(), ",");
                self.either(start.read_only, " READ ONLY", " READ WRITE");
            }
            Statement::Commit(completion) => {
                self.s("COMMIT");
                self.completion(*completion);
            }
            Statement::Rollback(completion) => {
                self.s("ROLLBACK");
                self.completion(*completion);
            }
            Statement::Savepoint(name) => {
                self.s("SAVEPOINT ");
                self.ident(name);
            }
            Statement::RollbackToSavepoint(name) => {
                self.s("ROLLBACK TO SAVEPOINT ");
                self.ident(name);
            }
            Statement::ReleaseSavepoint(name) => {
                self.s("RELEASE SAVEPOINT ");
                self.ident(name);
            }
            Statement::Xa(xa) => self.xa(xa),
            Statement::LockTables(lock) => {
                self.s("LOCK TABLES ");
                self.list(&lock.tables, |p, lock| {
                    p.name(&lock.table);
                    p.alias(&lock.alias);
                    p.s(match lock.kind {
                        TableLockKind::Read => " READ",
                        TableLockKind::ReadLocal => " READ LOCAL",
                        TableLockKind::Write => " WRITE",
                        TableLockKind::LowPriorityWrite => " LOW_PRIORITY WRITE",
                        TableLockKind::WriteConcurrent => " WRITE CONCURRENT",
                    });
                });
                self.timeout(lock.timeout);
            }
            Statement::UnlockTables => self.s("UNLOCK TABLES"),
            Statement::LockInstance => self.s("LOCK INSTANCE FOR BACKUP"),
            Statement::UnlockInstance => self.s("UNLOCK INSTANCE"),
            Statement::Backup(Backup::Stage(word)) => self.s(&format!("BACKUP STAGE {word}")),
            Statement::Backup(Backup::Lock(table)) => {
                self.s("BACKUP LOCK ");
                self.name(table);
            }
            Statement::Backup(Backup::Unlock) => self.s("BACKUP UNLOCK"),
            Statement::Set(items) => {
                self.s("SET ");
                self.list(items, Self::set_item);
            }
            Statement::SetStatement(items, statement) => {
                self.s("SET STATEMENT ");
                self.list(items, Self::set_item);
                self.s(" FOR ");
                self.statement(statement);
            }
            Statement::SetTransaction(set) => self.set_transaction(set),
            _ => self.admin_statement(statement),
        }
    }

    fn completion(&mut self, completion: Completion) {
        self.either(completion.chain, " AND CHAIN", " AND NO CHAIN");
        self.either(completion.release, " RELEASE", " NO RELEASE");
    }

    fn xid(&mut self, xid: &Xid) {
        self.string(&xid.gtrid);
        self.opt(&xid.bqual, |p, bqual| {
            p.s(", ");
            p.string(bqual);
        });
        self.opt(&xid.format, |p, n| p.s(&format!(", {n}")));
    }

    fn xa(&mut self, xa: &Xa) {
        match xa {
            Xa::Start { xid, join, resume } => {
                self.s("XA START ");
                self.xid(xid);
                self.flag(*join, " JOIN");
                self.flag(*resume, " RESUME");
            }
            Xa::End {
                xid,
                suspend,
                migrate,
            } => {
                self.s("XA END ");
                self.xid(xid);
                self.flag(*suspend, " SUSPEND");
                self.flag(*migrate, " FOR MIGRATE");
            }
            Xa::Prepare(xid) => {
                self.s("XA PREPARE ");
                self.xid(xid);
            }
            Xa::Commit { xid, one_phase } => {
                self.s("XA COMMIT ");
                self.xid(xid);
                self.flag(*one_phase, " ONE PHASE");
            }
            Xa::Rollback(xid) => {
                self.s("XA ROLLBACK ");
                self.xid(xid);
            }
            Xa::Recover { convert_xid } => {
                self.s("XA RECOVER");
                let words = if self.mariadb {
                    " FORMAT='SQL'"
                } else {
                    " CONVERT XID"
                };
                self.flag(*convert_xid, words);
            }
        }
    }

    fn set_item(&mut self, item: &SetItem) {
        match item {
            SetItem::Variable {
                scope,
                at_at,
                component,
                name,
                value,
            } => {
                self.flag(*at_at, "@@");
                self.opt(scope, |p, scope| {
                    p.s(scope_word(*scope));
                    p.s(if *at_at { "." } else { " " });
                });
                self.opt(component, |p, component| {
                    p.ident(component);
                    p.s(".");
                });
                self.ident(name);
                self.s(" = ");
                match value {
                    Some(value) => self.expr(value),
                    None => self.s("DEFAULT"),
                }
            }
            SetItem::User { name, value } => {
                self.user_variable(name);
                self.s(" = ");
                self.expr(value);
            }
            SetItem::Names { charset, collation } => {
                self.s("NAMES ");
                self.charset_or_default(charset);
                self.opt(collation, |p, collation| {
                    p.s(" COLLATE ");
                    p.ident(collation);
                });
            }
            SetItem::CharacterSet(charset) => {
                self.s("CHARACTER SET ");
                self.charset_or_default(charset);
            }
        }
    }

    fn charset_or_default(&mut self, charset: &Option<String>) {
        match charset {
            Some(charset) => self.ident(charset),
            None => self.s("DEFAULT"),
        }
    }

    fn set_transaction(&mut self, set: &SetTransaction) {
        self.s("SET ");
        self.opt(&set.scope, |p, scope| {
            p.s(scope_word(*scope));
            p.s(" ");
        });
        self.s("TRANSACTION");
        self.opt(&set.isolation, |p, level| {
            p.s(" ISOLATION LEVEL ");
            p.s(match level {
                IsolationLevel::ReadUncommitted => "READ UNCOMMITTED",
                IsolationLevel::ReadCommitted => "READ COMMITTED",
                IsolationLevel::RepeatableRead => "REPEATABLE READ",
                IsolationLevel::Serializable => "SERIALIZABLE",
            });
        });
        self.flag(set.isolation.is_some() && set.read_only.is_some(), ",");
        self.either(set.read_only, " READ ONLY", " READ WRITE");
    }

    fn admin_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Call(call) => {
                self.s("CALL ");
                self.name(&call.name);
                self.s("(");
                self.exprs(&call.args);
                self.s(")");
            }
            Statement::Do(exprs) => {
                self.s("DO ");
                self.exprs(exprs);
            }
            Statement::ImportTable(files) => {
                self.s("IMPORT TABLE FROM ");
                self.list(files, |p, file| p.text(file));
            }
            Statement::ResetPersist(reset) => {
                self.s("RESET PERSIST ");
                self.flag(reset.if_exists, "IF EXISTS ");
                self.opt(&reset.name, |p, name| match name.split_once('.') {
                    Some((component, name)) => {
                        p.ident(component);
                        p.s(".");
                        p.ident(name);
                    }
                    None => p.ident(name),
                });
            }
            Statement::Use(db) => {
                self.s("USE ");
                self.ident(db);
            }
            Statement::Help(topic) => {
                self.s("HELP ");
                self.text(topic);
            }
            Statement::Kill(kill) => self.kill(kill),
            Statement::Prepare(prepare) => {
                self.s("PREPARE ");
                self.ident(&prepare.name);
                self.s(" FROM ");
                self.expr(&prepare.from);
            }
            Statement::Execute(execute) => {
                self.s("EXECUTE ");
                self.ident(&execute.name);
                self.using(&execute.using);
            }
            Statement::ExecuteImmediate(execute) => {
                self.s("EXECUTE IMMEDIATE ");
                self.expr(&execute.from);
                self.using(&execute.using);
            }
            Statement::Deallocate(name) => {
                self.s("DEALLOCATE PREPARE ");
                self.ident(name);
            }
            Statement::TableMaintenance(maintenance) => self.maintenance(maintenance),
            Statement::Flush(flush) => self.flush(flush),
            Statement::Reset(items) => {
                self.s("RESET ");
                self.list(items, Self::reset_item);
            }
            _ => self.server_statement(statement),
        }
    }

    fn using(&mut self, using: &[Expr]) {
        if !using.is_empty() {
            self.s(" USING ");
            self.exprs(using);
        }
    }

    fn kill(&mut self, kill: &Kill) {
        self.s("KILL ");
        self.either(kill.hard, "HARD ", "SOFT ");
        self.flag(kill.query, "QUERY ");
        match &kill.target {
            KillTarget::Id(id) => self.expr(id),
            KillTarget::QueryId(id) => {
                self.s("ID ");
                self.expr(id);
            }
            KillTarget::User(user) => {
                self.s("USER ");
                self.user(user);
            }
        }
    }

    fn maintenance(&mut self, maintenance: &TableMaintenance) {
        self.s(match maintenance.kind {
            MaintenanceKind::Analyze => "ANALYZE ",
            MaintenanceKind::Optimize => "OPTIMIZE ",
            MaintenanceKind::Repair => "REPAIR ",
            MaintenanceKind::Check => "CHECK ",
            MaintenanceKind::Checksum => "CHECKSUM ",
        });
        self.flag(maintenance.local, "LOCAL ");
        self.s(if maintenance.view { "VIEW " } else { "TABLE " });
        self.names(&maintenance.tables);
        self.opt(&maintenance.histogram, |p, histogram| {
            p.s(" ");
            p.s(histogram.as_str());
        });
        for option in &maintenance.options {
            self.s(" ");
            self.s(option);
        }
    }

    fn flush(&mut self, flush: &Flush) {
        self.s("FLUSH ");
        self.flag(flush.local, "LOCAL ");
        self.list(&flush.items, |p, item| match item {
            FlushItem::Tables {
                tables,
                read_lock,
                export,
                disable_checkpoint,
            } => {
                p.s("TABLES ");
                p.names(tables);
                p.flag(*read_lock, " WITH READ LOCK");
                p.flag(*disable_checkpoint, " AND DISABLE CHECKPOINT");
                p.flag(*export, " FOR EXPORT");
            }
            FlushItem::Logs => p.s("LOGS"),
            FlushItem::BinaryLogs(domains) => {
                p.s("BINARY LOGS");
                if !domains.is_empty() {
                    p.numbers(" DELETE_DOMAIN_ID=", domains);
                }
            }
            FlushItem::EngineLogs => p.s("ENGINE LOGS"),
            FlushItem::ErrorLogs => p.s("ERROR LOGS"),
            FlushItem::GeneralLogs => p.s("GENERAL LOGS"),
            FlushItem::SlowLogs => p.s("SLOW LOGS"),
            FlushItem::RelayLogs(channel) => {
                p.s("RELAY LOGS");
                if p.mariadb {
                    p.opt_text(" ", channel);
                } else {
                    p.channel(channel);
                }
            }
            FlushItem::Hosts => p.s("HOSTS"),
            FlushItem::Privileges => p.s("PRIVILEGES"),
            FlushItem::Status => p.s("STATUS"),
            FlushItem::ScopedStatus(scope) => {
                p.s(scope_word(*scope));
                p.s(" STATUS");
            }
            FlushItem::UserResources => p.s("USER_RESOURCES"),
            FlushItem::OptimizerCosts => p.s("OPTIMIZER_COSTS"),
            FlushItem::QueryCache => p.s("QUERY CACHE"),
            FlushItem::DesKeyFile => p.s("DES_KEY_FILE"),
            FlushItem::Reset(word) | FlushItem::Word(word) => p.s(word),
        });
    }

    fn reset_item(&mut self, item: &ResetItem) {
        match item {
            ResetItem::BinaryLogs { to, vocabulary } => {
                self.s(match vocabulary {
                    Vocabulary::Old => "MASTER",
                    Vocabulary::New => "BINARY LOGS AND GTIDS",
                });
                self.opt(to, |p, n| p.s(&format!(" TO {n}")));
            }
            ResetItem::Replica {
                vocabulary,
                all,
                connection,
                channel,
            } => {
                self.s(match vocabulary {
                    Vocabulary::Old => "SLAVE",
                    Vocabulary::New => "REPLICA",
                });
                self.opt_text(" ", connection);
                self.flag(*all, " ALL");
                self.channel(channel);
            }
            ResetItem::QueryCache => self.s("QUERY CACHE"),
            ResetItem::Status => self.s("STATUS"),
        }
    }

    fn server_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::CacheIndex(cache) => {
                self.s("CACHE INDEX ");
                self.list(&cache.tables, Self::key_cache_table);
                self.s(" IN ");
                self.ident(&cache.cache);
            }
            Statement::LoadIndex(load) => {
                self.s("LOAD INDEX INTO CACHE ");
                self.list(&load.tables, Self::key_cache_table);
            }
            Statement::Purge(Purge::To(file)) => {
                self.s("PURGE BINARY LOGS TO ");
                self.text(file);
            }
            Statement::Purge(Purge::Before(at)) => {
                self.s("PURGE BINARY LOGS BEFORE ");
                self.expr(at);
            }
            Statement::Binlog(binlog) => {
                self.s("BINLOG ");
                self.exprs(&binlog.fragments);
            }
            Statement::Install(install) => self.install(install),
            Statement::Uninstall(uninstall) => self.uninstall(uninstall),
            Statement::Shutdown(shutdown) => {
                self.s("SHUTDOWN");
                self.flag(shutdown.wait_for_replicas, " WAIT FOR ALL SLAVES");
            }
            Statement::Restart => self.s("RESTART"),
            Statement::AlterInstance(words) => {
                self.s("ALTER INSTANCE ");
                self.s(words);
            }
            _ => {}
        }
    }

    fn key_cache_table(&mut self, table: &KeyCacheTable) {
        self.name(&table.table);
        self.opt(&table.partitions, |p, names| {
            p.s(" PARTITION (");
            match names {
                PartitionNames::All => p.s("ALL"),
                PartitionNames::Names(names) => p.idents(names),
            }
            p.s(")");
        });
        self.opt(&table.keys, |p, keys| {
            p.s(" INDEX (");
            p.idents(keys);
            p.s(")");
        });
        self.flag(table.ignore_leaves, " IGNORE LEAVES");
    }

    fn install(&mut self, install: &Install) {
        self.s("INSTALL ");
        match install {
            Install::Plugin {
                if_not_exists,
                name,
                soname,
            } => {
                self.s("PLUGIN ");
                self.flag(*if_not_exists, "IF NOT EXISTS ");
                self.ident(name);
                self.s(" SONAME ");
                self.text(soname);
            }
            Install::Soname(soname) => {
                self.s("SONAME ");
                self.text(soname);
            }
            Install::Component { urns, set } => {
                self.s("COMPONENT ");
                self.list(urns, |p, urn| p.text(urn));
                if !set.is_empty() {
                    self.s(" SET ");
                    self.list(set, Self::set_item);
                }
            }
        }
    }

    fn uninstall(&mut self, uninstall: &Uninstall) {
        self.s("UNINSTALL ");
        match uninstall {
            Uninstall::Plugin { if_exists, name } => {
                self.s("PLUGIN ");
                self.flag(*if_exists, "IF EXISTS ");
                self.ident(name);
            }
            Uninstall::Soname { if_exists, soname } => {
                self.s("SONAME ");
                self.flag(*if_exists, "IF EXISTS ");
                self.text(soname);
            }
            Uninstall::Component(urns) => {
                self.s("COMPONENT ");
                self.list(urns, |p, urn| p.text(urn));
            }
        }
    }
}
