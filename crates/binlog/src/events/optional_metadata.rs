//! The optional metadata at the end of a Table_map event (`binlog_row_metadata=MINIMAL` or `FULL`).
//!
//! ```text
//! fields, each: 1 type, length-encoded length, value
//!  1  signedness              a bit for each numeric column, from the top of the first byte; set: unsigned
//!  2  default charset         collation; then pairs: number of a character column, its collation
//!  3  column charset          collation of each character column
//!  4  column name             each length and text
//!  5  SET members             for each SET column: number of members, each length and text
//!  6  ENUM members            likewise
//!  7  geometry type           of each geometry column
//!  8  primary key             numbers of its columns
//!  9  primary key, prefixes   pairs: number of a column, prefix in characters (0: whole column)
//! 10  ENUM and SET default charset    as 2, over ENUM and SET columns
//! 11  ENUM and SET column charset     as 3
//! 12  visibility              a bit for each column, from the top of the first byte; set: visible
//! 13  vector dimensions       of each vector column
//! ```
//!
//! All numbers are length-encoded. "Each character column" counts only those: a value goes astray when a
//! class is counted differently from the server (T4). Worklogs 4618, 12080, 16081.

use crate::context::Flavour;
use crate::error::DecodeError;
use crate::event_type::EventType;
use crate::reader::Reader;
use bytes::Bytes;
use understudy_values::wire_type::{WireColumn, WireType};

/// What the metadata say of one column. `None` is "not said".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnMetadata {
    /// A numeric column is unsigned.
    pub unsigned: Option<bool>,
    /// Collation number of a character, ENUM or SET column.
    pub collation: Option<u16>,
    /// Name.
    pub name: Option<Bytes>,
    /// Members of an ENUM or SET, in the column's character set.
    pub members: Option<Vec<Bytes>>,
    /// Kind of a geometry column: 0 geometry, 1 point, 2 linestring, and so on to 7.
    pub geometry_type: Option<u32>,
    /// Not `INVISIBLE`.
    pub visible: Option<bool>,
    /// Number of floats of a vector column.
    pub vector_dimensions: Option<u32>,
}

/// One column of the primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// Number of the column, from 0.
    pub column: u32,
    /// Characters of it, 0 for all.
    pub prefix: u32,
}

/// All that a table map says beyond its columns' types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionalMetadata {
    /// One for each column of the table map.
    pub columns: Vec<ColumnMetadata>,
    /// Primary key; `None` when the event does not say.
    pub primary_key: Option<Vec<KeyPart>>,
    /// Types of fields that are not known here; to be counted.
    pub unknown_fields: Vec<u8>,
}

/// The classes of columns that fields count over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Numeric,
    Character,
    Enum,
    Set,
    Geometry,
    Vector,
}

/// The column belongs to the class.
///
/// YEAR is numeric (and said to be unsigned). MariaDB counts spatial columns as character columns of the
/// collation `binary`, beside their own class.
fn is_in(column: &WireColumn, class: Class, flavour: Flavour) -> bool {
    let mariadb = flavour == Flavour::Mariadb;
    let of = |own: &[Class]| own.contains(&class);
    match column.wire_type {
        WireType::TINY
        | WireType::SHORT
        | WireType::INT24
        | WireType::LONG
        | WireType::LONGLONG
        | WireType::NEWDECIMAL
        | WireType::FLOAT
        | WireType::DOUBLE
        | WireType::YEAR => of(&[Class::Numeric]),
        WireType::ENUM => of(&[Class::Enum]),
        WireType::SET => of(&[Class::Set]),
        WireType::STRING => match column.string_parts().0 {
            WireType::ENUM => of(&[Class::Enum]),
            WireType::SET => of(&[Class::Set]),
            _ => of(&[Class::Character]),
        },
        WireType::VARCHAR
        | WireType::VAR_STRING
        | WireType::TINY_BLOB
        | WireType::MEDIUM_BLOB
        | WireType::LONG_BLOB
        | WireType::BLOB
        | WireType::BLOB_COMPRESSED
        | WireType::VARCHAR_COMPRESSED => of(&[Class::Character]),
        WireType::GEOMETRY if mariadb => of(&[Class::Geometry, Class::Character]),
        WireType::GEOMETRY => of(&[Class::Geometry]),
        WireType::VECTOR => of(&[Class::Vector]),
        _ => false,
    }
}

/// Reads fields over the columns of a table map.
struct Fields<'a> {
    columns: &'a [WireColumn],
    flavour: Flavour,
    out: OptionalMetadata,
}

impl OptionalMetadata {
    /// Reads the metadata of a table map with these columns.
    pub fn decode(
        bytes: &Bytes,
        columns: &[WireColumn],
        flavour: Flavour,
    ) -> Result<OptionalMetadata, DecodeError> {
        let mut reader = Reader::new(bytes, 0, EventType::TABLE_MAP);
        let mut fields = Fields {
            columns,
            flavour,
            out: OptionalMetadata {
                columns: vec![ColumnMetadata::default(); columns.len()],
                ..OptionalMetadata::default()
            },
        };
        while !reader.is_empty() {
            let field_type = reader.u8("optional metadata type")?;
            let length = reader.lenenc("optional metadata length")?;
            let value = reader.bytes("optional metadata", length)?;
            let mut value = Reader::new(&value, 0, EventType::TABLE_MAP);
            fields.field(field_type, &mut value)?;
            value.finish()?;
        }
        Ok(fields.out)
    }
}

impl Fields<'_> {
    fn field(&mut self, field_type: u8, value: &mut Reader<'_>) -> Result<(), DecodeError> {
        match field_type {
            1 => self.signedness(value),
            2 => self.default_charset(value, &[Class::Character]),
            3 => self.column_charset(value, &[Class::Character]),
            4 => self.names(value),
            5 => self.members(value, Class::Set),
            6 => self.members(value, Class::Enum),
            7 => self.each(
                value,
                &[Class::Geometry],
                "geometry type",
                |column, value| {
                    column.geometry_type = Some(value);
                },
            ),
            8 => self.primary_key(value, false),
            9 => self.primary_key(value, true),
            10 => self.default_charset(value, &[Class::Enum, Class::Set]),
            11 => self.column_charset(value, &[Class::Enum, Class::Set]),
            12 => self.visibility(value),
            13 => self.each(
                value,
                &[Class::Vector],
                "vector dimensions",
                |column, value| {
                    column.vector_dimensions = Some(value);
                },
            ),
            unknown => {
                self.out.unknown_fields.push(unknown);
                value.rest();
                Ok(())
            }
        }
    }

    /// The columns of some classes, in their order.
    fn of_class<'a>(
        &'a mut self,
        classes: &'a [Class],
    ) -> impl Iterator<Item = &'a mut ColumnMetadata> + 'a {
        let flavour = self.flavour;
        self.columns
            .iter()
            .zip(&mut self.out.columns)
            .filter(move |(column, _)| classes.iter().any(|class| is_in(column, *class, flavour)))
            .map(|(_, metadata)| metadata)
    }

    fn signedness(&mut self, value: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut bits = TopDownBits::default();
        for column in self.of_class(&[Class::Numeric]) {
            column.unsigned = Some(bits.next(value, "signedness")?);
        }
        Ok(())
    }

    fn visibility(&mut self, value: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut bits = TopDownBits::default();
        for column in &mut self.out.columns {
            column.visible = Some(bits.next(value, "visibility")?);
        }
        Ok(())
    }

    fn default_charset(
        &mut self,
        value: &mut Reader<'_>,
        classes: &[Class],
    ) -> Result<(), DecodeError> {
        let default = collation(value)?;
        for column in self.of_class(classes) {
            column.collation = Some(default);
        }
        while !value.is_empty() {
            let index = small(value, "charset's column")?;
            let collation = collation(value)?;
            let column = usize::try_from(index)
                .ok()
                .and_then(|index| self.of_class(classes).nth(index))
                .ok_or_else(|| value.bad_value("charset's column", u64::from(index)))?;
            column.collation = Some(collation);
        }
        Ok(())
    }

    fn column_charset(
        &mut self,
        value: &mut Reader<'_>,
        classes: &[Class],
    ) -> Result<(), DecodeError> {
        for column in self.of_class(classes) {
            column.collation = Some(collation(value)?);
        }
        Ok(())
    }

    fn names(&mut self, value: &mut Reader<'_>) -> Result<(), DecodeError> {
        for column in &mut self.out.columns {
            let length = value.lenenc("column name length")?;
            column.name = Some(value.bytes("column name", length)?);
        }
        Ok(())
    }

    fn members(&mut self, value: &mut Reader<'_>, class: Class) -> Result<(), DecodeError> {
        for column in self.of_class(&[class]) {
            let mut members = Vec::new();
            for _ in 0..value.lenenc("member count")? {
                let length = value.lenenc("member length")?;
                members.push(value.bytes("member", length)?);
            }
            column.members = Some(members);
        }
        Ok(())
    }

    fn each(
        &mut self,
        value: &mut Reader<'_>,
        classes: &[Class],
        field: &'static str,
        set: impl Fn(&mut ColumnMetadata, u32),
    ) -> Result<(), DecodeError> {
        for column in self.of_class(classes) {
            set(column, small(value, field)?);
        }
        Ok(())
    }

    fn primary_key(&mut self, value: &mut Reader<'_>, prefixes: bool) -> Result<(), DecodeError> {
        let mut parts = Vec::new();
        while !value.is_empty() {
            let column = small(value, "primary key column")?;
            if column as usize >= self.columns.len() {
                return Err(value.bad_value("primary key column", u64::from(column)));
            }
            let prefix = if prefixes {
                small(value, "primary key prefix")?
            } else {
                0
            };
            parts.push(KeyPart { column, prefix });
        }
        self.out.primary_key = Some(parts);
        Ok(())
    }
}

fn small(value: &mut Reader<'_>, field: &'static str) -> Result<u32, DecodeError> {
    let number = value.lenenc(field)?;
    u32::try_from(number).map_err(|_| value.bad_value(field, number))
}

fn collation(value: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let number = value.lenenc("collation")?;
    u16::try_from(number).map_err(|_| value.bad_value("collation", number))
}

/// Bits from the top of each byte down.
#[derive(Default)]
struct TopDownBits {
    byte: u8,
    left: u8,
}

impl TopDownBits {
    fn next(&mut self, value: &mut Reader<'_>, field: &'static str) -> Result<bool, DecodeError> {
        if self.left == 0 {
            self.byte = value.u8(field)?;
            self.left = 8;
        }
        let bit = self.byte & 0x80 != 0;
        self.byte <<= 1;
        self.left -= 1;
        Ok(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(types: &[(WireType, u16)]) -> Vec<WireColumn> {
        types
            .iter()
            .map(|&(wire_type, meta)| WireColumn { wire_type, meta })
            .collect()
    }

    /// INT, VARCHAR, ENUM, BIGINT, SET, TEXT, POINT, VECTOR
    fn sample() -> Vec<WireColumn> {
        columns(&[
            (WireType::LONG, 0),
            (WireType::VARCHAR, 40),
            (WireType::STRING, 247 | 1 << 8),
            (WireType::LONGLONG, 0),
            (WireType::STRING, 248 | 1 << 8),
            (WireType::BLOB, 2),
            (WireType::GEOMETRY, 4),
            (WireType::VECTOR, 4),
        ])
    }

    fn decode(bytes: &'static [u8]) -> Result<OptionalMetadata, DecodeError> {
        OptionalMetadata::decode(&Bytes::from_static(bytes), &sample(), Flavour::Mysql)
    }

    #[test]
    fn t04_each_field_counts_its_own_class_of_columns() {
        let all = decode(
            b"\x01\x01\x40\
              \x02\x03\xff\x01\x2d\
              \x04\x10\x01a\x01b\x01c\x01d\x01e\x01f\x01g\x01h\
              \x05\x04\x01\x02xy\
              \x06\x05\x02\x01p\x01q\
              \x07\x01\x01\
              \x09\x04\x00\x00\x01\x05\
              \x0a\x01\x3f\
              \x0c\x01\xfe\
              \x0d\x01\x03\
              \x63\x02zz",
        );
        // A collation of 255 has a three-byte form.
        assert!(all.is_err());
        let all = decode(
            b"\x01\x01\x40\
              \x02\x05\xfc\xff\x00\x01\x2d\
              \x04\x10\x01a\x01b\x01c\x01d\x01e\x01f\x01g\x01h\
              \x05\x04\x01\x02xy\
              \x06\x05\x02\x01p\x01q\
              \x07\x01\x01\
              \x09\x04\x00\x00\x01\x05\
              \x0a\x01\x3f\
              \x0c\x01\xfe\
              \x0d\x01\x03\
              \x63\x02zz",
        )
        .unwrap();
        let unsigned: Vec<_> = all.columns.iter().map(|column| column.unsigned).collect();
        let mut expected = [None; 8];
        (expected[0], expected[3]) = (Some(false), Some(true));
        assert_eq!(unsigned, expected);
        let collations: Vec<_> = all.columns.iter().map(|column| column.collation).collect();
        let mut expected = [None; 8];
        (expected[1], expected[5]) = (Some(255), Some(45));
        (expected[2], expected[4]) = (Some(63), Some(63));
        assert_eq!(collations, expected);
        assert_eq!(all.columns[7].name, Some(Bytes::from_static(b"h")));
        assert_eq!(
            all.columns[4].members,
            Some(vec![Bytes::from_static(b"xy")])
        );
        let members = ["p", "q"].map(|text| Bytes::from_static(text.as_bytes()));
        assert_eq!(all.columns[2].members, Some(members.to_vec()));
        assert_eq!(all.columns[6].geometry_type, Some(1));
        assert_eq!(all.columns[7].vector_dimensions, Some(3));
        assert_eq!(all.columns[7].visible, Some(false));
        assert_eq!(all.columns[6].visible, Some(true));
        let key = all.primary_key.unwrap();
        assert_eq!(
            key.iter()
                .map(|part| (part.column, part.prefix))
                .collect::<Vec<_>>(),
            [(0, 0), (1, 5)]
        );
        assert_eq!(all.unknown_fields, [0x63]);
    }

    #[test]
    fn t04_year_is_numeric_and_spatial_columns_are_text_to_mariadb() {
        let columns = columns(&[
            (WireType::YEAR, 0),
            (WireType::GEOMETRY, 4),
            (WireType::LONG, 0),
            (WireType::BLOB, 2),
        ]);
        let read = |bytes, flavour| {
            OptionalMetadata::decode(&Bytes::from_static(bytes), &columns, flavour)
        };
        let mariadb = read(b"\x01\x01\x80\x03\x02\x3f\x08", Flavour::Mariadb).unwrap();
        let unsigned: Vec<_> = mariadb
            .columns
            .iter()
            .map(|column| column.unsigned)
            .collect();
        assert_eq!(unsigned, [Some(true), None, Some(false), None]);
        assert_eq!(mariadb.columns[3].collation, Some(8));
        let mysql = read(b"\x01\x01\xa0\x03\x01\x08", Flavour::Mysql).unwrap();
        assert_eq!(mysql.columns[3].collation, Some(8));
    }

    #[test]
    fn t04_a_field_too_long_or_too_short_is_an_error() {
        for bytes in [
            &b"\x01\x00"[..],
            b"\x01\x02\x40\x00",
            b"\x03\x01\x08",
            b"\x03\x03\x08\x08\x08",
            b"\x02\x03\x08\x02\x08",
            b"\x06\x01\x05",
            b"\x08\x01\x08",
            b"\x0c\x00",
            b"\x63\x05zz",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:x?}");
        }
    }
}
