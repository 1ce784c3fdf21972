//! GTIDs as a client sees them, beside the real servers: the same statements, the same answers.

use std::time::Duration;

use understudy_testkit::client::Connection;
use understudy_testkit::kind::Program;
use understudy_testkit::{Kind, Understudy, reference};

/// What a statement gave: its rows, or its error.
fn outcome(connection: &mut Connection, sql: &str) -> String {
    match connection.query(sql) {
        Ok(answer) if answer.columns.is_empty() => "OK".to_owned(),
        Ok(answer) => format!("{:?}", answer.text()),
        Err(error) => format!("{error:#}"),
    }
}

/// Connections of one server, by the letter that a statement begins with (`B:set ...`; `A` when none).
struct Clients<'a> {
    open: Vec<(char, Connection)>,
    connect: &'a dyn Fn() -> anyhow::Result<Connection>,
}

impl Clients<'_> {
    fn run(&mut self, line: &str) -> anyhow::Result<String> {
        let (letter, sql) = match line.split_once(':') {
            Some((letter, sql)) if letter.len() == 1 => (letter.chars().next().unwrap_or('A'), sql),
            _ => ('A', line),
        };
        if !self.open.iter().any(|(own, _)| *own == letter) {
            self.open.push((letter, (self.connect)()?));
        }
        let found = self.open.iter_mut().find(|(own, _)| *own == letter);
        let connection = &mut found.ok_or_else(|| anyhow::anyhow!("no connection"))?.1;
        let sql = sql.replace("U:", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:");
        Ok(outcome(connection, &sql))
    }
}

/// Runs the statements on both and fails with all differences.
fn compare(
    real: &dyn Fn() -> anyhow::Result<Connection>,
    own: &dyn Fn() -> anyhow::Result<Connection>,
    statements: &str,
) -> anyhow::Result<()> {
    let mut real = Clients {
        open: Vec::new(),
        connect: real,
    };
    let mut own = Clients {
        open: Vec::new(),
        connect: own,
    };
    let mut differences = Vec::new();
    let mut compared = 0;
    for line in statements.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (expected, got) = (real.run(line)?, own.run(line)?);
        compared += 1;
        if expected != got {
            differences.push(format!("{line}\n  real {expected}\n  ours {got}"));
        }
    }
    assert!(compared > 20, "{compared}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}

/// As 9.7 without a binary log answers, from its own `gtid_mode`.
fn beside_mysql(statements: &str) -> anyhow::Result<()> {
    let real = reference!(Kind::Mysql97, &["--skip-log-bin"]);
    let own = Understudy::start(&["--gtid-mode=ON"])?;
    compare(&|| real.connect(), &|| own.connect(), statements)
}

const NEXT: &str = "
    select @@gtid_executed, @@gtid_purged, @@gtid_owned, @@gtid_next
    set session gtid_purged='x'
    set gtid_owned='x'
    set global gtid_owned='x'
    select @@global.gtid_owned <> '', @@session.gtid_owned, @@session.gtid_next
    select @@global.gtid_next
    select @@session.gtid_purged
    set global gtid_next='AUTOMATIC'
    set gtid_next='x'
    set gtid_next=''
    set gtid_next=NULL
    set gtid_next=1
    set gtid_next=1.5
    set gtid_next=DEFAULT
    set gtid_next=AUTOMATIC
    set gtid_next=automatic
    select @@gtid_next
    set gtid_next='AUTOMATIC:tag1'
    select @@gtid_next
    set gtid_next='AUTOMATIC:TAG1'
    select @@gtid_next
    set gtid_next='AUTOMATIC:'
    set gtid_next='AUTOMATIC : Tag '
    select @@gtid_next
    set gtid_next='AUTOMATIC:1tag'
    set gtid_next='AUTOMATIC:a23456789012345678901234567890123'
    set gtid_next=' AUTOMATIC '
    set gtid_next='AUTOMATIC '
    set gtid_next=ANONYMOUS
    set gtid_next=AUTOMATIC
    set gtid_next='aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'
    set gtid_next='U:'
    set gtid_next='U:0'
    set gtid_next='U:-1'
    set gtid_next='U:9223372036854775807'
    set gtid_next='U:99999999999999999999'
    set gtid_next='U:1-2'
    set gtid_next='U:1:2'
    set gtid_next='U:1x'
    set gtid_next='aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa:1'
    set gtid_next='U:tag'
    set gtid_next='U:tag:'
    set gtid_next='AAAAAAAAaaaaaaaaaaaaaaaaaaaaaaaa : Tag : 7 '
    select @@gtid_next, @@gtid_owned, @@global.gtid_owned <> ''
    set gtid_next='U:8'
    set gtid_next='U:tag:7'
    set gtid_next='AUTOMATIC'
    select 1
    set @a=1
    do 1
    show variables like 'gtid_next'
    begin
    commit
    select @@gtid_next, @@gtid_owned, @@global.gtid_owned <> '', @@gtid_executed, @@gtid_purged
    select 1
    begin
    set gtid_next='AUTOMATIC'
    set gtid_next='U:1'
    B:set gtid_next='U:2'
    B:select @@gtid_owned, @@global.gtid_owned <> ''
    B:begin
    B:commit
    B:commit
    B:set gtid_next='AUTOMATIC'
    begin
    set gtid_next='AUTOMATIC'
    set gtid_next='U:3'
    rollback
    begin
    rollback
    begin
    set gtid_next='AUTOMATIC'
    set gtid_next='U:2'
    select @@gtid_next, @@gtid_owned
    begin
    commit
    begin
    set gtid_next='U:4'
    commit
    set gtid_next='AUTOMATIC'
    set gtid_next='U:5'
    set gtid_next='AUTOMATIC'
    show binary log status
    show binary logs
    show binlog events
    reset binary logs and gtids to 5
    reset binary logs and gtids
    select @@gtid_executed, @@gtid_purged
    rollback
    set gtid_next=automatic
    reset binary logs and gtids
    set gtid_next='U:1'
    begin
    commit
    select @@gtid_next, @@gtid_owned
    select 1
    set @a=1
    do 1
    show variables like 'gtid_next'
    flush privileges
    flush relay logs
    flush status
    set global max_connections=151
    create user u1
    select gtid_subset('','')
    begin
    commit
    rollback
    start transaction
    set gtid_next='U:2'
    select @@gtid_next, @@gtid_owned
    set autocommit=0
    commit
    set gtid_next='U:3'
    set gtid_next='U:3'
    commit
    set autocommit=1
    set gtid_next='U:4'
    commit
    set gtid_next='U:5'
    rollback
    begin
    set gtid_next='AUTOMATIC'
    set gtid_next='U:5'
    create user if not exists u2
    set gtid_next='U:6'
    begin
    select 1
    set gtid_next='U:6'
    select @@gtid_owned
    begin
    commit
    set gtid_next='U:7'
    begin
    select * from nosuch.t
    flush privileges
    create user u3
    commit
    set gtid_next='U:1'
    select 1
    do 1
    flush privileges
    flush status
    create user u4
    set global max_connections=151
    begin
    select 1
    commit
    rollback
    set gtid_next='U:1'
    set gtid_next='AUTOMATIC'
    set gtid_next='U:20'
    B:set gtid_next='U:21'
    select @@global.gtid_owned <> ''
    create user u6
    B:rollback
    set gtid_next='AUTOMATIC'
    B:set gtid_next='AUTOMATIC'
    set gtid_next='U:31'
    reset binary logs and gtids
    commit
    set gtid_next='AUTOMATIC'
    begin
    reset binary logs and gtids
    commit
    reset binary logs and gtids
    reset binary logs and gtids
    reset binary logs and gtids to 0
    reset binary logs and gtids to 2000000001
    reset binary logs and gtids to 2000000000
    reset binary logs and gtids to -1
    reset replica, binary logs and gtids
    set gtid_next=automatic
    rollback
    set gtid_next=automatic
    set gtid_next='U:77'
    set gtid_next='x'
    select @@gtid_owned
    rollback
    set gtid_next='U:77'
    set gtid_next=1
    select @@gtid_owned
    rollback
    set gtid_next=automatic
    begin
    set gtid_next='x'
    set gtid_next=1
    set gtid_next=null
    commit
    set gtid_next=' U:78'
    rollback
    set gtid_next='U:78 '
    rollback
    set gtid_next='U: 78'
    rollback
    set gtid_next='aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa :78'
    rollback
    set gtid_next='U:tag: 78'
    rollback
    set gtid_next='U:tag :78'
    rollback
    set gtid_next='U: tag:78'
    rollback
    set gtid_next='U:TAG:78'
    select @@gtid_next
    rollback
    set gtid_next='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:78'
    select @@gtid_next
    rollback
    set gtid_next='{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}:078'
    select @@gtid_next
    rollback
    set gtid_next='AUTOMATIC: tag'
    set gtid_next='AUTOMATIC :tag'
    set gtid_next=' AUTOMATIC:tag'
    set gtid_next='AUTOMATIC:tag '
    set gtid_next='ANONYMOUS:tag'
    set gtid_next='anonymous '
    set gtid_next='U:9223372036854775806'
    rollback
    set gtid_next=automatic
    set gtid_next='U:79'
    select @@gtid_owned
    rollback
    set gtid_next='U:79'
    select @@gtid_owned
    rollback
    set gtid_next='U:79'
    select @@gtid_owned
    rollback
    set gtid_next='U:79'
    select @@gtid_owned
    rollback
    set gtid_next=automatic
    set autocommit=0
    begin
    set autocommit=1
    set gtid_next=automatic
    begin
    set gtid_next=automatic
    create user if not exists u9
    set gtid_next=automatic
    begin
    flush status
    set gtid_next=automatic
    begin
    set gtid_next=automatic
    commit
    begin
    set gtid_next=automatic
    rollback
    begin
    set gtid_next=automatic
    rollback and chain
    set gtid_next=automatic
    commit
    begin
    commit
    set gtid_next=automatic
    commit
    begin
    begin
    set gtid_next=automatic
    rollback
    set gtid_next='U:80'
    start transaction with consistent snapshot
    commit
    set gtid_next=automatic
    set @x='U:80'
    set gtid_next=@x
    select @@gtid_next
    set gtid_next=automatic
    set gtid_next='U:81'
    rollback
    set gtid_next=automatic
";

const MODE: &str = "
    reset binary logs and gtids
    select @@gtid_mode, @@enforce_gtid_consistency
    set gtid_mode=ON
    set global gtid_mode=NULL
    set global gtid_mode=''
    set global gtid_mode='x'
    set global gtid_mode=1.5
    set global gtid_mode=-1
    set global gtid_mode=4
    set global gtid_mode=3
    set global gtid_mode=ON
    set global gtid_mode=OFF
    set global gtid_mode=1
    set global gtid_mode='off_permissive'
    set global gtid_mode=2
    select @@global.gtid_mode
    set global enforce_gtid_consistency=OFF
    set global enforce_gtid_consistency=0
    select @@enforce_gtid_consistency
    set global gtid_mode=ON
    set global gtid_mode=OFF_PERMISSIVE
    set global gtid_mode=ON_PERMISSIVE
    set global enforce_gtid_consistency=WARN
    select @@enforce_gtid_consistency
    set global gtid_mode=ON
    set global enforce_gtid_consistency=ON
    set global gtid_mode=ON
    set global enforce_gtid_consistency=OFF
    set global enforce_gtid_consistency=WARN
    set global enforce_gtid_consistency='x'
    set global enforce_gtid_consistency=3
    set global enforce_gtid_consistency=NULL
    set global enforce_gtid_consistency=2
    select @@enforce_gtid_consistency
    set global enforce_gtid_consistency=true
    set enforce_gtid_consistency=ON
    set global enforce_gtid_consistency=DEFAULT
    select @@gtid_mode, @@enforce_gtid_consistency
    set persist_only gtid_purged=''
    set persist gtid_purged=''
    select @@gtid_mode
    set gtid_next='U:1'
    B:set global gtid_mode=OFF
    B:set global gtid_mode=ON_PERMISSIVE
    B:set global gtid_mode=OFF_PERMISSIVE
    B:reset binary logs and gtids
    B:set global gtid_purged='bbbbbbbb-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1'
    B:set global gtid_purged='+cbbbbbbb-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1'
    B:set global gtid_purged='+U:1'
    set global gtid_mode=OFF
    rollback
    set global gtid_mode=ON_PERMISSIVE
    set global gtid_mode=OFF_PERMISSIVE
    set gtid_next='ANONYMOUS'
    set global gtid_mode=ON_PERMISSIVE
    set global gtid_mode=OFF_PERMISSIVE
    B:set global gtid_mode=ON_PERMISSIVE
    B:set global gtid_mode=ON
    set gtid_next='AUTOMATIC:x'
    rollback
    set gtid_next='AUTOMATIC:x'
    B:set global gtid_mode=OFF_PERMISSIVE
    set gtid_next='AUTOMATIC'
    B:set global gtid_mode=OFF_PERMISSIVE
    set gtid_next='AUTOMATIC:x'
    set gtid_next='U:x:1'
    rollback
    set gtid_next=AUTOMATIC
    set global gtid_mode=OFF
    select @@gtid_next
    set gtid_next='AUTOMATIC:x'
    set gtid_next='U:x:1'
    set gtid_next='U:1'
    set gtid_next='x'
    set gtid_next=ANONYMOUS
    select @@gtid_next, @@gtid_owned, @@global.gtid_owned <> ''
    commit
    select @@gtid_next, @@gtid_owned, @@global.gtid_owned <> ''
    flush status
    select @@gtid_next, @@gtid_owned, @@global.gtid_owned <> ''
    set gtid_next=AUTOMATIC
    begin
    commit
    set global gtid_purged='U:1-5'
    set global gtid_purged='+U:6'
    set global gtid_purged=''
    set global enforce_gtid_consistency=OFF
    set gtid_next='ANONYMOUS'
    commit
    set gtid_next='AUTOMATIC'
    set global gtid_mode=OFF_PERMISSIVE
    set global enforce_gtid_consistency=ON
    set global gtid_mode=ON_PERMISSIVE
    set global gtid_mode=ON
    set gtid_next='U:100'
    set gtid_next=AUTOMATIC
    rollback
    set gtid_next=AUTOMATIC
    rollback
    set gtid_next=automatic
    reset binary logs and gtids
    set gtid_next=AUTOMATIC
    set global gtid_mode=ON
    set global gtid_mode=ON_PERMISSIVE
    set gtid_next=ANONYMOUS
    select @@gtid_owned, @@global.gtid_owned <> '', @@gtid_next
    B:set global gtid_mode=ON
    B:set global gtid_mode=OFF_PERMISSIVE
    B:set global gtid_mode=ON_PERMISSIVE
    begin
    B:set global gtid_mode=ON
    commit
    select @@gtid_owned, @@global.gtid_owned <> '', @@gtid_next
    flush status
    select @@gtid_owned, @@global.gtid_owned <> '', @@gtid_next
    set gtid_next=ANONYMOUS
    set gtid_next=ANONYMOUS
    select 1
    set gtid_next=AUTOMATIC
    set gtid_next=AUTOMATIC
    set gtid_next=ANONYMOUS
    rollback
    set gtid_next=AUTOMATIC
    set gtid_next='AUTOMATIC:t'
    B:set global gtid_mode=OFF_PERMISSIVE
    B:set global gtid_mode=ON
    set gtid_next='U:t:3'
    B:set global gtid_mode=OFF_PERMISSIVE
    B:set global gtid_mode=OFF
    rollback
    B:set global gtid_mode=OFF
    set gtid_next='AUTOMATIC:t'
    set gtid_next='U:t:3'
    set gtid_next='U:3'
    set gtid_next='x'
    set gtid_next=ANONYMOUS
    set gtid_next=AUTOMATIC
    rollback
    set gtid_next=AUTOMATIC
    set global gtid_purged='U:1-5'
    set global gtid_purged='+U:1-5'
    set global enforce_gtid_consistency=OFF
    set global gtid_mode=OFF_PERMISSIVE
    set gtid_next='AUTOMATIC:t'
    set gtid_next='U:t:3'
    rollback
    set gtid_next='U:2'
    set global enforce_gtid_consistency=ON
    set global enforce_gtid_consistency=WARN
    rollback
    set gtid_next=AUTOMATIC
    set global gtid_mode=ON_PERMISSIVE
    set global enforce_gtid_consistency=ON
    set global gtid_mode=ON
    B:rollback
    rollback
    set gtid_next='U:1'
    commit
    set gtid_next=automatic
    set global gtid_mode=on_permissive
    set global gtid_mode=off_permissive
    set global gtid_mode=off
    select wait_for_executed_gtid_set('U:3',0.1)
    select wait_for_executed_gtid_set('')
    select wait_for_executed_gtid_set('x')
    set gtid_next='AUTOMATIC:t'
    set gtid_next='U:t:3'
    set gtid_next='U:3'
    set gtid_next='x'
    set gtid_next=ANONYMOUS
    set gtid_next=AUTOMATIC
    rollback
    set gtid_next=AUTOMATIC
    set global gtid_purged='U:1-5'
    set global gtid_purged='+U:1-5'
    set global gtid_purged='+U:8'
    set global gtid_mode=off_permissive
    set gtid_next='AUTOMATIC:t'
    set gtid_next='U:t:3'
    rollback
    set gtid_next=automatic
    set global enforce_gtid_consistency=off
    set global gtid_mode=on_permissive
    set gtid_next='AUTOMATIC:t'
    set gtid_next=AUTOMATIC
    set global enforce_gtid_consistency=ON
    set global gtid_mode=on
    show status like '%anonymous%'
";

const PURGED: &str = "
    set gtid_next=automatic
    reset binary logs and gtids
    set global gtid_purged=NULL
    set global gtid_purged=1
    set global gtid_purged=1.5
    set global gtid_purged=DEFAULT
    set global gtid_purged='x'
    set global gtid_purged='+x'
    set global gtid_purged='+'
    set global gtid_purged=' + U:1'
    select @@gtid_purged
    set global gtid_purged='U:1-5:x:7'
    select @@gtid_purged, @@gtid_executed
    set global gtid_purged='U:1-4'
    set global gtid_purged='U:1-7:x:7'
    set global gtid_purged='+U:7-8'
    set global gtid_purged='+U:8-9'
    set global gtid_purged='U:1-100:x:7'
    set global gtid_purged=''
    set global gtid_purged='+'
    set global gtid_purged='U:1-100:x:7,'
    set global gtid_purged='U:1-100:x:7,+'
    set global gtid_purged=@@global.gtid_purged
    begin
    set global gtid_purged=@@global.gtid_purged
    set global gtid_mode=ON_PERMISSIVE
    commit
    set gtid_next='U:2000'
    set global gtid_mode=ON_PERMISSIVE
    set global gtid_purged='U:1-101:x:7'
    set sql_log_bin=0
    set gtid_next=AUTOMATIC
    rollback
    set gtid_next=AUTOMATIC
    set session sql_log_bin=0
    begin
    set session sql_log_bin=1
    commit
    SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN
    SET @@SESSION.SQL_LOG_BIN= 0
    SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'dddddddd-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-7:9'
    SET @@SESSION.SQL_LOG_BIN = @MYSQLDUMP_TEMP_LOG_BIN
    select @@gtid_purged, @@gtid_executed
    set session_track_gtids=OWN_GTID
    set session_track_gtids=all_gtids
    set session_track_gtids=3
    set session_track_gtids=off
    set global binlog_gtid_simple_recovery=1
    reset binary logs and gtids
    set gtid_next='U:9'
    B:set global gtid_purged='U:1-8'
    B:set global gtid_purged='U:1-9'
    B:set global gtid_purged='+U:9'
    set global gtid_purged='U:1-9'
    commit
    B:set global gtid_purged='U:1-10'
    B:set global gtid_purged='+U:9-10'
    set gtid_next=AUTOMATIC
";

const FUNCTIONS: &str = "
    set global gtid_purged='U:1-8'
    select gtid_subset('U:1-3','U:1-3:5')
    select gtid_subset('U:1-4','U:1-3:5')
    select gtid_subset('','')
    select gtid_subset(null,'')
    select gtid_subset('',null)
    select gtid_subset('x',null)
    select gtid_subset('x','')
    select gtid_subset('','y')
    select gtid_subset('x','y')
    select gtid_subset(1,2)
    select gtid_subset('')
    select gtid_subset()
    select gtid_subset('','','')
    select gtid_subset(',',' , ')
    select gtid_subtract('U:1-3:t:4-6','U:1:t:5')
    select gtid_subtract('','')
    select gtid_subtract(null,'')
    select gtid_subtract('',null)
    select gtid_subtract('x',null)
    select gtid_subtract('x','')
    select gtid_subtract('U:5-3','')
    select gtid_subtract('U:1-3:T:7','')
    select gtid_subtract('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1-3','')
    select gtid_subtract('{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}:1-3','')
    select gtid_subtract('')
    select wait_for_executed_gtid_set()
    select wait_for_executed_gtid_set('',1,2)
    select wait_for_executed_gtid_set('U:1',0)
    select wait_for_executed_gtid_set('U:1',null)
    select wait_for_executed_gtid_set('U:1',-1)
    select wait_for_executed_gtid_set('U:1','x')
    select wait_for_executed_gtid_set('U:100',0.01)
    select wait_for_executed_gtid_set('U:100',1e-9)
    select wait_for_executed_gtid_set('U:100','0.5')
    set sql_mode=''
    select wait_for_executed_gtid_set('U:1',-1)
    select source_pos_wait('a',4,-1)
    select master_pos_wait('a',4,-1)
    set sql_mode=default
    select /*+ MAX_EXECUTION_TIME(500) */ wait_for_executed_gtid_set('U:100')
    set max_execution_time=300
    select wait_for_executed_gtid_set('U:100')
    select wait_for_executed_gtid_set('U:100',10)
    set max_execution_time=default
    select source_pos_wait('a',4,1)
    select source_pos_wait('a',4,1,'')
    select source_pos_wait('a',4,1,'nosuch')
    select source_pos_wait('a',4,1,null)
    select source_pos_wait(null,4,1)
    select source_pos_wait('a',null,1)
    select source_pos_wait('a',4,null)
    select source_pos_wait('a')
    select source_pos_wait('a',4,-1)
    select source_pos_wait('a',-4,1)
    select source_pos_wait('',4,1)
    select source_pos_wait('a','x',1)
    select master_pos_wait('a',4,1)
    select master_pos_wait('a')
    do wait_for_executed_gtid_set('U:100',0.01)
    set @a=wait_for_executed_gtid_set('U:100',0.01)
    set gtid_next='U:50'
    select wait_for_executed_gtid_set('U:50',1)
    rollback
    set gtid_next=automatic
";

#[test]
fn gtid_next_owns_and_records() -> anyhow::Result<()> {
    beside_mysql(NEXT)
}

#[test]
fn gtid_mode_goes_step_by_step() -> anyhow::Result<()> {
    beside_mysql(MODE)
}

#[test]
fn gtid_purged_is_set_as_on_mysql() -> anyhow::Result<()> {
    beside_mysql(PURGED)
}

#[test]
fn functions_answer_as_mysqls() -> anyhow::Result<()> {
    beside_mysql(FUNCTIONS)
}

const MARIADB: &str = "
    select @@gtid_slave_pos, @@gtid_current_pos, @@gtid_binlog_pos, @@gtid_binlog_state, @@last_gtid
    select @@gtid_domain_id, @@gtid_seq_no, @@gtid_strict_mode, @@gtid_cleanup_batch_size
    set gtid_slave_pos=''
    set global gtid_slave_pos=NULL
    set global gtid_slave_pos=1
    set global gtid_slave_pos=DEFAULT
    set global gtid_slave_pos='x'
    set global gtid_slave_pos='0-1'
    set global gtid_slave_pos='0-1-2,'
    set global gtid_slave_pos='0-1-2,0-2-3'
    set global gtid_slave_pos='0-1-2,0-1-3'
    set global gtid_slave_pos='0-1-2,1-1-3'
    select @@gtid_slave_pos, @@gtid_current_pos, @@gtid_binlog_pos, @@gtid_binlog_state
    set global gtid_slave_pos='1-1-3,0-1-7'
    select @@gtid_slave_pos
    set global gtid_slave_pos=' 2-1-3 , 0-1-7 '
    set global gtid_slave_pos='2-1-3,0-1-7 '
    set global gtid_slave_pos='4294967296-1-1'
    set global gtid_slave_pos='1-4294967296-1'
    set global gtid_slave_pos='1-1-18446744073709551616'
    set global gtid_slave_pos='1-1-18446744073709551615'
    select @@gtid_slave_pos
    set global gtid_slave_pos='1-1-0'
    set global gtid_slave_pos='01-1-5'
    select @@gtid_slave_pos
    set global gtid_slave_pos='9-9-9,1-1-1'
    select domain_id, server_id, seq_no from mysql.gtid_slave_pos order by 1
    select @@session.gtid_slave_pos
    set global gtid_current_pos='1-1-1'
    set global gtid_binlog_pos='1-1-1'
    set global gtid_binlog_state='1-1-1'
    set global gtid_binlog_state=''
    set gtid_binlog_state='x'
    set last_gtid='x'
    set global gtid_domain_id=7
    select @@gtid_domain_id, @@global.gtid_domain_id
    set gtid_domain_id=8
    select @@gtid_domain_id, @@global.gtid_domain_id
    set gtid_domain_id=default
    set global gtid_domain_id=default
    set gtid_seq_no=5
    select @@gtid_seq_no
    set gtid_seq_no=0
    set global gtid_seq_no=5
    set gtid_strict_mode=1
    set global gtid_cleanup_batch_size=5
    select @@gtid_cleanup_batch_size
    set global gtid_cleanup_batch_size=default
    begin
    set global gtid_slave_pos='1-1-3'
    set gtid_domain_id=3
    set gtid_seq_no=3
    commit
    set global gtid_slave_pos='1-1-3,2-1-5'
    select master_gtid_wait('1-1-3')
    select master_gtid_wait('1-1-4',0.1)
    select master_gtid_wait('1-1-4',0)
    select master_gtid_wait('1-1-2',0)
    select master_gtid_wait('1-7-2',0)
    select master_gtid_wait('3-1-1',0.1)
    select master_gtid_wait('')
    select master_gtid_wait(NULL)
    select master_gtid_wait('x')
    select master_gtid_wait('1-1-3,2-1-5',0)
    select master_gtid_wait('1-1-3,1-1-5',0)
    select master_gtid_wait('1-1-2',null)
    select master_gtid_wait('1-1-4','x')
    select master_gtid_wait()
    select master_gtid_wait('1-1-4',1,1)
    select binlog_gtid_pos('binlog.000001',4)
    select binlog_gtid_pos('',0)
    select binlog_gtid_pos('x')
    select master_pos_wait('a',4,1)
    select master_pos_wait('a',4,1,'')
    select master_pos_wait('a')
    show binary logs
    show binlog events
    set global gtid_slave_pos=''
    select @@gtid_slave_pos
";

#[test]
fn positions_of_mariadb_are_set_and_waited_for() -> anyhow::Result<()> {
    let real = reference!(Kind::Mariadb118, &["--skip-log-bin"]);
    let own = Understudy::start(&[])?;
    compare(&|| real.connect(), &|| own.connect(), MARIADB)
}

const CHANNELS: &str = "
    change replication source to source_host='127.0.0.1', source_auto_position=1
    set global gtid_mode=on_permissive
    set global gtid_mode=off_permissive
    set global gtid_mode=off
    set global gtid_mode=on_permissive
    set global gtid_mode=on
    change replication source to source_auto_position=0
    change replication source to assign_gtids_to_anonymous_transactions=local
    set global gtid_mode=on_permissive
    change replication source to assign_gtids_to_anonymous_transactions=off
    set global gtid_mode=on_permissive
    change replication source to ignore_server_ids=(7)
    set global gtid_mode=on
    set global gtid_mode=off_permissive
    set global gtid_mode=off
    change replication source to ignore_server_ids=()
    select source_pos_wait('a',4,1)
    select source_pos_wait('a',4,1,'')
    select source_pos_wait('a',4,1,'nosuch')
    set global gtid_mode=off_permissive
    set global gtid_mode=on_permissive
    set global gtid_mode=on
    select @@gtid_mode
    show columns from mysql.gtid_executed
    show create table mysql.gtid_executed
    show binary log status
    show binary logs
";

#[test]
fn channels_hold_gtid_mode_back() -> anyhow::Result<()> {
    beside_mysql(CHANNELS)
}

#[test]
fn a_wait_ends_when_it_is_killed_or_its_transaction_comes() -> anyhow::Result<()> {
    let own = Understudy::start(&[])?;
    let set = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:1-3";
    let waiting = |set: &str| -> anyhow::Result<_> {
        let mut connection = own.connect()?;
        let id = connection.id;
        let sql = format!("SELECT WAIT_FOR_EXECUTED_GTID_SET('{set}')");
        let waiter = std::thread::spawn(move || outcome(&mut connection, &sql));
        std::thread::sleep(Duration::from_millis(300));
        Ok((id, waiter))
    };
    let mut connection = own.connect()?;
    for step in ["OFF_PERMISSIVE", "OFF"] {
        let (id, waiter) = waiting(set)?;
        let mode = outcome(&mut connection, &format!("SET GLOBAL gtid_mode = {step}"));
        let refused = mode.contains("ongoing calls to WAIT_FOR_EXECUTED_GTID_SET");
        assert_eq!(refused, step == "OFF", "{mode}");
        connection.query(format!("KILL QUERY {id}"))?;
        let ended = waiter.join().expect("the waiting thread");
        assert_eq!(ended, "ERROR 1317 (70100): Query execution was interrupted");
    }
    let (_, waiter) = waiting(set)?;
    connection.query(format!("SET GLOBAL gtid_purged = '+{set}'"))?;
    assert_eq!(waiter.join().expect("the waiting thread"), "[[\"0\"]]");
    // A GTID that another session owns is waited for.
    connection.query("SET GTID_NEXT = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:4'")?;
    let mut other = own.connect()?;
    let taker = std::thread::spawn(move || {
        let set = outcome(
            &mut other,
            "SET GTID_NEXT = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:4'",
        );
        (set, outcome(&mut other, "SELECT @@gtid_owned"))
    });
    std::thread::sleep(Duration::from_millis(200));
    assert!(!taker.is_finished());
    connection.query("COMMIT")?;
    let taken = taker.join().expect("the taking thread");
    assert_eq!(taken, ("OK".to_owned(), "[[\"\"]]".to_owned()));
    Ok(())
}

#[test]
fn gtids_of_a_dump_and_of_empty_transactions_survive_a_restart() -> anyhow::Result<()> {
    let source = reference!(
        Kind::Mysql97,
        &["--gtid-mode=ON", "--enforce-gtid-consistency=ON"]
    );
    let mut own = Understudy::start(&[])?;
    source.exec("CREATE DATABASE d")?;
    let dump = source
        .client_command(Program::Dump)
        .args([
            "--no-create-info",
            "--no-create-db",
            "--set-gtid-purged=ON",
            "d",
        ])
        .output()?;
    let dump = String::from_utf8(dump.stdout)?;
    let gtids: Vec<&str> = dump
        .split(";\n")
        .filter(|s| s.contains("SQL_LOG_BIN") || s.contains("GTID_PURGED"))
        .collect();
    assert!(gtids.len() >= 3, "{dump}");
    let mut connection = own.connect()?;
    for statement in gtids {
        connection.query(statement)?;
    }
    let executed = source.query("SELECT @@gtid_executed")?.text();
    assert_eq!(connection.query("SELECT @@gtid_executed")?.text(), executed);
    connection.run([
        "SET GTID_NEXT = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa:tag:7'",
        "BEGIN",
        "COMMIT",
        "SET GTID_NEXT = 'AUTOMATIC'",
        "SET PERSIST gtid_mode = OFF_PERMISSIVE",
        "SET GLOBAL gtid_slave_pos = '3-1-9,0-2-5'",
    ])?;
    let read = "SELECT @@gtid_executed, @@gtid_mode, @@gtid_slave_pos";
    let before = connection.query(read)?.text();
    assert!(before[0][0].contains(":tag:7"), "{before:?}");
    assert_eq!(before[0][1..], ["OFF_PERMISSIVE", "0-2-5,3-1-9"]);
    own.kill9()?;
    own.restart()?;
    assert_eq!(own.query(read)?.text(), before);
    let rows = own
        .query("SELECT * FROM mysql.gtid_executed WHERE gtid_tag = 'tag'")?
        .text();
    assert_eq!(
        rows,
        [["aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "7", "7", "tag"]]
    );
    assert!(Understudy::start(&["--gtid-mode=ON", "--enforce-gtid-consistency=OFF"]).is_err());
    Ok(())
}
