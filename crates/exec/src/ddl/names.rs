//! Qualified names as the catalog keeps them.

use understudy_base::error::MysqlError;
use understudy_sql::ast::ObjectName;
use understudy_storage::{Catalog, ObjectKind};

use super::context::StatementContext;
use crate::errors;

/// Database and name, the default database filled in; 1046 when there is none.
pub(crate) fn qualified(
    name: &ObjectName,
    ctx: &StatementContext,
) -> Result<(String, String), MysqlError> {
    let db = match &name.db {
        Some(db) => db.as_str(),
        None if ctx.default_db.is_empty() => return Err(errors::no_database_selected()),
        None => ctx.default_db.as_str(),
    };
    Ok((ctx.fold_name(db), ctx.fold_name(&name.name)))
}

/// Whether a view of that name is recorded.
pub(crate) fn is_view(catalog: &Catalog, db: &str, name: &str) -> bool {
    let key = understudy_storage::ObjectName {
        kind: ObjectKind::View,
        db: db.to_owned(),
        name: name.to_owned(),
    };
    catalog.object(&key).is_some()
}
