//! Text of strangers, made fit to be shown: file names, names of animals and labels come from anywhere.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything spelt out that a terminal or a page would obey instead of showing: control characters
/// and escape sequences, marks that turn the direction of writing, and characters that nobody sees. `ESC` becomes
/// `\u{1b}`, a line end `\n`. The text itself is not changed: data stay as they are.
pub fn visible(text: &str) -> Cow<'_, str> {
    spelt_out(text, |_| false)
}

/// The same for text of several lines: line ends stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    spelt_out(text, |c| c == '\n')
}

fn spelt_out(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let hides = |c: char| is_obeyed_or_unseen(c) && !stays(c);
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !hides(c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ => {
                // Writing into a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(shown)
}

/// Controls; marks of direction; line and paragraph separators; blanks without width, but for the joiners that
/// scripts need; the invisible copies of letters.
fn is_obeyed_or_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_shown() {
        assert_eq!(visible("a\u{1b}]0;owned\u{7}b"), "a\\u{1b}]0;owned\\u{7}b");
        assert_eq!(visible("photo\u{202e}gpj.exe"), "photo\\u{202e}gpj.exe");
        assert_eq!(visible("two\nlines\r"), "two\\nlines\\r");
        assert_eq!(visible_lines("two\nlines\u{9b}2J"), "two\nlines\\u{9b}2J");
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["Luna", "Äffin Ø 7", "虎", "می\u{200c}خواهم", "👩\u{200d}🔬", ""] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
