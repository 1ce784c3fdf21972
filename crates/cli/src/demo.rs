//! `understudy demo`: a source, a replica of it, and what there is to see, with no server installed.
//!
//! The source serves a recorded binary log over the real protocol; the replica is the server that `serve` runs.
//! All that is asked of it goes over the client protocol, as an application would.

use crate::options::ServeOptions;
use crate::serve::Running;
use anyhow::{Context, bail};
use std::time::{Duration, Instant};
use understudy_replica::connect::{self, QueryResult, SourceConnection, SourceEndpoint};
use understudy_server::Server;
use understudy_source::demo;
use understudy_source::scripted::ScriptedSource;

/// How long the replica may take to apply what was sent.
const PATIENCE: Duration = Duration::from_secs(30);

const QUERIES: [&str; 4] = [
    "SHOW TABLES FROM shop",
    "SELECT COUNT(*) FROM shop.orders",
    "SELECT * FROM shop.customers ORDER BY id LIMIT 5",
    "SELECT * FROM shop.products ORDER BY id LIMIT 5",
];

/// Runs the demonstration. With `once` it ends after the queries; otherwise it serves until Ctrl-C.
pub fn demo(arguments: &[String]) -> anyhow::Result<()> {
    let mut once = false;
    let mut port = 0;
    for argument in arguments {
        match argument.split_once('=') {
            None if argument == "--once" => once = true,
            Some(("--port", value)) => port = value.parse().context("--port")?,
            _ => bail!("unknown argument '{argument}' (there are --once and --port=N)"),
        }
    }
    let folder = tempfile::Builder::new()
        .prefix("understudy-demo-")
        .tempdir()?;
    let options = ServeOptions {
        datadir: folder.path().join("data"),
        port,
        server_id: 2,
        ..ServeOptions::default()
    };
    let running = crate::serve::open(&options, "")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(running, once))
}

async fn run(running: Running, once: bool) -> anyhow::Result<()> {
    let source = ScriptedSource::start(demo::script(), "127.0.0.1:0".parse()?).await?;
    println!(
        "* A source serves a recorded binary log of a MySQL 9.7 on {}.",
        source.address()
    );
    let server = Server::bind(
        running.server_options,
        running.store,
        running.replication.clone(),
    )
    .await?;
    let port = server.local_addr()?.port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async move {
        // An error means that the sender is gone: the demonstration is over as well.
        stopped.await.ok();
    }));
    println!("* A replica listens on 127.0.0.1:{port}; its data lives in a temporary folder.\n");
    let mut client = connect_to(port).await?;
    say(
        &mut client,
        &format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='{}', MASTER_PASSWORD='{}', \
             MASTER_LOG_FILE='{}', MASTER_LOG_POS=4, GET_MASTER_PUBLIC_KEY=1",
            source.address().port(),
            demo::USER,
            demo::PASSWORD,
            demo::FILE
        ),
    )
    .await?;
    say(&mut client, "START SLAVE").await?;
    catch_up(&mut client, &source).await?;
    println!("* The first part of the log is applied.\n");
    for query in QUERIES {
        say(&mut client, query).await?;
    }
    for (number, group) in demo::live_groups().into_iter().enumerate() {
        source.log().append(&group);
        catch_up(&mut client, &source).await?;
        println!(
            "* The source committed transaction {} ({} bytes); it is applied here.",
            number + 1,
            group.len()
        );
    }
    println!();
    for query in QUERIES {
        say(&mut client, query).await?;
    }
    show_status(&mut client).await?;
    if !once {
        println!(
            "\nThe replica stays up. Try it (Ctrl-C ends it):\n\n    mysql -h127.0.0.1 -P{port} -uroot shop\n"
        );
        tokio::signal::ctrl_c().await?;
    }
    client.quit().await;
    // The server may have ended by itself (SHUTDOWN).
    stop.send(()).ok();
    serving.await?;
    let replication = running.replication;
    tokio::task::spawn_blocking(move || replication.shut_down()).await?;
    source.stop().await;
    Ok(())
}

async fn connect_to(port: u16) -> anyhow::Result<SourceConnection> {
    let endpoint = SourceEndpoint {
        host: "127.0.0.1".to_owned(),
        port,
        user: "root".to_owned(),
        ..SourceEndpoint::default()
    };
    connect::connect(&endpoint)
        .await
        .map_err(|e| anyhow::anyhow!("connecting: {}", e.message))
}

async fn ask(client: &mut SourceConnection, sql: &str) -> anyhow::Result<QueryResult> {
    client
        .query(sql)
        .await
        .map_err(|e| anyhow::anyhow!("{sql}: {}", e.message))
}

/// Runs a statement and prints it with its answer.
async fn say(client: &mut SourceConnection, sql: &str) -> anyhow::Result<()> {
    println!("mysql> {sql};");
    print_table(&ask(client, sql).await?);
    Ok(())
}

fn text(value: Option<&[u8]>) -> String {
    value.map_or_else(
        || "NULL".to_owned(),
        |bytes| String::from_utf8_lossy(bytes).into_owned(),
    )
}

/// A result set as the `mysql` client draws it.
fn print_table(result: &QueryResult) {
    if result.columns.is_empty() {
        println!("OK\n");
        return;
    }
    let names = result
        .columns
        .iter()
        .map(|c| text(Some(c.name.as_ref())))
        .collect();
    let mut lines: Vec<Vec<String>> = vec![names];
    lines.extend(
        result
            .rows
            .iter()
            .map(|row| row.iter().map(|v| text(v.as_deref())).collect()),
    );
    let width = |column: usize| {
        lines
            .iter()
            .map(|l| l[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..result.columns.len()).map(width).collect();
    let rule: String = widths
        .iter()
        .map(|w| format!("+{}", "-".repeat(w + 2)))
        .collect::<String>()
        + "+";
    println!("{rule}");
    for (number, line) in lines.iter().enumerate() {
        for (value, width) in line.iter().zip(&widths) {
            print!("| {value}{} ", " ".repeat(width - value.chars().count()));
        }
        println!("|");
        if number == 0 {
            println!("{rule}");
        }
    }
    println!("{rule}\n");
}

/// Waits until the replica has applied all that the source has.
async fn catch_up(client: &mut SourceConnection, source: &ScriptedSource) -> anyhow::Result<()> {
    let (file, end) = source.log().end().context("the source has no file")?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = status(client).await?;
        let value = |name: &str| {
            status
                .iter()
                .find(|(n, _)| n == name)
                .map_or("", |(_, v)| v.as_str())
        };
        if value("Relay_Master_Log_File") == file && value("Exec_Master_Log_Pos") == end.to_string()
        {
            return Ok(());
        }
        for error in ["Last_IO_Error", "Last_SQL_Error"] {
            if !value(error).is_empty() {
                bail!("{error}: {}", value(error));
            }
        }
        if Instant::now() > deadline {
            bail!("the replica did not catch up: {status:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn status(client: &mut SourceConnection) -> anyhow::Result<Vec<(String, String)>> {
    let result = ask(client, "SHOW SLAVE STATUS").await?;
    let row = result.rows.first().context("SHOW SLAVE STATUS is empty")?;
    let names = result.columns.iter().map(|c| text(Some(c.name.as_ref())));
    Ok(names.zip(row.iter().map(|v| text(v.as_deref()))).collect())
}

async fn show_status(client: &mut SourceConnection) -> anyhow::Result<()> {
    println!("mysql> SHOW SLAVE STATUS\\G");
    for (name, value) in status(client).await? {
        println!("{name:>29}: {value}");
    }
    Ok(())
}
