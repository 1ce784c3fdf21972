//! Tokens: numbers that are names, comments that are code, quotes in every mode.

use super::*;
use crate::context::{Dialect, ParseContext, SqlMode};
use understudy_values::types::CollationId;

fn kinds(text: &[u8], ctx: &ParseContext) -> Vec<(TokenKind, String)> {
    let mut lexer = Lexer::new(text, ctx);
    let mut out = Vec::new();
    loop {
        let token = lexer.next_token();
        if token.kind == TokenKind::End {
            return out;
        }
        let piece = String::from_utf8_lossy(&text[token.start..token.end]).into_owned();
        out.push((token.kind, piece));
        if token.kind == TokenKind::Bad {
            return out;
        }
    }
}

fn check(text: &str, ctx: &ParseContext, expected: &[&str]) {
    let words: Vec<String> = kinds(text.as_bytes(), ctx)
        .into_iter()
        .map(|(_, piece)| piece)
        .collect();
    assert_eq!(words, expected, "{text}");
}

fn mysql() -> ParseContext {
    ParseContext::new(Dialect::mysql(90700))
}

#[test]
fn numbers_and_names_share_their_first_characters() {
    use TokenKind::*;
    let name = Word(Kw::NotKeyword);
    for (text, expected) in [
        ("1", Integer),
        ("1.5", Decimal),
        (".5", Decimal),
        ("1.", Decimal),
        ("1e5", Float),
        ("1E+5", Float),
        ("1.e-5", Float),
        ("1a", name),
        ("1e", name),
        ("0x1F", HexNumber),
        ("0x1G", name),
        ("0X1F", name),
        ("0x", name),
        ("0b01", BitNumber),
        ("0b02", name),
        ("x'4d'", Hex),
        ("X'4D'", Hex),
        ("x'4'", Bad),
        ("x'4g'", Bad),
        ("b'01'", Bit),
        ("b'02'", Bad),
        ("N'x'", NString),
        ("1.5e", Bad),
        ("@a.b$c", UserVariable),
        ("@`a b`", UserVariable),
        ("@'a b'", UserVariable),
        ("@@", AtAt),
        ("\u{4e2d}\u{6587}", name),
    ] {
        let got = kinds(text.as_bytes(), &mysql());
        assert_eq!(got, [(expected, text.to_owned())], "{text}");
    }
}

#[test]
fn backslash_n_is_null_where_the_server_knows_it() {
    for (ctx, kind) in [
        (
            ParseContext::new(Dialect::mysql(50651)),
            TokenKind::Word(Kw::Null),
        ),
        (
            ParseContext::new(Dialect::mariadb(110800)),
            TokenKind::Word(Kw::Null),
        ),
        (mysql(), TokenKind::Bad),
    ] {
        assert_eq!(kinds(b"\\N", &ctx)[0].0, kind);
    }
}

#[test]
fn names_after_a_dot_are_never_keywords_or_numbers() {
    let got = kinds(b"a.select", &mysql());
    assert_eq!(got[2].0, TokenKind::Word(Kw::NotKeyword));
    check("t.1e5", &mysql(), &["t", ".", "1e5"]);
    check("t .5", &mysql(), &["t", ".5"]);
    let got = kinds(b"a . select", &mysql());
    assert_eq!(got[2].0, TokenKind::Word(Kw::Select));
}

#[test]
fn comments() {
    let my = mysql();
    check("1 -- x\n+ 2", &my, &["1", "+", "2"]);
    check("1 --2", &my, &["1", "-", "-", "2"]);
    check("1 # x\n+ 2", &my, &["1", "+", "2"]);
    check("1 /* x */ + 2", &my, &["1", "+", "2"]);
    check("1 --", &my, &["1"]);
    assert_eq!(kinds(b"1 /* x", &my)[1].0, TokenKind::Bad);
    assert_eq!(kinds(b"1 /*!50000 2", &my)[2].0, TokenKind::Bad);
}

#[test]
fn t18_versioned_comments_are_code_for_their_servers() {
    let my97 = mysql();
    let my56 = ParseContext::new(Dialect::mysql(50651));
    let maria = ParseContext::new(Dialect::mariadb(101106));
    check("a /*!50100 b */ c", &my97, &["a", "b", "c"]);
    check("a /*!80000 b */ c", &my56, &["a", "c"]);
    check("a /*!080000 b */ c", &my97, &["a", "b", "c"]);
    check("a /*! b */ c", &my56, &["a", "b", "c"]);
    check("a /*!99999 b /* x */ y */ c", &my97, &["a", "c"]);
    check("a /*!50100 b /* x */ y */ c", &my97, &["a", "b", "y", "c"]);
    check("a /*M! b */ c", &my97, &["a", "c"]);
    check("a /*M! b */ c", &maria, &["a", "b", "c"]);
    check("a /*M!100201 b */ c", &maria, &["a", "b", "c"]);
    check("a /*M!110001 b */ c", &maria, &["a", "c"]);
    check("a /*!50100 b */ c", &maria, &["a", "b", "c"]);
    check("a /*!80000 b */ c", &maria, &["a", "c"]);
    check("a /*!100100 b */ c", &maria, &["a", "b", "c"]);
}

#[test]
fn hints_only_after_the_words_that_take_them() {
    let my = mysql();
    check("SELECT /*+ x */ 1", &my, &["SELECT", "/*+ x */", "1"]);
    check("SELECT 1 /*+ x */", &my, &["SELECT", "1"]);
}

#[test]
fn t18_quotes_follow_sql_mode_and_charset() {
    let my = mysql();
    let ansi = mysql().with_mode(SqlMode::ANSI_QUOTES);
    assert_eq!(kinds(b"\"a\"", &my)[0].0, TokenKind::String);
    assert_eq!(kinds(b"\"a\"", &ansi)[0].0, TokenKind::QuotedIdent);
    check(r"'a\'b' c", &my, &[r"'a\'b'", "c"]);
    check("'a''b' c", &my, &["'a''b'", "c"]);
    let raw = mysql().with_mode(SqlMode::NO_BACKSLASH_ESCAPES);
    check(r"'a\' c", &raw, &[r"'a\'", "c"]);
    let mut gbk = mysql();
    gbk.charset = CollationId(28);
    // The second byte of the character looks like a backslash.
    let got = kinds(b"'\xd5\x5c' c", &gbk);
    assert_eq!(got.len(), 2);
    assert_eq!(kinds(b"'\xd5\x5c' c", &my)[0].0, TokenKind::Bad);
}

#[test]
fn every_prefix_of_a_text_is_tokenised_without_panic() {
    let text = b"SELECT /*+ h */ `a``b`.\"c\" , N'x' /*!50100 + 0x1f */ -- y\n @@global.z := 'a\\";
    for ctx in [mysql(), mysql().with_mode(SqlMode::ANSI_QUOTES)] {
        for end in 0..=text.len() {
            let _ = kinds(&text[..end], &ctx);
        }
    }
}
