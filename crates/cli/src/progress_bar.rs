//! Progress as a bar on the terminal's error channel; standard output stays for data.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use resight_core::{visible, visible_lines};
use resight_engine::{Progress, Stage};

/// Draws one bar a stage, with rate and remaining time. Hidden where standard error is no terminal.
pub(crate) struct TerminalProgress {
    bar: Mutex<ProgressBar>,
    visible: bool,
    speaks: bool,
}

impl TerminalProgress {
    /// A progress display; without `visible` no bar is drawn, whatever the terminal, and without `speaks` nothing is
    /// said either.
    pub(crate) fn new(visible: bool, speaks: bool) -> Self {
        Self { bar: Mutex::new(ProgressBar::hidden()), visible: visible && speaks, speaks }
    }

    /// Shows how many bytes have arrived, of how many where that is known.
    pub(crate) fn bytes(&self, arrived: u64, total: Option<u64>) {
        self.with_bar(|bar| {
            let template = match total {
                Some(_) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
                None => "{msg} {spinner} {bytes} {bytes_per_sec}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(arrived);
        });
    }

    fn with_bar(&self, act: impl FnOnce(&mut ProgressBar)) {
        // A poisoned lock means that another thread panicked while drawing: the bar itself is still good.
        act(&mut self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}

impl Progress for TerminalProgress {
    fn begin(&self, stage: Stage) {
        self.with_bar(|bar| {
            bar.finish_and_clear();
            if !self.visible {
                return;
            }
            let template = match stage.total {
                Some(_) => "{msg} {wide_bar} {pos}/{len} {per_sec} {eta} left",
                None => "{msg} {spinner} {pos} {per_sec} {elapsed}",
            };
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            *bar = ProgressBar::with_draw_target(stage.total, ProgressDrawTarget::stderr())
                .with_style(style)
                .with_message(visible(&stage.title).into_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
        });
    }

    fn advance(&self, items: u64) {
        self.with_bar(|bar| bar.inc(items));
    }

    fn note(&self, text: &str) {
        self.with_bar(|bar| {
            if self.speaks {
                bar.suspend(|| eprint_line(text));
            }
        });
    }

    fn end(&self) {
        self.with_bar(|bar| bar.finish_and_clear());
    }
}

#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn eprint_line(text: &str) {
    eprintln!("{}", visible_lines(text));
}
