//! `docs/compatibility.md` is what real servers and Understudy say now.
//!
//! `UNDERSTUDY_REWRITE=1` writes the file instead of comparing it.

use understudy_proto_tests::compatibility::{KINDS, Report};
use understudy_testkit::kind::repository;
use understudy_testkit::reference;

#[test]
fn heavy_table_of_compatibility_is_true() -> anyhow::Result<()> {
    let mut report = Report::default();
    for (column, kind) in KINDS.into_iter().enumerate() {
        let options = ["--performance-schema=ON", "--relay-log=relay-bin"];
        let real = reference!(kind, &options);
        report.compare(column, &real)?;
    }
    report.errors()?;
    let path = repository().join("docs/compatibility.md");
    let table = report.render();
    if std::env::var_os("UNDERSTUDY_REWRITE").is_some() {
        std::fs::write(&path, &table)?;
        return Ok(());
    }
    let committed = std::fs::read_to_string(&path)?;
    let changed: Vec<String> = table
        .lines()
        .filter(|line| !committed.lines().any(|old| old == *line))
        .map(|line| format!("now  {line}"))
        .chain(
            committed
                .lines()
                .filter(|old| !table.lines().any(|line| line == *old))
                .map(|old| format!("file {old}")),
        )
        .collect();
    anyhow::ensure!(
        table == committed,
        "docs/compatibility.md is not true any more (CONTRIBUTING.md says how to make it anew):\n{}",
        changed.join("\n")
    );
    Ok(())
}
