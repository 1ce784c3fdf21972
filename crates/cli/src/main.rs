//! The `understudy` binary.

mod demo;
mod log;
mod options;
mod serve;

const USAGE: &str = "\
Usage: understudy COMMAND [OPTIONS]

  serve [--defaults-file=FILE] [--OPTION=VALUE ...]   run the server; options are mysqld's
  demo [--once] [--port=N]                            a source, a replica of it, and what there is to see
  --version                                           print the version
";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((command, rest)) if command == "serve" => serve::serve(options::parse(rest)?),
        Some((command, rest)) if command == "demo" => demo::demo(rest),
        Some((command, _)) if command == "--version" => {
            println!("understudy {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Some((command, _)) if command == "--help" || command == "help" => {
            print!("{USAGE}");
            Ok(())
        }
        Some((command, _)) => anyhow::bail!("unknown command '{command}'\n{USAGE}"),
        None => anyhow::bail!("no command given\n{USAGE}"),
    }
}
