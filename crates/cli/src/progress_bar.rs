//! Progress as a bar on the terminal's error channel; standard output stays for data.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
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
                Some(_) => "{msg} {wide_bar} {pos}/{len} {rate} {eta} left",
                None => "{msg} {spinner} {pos} {rate} {elapsed}",
            };
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let style = style.with_key("rate", |state: &ProgressState, into: &mut dyn std::fmt::Write| {
                // A bar that cannot be written to is not worth a word.
                let _drawn = into.write_str(&rate(state.per_sec()));
            });
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

/// How fast it goes, to two digits or whole numbers: more is noise.
fn rate(per_second: f64) -> String {
    match per_second {
        fast if fast >= 10.0 => format!("{fast:.0}/s"),
        slow if slow >= 1.0 => format!("{slow:.1}/s"),
        slower if slower > 0.0 => format!("{:.1}/min", 60.0 * slower),
        _ => String::new(),
    }
}

#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn eprint_line(text: &str) {
    eprintln!("{}", visible_lines(text));
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_have_no_more_digits_than_anybody_reads() {
        let shown = [9.8842, 1234.567, 12.34, 0.25, 0.0].map(rate);
        assert_eq!(shown, ["9.9/s", "1235/s", "12/s", "15.0/min", ""]);
    }
}
