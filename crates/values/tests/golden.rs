//! Images, texts and binary protocol rows of the reference servers: each file in `fixtures/types` is a
//! server's answers, recorded by `generated/record.py`.

use serde_json::Value as Json;
use std::path::Path;
use understudy_values::binary::write_binary;
use understudy_values::row::{Bitmap, Cell, RowLayout};
use understudy_values::temporal::zone::TimeZone;
use understudy_values::text::{TextContext, write_text};
use understudy_values::types::ColumnType;
use understudy_values::wire_type::WireColumn;

fn unhex(value: &Json) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn shown(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(200).collect();
    text
}

fn fixtures() -> Vec<(String, Vec<Json>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/types");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

/// Every entry of every file: (where, type, entry).
fn entries() -> Vec<(String, ColumnType, Json)> {
    let mut all = Vec::new();
    for (file, entries) in fixtures() {
        for entry in entries {
            let at = format!("{file}: {}", entry["type"].as_str().unwrap());
            let ty = serde_json::from_value(entry["ty"].clone()).unwrap();
            all.push((at, ty, entry));
        }
    }
    all
}

#[test]
fn t08_table_map_columns() {
    for (at, ty, entry) in entries() {
        let (types, metadata) = (unhex(&entry["types"]), unhex(&entry["metadata"]));
        let parsed = WireColumn::parse_list(&types, &metadata).unwrap();
        let mut own = ty.wire();
        if let ColumnType::Time { old: true, .. }
        | ColumnType::DateTime { old: true, .. }
        | ColumnType::Timestamp { old: true, .. } = ty
        {
            own.meta = 0;
        }
        assert_eq!(parsed, [own], "{at}");
        let encoded = WireColumn::encode_list(&parsed).unwrap();
        assert_eq!(encoded, (types.clone(), metadata.clone()), "{at}");
        for length in 0..metadata.len() {
            assert!(
                WireColumn::parse_list(&types, &metadata[..length]).is_err(),
                "{at}"
            );
        }
        assert!(WireColumn::parse_list(&types, &[&metadata[..], &[0]].concat()).is_err());
    }
}

#[test]
fn row_images_are_cut_exactly() {
    for (at, ty, entry) in entries() {
        let layout = RowLayout::new(std::slice::from_ref(&ty)).unwrap();
        for row in entry["rows"].as_array().unwrap() {
            let image = unhex(&row[1]);
            // The server sets the unused null bits.
            let mut fields = Vec::new();
            assert_eq!(
                layout.split(&image, &mut fields).unwrap(),
                image.len(),
                "{at} {row}"
            );
            let bits = [1];
            let mut cells = Vec::new();
            let present = Bitmap::new(&bits, 1).unwrap();
            layout.split_event(&present, &image, &mut cells).unwrap();
            assert_eq!(fields[0].map_or(Cell::Null, Cell::Bytes), cells[0]);
            let step = 1 + image.len() / 64;
            for length in (0..image.len()).step_by(step) {
                assert!(
                    layout.split(&image[..length], &mut fields).is_err(),
                    "{at} {row}"
                );
            }
        }
    }
}

#[test]
fn t06_t07_t08_texts_are_the_servers_own() {
    let mut wrong = Vec::new();
    for (at, ty, entry) in entries() {
        let layout = RowLayout::new(std::slice::from_ref(&ty)).unwrap();
        for row in entry["rows"].as_array().unwrap() {
            let image = unhex(&row[1]);
            let mut fields = Vec::new();
            layout.split(&image, &mut fields).unwrap();
            assert_eq!(fields[0].is_none(), row[2].is_null(), "{at} {row}");
            let Some(field) = fields[0] else { continue };
            let mut check = |zone: &str, expected: &[u8]| {
                let context = TextContext {
                    time_zone: TimeZone::parse(zone).unwrap(),
                    results: None,
                };
                let mut out = Vec::new();
                let result = write_text(&ty, field, &context, &mut out);
                if result.is_err() || out != expected {
                    wrong.push(format!(
                        "{at} {} {zone}: {:?} {} instead of {}",
                        shown(row[0].as_str().unwrap().as_bytes()),
                        result.err(),
                        shown(&out),
                        shown(expected)
                    ));
                }
            };
            check("+00:00", &unhex(&row[2]));
            for (zone, expected) in row[3].as_object().unwrap() {
                check(zone, &unhex(expected));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn binary_rows_are_the_servers_own() {
    let mut wrong = Vec::new();
    for (at, ty, entry) in entries() {
        let layout = RowLayout::new(std::slice::from_ref(&ty)).unwrap();
        for row in entry["rows"].as_array().unwrap() {
            let image = unhex(&row[1]);
            let mut fields = Vec::new();
            layout.split(&image, &mut fields).unwrap();
            // Packet header, null bits with two reserved ones, value.
            let mut out = vec![0, if fields[0].is_none() { 4 } else { 0 }];
            let result = match fields[0] {
                Some(field) => write_binary(&ty, field, &TextContext::raw(), &mut out),
                None => Ok(()),
            };
            let expected = unhex(&row[4]);
            if result.is_err() || out != expected {
                wrong.push(format!(
                    "{at} {}: {result:?} {:x?} instead of {:x?}",
                    shown(row[0].as_str().unwrap().as_bytes()),
                    &out[..out.len().min(40)],
                    &expected[..expected.len().min(40)]
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn values_are_packed_as_the_servers_pack_them() {
    for (at, ty, entry) in entries() {
        let layout = RowLayout::new(std::slice::from_ref(&ty)).unwrap();
        for row in entry["rows"].as_array().unwrap() {
            let image = unhex(&row[1]);
            let mut fields = Vec::new();
            layout.split(&image, &mut fields).unwrap();
            let Some(field) = fields[0] else { continue };
            let value = ty.decode(field).unwrap();
            let packed = ty.encode(&value);
            assert_eq!(packed.as_deref(), Ok(field), "{at} {}", row[0]);
        }
    }
}
