//! Starts a reference server for trying things by hand, and stops it at the end of its standard input.
//!
//! `cargo run -p understudy-testkit --example reference -- mysql-9.7 [--option=value...]`

use anyhow::Context;
use std::io::Read;
use understudy_testkit::{Kind, ReferenceServer};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, options) = arguments.split_first().context("which server?")?;
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .with_context(|| format!("no server '{name}'"))?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let server = ReferenceServer::start(kind, &options)?;
    println!(
        "port {}, socket {}, root without a password, data in {}",
        server.port(),
        server.socket().display(),
        server.datadir().display()
    );
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
