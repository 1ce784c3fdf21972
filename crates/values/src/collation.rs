//! The order of text by collation, as bytes that compare like the text.

use crate::charset::Collation;
use crate::error::ValueError;
use crate::key::push_escaped;

/// Appends the key of `text`: bytes that compare like the text by its collation and end themselves.
pub fn push_key(collation: &Collation, text: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    if !collation.name.ends_with("bin") && collation.name != "binary" {
        return Err(ValueError::UnsupportedCollation(collation.name));
    }
    if collation.pad_space {
        push_padded_bytes(text, out);
    } else {
        push_escaped(text, out);
    }
    Ok(())
}

/// Key of single-byte units under PAD SPACE: as if each text went on with spaces for ever.
///
/// A space is followed by how the rest compares with spaces (1 less, 2 all spaces: the end, 3 greater),
/// so `a\t` comes before `a`, which equals `a  `.
pub(crate) fn push_padded_bytes(text: &[u8], out: &mut Vec<u8>) {
    let text = text.trim_ascii_end_spaces();
    for (index, &byte) in text.iter().enumerate() {
        out.push(byte);
        if byte == b' ' {
            let next = text.iter().skip(index).find(|&&byte| byte != b' ');
            out.push(match next {
                Some(&next) if next < b' ' => 1,
                Some(_) => 3,
                None => 2,
            });
        }
    }
    out.extend_from_slice(&[b' ', 2]);
}

trait TrimSpaces {
    fn trim_ascii_end_spaces(&self) -> &[u8];
}

impl TrimSpaces for [u8] {
    fn trim_ascii_end_spaces(&self) -> &[u8] {
        let mut bytes = self;
        while let [head @ .., b' '] = bytes {
            bytes = head;
        }
        bytes
    }
}
