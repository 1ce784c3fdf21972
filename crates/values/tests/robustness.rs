//! Bytes that no server wrote: recorded images with random bytes changed, cut or put in, and random bytes.
//! Nothing may panic (arithmetic overflow included) and what comes out stays in proportion to what went in.

use serde_json::Value as Json;
use std::path::Path;
use understudy_values::binary::write_binary;
use understudy_values::json;
use understudy_values::json::dom::Json as Document;
use understudy_values::key::{self, TextOrder};
use understudy_values::row::{Bitmap, RowLayout};
use understudy_values::temporal::parse;
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::ColumnType;
use understudy_values::wire_type::WireColumn;

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), self.next() as u8),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = [0, 1, 0x7F, 0x80, 0xFF, self.next() as u8][self.below(6)];
                    }
                }
            }
        }
        bytes
    }
}

fn unhex(value: &Json) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// Types and images of a server's fixture, without the very long ones.
fn images(name: &str) -> Vec<(ColumnType, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/types")
        .join(name);
    let entries: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all = Vec::new();
    for entry in entries.as_array().unwrap() {
        let ty: ColumnType = serde_json::from_value(entry["ty"].clone()).unwrap();
        for row in entry["rows"].as_array().unwrap() {
            let image = unhex(&row[1]);
            if image.len() < 2000 {
                all.push((ty.clone(), image));
            }
        }
    }
    all
}

fn exercise(ty: &ColumnType, layout: &RowLayout, image: &[u8]) {
    let context = TextContext {
        time_zone: TimeZone::parse("-09:30").unwrap(),
        results: understudy_values::charset::Charset::by_name("utf8mb4"),
    };
    let mut fields = Vec::new();
    if layout.split(image, &mut fields).is_err() {
        return;
    }
    let Some(field) = fields[0] else { return };
    let mut out = Vec::new();
    let _ = write_text(ty, field, &context, &mut out);
    // Longest growth: a control character of JSON becomes six, a SET of 64 members its text.
    assert!(out.len() <= 16 * image.len() + 2000, "{ty:?} {image:x?}");
    out.clear();
    let _ = write_binary(ty, field, &context, &mut out);
    for order in [TextOrder::Bytes, TextOrder::Collation] {
        out.clear();
        let _ = key::encode(ty, Some(field), Some(3), true, order, &mut out);
    }
    if let Ok(value) = ty.decode(field) {
        let _ = ty.encode(&value);
    }
}

#[test]
fn changed_images_never_panic() {
    let mut random = Random(0x5EED_0001);
    for name in ["mysql-9.7.json", "mariadb-11.8.json"] {
        for (ty, image) in images(name) {
            let layout = RowLayout::new(std::slice::from_ref(&ty)).unwrap();
            for _ in 0..30 {
                exercise(&ty, &layout, &random.mutate(&image));
            }
        }
    }
}

#[test]
fn changed_documents_never_panic() {
    let mut random = Random(0x5EED_0002);
    let documents: Vec<Vec<u8>> = images("mysql-9.7.json")
        .into_iter()
        .filter(|(ty, image)| *ty == ColumnType::Json && image.len() > 5)
        .map(|(_, image)| image[5..].to_vec())
        .collect();
    assert!(documents.len() > 40);
    for _ in 0..300 {
        for document in &documents {
            let changed = random.mutate(document);
            let mut text = Vec::new();
            let printed = json::write_text(&changed, &mut text).is_ok();
            assert!(text.len() <= 16 * changed.len() + 400);
            if let Ok(tree) = Document::decode(&changed) {
                let mut again = Vec::new();
                tree.encode(&mut again).unwrap();
                let mut own = Vec::new();
                assert_eq!(json::write_text(&again, &mut own).is_ok(), printed);
                assert!(!printed || own == text);
            }
            let mut out = Vec::new();
            let _ = json::diff::apply(document, &changed, &mut out);
        }
    }
}

#[test]
fn t06_overlapping_documents_are_refused() {
    // An array whose two elements are the same array, 40 levels deep: 2^40 elements if followed.
    let level = |inner: &[u8]| {
        let size = (10 + inner.len() - 1) as u16;
        let mut out = vec![2, 2, 0];
        out.extend_from_slice(&size.to_le_bytes());
        for _ in 0..2 {
            out.extend_from_slice(&[inner[0], 10, 0]);
        }
        out.extend_from_slice(&inner[1..]);
        out
    };
    let mut document = vec![2, 0, 0, 4, 0];
    for _ in 0..40 {
        document = level(&document);
    }
    let mut out = Vec::new();
    assert!(json::write_text(&document, &mut out).is_err());
    assert!(Document::decode(&document).is_err());
    // One level more than MySQL allows, without any overlap.
    let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
    assert!(json::parse::parse(deep.as_bytes()).is_err());
    assert!(json::parse::parse(&deep.as_bytes()[1..201]).is_ok());
}

#[test]
fn random_metadata_and_text_never_panic() {
    let mut random = Random(0x5EED_0003);
    for _ in 0..100_000 {
        let bytes: Vec<u8> = (0..random.below(24)).map(|_| random.next() as u8).collect();
        let (types, metadata) = bytes.split_at(bytes.len() / 3);
        if let Ok(columns) = WireColumn::parse_list(types, metadata)
            && let Ok(layout) = RowLayout::of_wire(&columns)
            && let Ok(present) = Bitmap::new(metadata, columns.len())
        {
            let _ = layout.split_partial_event(&present, &bytes, &mut Vec::new());
        }
        let digits: Vec<u8> = bytes
            .iter()
            .map(|byte| b"0123456789-:. T+e9000"[usize::from(*byte) % 21])
            .collect();
        let _ = parse::datetime(&digits);
        let _ = parse::time(&digits);
        let _ = understudy_values::decimal::Decimal::parse(&digits);
        let _ = parse::time_from_number(random.next() as i64);
        let _ = parse::datetime_from_number(random.next());
        let _ = TimeZone::parse(&String::from_utf8(digits).unwrap());
    }
}
