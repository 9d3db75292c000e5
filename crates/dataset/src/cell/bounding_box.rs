//! Boxes in cells: four numbers in brackets, or a list of such. What the numbers mean is for
//! [`BoxForm`](crate::BoxForm) to say.

use resight_core::says_nothing;

/// Most boxes that one cell may hold.
const MAX_BOXES: usize = 1000;

/// Largest coordinate in pixels that is believed.
const MAX_COORDINATE: f64 = 1e7;

/// Reads the numbers of a cell's boxes; nothing, `nan` and `[]` are no boxes. Brackets may be round or square, and one
/// box may stand without.
///
/// # Errors
/// Says in a few words why the text is no list of boxes.
pub(crate) fn read_boxes(text: &str) -> Result<Vec<[f64; 4]>, &'static str> {
    let text = text.trim();
    // Numbers that are all missing stand beside each other where a box has a column a number.
    if text.split_ascii_whitespace().all(says_nothing) {
        return Ok(Vec::new());
    }
    let mut lists = vec![Vec::new()];
    let (mut depth, mut nested) = (0_usize, false);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match first {
            '[' | '(' => {
                depth += 1;
                nested |= depth == 2;
                if depth > 2 {
                    return Err("brackets nested too deep");
                }
            }
            ']' | ')' => {
                depth = depth.checked_sub(1).ok_or("a bracket too many")?;
                if nested && depth == 1 {
                    lists.push(Vec::new());
                }
            }
            ',' | ';' => {}
            c if c.is_whitespace() => {}
            _ => {
                let (number, after) = take_number(rest)?;
                if nested && depth != 2 {
                    return Err("a number between the boxes");
                }
                lists.last_mut().ok_or("empty")?.push(number);
                if lists.len() > MAX_BOXES || lists.last().is_some_and(|list| list.len() > 4) {
                    return Err("more than four numbers, or a thousand boxes");
                }
                rest = after;
                continue;
            }
        }
        rest = &rest[first.len_utf8()..];
    }
    if depth != 0 {
        return Err("a bracket is not closed");
    }
    lists.iter().filter(|list| !list.is_empty()).map(|list| four(list)).collect()
}

/// The number at the start of the text, and what follows it.
fn take_number(text: &str) -> Result<(f64, &str), &'static str> {
    let length = text.bytes().take_while(|b| b.is_ascii_digit() || b"+-.eE".contains(b)).count();
    let (number, rest) = text.split_at(length);
    let value: f64 = number.parse().map_err(|_| "not a number")?;
    if value.abs() <= MAX_COORDINATE { Ok((value, rest)) } else { Err("a number too large") }
}

fn four(numbers: &[f64]) -> Result<[f64; 4], &'static str> {
    numbers.try_into().map_err(|_| "not four numbers")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: [f64; 4] = [1.5, -2.0, 30.0, 4e1];

    #[test]
    fn one_box_in_the_forms_that_tables_write() {
        for text in [
            "[1.5, -2, 30, 40]",
            "(1.5,-2.0,30,4e1)",
            "1.5 -2 30 40",
            " [[1.5, -2, 30, 40]] ",
            "[1.5;-2;30;40]",
        ] {
            assert_eq!(read_boxes(text), Ok(vec![ONE]), "{text}");
        }
    }

    #[test]
    fn a_list_of_boxes_and_no_box() {
        let two = read_boxes("[[1.5, -2, 30, 40], [0, 0, 1, 1]]").expect("two boxes");
        assert_eq!(two, [ONE, [0.0, 0.0, 1.0, 1.0]]);
        for text in ["", "nan", "[]", "[[]]", "None", "NA NA NA NA"] {
            assert_eq!(read_boxes(text), Ok(vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_no_box_is_refused() {
        for text in [
            "[1, 2, 3]",
            "[1, 2, 3, 4, 5]",
            "[1, 2, nan, 4]",
            "[1, 2, inf, 4]",
            "[1, 2, 1e300, 4]",
            "[1, 2, 3, 4",
            "1, 2, 3, 4]",
            "[[[1, 2, 3, 4]]]",
            "[[1, 2, 3, 4], 5]",
            "[1, [2, 3, 4, 5]]",
            "__import__('os').system('true')",
            "[1, 2, 3, 4 + 5]",
            "{\"x\": 1}",
            "é",
        ] {
            assert!(read_boxes(text).is_err(), "{text}: {:?}", read_boxes(text));
        }
        assert!(read_boxes(&"[".repeat(1_000_000)).is_err());
        assert!(read_boxes(&"1 ".repeat(1_000_000)).is_err());
        assert!(read_boxes(&"[1,1,1,1],".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_gives_finite_boxes_or_a_reason(text in "[\\[\\](),; 0-9eE+.nai-]{0,40}|.{0,40}") {
            if let Ok(boxes) = read_boxes(&text) {
                for number in boxes.into_iter().flatten() {
                    prop_assert!(number.abs() <= MAX_COORDINATE);
                }
            }
        }

        #[test]
        fn boxes_written_as_json_come_back(written in proptest::collection::vec((-1e4..1e4, -1e4..1e4, 0.001..1e4, 0.001..1e4), 0..8)) {
            let boxes: Vec<[f64; 4]> = written.iter().map(|&(x, y, w, h)| [x, y, w, h]).collect();
            let read = read_boxes(&serde_json::to_string(&boxes).expect("json")).expect("boxes");
            prop_assert_eq!(read, boxes);
        }
    }
}
