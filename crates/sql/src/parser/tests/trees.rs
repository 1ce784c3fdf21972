//! What statements parse to.

use super::{mysql, parse};
use crate::ast::*;
use crate::context::SqlMode;

fn items(text: &str) -> Vec<SelectItem> {
    match parse(text, &mysql()) {
        Statement::Select(query) => match query.body {
            QueryBody::Select(select) => select.items,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn column_names_are_the_text_as_written() {
    let names: Vec<String> =
        items("SELECT 1+ 1, t.a, 'x' 'y', NOW( ), a AS b, _latin1'q', COUNT( * ), (SELECT  1)")
            .into_iter()
            .map(|item| match item {
                SelectItem::Expr { name, alias, .. } => alias.unwrap_or(name.0),
                other => panic!("{other:?}"),
            })
            .collect();
    assert_eq!(
        names,
        [
            "1+ 1",
            "a",
            "x",
            "NOW( )",
            "b",
            "q",
            "COUNT( * )",
            "(SELECT  1)"
        ]
    );
}

#[test]
fn strings_keep_bytes_and_introducers() {
    let mut ctx = mysql();
    for (mode, text, bytes) in [
        (
            0u64,
            r"'a\n\t\\\'\%\_\0\Z\x'",
            &b"a\n\t\\'\\%\\_\0\x1ax"[..],
        ),
        (0, "'a''b\"\"c'", b"a'b\"\"c"),
        (0, "\"a\"\"b''c\"", b"a\"b''c"),
        (SqlMode::NO_BACKSLASH_ESCAPES.0, r"'a\n'", b"a\\n"),
    ] {
        ctx.sql_mode = SqlMode(mode);
        let statement = parse(&format!("DO {text}"), &ctx);
        assert_eq!(
            statement,
            Statement::Do(vec![Expr::Literal(Literal::String(StringLiteral::plain(
                bytes
            )))]),
            "{text}"
        );
    }
}

#[test]
fn hex_and_bit_literals() {
    let hex = |bytes: &[u8]| {
        Expr::Literal(Literal::Hex {
            bytes: bytes.to_vec(),
            introducer: None,
        })
    };
    assert_eq!(
        parse("DO 0xABC, x'4D7953', x''", &mysql()),
        Statement::Do(vec![hex(b"\x0a\xbc"), hex(b"MyS"), hex(b"")])
    );
    assert_eq!(Literal::bit_bytes("101"), [5]);
    assert_eq!(Literal::bit_bytes("100000001"), [1, 1]);
    assert!(Literal::bit_bytes("").is_empty());
}

#[test]
fn t18_ansi_quotes_and_gbk() {
    let mut ctx = mysql().with_mode(SqlMode::ANSI_QUOTES);
    let name = |text: &str, ctx: &crate::ParseContext| match parse(text, ctx) {
        Statement::DropTable(drop) => drop.tables[0].name.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("DROP TABLE \"a\"\"b\"", &ctx), "a\"b");
    ctx.sql_mode = SqlMode(0);
    assert_eq!(name("DROP TABLE `a``b`", &ctx), "a`b");
    assert_eq!(name("DROP TABLE \u{8868}", &ctx), "\u{8868}");
    // Names come out as UTF-8, string literals stay as the client sent them.
    for (collation, text, table, literal) in [
        (
            28u16,
            &b"CREATE TABLE `\xb1\xed` (a ENUM('\xd5\x5c'))"[..],
            "\u{8868}",
            &b"\xd5\x5c"[..],
        ),
        (
            8,
            b"CREATE TABLE `caf\xe9` (a ENUM('\xe9'))",
            "caf\u{e9}",
            b"\xe9",
        ),
        (
            13,
            b"CREATE TABLE `\x95\x5c` (a ENUM('\x95\x5c'))",
            "\u{8868}",
            b"\x95\x5c",
        ),
    ] {
        ctx.charset = understudy_values::types::CollationId(collation);
        let tree = crate::parser::parse_statement(text, &ctx).expect("parses");
        let Statement::CreateTable(create) = tree else {
            panic!("{tree:?}");
        };
        assert_eq!(create.name.name, table);
        let CreateTableBody::Definition(definition) = &create.body else {
            panic!("{create:?}");
        };
        let TableElement::Column(column) = &definition.elements[0] else {
            panic!("{definition:?}");
        };
        let DataType::Enum { members, .. } = &column.ty else {
            panic!("{column:?}");
        };
        assert_eq!(members[0].bytes, literal);
    }
}

#[test]
fn t18_atomic_create_select_says_so() {
    match parse("CREATE TABLE t (a INT) START TRANSACTION", &mysql()) {
        Statement::CreateTable(create) => match create.body {
            CreateTableBody::Definition(definition) => assert!(definition.start_transaction),
            CreateTableBody::Like(_) => panic!("LIKE"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn t18_kept_texts_are_free_of_versioned_comments() {
    let program = |text: &str| match parse(text, &mysql()) {
        Statement::Program(program) => (program.text, program.body),
        other => panic!("{other:?}"),
    };
    // As mysqldump writes them.
    let (text, body) = program(
        "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER tr BEFORE INSERT ON t \
         FOR EACH ROW SET NEW.a = 1 /* why */ */",
    );
    assert_eq!(
        text,
        "CREATE  DEFINER=`root`@`localhost`  TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1 /* why */"
    );
    assert_eq!(
        body,
        "BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1 /* why */"
    );
    match parse(
        "/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`a`@`b` SQL SECURITY DEFINER */\n\
         /*!50001 VIEW `v` AS select 1 AS `a` */",
        &mysql(),
    ) {
        Statement::CreateView(view) => {
            assert!(
                !view.text.contains("*/") && !view.text.contains("/*"),
                "{}",
                view.text
            );
            assert_eq!(parse(&view.text, &mysql()), Statement::CreateView(view));
        }
        other => panic!("{other:?}"),
    }
    let (text, _) = program("CREATE PROCEDURE p() SELECT/*!99999 x*/1");
    assert_eq!(text, "CREATE PROCEDURE p() SELECT 1");
}

#[test]
fn several_statements_are_taken_one_by_one() {
    let text = b"SELECT 1; ;SELECT 2 ;\n";
    let (first, next) = crate::parser::parse_first(text, &mysql()).expect("first");
    assert_eq!(first, parse("SELECT 1", &mysql()));
    assert_eq!(&text[next..], b";SELECT 2 ;\n");
    let (second, end) = crate::parser::parse_first(&text[next..], &mysql()).expect("second");
    assert_eq!(second, parse("SELECT 2", &mysql()));
    assert_eq!(next + end, text.len());
}
