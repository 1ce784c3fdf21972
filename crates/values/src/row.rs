//! Row images: null bits and packed fields, as row events carry them and as the store keeps them.
//!
//! A *full* image begins with `(columns + 7) / 8` bytes of null bits (bit `i % 8` of byte `i / 8`), then
//! come the fields that are not NULL, packed as [`WireColumn::packing`] says. An *event* image may lack
//! columns (`binlog_row_image=MINIMAL` or `NOBLOB`): its null bits count only the columns that are present,
//! as the event's bitmap says. An absent column is not NULL: [`merge`] keeps what the store has.
//!
//! Splitting is the applier's hot path: it borrows, and reuses the caller's vector.

use crate::charset::Collation;
use crate::error::{ValueError, split, take};
use crate::types::ColumnType;
use crate::wire_type::{Packing, WireColumn, WireType};

/// One field of an event image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The image does not say.
    Absent,
    /// NULL.
    Null,
    /// The packed field.
    Bytes(&'a [u8]),
    /// Binary JSON diffs with their 4-byte length, to be applied to the stored document
    /// (`PARTIAL_UPDATE_ROWS_EVENT`).
    JsonDiff(&'a [u8]),
}

/// Bits in the order row events use: bit `i % 8` of byte `i / 8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitmap<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Bitmap<'a> {
    /// `len` bits at the start of `bytes`.
    pub fn new(bytes: &'a [u8], len: usize) -> Result<Bitmap<'a>, ValueError> {
        let bytes = take(bytes, len.div_ceil(8), "bitmap")?;
        Ok(Bitmap { bytes, len })
    }

    /// Bit `index`; false past the end.
    #[inline]
    pub fn is_set(&self, index: usize) -> bool {
        index < self.len && bit(self.bytes, index)
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// No bits at all?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of bits that are set.
    pub fn count(&self) -> usize {
        (0..self.len).filter(|&index| self.is_set(index)).count()
    }

    /// Are all bits set?
    pub fn is_full(&self) -> bool {
        self.count() == self.len
    }
}

#[inline]
fn bit(bytes: &[u8], index: usize) -> bool {
    bytes
        .get(index / 8)
        .is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

/// How the full images of a table (or of one table map) are cut into fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLayout {
    packings: Vec<Packing>,
    json: Vec<bool>,
}

impl RowLayout {
    /// Layout of a table's stored images.
    pub fn new(types: &[ColumnType]) -> Result<RowLayout, ValueError> {
        for ty in types {
            // How a character column is packed depends on its character set.
            if let ColumnType::Char { collation, .. }
            | ColumnType::VarChar { collation, .. }
            | ColumnType::Text { collation, .. } = ty
            {
                Collation::by_id(*collation)?;
            }
        }
        let columns: Vec<WireColumn> = types.iter().map(ColumnType::wire).collect();
        RowLayout::of_wire(&columns)
    }

    /// Layout of the images that follow a table map.
    pub fn of_wire(columns: &[WireColumn]) -> Result<RowLayout, ValueError> {
        Ok(RowLayout {
            packings: columns
                .iter()
                .map(WireColumn::packing)
                .collect::<Result<_, _>>()?,
            json: columns
                .iter()
                .map(|column| column.wire_type == WireType::JSON)
                .collect(),
        })
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.packings.len()
    }

    /// No columns at all?
    pub fn is_empty(&self) -> bool {
        self.packings.is_empty()
    }

    /// Cuts the full image at the start of `bytes` into fields (`None` is NULL); `out` is replaced.
    /// Returns the image's length.
    pub fn split<'a>(
        &self,
        bytes: &'a [u8],
        out: &mut Vec<Option<&'a [u8]>>,
    ) -> Result<usize, ValueError> {
        out.clear();
        let (nulls, mut rest) = split(bytes, self.packings.len().div_ceil(8), "null bits")?;
        for (index, packing) in self.packings.iter().enumerate() {
            if bit(nulls, index) {
                out.push(None);
                continue;
            }
            let (field, left) = rest.split_at(packing.len(rest)?);
            out.push(Some(field));
            rest = left;
        }
        Ok(bytes.len() - rest.len())
    }

    /// Cuts the event image at the start of `bytes`; `out` is replaced by one cell a column.
    /// Returns the image's length.
    pub fn split_event<'a>(
        &self,
        present: &Bitmap<'_>,
        bytes: &'a [u8],
        out: &mut Vec<Cell<'a>>,
    ) -> Result<usize, ValueError> {
        let no_diffs = Bitmap { bytes: &[], len: 0 };
        let rest = self.split_cells(present, &no_diffs, bytes, out)?;
        Ok(bytes.len() - rest.len())
    }

    /// Cuts the after-image of a `PARTIAL_UPDATE_ROWS_EVENT`: value options come first, and where they
    /// say so a bitmap with one bit for each JSON column of the table, set where the field is a diff.
    pub fn split_partial_event<'a>(
        &self,
        present: &Bitmap<'_>,
        bytes: &'a [u8],
        out: &mut Vec<Cell<'a>>,
    ) -> Result<usize, ValueError> {
        const PARTIAL_JSON: u8 = 1;
        let (options, rest) = split(bytes, 1, "value options")?;
        let (diffs, rest) = match options {
            [0] => (Bitmap { bytes: &[], len: 0 }, rest),
            [PARTIAL_JSON] => {
                let columns = self.json.iter().filter(|&&json| json).count();
                let (bits, rest) = split(rest, columns.div_ceil(8), "partial bits")?;
                (Bitmap::new(bits, columns)?, rest)
            }
            _ => {
                return Err(ValueError::Malformed {
                    what: "value options: unknown option",
                });
            }
        };
        let rest = self.split_cells(present, &diffs, rest, out)?;
        Ok(bytes.len() - rest.len())
    }

    fn split_cells<'a>(
        &self,
        present: &Bitmap<'_>,
        diffs: &Bitmap<'_>,
        bytes: &'a [u8],
        out: &mut Vec<Cell<'a>>,
    ) -> Result<&'a [u8], ValueError> {
        out.clear();
        let (nulls, mut rest) = split(bytes, present.count().div_ceil(8), "null bits")?;
        let (mut sent, mut json_index) = (0, 0);
        for (index, packing) in self.packings.iter().enumerate() {
            let is_json = self.json.get(index).copied().unwrap_or(false);
            let is_diff = is_json && diffs.is_set(json_index);
            json_index += usize::from(is_json);
            if !present.is_set(index) {
                out.push(Cell::Absent);
                continue;
            }
            let is_null = bit(nulls, sent);
            sent += 1;
            if is_null {
                out.push(Cell::Null);
                continue;
            }
            let (field, left) = rest.split_at(packing.len(rest)?);
            out.push(if is_diff {
                Cell::JsonDiff(field)
            } else {
                Cell::Bytes(field)
            });
            rest = left;
        }
        Ok(rest)
    }
}

/// Cuts the event image at the start of `bytes`; see [`RowLayout::split_event`], which is faster for many
/// rows of one event.
pub fn split_event_row<'a>(
    columns: &[WireColumn],
    present: &Bitmap<'_>,
    bytes: &'a [u8],
    out: &mut Vec<Cell<'a>>,
) -> Result<usize, ValueError> {
    RowLayout::of_wire(columns)?.split_event(present, bytes, out)
}

/// A full image of these fields.
pub fn build(fields: &[Option<&[u8]>]) -> Vec<u8> {
    let mut out = Vec::new();
    build_into(fields.iter().copied(), &mut out);
    out
}

/// Appends a full image of these fields to `out`.
pub fn build_into<'a>(
    fields: impl ExactSizeIterator<Item = Option<&'a [u8]>> + Clone,
    out: &mut Vec<u8>,
) {
    let nulls = fields.len().div_ceil(8);
    let bytes: usize = fields.clone().flatten().map(<[u8]>::len).sum();
    out.reserve(nulls + bytes);
    let start = out.len();
    out.resize(start + nulls, 0);
    for (index, field) in fields.enumerate() {
        match field {
            Some(field) => out.extend_from_slice(field),
            None => {
                if let Some(byte) = out.get_mut(start + index / 8) {
                    *byte |= 1 << (index % 8);
                }
            }
        }
    }
}

/// Appends the full image that an event's after-image makes of a stored row: absent columns keep their
/// stored value.
///
/// JSON diffs must have been applied before (`json::apply_diffs`), they are an error here.
pub fn merge(
    stored: &[Option<&[u8]>],
    cells: &[Cell<'_>],
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    if stored.len() != cells.len() {
        return Err(ValueError::Malformed {
            what: "row image: other number of columns than the stored row",
        });
    }
    if cells.iter().any(|cell| matches!(cell, Cell::JsonDiff(_))) {
        return Err(ValueError::Malformed {
            what: "row image: JSON diff not applied",
        });
    }
    let fields = stored.iter().zip(cells).map(|(old, cell)| match cell {
        Cell::Absent => *old,
        Cell::Null => None,
        Cell::Bytes(field) | Cell::JsonDiff(field) => Some(*field),
    });
    build_into(fields, out);
    Ok(())
}

/// Where a column of a new definition takes its field from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The column of this index in the old definition, of the same type.
    Column(usize),
    /// The same packed field (or NULL) for all rows: the default of a column that was added.
    Constant(Option<Vec<u8>>),
}

/// Appends the full image of a row under a new definition, made of the old definition's `fields`.
pub fn rearrange(
    fields: &[Option<&[u8]>],
    sources: &[Source],
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let known = |source: &Source| match source {
        Source::Column(index) => *index < fields.len(),
        Source::Constant(_) => true,
    };
    if !sources.iter().all(known) {
        return Err(ValueError::Malformed {
            what: "row image: fewer columns than its definition",
        });
    }
    let new = sources.iter().map(|source| match source {
        Source::Column(index) => fields.get(*index).copied().flatten(),
        Source::Constant(field) => field.as_deref(),
    });
    build_into(new, out);
    Ok(())
}
