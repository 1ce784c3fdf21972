//! MariaDB's compressed columns: what `VARCHAR(n) COMPRESSED` and `BLOB COMPRESSED` put into row events.
//!
//! The content of such a field is empty, or a header byte and data. Header 0 means that the data are not
//! compressed. Otherwise its high half is the method (8: zlib), bit 3 tells data without zlib's own header
//! and checksum, and the low three bits count the bytes of the length that follows, most significant first.

use crate::error::{ValueError, be, le, split, take};
use crate::wire_type::{Packing, WireColumn, WireType};
use std::io::Read;

const METHOD_ZLIB: u8 = 8;
const WITHOUT_HEADER: u8 = 8;

/// The column that the same values have when they are not compressed: a VARCHAR or BLOB. `None` for a
/// column that is not compressed.
pub fn plain_column(column: &WireColumn) -> Option<WireColumn> {
    match column.wire_type {
        WireType::BLOB_COMPRESSED => Some(WireColumn {
            wire_type: WireType::BLOB,
            meta: column.meta,
        }),
        // The header byte is counted in.
        WireType::VARCHAR_COMPRESSED => Some(WireColumn {
            wire_type: WireType::VARCHAR,
            meta: column.meta.saturating_sub(1),
        }),
        _ => None,
    }
}

/// Appends the field of the plain column (see [`plain_column`]) that a compressed field stands for.
pub fn inflate_field(
    column: &WireColumn,
    field: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let plain = plain_column(column).ok_or(ValueError::UnknownType {
        code: column.wire_type.0,
    })?;
    let (Packing::Prefixed(size), Packing::Prefixed(plain_size)) =
        (column.packing()?, plain.packing()?)
    else {
        return Err(ValueError::UnknownType {
            code: column.wire_type.0,
        });
    };
    let (prefix, rest) = split(field, size, "field length")?;
    let content = take(rest, le(prefix) as usize, "compressed field")?;
    let start = out.len();
    out.resize(start + plain_size, 0);
    inflate(content, plain_size, out)?;
    let length = (out.len() - start - plain_size) as u64;
    if let Some(slot) = out.get_mut(start..start + plain_size) {
        slot.copy_from_slice(length.to_le_bytes().get(..plain_size).unwrap_or_default());
    }
    Ok(())
}

/// Appends the content; at most what a length prefix of `prefix` bytes can tell.
fn inflate(content: &[u8], prefix: usize, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let wrong = |what| Err(ValueError::Malformed { what });
    let (header, data) = match content {
        [] => return Ok(()),
        [0, data @ ..] => {
            out.extend_from_slice(data);
            return Ok(());
        }
        [header, data @ ..] => (*header, data),
    };
    if header >> 4 != METHOD_ZLIB {
        return wrong("compressed field: unknown method");
    }
    let (length, data) = split(data, usize::from(header & 7), "compressed field")?;
    let length = be(length);
    if length >> (8 * prefix) != 0 {
        return wrong("compressed field: longer than its column");
    }
    let start = out.len();
    let read = if header & WITHOUT_HEADER != 0 {
        flate2::read::DeflateDecoder::new(data)
            .take(length + 1)
            .read_to_end(out)
    } else {
        flate2::read::ZlibDecoder::new(data)
            .take(length + 1)
            .read_to_end(out)
    };
    if read.is_err() || (out.len() - start) as u64 != length {
        return wrong("compressed field: data do not unfold to the length told");
    }
    Ok(())
}
