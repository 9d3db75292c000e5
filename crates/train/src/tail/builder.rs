//! Puts a plan together, operation by operation, and refuses what the fast way does not know.

use super::Unsupported;
use super::plan::{Activation, Kind, Operation, Plan, Pool, Storage, Value, Window};

/// Kernels that the depthwise convolution is compiled for.
const KERNELS: [usize; 3] = [3, 5, 7];
const STRIDES: [usize; 2] = [1, 2];

/// A plan in the making.
#[derive(Debug)]
pub(super) struct Builder {
    values: Vec<Value>,
    operations: Vec<Operation>,
}

impl Builder {
    /// Begins at features of channels × height × width.
    pub(super) fn new([channels, height, width]: [usize; 3]) -> Self {
        let features = Value { height, width, channels, storage: Storage::Nowhere };
        Self { values: vec![features], operations: Vec::new() }
    }

    /// Index of the value that was written last.
    pub(super) fn last(&self) -> usize {
        self.values.len() - 1
    }

    /// Height and width of the value that was written last.
    pub(super) fn extent(&self) -> (usize, usize) {
        let value = &self.values[self.last()];
        (value.height, value.width)
    }

    /// A 1×1 convolution.
    pub(super) fn pointwise(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<(), Unsupported> {
        let (height, width) = self.extent();
        self.push(
            name,
            Kind::Pointwise,
            inputs,
            Value { height, width, channels: outputs, storage: Storage::Own },
        )
    }

    /// A depthwise convolution that writes maps of this height and width.
    pub(super) fn depthwise(
        &mut self,
        name: &str,
        channels: usize,
        window: Window,
        (height, width): (usize, usize),
    ) -> Result<(), Unsupported> {
        let (kernel, stride) = (window.kernel, window.stride);
        if !KERNELS.contains(&kernel) || !STRIDES.contains(&stride) {
            return Err(Unsupported::Window { kernel, stride, layer: name.to_owned() });
        }
        if window.above >= kernel || window.left >= kernel || height == 0 || width == 0 {
            return Err(Unsupported::Padding(name.to_owned()));
        }
        let value = Value { height, width, channels, storage: Storage::Passing };
        self.push(name, Kind::Depthwise(window), channels, value)
    }

    fn push(&mut self, name: &str, kind: Kind, inputs: usize, output: Value) -> Result<(), Unsupported> {
        let input = self.last();
        let found = self.values[input].channels;
        if found != inputs {
            return Err(Unsupported::Channels { found, wanted: inputs, layer: name.to_owned() });
        }
        self.values.push(output);
        self.operations.push(Operation {
            kind,
            weight: format!("{name}.weight"),
            bias: format!("{name}.bias"),
            activation: Activation::None,
            input,
            output: input + 1,
            shortcut: None,
        });
        Ok(())
    }

    /// The activation of what was written last.
    pub(super) fn activation(&mut self, activation: Activation) -> Result<(), Unsupported> {
        let operation =
            self.operations.last_mut().ok_or(Unsupported::Order("an activation of the features"))?;
        if operation.activation != Activation::None {
            return Err(Unsupported::Order("two activations in a row"));
        }
        operation.activation = activation;
        Ok(())
    }

    /// Adds a value to what was written last.
    pub(super) fn add(&mut self, shortcut: usize) -> Result<(), Unsupported> {
        let extents = |value: &Value| (value.height, value.width, value.channels);
        if extents(&self.values[shortcut]) != extents(&self.values[self.last()]) {
            return Err(Unsupported::Order("a shortcut between maps of different extents"));
        }
        let operation = self.operations.last_mut().filter(|operation| operation.output > shortcut);
        let operation = operation.ok_or(Unsupported::Order("a shortcut around nothing"))?;
        let is_plain = operation.activation == Activation::None && operation.shortcut.is_none();
        if !is_plain || !matches!(operation.kind, Kind::Pointwise) {
            return Err(Unsupported::Order("a shortcut that does not end behind a 1×1 convolution"));
        }
        operation.shortcut = Some(shortcut);
        Ok(())
    }

    /// Ends with the pooling.
    pub(super) fn finish(mut self, pool: Pool) -> Result<Plan, Unsupported> {
        if self.operations.is_empty() {
            return Err(Unsupported::Order("nothing but a pooling"));
        }
        for value in 1..self.values.len() {
            self.values[value].storage = self.storage(value)?;
        }
        Ok(Plan { values: self.values, operations: self.operations, pool })
    }

    /// Where the gradient of a value can lie, by who writes and who reads it.
    fn storage(&self, value: usize) -> Result<Storage, Unsupported> {
        let reader = self.operations.get(value).map(|operation| &operation.kind);
        let is_shortcut = self.operations.iter().any(|operation| operation.shortcut == Some(value));
        match (&self.operations[value - 1].kind, reader) {
            (Kind::Depthwise(_), Some(Kind::Pointwise)) if !is_shortcut => Ok(Storage::Passing),
            (Kind::Depthwise(_), _) => Err(Unsupported::Order(
                "a depthwise convolution that is not followed by a 1×1 convolution alone",
            )),
            (Kind::Pointwise, None | Some(Kind::Depthwise(_))) if !is_shortcut => Ok(Storage::InPlace),
            (Kind::Pointwise, _) => Ok(Storage::Own),
        }
    }
}
