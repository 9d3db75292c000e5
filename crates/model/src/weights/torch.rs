//! From a pickle and its storages to tensors; shared by both torch containers.

use super::error::Refusal;
use super::pickle::{Item, Pickle, Value, View};
use super::{Tensor, Weights};

/// How deep dictionaries may lie in each other, such as `{"state_dict": {…}}`.
const MAX_DEPTH: usize = 4;
/// The most tensors of a file.
const MAX_TENSORS: usize = 1 << 15;

/// The longest name in a dictionary, in bytes.
const MAX_NAME: usize = 512;

/// Bytes of one float.
pub(super) const FLOAT_BYTES: u64 = 4;
/// Bytes of one whole number.
pub(super) const LONG_BYTES: u64 = 8;

/// Collects all tensors of a pickle. `numbers` gives the bytes of a float storage by key; `max_values` is how
/// many numbers the tensors may have together.
pub(super) fn collect<'d>(
    pickle: &Pickle<'_>,
    numbers: impl Fn(&str) -> Option<&'d [u8]>,
    max_values: u64,
) -> Result<Weights, Refusal> {
    let mut weights = Weights::default();
    let mut budget = max_values;
    for (name, view) in views(pickle)? {
        let storage =
            pickle.storage(view.storage).ok_or_else(|| Refusal(format!("`{name}` has no storage")))?;
        let count = check_view(&name, view, storage.len)?;
        if !storage.is_float {
            continue;
        }
        budget = budget.checked_sub(count).ok_or_else(|| {
            Refusal::because("its tensors have far more numbers together than the file has room for")
        })?;
        let bytes =
            numbers(storage.key).ok_or_else(|| Refusal(format!("the numbers of `{name}` are missing")))?;
        weights.insert(name, copy(view, bytes)?);
    }
    Ok(weights)
}

/// All tensors of a pickle with their names, dictionaries in dictionaries joined by dots.
fn views<'p>(pickle: &'p Pickle<'_>) -> Result<Vec<(String, &'p View)>, Refusal> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), pickle.top, 0)];
    let mut visited = 0_usize;
    while let Some((prefix, value, depth)) = open.pop() {
        let entries = match pickle.item(value) {
            Some(Item::Dict(entries)) => entries,
            Some(Item::Tensor(view)) if depth > 0 => {
                found.push((prefix, view));
                continue;
            }
            _ if depth > 0 => continue,
            _ => return Err(Refusal::because("it is not a dictionary of tensors")),
        };
        visited += entries.len();
        if depth >= MAX_DEPTH || visited > MAX_TENSORS {
            return Err(Refusal(format!(
                "it has dictionaries deeper than {MAX_DEPTH}, or more than {MAX_TENSORS} tensors"
            )));
        }
        for (key, value) in entries {
            let Value::Text(key) = key else { continue };
            if key.len() > MAX_NAME {
                return Err(Refusal(format!("it has a name of more than {MAX_NAME} bytes")));
            }
            let name = if prefix.is_empty() { (*key).to_owned() } else { format!("{prefix}.{key}") };
            open.push((name, *value, depth + 1));
        }
    }
    Ok(found)
}

/// Checks that a view lies within its storage; returns how many numbers it has.
fn check_view(name: &str, view: &View, storage_len: u64) -> Result<u64, Refusal> {
    let refuse = || Refusal(format!("the tensor `{name}` reaches outside of its storage"));
    if view.shape.len() != view.strides.len() {
        return Err(Refusal(format!("the tensor `{name}` has a shape that cannot be")));
    }
    let count =
        view.shape.iter().try_fold(1_u64, |count, extent| count.checked_mul(*extent)).ok_or_else(refuse)?;
    if count == 0 {
        return Ok(0);
    }
    let steps = view.shape.iter().zip(&view.strides);
    let last = steps
        .map(|(extent, stride)| (extent - 1).checked_mul(*stride))
        .try_fold(view.offset, |sum, step| sum.checked_add(step?))
        .ok_or_else(refuse)?;
    if last < storage_len { Ok(count) } else { Err(refuse()) }
}

/// Copies a checked view out of the bytes of its storage, in row-major order.
fn copy(view: &View, bytes: &[u8]) -> Result<Tensor, Refusal> {
    let shape: Vec<usize> = view.shape.iter().map(|&extent| index(extent)).collect::<Result<_, _>>()?;
    let strides: Vec<usize> = view.strides.iter().map(|&stride| index(stride)).collect::<Result<_, _>>()?;
    let count: usize = shape.iter().product();
    let (numbers, _) = bytes.as_chunks::<4>();
    let offset = index(view.offset)?;
    let values = if is_contiguous(&shape, &strides) {
        numbers
            .get(offset..offset + count)
            .map(|run| run.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    } else {
        let places = Places { shape: &shape, strides: &strides, at: vec![0; shape.len()], left: count };
        places.map(|place| numbers.get(offset + place).map(|bytes| f32::from_le_bytes(*bytes))).collect()
    };
    let values = values.ok_or_else(|| Refusal::because("a storage is shorter than it says"))?;
    Ok(Tensor { shape, values })
}

fn index(number: u64) -> Result<usize, Refusal> {
    usize::try_from(number).map_err(|_| Refusal::because("a tensor is too large for this computer"))
}

fn is_contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    for (&extent, &stride) in shape.iter().zip(strides).rev() {
        if extent != 1 && stride != expected {
            return false;
        }
        expected *= extent;
    }
    true
}

/// Places in a storage in the row-major order of a view.
struct Places<'a> {
    shape: &'a [usize],
    strides: &'a [usize],
    at: Vec<usize>,
    left: usize,
}

impl Iterator for Places<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let place = self.at.iter().zip(self.strides).map(|(at, stride)| at * stride).sum();
        for axis in (0..self.shape.len()).rev() {
            self.at[axis] += 1;
            if self.at[axis] < self.shape[axis] {
                break;
            }
            self.at[axis] = 0;
        }
        Some(place)
    }
}
