//! The `understudy` binary.

mod log;
mod options;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = options::parse(&arguments)?;
    log::install(log::LogTarget::open(options.log_error.as_deref())?);
    anyhow::bail!("serve is not there yet")
}
