//! How long work tells how far it is.

/// What the work is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What is done to each item, for people: "reading photos".
    pub title: String,
    /// How many items there are, where that is known.
    pub total: Option<u64>,
}

impl Stage {
    /// A stage of so many items.
    pub fn of(title: impl Into<String>, total: u64) -> Self {
        Self { title: title.into(), total: Some(total) }
    }

    /// A stage of which nobody knows how many items it has.
    pub fn uncounted(title: impl Into<String>) -> Self {
        Self { title: title.into(), total: None }
    }
}

/// Receives the progress of long work. Only the doors know bars and screens.
pub trait Progress: Send + Sync {
    /// A new stage begins; the one before is over.
    fn begin(&self, stage: Stage);
    /// `items` more are done in this stage.
    fn advance(&self, items: u64);
    /// Something worth a line now, while the work goes on.
    fn note(&self, text: &str);
    /// All stages are over.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: Stage) {}
    fn advance(&self, _items: u64) {}
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}
