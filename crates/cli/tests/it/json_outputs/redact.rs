//! Puts out of sight what differs between machines and runs.

use std::path::Path;

use serde_json::{Map, Number, Value};

/// How many values of a list are shown.
const SHOWN: usize = 2;

/// Fractions with more decimals were computed: their last digits depend on the processor.
const DECIMALS: usize = 4;

/// What is put out of sight.
pub(crate) struct Redaction {
    folder: String,
    values: bool,
}

impl Redaction {
    /// The folder of the test, moments, times that something took, hashes, versions, and fractions that were computed.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.display().to_string(), values: true }
    }

    /// All values: what remains are names and kinds.
    pub(crate) fn without_values(self) -> Self {
        Self { values: false, ..self }
    }

    /// The value as it is the same everywhere.
    pub(crate) fn apply(&self, value: &Value) -> Value {
        self.at("", value)
    }

    fn at(&self, name: &str, value: &Value) -> Value {
        match value {
            // What is amiss or could be better here is another thing on each machine.
            Value::Array(_) if !self.values && ["hints", "problems"].contains(&name) => {
                format!("[{name}]").into()
            }
            Value::Array(values) => Value::Array(values.iter().map(|value| self.at(name, value)).collect()),
            Value::Object(fields) => Value::Object(self.fields(fields)),
            Value::Null => Value::Null,
            _ if is_of_the_machine(name) => format!("[{name}]").into(),
            Value::Number(_) if !self.values => "[number]".into(),
            Value::String(_) if !self.values => "[text]".into(),
            Value::Bool(_) if !self.values => "[yes or no]".into(),
            Value::Number(number) => shown_number(number),
            Value::String(text) => self.text(text).into(),
            Value::Bool(_) => value.clone(),
        }
    }

    fn fields(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let shown = |name: &String| self.text(name);
        fields.iter().map(|(name, value)| (shown(name), self.at(name, value))).collect()
    }

    fn text(&self, text: &str) -> String {
        let text =
            text.replace(&self.folder, "[folder]/").replace('\\', "/").replace("[folder]//", "[folder]/");
        // The folder of models is called as that of the people of a machine is.
        let text = without_mark_of_table(&text.replace("[folder]/home", "[models]"));
        if is_moment(&text) { "[moment]".to_owned() } else { without_hashes(&text) }
    }
}

fn shown_number(number: &Number) -> Value {
    let text = number.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let is_plain = decimals <= DECIMALS && !text.contains('e');
    if is_plain { Value::Number(number.clone()) } else { "[fraction]".into() }
}

/// Whether a field of this name holds what was measured or is installed here.
fn is_of_the_machine(name: &str) -> bool {
    const NAMES: [&str; 7] = ["runtime", "version", "machine", "cores", "threads", "host", "device"];
    NAMES.contains(&name) || name == "seconds" || name.ends_with("_seconds") || name.ends_with("_per_second")
}

/// Whether this is a moment at which something was done: those of photos have no zone.
fn is_moment(text: &str) -> bool {
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T' && digit(0) && digit(11)
}

/// Encounters are told apart by a few digits of a hash of where their table lies.
fn without_mark_of_table(text: &str) -> String {
    match text.rsplit_once(".csv ") {
        Some((before, mark)) if mark.len() == 6 && mark.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{before}.csv [hash]")
        }
        _ => text.to_owned(),
    }
}

/// Puts `[hash]` where twelve or more digits of base 16 stand together.
fn without_hashes(text: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() || ('a'..='f').contains(&c) => word.push(c),
            other => {
                shown.push_str(if word.len() >= 12 { "[hash]" } else { &word });
                word.clear();
                shown.extend(other);
            }
        }
    }
    shown
}

/// Long lists cut short: their first values stand for the others.
pub(crate) fn short(value: Value) -> Value {
    match value {
        Value::Array(values) => {
            let more = values.len().saturating_sub(SHOWN);
            let more = (more > 0).then(|| format!("[and {more} more]").into());
            Value::Array(values.into_iter().take(SHOWN).map(short).chain(more).collect())
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, short(value))).collect())
        }
        other => other,
    }
}
