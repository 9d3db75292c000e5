//! What a panic said.

use std::any::Any;

/// The words of a panic that was caught.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_and_made_up_words_are_heard_and_anything_else_is_no_message() {
        assert_eq!(panic_text(&"fixed"), "fixed");
        assert_eq!(panic_text(&"made up".to_owned()), "made up");
        assert_eq!(panic_text(&7), "no message");
    }
}
