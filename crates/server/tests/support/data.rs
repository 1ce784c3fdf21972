//! Tables with rows, put into a store as the applier would.

use understudy_exec::ddl::{self, StatementContext};
use understudy_sql::parse_statement;
use understudy_storage::schema::Flavour;
use understudy_storage::{DuplicateMode, Store};
use understudy_values::cast::{CastContext, convert};
use understudy_values::charset::Server;
use understudy_values::row;
use understudy_values::temporal::Date;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::types::{CollationId, ColumnType};
use understudy_values::value::Value;

const FLAVOUR: Flavour = Flavour {
    mariadb: false,
    version: 90_700,
};

/// Runs DDL statements.
pub fn define(store: &Store, db: &str, statements: &[&str]) {
    for text in statements {
        let mut context = StatementContext::new(FLAVOUR, db);
        context.text = text.as_bytes().to_vec();
        let statement = parse_statement(text.as_bytes(), &context.parse_context()).unwrap();
        let mut writer = store.writer();
        writer.begin();
        ddl::execute(&mut writer, &statement, &context).unwrap();
        writer.end().unwrap();
        writer.commit().unwrap();
    }
}

fn field(text: &str, ty: &ColumnType) -> Vec<u8> {
    let from = ColumnType::VarChar {
        length: 10_000,
        collation: CollationId::UTF8MB4_GENERAL_CI,
    };
    let context = CastContext {
        strict: true,
        time_zone: TimeZone::UTC,
        today: Date::default(),
        server: Server::MySql8,
    };
    let value = Value::Text(text.as_bytes().to_vec());
    let converted = convert(&value, &from, ty, &context).unwrap();
    ty.encode(&converted.value).unwrap()
}

/// Inserts rows of texts in one transaction.
pub fn insert<'a>(
    store: &Store,
    db: &str,
    table: &str,
    rows: impl IntoIterator<Item = Vec<Option<&'a str>>>,
) {
    let mut writer = store.writer();
    writer.begin();
    let table = store.snapshot().catalog().table(db, table).unwrap().clone();
    for texts in rows {
        let fields: Vec<Option<Vec<u8>>> = texts
            .iter()
            .zip(&table.columns)
            .map(|(text, column)| text.map(|text| field(text, &column.ty)))
            .collect();
        let fields: Vec<Option<&[u8]>> = fields.iter().map(Option::as_deref).collect();
        let image = row::build(&fields);
        writer
            .insert(&table, &image, DuplicateMode::Strict)
            .unwrap();
    }
    writer.end().unwrap();
    writer.commit().unwrap();
}

/// A small shop.
pub fn shop(store: &Store) {
    define(store, "", &["CREATE DATABASE shop"]);
    define(
        store,
        "shop",
        &[
            "CREATE TABLE item (id INT NOT NULL AUTO_INCREMENT, name VARCHAR(40), \
             price DECIMAL(10,2) NOT NULL DEFAULT 0, made DATETIME, note TEXT, \
             PRIMARY KEY (id), UNIQUE KEY name (name))",
            "CREATE TABLE spare (a INT)",
        ],
    );
    insert(
        store,
        "shop",
        "item",
        [
            vec![Some("1"), Some("eins"), Some("1.5"), None, Some("x")],
            vec![Some("2"), Some("zwei €"), Some("20"), None, None],
            vec![
                Some("3"),
                None,
                Some("-0.05"),
                Some("2024-02-29 23:59:59"),
                None,
            ],
        ],
    );
}
