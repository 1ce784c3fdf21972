//! A row as it is stored: the version of the definition it was written under, then its row image.

use std::borrow::Cow;

use understudy_values::row;

use crate::engine::Bytes;
use crate::error::StoreError;
use crate::keys;
use crate::schema::DefVersion;
use crate::table::{ColumnSource, Mapping, Table};

/// Where a row is: its clustering key. Ordered as the table's rows are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey(pub(crate) Bytes);

impl RowKey {
    /// The key's bytes, the table's number included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A row read from the store, already in the form of the definition it was read through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    bytes: Bytes,
    /// Start of the image in `bytes`.
    at: usize,
}

impl StoredRow {
    /// The row image: null bits, then packed fields, as in a row event that has all columns.
    pub fn image(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// A row that is not in the store (yet).
    pub fn from_image(image: &[u8]) -> StoredRow {
        StoredRow {
            bytes: Bytes::from(image),
            at: 0,
        }
    }

    /// Reads stored bytes as `table` defines them now.
    pub(crate) fn decode(table: &Table, bytes: Bytes) -> Result<StoredRow, StoreError> {
        let (version, image) = keys::take_varint(&bytes)
            .ok_or_else(|| StoreError::Corrupt("a row without a version".into()))?;
        let at = bytes.len() - image.len();
        if version == table.def().version.0 {
            return Ok(StoredRow { bytes, at });
        }
        match table.mapping(DefVersion(version))? {
            Mapping::Same => Ok(StoredRow { bytes, at }),
            Mapping::Columns(layout, sources) => {
                let mapped = map_image(layout, sources, image)
                    .map_err(|e| StoreError::Corrupt(format!("row of {}: {e}", table.path())))?;
                Ok(StoredRow {
                    bytes: Bytes::from(mapped),
                    at: 0,
                })
            }
        }
    }

    /// The bytes to store for an image of `table`'s current definition.
    pub(crate) fn encode(table: &Table, image: &[u8]) -> Bytes {
        let mut bytes = Vec::with_capacity(5 + image.len());
        keys::put_varint(table.def().version.0, &mut bytes);
        bytes.extend_from_slice(image);
        Bytes::from(bytes)
    }
}

/// Builds a current image from one of an older definition.
fn map_image(
    layout: &row::RowLayout,
    sources: &[ColumnSource],
    image: &[u8],
) -> Result<Vec<u8>, String> {
    let mut old = Vec::new();
    layout.split(image, &mut old).map_err(|e| e.to_string())?;
    let mut fields = Vec::with_capacity(sources.len());
    for source in sources {
        let field: Option<Cow<'_, [u8]>> = match source {
            ColumnSource::Column(i) => old
                .get(usize::from(*i))
                .ok_or("a column beyond its definition")?
                .map(Cow::Borrowed),
            ColumnSource::Constant(bytes) => bytes.as_deref().map(Cow::Borrowed),
        };
        fields.push(field);
    }
    let fields: Vec<Option<&[u8]>> = fields.iter().map(|f| f.as_deref()).collect();
    Ok(row::build(&fields))
}
