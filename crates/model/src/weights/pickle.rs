//! A reader for the pickles inside torch files: data only, nothing is executed.
//!
//! A pickle is a program for a small stack machine. This one knows the instructions that torch writes for
//! dictionaries of tensors and the four names they need. Values that contain others live in an arena and are
//! spoken of by number, so that no nesting, however deep, can exhaust the stack of this program.

use std::collections::BTreeMap;

use super::error::Refusal;

/// The most values that may lie on the stack, and the most marks: torch sets entries a thousand at a time.
const MAX_STACK: usize = 1 << 16;
/// The most containers, tensors and remembered values: seven for each of 37,000 tensors.
const MAX_ITEMS: usize = 1 << 18;
/// The most values in all containers together. A value takes a few bytes of the file and a dozen times as much memory.
const MAX_HELD: usize = 1 << 20;

/// The most extents of a tensor.
const MAX_RANK: usize = 8;

/// The names that a pickle may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    FloatStorage,
    LongStorage,
}

/// A value on the machine's stack; cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number of more than eight bytes, little-endian.
    Long(&'a [u8]),
    Float,
    Text(&'a str),
    Global(Global),
    /// A place in the arena.
    Item(usize),
}

/// A value that contains others.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    Dict(Vec<(Value<'a>, Value<'a>)>),
    Storage(Storage<'a>),
    Tensor(View),
}

/// A run of numbers that lies elsewhere in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    /// Whether it is made of 32-bit floats; 64-bit whole numbers otherwise.
    pub(super) is_float: bool,
    /// Its name in the file.
    pub(super) key: &'a str,
    /// How many numbers it has.
    pub(super) len: u64,
}

/// A tensor: how it lies in a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Place of the storage in the arena.
    pub(super) storage: usize,
    /// First number, counted in numbers.
    pub(super) offset: u64,
    /// Extents, outermost first.
    pub(super) shape: Vec<u64>,
    /// Steps between neighbours along each extent, counted in numbers.
    pub(super) strides: Vec<u64>,
}

/// What a pickle holds.
pub(super) struct Pickle<'a> {
    /// The value it ends with.
    pub(super) top: Value<'a>,
    /// How many bytes it took.
    pub(super) length: usize,
    items: Vec<Item<'a>>,
}

impl<'a> Pickle<'a> {
    /// Reads the pickle at the beginning of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let mut machine = Machine {
            bytes,
            at: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: BTreeMap::new(),
            items: Vec::new(),
            held: 0,
        };
        let top = machine.run()?;
        Ok(Self { top, length: machine.at, items: machine.items })
    }

    /// The container that a value speaks of.
    pub(super) fn item(&self, value: Value<'a>) -> Option<&Item<'a>> {
        match value {
            Value::Item(place) => self.items.get(place),
            _ => None,
        }
    }

    /// All storages by their keys; where a key is described twice, the longer description counts.
    pub(super) fn storages(&self) -> BTreeMap<&'a str, Storage<'a>> {
        let mut found: BTreeMap<&'a str, Storage<'a>> = BTreeMap::new();
        for item in &self.items {
            if let Item::Storage(storage) = item {
                let known = found.entry(storage.key).or_insert(*storage);
                known.len = known.len.max(storage.len);
            }
        }
        found
    }

    /// The storage at a place in the arena.
    pub(super) fn storage(&self, place: usize) -> Option<&Storage<'a>> {
        match self.items.get(place) {
            Some(Item::Storage(storage)) => Some(storage),
            _ => None,
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    marks: Vec<usize>,
    memo: BTreeMap<u32, Value<'a>>,
    items: Vec<Item<'a>>,
    /// Values in all containers.
    held: usize,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Result<Value<'a>, Refusal> {
        loop {
            let instruction = self.byte()?;
            if instruction == b'.' {
                return self.pop();
            }
            self.step(instruction)?;
        }
    }

    fn step(&mut self, instruction: u8) -> Result<(), Refusal> {
        match instruction {
            0x80 => self.protocol(),
            b'}' => self.push_item(Item::Dict(Vec::new())),
            b']' => self.push_item(Item::List(Vec::new())),
            b')' => self.push_item(Item::Tuple(Vec::new())),
            b'(' => self.mark(),
            b't' => {
                let values = self.pop_to_mark()?;
                self.push_item(Item::Tuple(values))
            }
            0x85..=0x87 => self.short_tuple(usize::from(instruction - 0x84)),
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'J' | b'K' | b'M' | 0x8a | b'G' | b'X' => self.literal(instruction),
            b'q' | b'r' | b'h' | b'j' => self.remember_or_recall(instruction),
            b'c' => self.global(),
            b'Q' => self.storage(),
            b'R' => self.call(),
            b'b' => self.set_state(),
            b's' | b'u' => self.set_entries(instruction),
            b'a' | b'e' => self.append(instruction),
            other => Err(Refusal(format!(
                "its pickle has the instruction 0x{other:02x}, which tensors do not need"
            ))),
        }
    }

    fn protocol(&mut self) -> Result<(), Refusal> {
        match self.byte()? {
            2..=5 => Ok(()),
            other => Err(Refusal(format!("its pickle has protocol {other}; 2 to 5 are read"))),
        }
    }

    fn literal(&mut self, instruction: u8) -> Result<(), Refusal> {
        let value = match instruction {
            b'J' => Value::Int(i64::from(i32::from_le_bytes(self.array()?))),
            b'K' => Value::Int(i64::from(self.byte()?)),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(self.array()?))),
            0x8a => {
                let length = usize::from(self.byte()?);
                long(self.take(length)?)
            }
            b'G' => {
                self.take(8)?;
                Value::Float
            }
            _ => {
                let length = u32::from_le_bytes(self.array()?) as usize;
                let text = std::str::from_utf8(self.take(length)?);
                Value::Text(text.map_err(|_| Refusal::because("its pickle has text that is not UTF-8"))?)
            }
        };
        self.push(value)
    }

    fn remember_or_recall(&mut self, instruction: u8) -> Result<(), Refusal> {
        let slot = match instruction {
            b'q' | b'h' => u32::from(self.byte()?),
            _ => u32::from_le_bytes(self.array()?),
        };
        if matches!(instruction, b'q' | b'r') {
            let top = self.stack.last().copied().ok_or_else(underflow)?;
            self.memo.insert(slot, top);
            return within(self.memo.len(), MAX_ITEMS, "remembered values");
        }
        let value = self.memo.get(&slot).copied();
        self.push(value.ok_or_else(|| Refusal::because("its pickle recalls what it never remembered"))?)
    }

    fn global(&mut self) -> Result<(), Refusal> {
        let (module, name) = (self.line()?, self.line()?);
        let global = match (module, name) {
            ("collections", "OrderedDict") => Global::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
            ("torch", "FloatStorage") => Global::FloatStorage,
            ("torch", "LongStorage") => Global::LongStorage,
            _ => {
                let name: String = format!("{module}.{name}").chars().take(80).collect();
                return Err(Refusal(format!(
                    "it asks for `{name}`, and a file of tensors has no need of that; it may run a program when \
                     opened in Python. Export the network to ONNX with the program that made it, or save its bare \
                     weights there: torch.save(model.state_dict(), path)"
                )));
            }
        };
        self.push(Value::Global(global))
    }

    /// `('storage', kind, key, device, length)`, with a sixth value in the legacy container that says which
    /// part of another storage it is, and is empty in all files of this century but the oldest.
    fn storage(&mut self) -> Result<(), Refusal> {
        let id = self.pop()?;
        let fields = self.tuple(id)?;
        let (kind, key, length) = match fields[..] {
            [
                Value::Text("storage"),
                Value::Global(kind),
                Value::Text(key),
                Value::Text(_),
                Value::Int(length),
            ]
            | [
                Value::Text("storage"),
                Value::Global(kind),
                Value::Text(key),
                Value::Text(_),
                Value::Int(length),
                Value::None,
            ] => (kind, key, length),
            _ => return Err(Refusal::because("it describes a storage in a form that is not known")),
        };
        let is_float = match kind {
            Global::FloatStorage => true,
            Global::LongStorage => false,
            _ => return Err(Refusal::because("it describes a storage of no known kind")),
        };
        let len =
            u64::try_from(length).map_err(|_| Refusal::because("it has a storage of negative length"))?;
        self.push_item(Item::Storage(Storage { is_float, key, len }))
    }

    /// The two calls that are known: an empty dictionary, and a tensor.
    fn call(&mut self) -> Result<(), Refusal> {
        let arguments = self.pop()?;
        let callee = self.pop()?;
        let arguments = self.tuple(arguments)?;
        let item = match (callee, arguments) {
            (Value::Global(Global::OrderedDict), []) => Item::Dict(Vec::new()),
            (
                Value::Global(Global::RebuildTensor),
                &[Value::Item(storage), Value::Int(offset), shape, strides, Value::Bool(_), _, ..],
            ) => {
                let offset =
                    u64::try_from(offset).map_err(|_| Refusal::because("a tensor has a negative offset"))?;
                let (shape, strides) = (self.extents(shape)?, self.extents(strides)?);
                Item::Tensor(View { storage, offset, shape, strides })
            }
            _ => return Err(Refusal::because("its pickle makes a call that tensors do not need")),
        };
        self.push_item(item)
    }

    /// An attribute set on a dictionary (torch keeps version numbers there); it is dropped.
    fn set_state(&mut self) -> Result<(), Refusal> {
        self.pop()?;
        let target = self.stack.last().copied().ok_or_else(underflow)?;
        match self.item(target) {
            Some(Item::Dict(_)) => Ok(()),
            _ => Err(Refusal::because("its pickle sets the state of something that is not a dictionary")),
        }
    }

    fn set_entries(&mut self, instruction: u8) -> Result<(), Refusal> {
        let values = if instruction == b'u' { self.pop_to_mark()? } else { self.pop_many(2)? };
        if values.len() % 2 != 0 {
            return Err(Refusal::because("its pickle has a key without a value"));
        }
        match self.top_item() {
            Some(Item::Dict(entries)) => {
                entries.extend(values.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                Ok(())
            }
            _ => Err(Refusal::because("its pickle sets an entry of something that is not a dictionary")),
        }
    }

    fn append(&mut self, instruction: u8) -> Result<(), Refusal> {
        let values = if instruction == b'e' { self.pop_to_mark()? } else { self.pop_many(1)? };
        match self.top_item() {
            Some(Item::List(list)) => {
                list.extend(values);
                Ok(())
            }
            _ => Err(Refusal::because("its pickle appends to something that is not a list")),
        }
    }

    fn short_tuple(&mut self, length: usize) -> Result<(), Refusal> {
        let values = self.pop_many(length)?;
        self.push_item(Item::Tuple(values))
    }

    fn mark(&mut self) -> Result<(), Refusal> {
        self.marks.push(self.stack.len());
        within(self.marks.len(), MAX_STACK, "marks")
    }

    fn push(&mut self, value: Value<'a>) -> Result<(), Refusal> {
        self.stack.push(value);
        within(self.stack.len(), MAX_STACK, "values on its stack")
    }

    fn push_item(&mut self, item: Item<'a>) -> Result<(), Refusal> {
        within(self.items.len() + 1, MAX_ITEMS, "containers")?;
        self.items.push(item);
        self.push(Value::Item(self.items.len() - 1))
    }

    fn pop(&mut self) -> Result<Value<'a>, Refusal> {
        self.stack.pop().ok_or_else(underflow)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value<'a>>, Refusal> {
        let from = self.stack.len().checked_sub(count).ok_or_else(underflow)?;
        self.pop_from(from)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>, Refusal> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or_else(underflow)?;
        self.pop_from(mark)
    }

    /// Takes values off the stack to put them into a container.
    fn pop_from(&mut self, place: usize) -> Result<Vec<Value<'a>>, Refusal> {
        self.held += self.stack.len() - place;
        within(self.held, MAX_HELD, "values in its containers")?;
        Ok(self.stack.split_off(place))
    }

    fn item(&self, value: Value<'a>) -> Option<&Item<'a>> {
        match value {
            Value::Item(place) => self.items.get(place),
            _ => None,
        }
    }

    fn top_item(&mut self) -> Option<&mut Item<'a>> {
        match self.stack.last() {
            Some(Value::Item(place)) => self.items.get_mut(*place),
            _ => None,
        }
    }

    fn tuple(&self, value: Value<'a>) -> Result<&[Value<'a>], Refusal> {
        match self.item(value) {
            Some(Item::Tuple(values)) => Ok(values),
            _ => Err(Refusal::because("its pickle has something else where a tuple belongs")),
        }
    }

    fn extents(&self, value: Value<'a>) -> Result<Vec<u64>, Refusal> {
        let extents = self.tuple(value)?;
        // A tuple is remembered once and can be recalled for every tensor.
        within(extents.len(), MAX_RANK, "extents of a tensor")?;
        let extents = extents.iter().map(|extent| match extent {
            Value::Int(extent) => u64::try_from(*extent).ok(),
            _ => None,
        });
        extents
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::because("a tensor has a shape that is not whole numbers"))
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        self.take(N)?.try_into().map_err(|_| truncated())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(length).ok_or_else(truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or_else(truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn line(&mut self) -> Result<&'a str, Refusal> {
        let length = self.bytes[self.at..].iter().position(|&byte| byte == b'\n').ok_or_else(truncated)?;
        let line = self.take(length)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| Refusal::because("its pickle has a name that is not text"))
    }
}

/// A little-endian whole number in two's complement.
fn long(bytes: &[u8]) -> Value<'_> {
    if bytes.len() > 8 {
        return Value::Long(bytes);
    }
    let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = if is_negative { [0xff; 8] } else { [0; 8] };
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(wide))
}

fn underflow() -> Refusal {
    Refusal::because("its pickle takes more values than it has")
}

fn truncated() -> Refusal {
    Refusal::because("it ends in the middle of a pickle")
}

fn within(count: usize, most: usize, what: &str) -> Result<(), Refusal> {
    if count <= most { Ok(()) } else { Err(Refusal(format!("its pickle has more than {most} {what}"))) }
}
