//! Binary JSON, its text, and diffs of it.
//!
//! Input: a byte that chooses what the rest is: a binary document, a text, or two bytes of length, a binary
//! document and a field of diffs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use understudy_values::json::dom::Json;
use understudy_values::json::{diff, parse, write_text};

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    match choice % 3 {
        0 => document(data),
        1 => {
            let Ok(json) = parse::parse(data) else {
                return;
            };
            let mut binary = Vec::new();
            if json.encode(&mut binary).is_ok() {
                document(&binary);
            }
        }
        _ => {
            let [low, high, rest @ ..] = data else {
                return;
            };
            let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
            let (stored, diffs) = rest.split_at(length);
            let mut out = Vec::new();
            if diff::apply(stored, diffs, &mut out).is_ok() {
                document(&out);
            }
        }
    }
});

/// What is read as a tree is written so that it reads as the same tree.
fn document(binary: &[u8]) {
    let mut text = Vec::new();
    let _ = write_text(binary, &mut text);
    let Ok(json) = Json::decode(binary) else {
        return;
    };
    let mut written = Vec::new();
    if json.encode(&mut written).is_ok() {
        let again = Json::decode(&written).expect("our own document");
        let mut twice = Vec::new();
        again.encode(&mut twice).expect("as before");
        assert_eq!(written, twice);
    }
}
