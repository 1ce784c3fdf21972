//! Partial JSON updates, partial row images and compressed columns, recorded by `generated/partial.py`.

use serde_json::Value as Json;
use std::path::Path;
use understudy_values::compressed::{inflate_field, plain_column};
use understudy_values::json::{diff, write_text};
use understudy_values::row::{Bitmap, Cell, RowLayout, merge};
use understudy_values::text::TextContext;
use understudy_values::types::{BlobSize, CollationId, ColumnType, IntSize};
use understudy_values::wire_type::WireColumn;

const PARTIAL_UPDATE_ROWS: u64 = 39;

fn fixture(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/partial")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn unhex(value: &Json) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn types() -> [ColumnType; 5] {
    [
        ColumnType::Int {
            size: IntSize::Int,
            unsigned: false,
            zerofill: false,
            width: None,
        },
        ColumnType::Json,
        ColumnType::Json,
        ColumnType::Blob {
            size: BlobSize::Normal,
        },
        ColumnType::VarChar {
            length: 20,
            collation: CollationId::UTF8MB4_GENERAL_CI,
        },
    ]
}

fn shown(field: Option<&[u8]>, ty: &ColumnType) -> Json {
    let Some(field) = field else {
        return Json::Null;
    };
    let mut out = Vec::new();
    understudy_values::text::write_text(ty, field, &TextContext::raw(), &mut out).unwrap();
    Json::String(String::from_utf8(out).unwrap())
}

/// Applies an update event to the row that its before-image (a full one) or `stored` gives; returns the
/// new row.
fn apply(event: &Json, stored: Option<&[u8]>) -> Vec<u8> {
    let columns = WireColumn::parse_list(&unhex(&event[2]), &unhex(&event[3])).unwrap();
    let layout = RowLayout::of_wire(&columns).unwrap();
    assert_eq!(layout, RowLayout::new(&types()).unwrap());
    let bitmaps: Vec<Vec<u8>> = event[4].as_array().unwrap().iter().map(unhex).collect();
    let bitmap = |index: usize| Bitmap::new(&bitmaps[index], columns.len()).unwrap();
    let images = unhex(&event[5]);
    let mut before = Vec::new();
    let used = layout
        .split_event(&bitmap(0), &images, &mut before)
        .unwrap();
    let mut fields = Vec::new();
    match stored {
        Some(stored) => {
            layout.split(stored, &mut fields).unwrap();
        }
        None => {
            layout.split(&images, &mut fields).unwrap();
        }
    }
    let mut after = Vec::new();
    let rest = &images[used..];
    let is_partial = event[1] == PARTIAL_UPDATE_ROWS;
    let split = |bytes, out: &mut Vec<_>| {
        if is_partial {
            layout.split_partial_event(&bitmap(1), bytes, out)
        } else {
            layout.split_event(&bitmap(1), bytes, out)
        }
    };
    assert_eq!(split(rest, &mut after).unwrap(), rest.len(), "{}", event[0]);
    for length in (0..rest.len()).step_by(1 + rest.len() / 100) {
        assert!(
            split(&rest[..length], &mut Vec::new()).is_err(),
            "{}",
            event[0]
        );
    }
    let documents: Vec<Option<Vec<u8>>> = after
        .iter()
        .zip(&fields)
        .map(|(cell, field)| match cell {
            Cell::JsonDiff(diff) => {
                let mut out = Vec::new();
                diff::apply_to_field(field.unwrap(), diff, &mut out).unwrap();
                Some(out)
            }
            _ => None,
        })
        .collect();
    let cells: Vec<Cell<'_>> = after
        .iter()
        .zip(&documents)
        .map(|(cell, document)| document.as_ref().map_or(*cell, |field| Cell::Bytes(field)))
        .collect();
    let mut out = Vec::new();
    merge(&fields, &cells, &mut out).unwrap();
    out
}

#[test]
fn t05_json_diffs_give_the_sources_document() {
    let fixture = fixture("mysql-9.7.json");
    let layout = RowLayout::new(&types()).unwrap();
    let mut diffs = 0;
    for event in fixture["json"].as_array().unwrap() {
        diffs += usize::from(event[1] == PARTIAL_UPDATE_ROWS);
        let row = apply(event, None);
        let mut fields = Vec::new();
        layout.split(&row, &mut fields).unwrap();
        let expected = &event[7];
        for (index, ty) in [(1, &types()[1]), (2, &types()[2]), (4, &types()[4])] {
            let at = [1, 2, 4]
                .iter()
                .position(|&column| column == index)
                .unwrap();
            assert_eq!(shown(fields[index], ty), expected[at], "{}", event[0]);
        }
    }
    assert!(diffs > 10, "the source wrote partial updates");
}

#[test]
fn t05_diffs_that_do_not_fit_are_errors() {
    let mut document = Vec::new();
    let text = br#"{"a": [1, 2], "b": "x"}"#;
    understudy_values::json::parse::parse(text)
        .unwrap()
        .encode(&mut document)
        .unwrap();
    let apply = |diff: &[u8]| {
        let mut field = (diff.len() as u32).to_le_bytes().to_vec();
        field.extend_from_slice(diff);
        let mut out = Vec::new();
        diff::apply(&document, &field, &mut out).map(|()| {
            let mut text = Vec::new();
            write_text(&out, &mut text).unwrap();
            String::from_utf8(text).unwrap()
        })
    };
    assert_eq!(
        apply(b"\x00\x03$.b\x03\x05\x02\x00").unwrap(),
        r#"{"a": [1, 2], "b": 2}"#
    );
    assert_eq!(apply(b"\x02\x06$.a[0]").unwrap(), r#"{"a": [2], "b": "x"}"#);
    for (diff, why) in [
        (&b"\x03\x03$.b\x03\x05\x02\x00"[..], "unknown operation"),
        (b"\x00\x03$.z\x03\x05\x02\x00", "missing member"),
        (b"\x02\x06$.a[7]", "missing cell"),
        (b"\x02\x01$", "root removed"),
        (b"\x00\x03$.b\x03\x05\x02", "value cut"),
        (b"\x00\x09$.b", "path cut"),
        (b"\x00\x03b.b\x03\x05\x02\x00", "no path"),
    ] {
        assert!(apply(diff).is_err(), "{why}");
    }
}

#[test]
fn t03_absent_columns_keep_the_stored_value() {
    let fixture = fixture("mysql-9.7.json");
    let layout = RowLayout::new(&types()).unwrap();
    // The row before all updates, from a full image.
    let full = &fixture["images"]["FULL"][0];
    let images = unhex(&full[5]);
    let mut fields = Vec::new();
    let used = layout.split(&images, &mut fields).unwrap();
    let stored = &images[..used];
    for mode in ["MINIMAL", "NOBLOB", "FULL"] {
        for event in fixture["images"][mode].as_array().unwrap() {
            let row = apply(event, Some(stored));
            let mut fields = Vec::new();
            layout.split(&row, &mut fields).unwrap();
            for (index, ty) in types().iter().enumerate() {
                assert_eq!(
                    shown(fields[index], ty),
                    event[7][index],
                    "{mode} {}",
                    event[0]
                );
            }
        }
    }
}

#[test]
fn t27_compressed_columns_are_unfolded() {
    for entry in fixture("mariadb-11.8.json").as_array().unwrap() {
        let columns = WireColumn::parse_list(&unhex(&entry[1]), &unhex(&entry[2])).unwrap();
        let layout = RowLayout::of_wire(&columns).unwrap();
        let plain = plain_column(&columns[0]).unwrap();
        for (image, text) in entry[3]
            .as_array()
            .unwrap()
            .iter()
            .zip(entry[4].as_array().unwrap())
        {
            let image = unhex(image);
            let mut fields = Vec::new();
            assert_eq!(layout.split(&image, &mut fields).unwrap(), image.len());
            let field = fields[0].unwrap();
            let mut out = Vec::new();
            inflate_field(&columns[0], field, &mut out).unwrap();
            assert_eq!(plain.field_len(&out).unwrap(), out.len(), "{}", entry[0]);
            let content = &out[out.len() - text.as_str().unwrap().len()..];
            assert_eq!(content, text.as_str().unwrap().as_bytes(), "{}", entry[0]);
            for length in 0..field.len() {
                assert!(inflate_field(&columns[0], &field[..length], &mut Vec::new()).is_err());
            }
        }
    }
}
