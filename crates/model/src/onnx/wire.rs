//! The bytes of a protobuf message, field by field: so that a file can be changed in one place and stay as it is in
//! all others, fields that resight does not know included.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

use std::ops::Range;

/// Kind of a field whose bytes stand behind their length.
pub(super) const LENGTH_DELIMITED: u64 = 2;

/// Where a field is in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its number.
    pub(super) number: u64,
    /// How its value is written.
    pub(super) kind: u64,
    /// All of it.
    pub(super) whole: Range<usize>,
    /// Its value: for a length-delimited field, what stands behind the length.
    pub(super) value: Range<usize>,
}

/// The fields of a message in the order of the bytes; `None` where the bytes are no message.
pub(super) fn fields(message: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut place = 0;
    while place < message.len() {
        let field = next_field(message, place)?;
        place = field.whole.end;
        fields.push(field);
    }
    Some(fields)
}

/// The field of a message that begins at `start`; `None` where the bytes are no message.
pub(super) fn next_field(message: &[u8], start: usize) -> Option<Field> {
    let (key, after_key) = number_at(message, start)?;
    let (value, end) = match key & 7 {
        0 => (after_key, number_at(message, after_key)?.1),
        1 => (after_key, after_key.checked_add(8)?),
        LENGTH_DELIMITED => {
            let (length, value) = number_at(message, after_key)?;
            (value, value.checked_add(usize::try_from(length).ok()?)?)
        }
        5 => (after_key, after_key.checked_add(4)?),
        _ => return None,
    };
    (end <= message.len()).then_some(Field {
        number: key >> 3,
        kind: key & 7,
        whole: start..end,
        value: value..end,
    })
}

/// Appends a length-delimited field to a message.
pub(super) fn push_field(message: &mut Vec<u8>, number: u64, value: &[u8]) {
    push_number(message, (number << 3) | LENGTH_DELIMITED);
    push_number(message, value.len() as u64);
    message.extend_from_slice(value);
}

/// A number of variable length, and the place behind it.
fn number_at(bytes: &[u8], start: usize) -> Option<(u64, usize)> {
    let mut number = 0;
    for (count, byte) in bytes.get(start..)?.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * count);
        if byte & 0x80 == 0 {
            return Some((number, start + count + 1));
        }
    }
    None
}

fn push_number(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_cover_a_message_without_gaps() {
        let mut message = vec![0x08, 0x96, 0x01, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8];
        push_field(&mut message, 300, &[7; 200]);
        let found = fields(&message).unwrap();
        assert_eq!(found.iter().map(|field| field.number).collect::<Vec<_>>(), [1, 3, 4, 300]);
        assert_eq!(found.iter().map(|field| field.kind).collect::<Vec<_>>(), [0, 5, 1, 2]);
        let ends = found.iter().map(|field| field.whole.end);
        let starts = found.iter().skip(1).map(|field| field.whole.start).chain([message.len()]);
        assert!(ends.eq(starts));
        assert_eq!(message[found[3].value.clone()], [7; 200]);
    }

    #[test]
    fn cut_bytes_are_no_message() {
        let mut message = Vec::new();
        push_field(&mut message, 1, b"some bytes");
        assert!((1..message.len()).all(|length| fields(&message[..length]).is_none()));
        assert_eq!(fields(&[0x0b]), None, "groups are not read");
        assert_eq!(fields(&[0xff; 12]), None);
    }
}
