//! The torch container before version 1.6: five pickles, then the storages one after another, each an
//! eight-byte count and the raw numbers, all little-endian.

use std::collections::BTreeMap;

use super::Weights;
use super::error::Refusal;
use super::pickle::{Item, Pickle, Value};
use super::torch::{FLOAT_BYTES, LONG_BYTES, collect};

/// The first bytes: protocol 2, then a whole number of ten bytes.
pub(super) const START: [u8; 4] = [0x80, 0x02, 0x8a, 0x0a];

/// The number at the beginning, 0x1950a86a20f9469cfc6c, as it lies in the file.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The version of the container.
const PROTOCOL: i64 = 1001;

/// Reads the tensors of a file in memory.
pub(super) fn read(bytes: &[u8]) -> Result<Weights, Refusal> {
    let mut rest = bytes;
    if next(&mut rest)?.top != Value::Long(&MAGIC) || next(&mut rest)?.top != Value::Int(PROTOCOL) {
        return Err(Refusal::because("it is no torch file of a known version"));
    }
    check_byte_order(&next(&mut rest)?)?;
    let tensors = next(&mut rest)?;
    let keys = next(&mut rest)?;
    let storages = storages(&tensors, &keys, rest)?;
    let max_values = 2 * (bytes.len() as u64 / FLOAT_BYTES);
    collect(&tensors, |key| storages.get(key).copied(), max_values)
}

fn next<'a>(rest: &mut &'a [u8]) -> Result<Pickle<'a>, Refusal> {
    let pickle = Pickle::read(rest)?;
    *rest = &rest[pickle.length..];
    Ok(pickle)
}

fn check_byte_order(system: &Pickle<'_>) -> Result<(), Refusal> {
    let is_little = match system.item(system.top) {
        Some(Item::Dict(entries)) => entries.contains(&(Value::Text("little_endian"), Value::Bool(true))),
        _ => false,
    };
    if is_little { Ok(()) } else { Err(Refusal::because("its numbers are not little-endian")) }
}

/// The bytes of each storage by its key.
fn storages<'a>(
    tensors: &Pickle<'a>,
    keys: &Pickle<'a>,
    mut rest: &'a [u8],
) -> Result<BTreeMap<&'a str, &'a [u8]>, Refusal> {
    let sizes = tensors.storages();
    let Some(Item::List(keys)) = keys.item(keys.top) else {
        return Err(Refusal::because("it does not list its storages"));
    };
    let mut found = BTreeMap::new();
    for key in keys {
        let Value::Text(key) = *key else { return Err(Refusal::because("a storage has no name")) };
        let storage =
            sizes.get(key).ok_or_else(|| Refusal(format!("the storage `{key}` belongs to no tensor")))?;
        let count = take(&mut rest, 8)?.try_into().map(u64::from_le_bytes).map_err(|_| truncated())?;
        if count != storage.len {
            return Err(Refusal(format!(
                "the storage `{key}` has {count} numbers instead of {}",
                storage.len
            )));
        }
        let width = if storage.is_float { FLOAT_BYTES } else { LONG_BYTES };
        found.insert(key, take(&mut rest, count.checked_mul(width).ok_or_else(truncated)?)?);
    }
    if rest.is_empty() {
        Ok(found)
    } else {
        Err(Refusal::because("there is something after its last storage"))
    }
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], Refusal> {
    let length = usize::try_from(length).map_err(|_| truncated())?;
    let (taken, after) = rest.split_at_checked(length).ok_or_else(truncated)?;
    *rest = after;
    Ok(taken)
}

fn truncated() -> Refusal {
    Refusal::because("it ends in the middle of a storage")
}
