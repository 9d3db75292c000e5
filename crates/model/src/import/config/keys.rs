//! Values of a config by their keys, each checked for what it can mean.

use resight_imaging::ResizeFilter;
use serde_json::{Map, Value};

use crate::import::told::{PlanNote, Source, Told};

/// The longest side of a network's input, in pixels.
const MOST_SIDE: u64 = 4096;

/// How much of a value that is not used is shown, in characters.
const SHOWN: usize = 60;

/// One object of a config.
pub(super) struct Keys<'a> {
    file: &'a str,
    /// Where the object stands in the file, with a dot at the end.
    place: String,
    object: &'a Map<String, Value>,
    pub(super) notes: Vec<PlanNote>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(file: &'a str, object: &'a Map<String, Value>) -> Self {
        Self { file, place: String::new(), object, notes: Vec::new() }
    }

    /// Looks into the object under a key, where there is one; notes are kept here.
    pub(super) fn inside<T>(&mut self, key: &str, look: impl FnOnce(&mut Keys<'_>) -> T) -> Option<T> {
        let object = self.object.get(key)?.as_object()?;
        let place = format!("{}{key}.", self.place);
        let mut inner = Keys { file: self.file, place, object, notes: Vec::new() };
        let seen = look(&mut inner);
        self.notes.append(&mut inner.notes);
        Some(seen)
    }

    /// What stands under a key; `null` is nothing.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn source(&self, key: &str) -> Source {
        Source::file(self.file, format!("{}{key}", self.place))
    }

    /// Notes that a value is not used.
    pub(super) fn not_used(&mut self, key: &str) {
        let Some(value) = self.get(key) else { return };
        let shown: String = value.to_string().chars().take(SHOWN).collect();
        let key = format!("{}{key}", self.place);
        self.notes.push(PlanNote::NotUsed { file: self.file.to_owned(), key, found: shown });
    }

    /// A value that `meaning` understands; another is noted.
    pub(super) fn told<T>(
        &mut self,
        key: &str,
        meaning: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<Told<T>> {
        let value = self.get(key)?;
        let meant = meaning(value);
        if meant.is_none() {
            self.not_used(key);
        }
        meant.map(|value| Told::by(self.source(key), value))
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<Told<bool>> {
        self.told(key, Value::as_bool)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<Told<String>> {
        self.told(key, |value| value.as_str().map(str::to_owned))
    }

    /// A whole number of pixels, or two of them, for width and height alike.
    pub(super) fn side(&mut self, key: &str) -> Option<Told<(u32, u32)>> {
        self.told(key, |value| match value {
            Value::Array(sides) => match sides.as_slice() {
                [height, width] => Some((side(width)?, side(height)?)),
                _ => None,
            },
            one => side(one).map(|side| (side, side)),
        })
    }

    /// Three numbers, one a colour; one stands for all.
    pub(super) fn three(&mut self, key: &str, is_right: impl Fn(f32) -> bool) -> Option<Told<[f32; 3]>> {
        self.told(key, |value| {
            let numbers = match value {
                Value::Array(numbers) if numbers.len() == 1 || numbers.len() == 3 => numbers.as_slice(),
                Value::Number(_) => std::slice::from_ref(value),
                _ => return None,
            };
            let at =
                |place: usize| numbers[place.min(numbers.len() - 1)].as_f64().map(|number| number as f32);
            let three = [at(0)?, at(1)?, at(2)?];
            three.iter().all(|number| number.is_finite() && is_right(*number)).then_some(three)
        })
    }

    pub(super) fn mean(&mut self, key: &str) -> Option<Told<[f32; 3]>> {
        self.three(key, |mean| mean.abs() <= 255.0)
    }

    pub(super) fn deviation(&mut self, key: &str) -> Option<Told<[f32; 3]>> {
        self.three(key, |deviation| (1e-4..=255.0).contains(&deviation))
    }

    /// A filter by its name.
    pub(super) fn filter(&mut self, key: &str) -> Option<Told<ResizeFilter>> {
        self.told(key, |value| match value.as_str()? {
            "bilinear" => Some(ResizeFilter::Bilinear),
            "bicubic" => Some(ResizeFilter::Bicubic),
            "lanczos" => Some(ResizeFilter::Lanczos3),
            "nearest" => Some(ResizeFilter::Nearest),
            _ => None,
        })
    }
}

/// A number of pixels.
pub(super) fn side(value: &Value) -> Option<u32> {
    value.as_u64().filter(|side| (1..=MOST_SIDE).contains(side)).and_then(|side| u32::try_from(side).ok())
}
