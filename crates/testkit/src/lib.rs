//! What tests need around the code under test: real servers, a plain client, faults.
//!
//! Nothing here depends on Understudy's own crates. A mistake in our protocol code must not be able to hide
//! itself behind the same mistake in the tool that checks it, so [`client`] speaks the protocol on its own.
//!
//! A test against a real server reads:
//!
//! ```no_run
//! use understudy_testkit::{Kind, reference};
//!
//! fn answers() -> anyhow::Result<()> {
//!     let source = reference!(Kind::Mysql97, &["--binlog-row-image=MINIMAL"]);
//!     source.exec("CREATE DATABASE d")?;
//!     Ok(())
//! }
//! ```

pub mod client;
pub mod kind;
pub mod port;
pub mod process;
pub mod proxy;
pub mod reference;
pub mod rng;
mod template;
pub mod understudy;

pub use kind::Kind;
pub use reference::ReferenceServer;
pub use understudy::Understudy;
