//! What the classes of a detector are called: as Ultralytics notes it in an ONNX file, a dictionary in the form of
//! Python, `{0: 'animal', 1: 'person'}`.

/// The most labels, and the longest, in bytes.
const MOST: (usize, usize) = (10_000, 200);

/// The classes of COCO 2017: how many, and which are animals.
const COCO: (usize, std::ops::Range<usize>) = (80, 14..24);

/// Classes of `MegaDetector`.
pub(super) const MEGADETECTOR: [&str; 3] = ["animal", "person", "vehicle"];

/// The labels of such a dictionary, in the order of their numbers; none where it is anything else.
pub(super) fn parse(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('{')?.trim_start();
    let mut labels: Vec<Option<String>> = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix('}') {
            return if end.is_empty() { labels.into_iter().collect() } else { None };
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = rest.get(..digits)?.parse().ok().filter(|number| *number < MOST.0)?;
        rest = rest[digits..].trim_start().strip_prefix(':')?.trim_start();
        let (label, after) = quoted(rest)?;
        if labels.len() <= number {
            labels.resize(number + 1, None);
        }
        if labels[number].replace(label).is_some() {
            return None;
        }
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if rest.starts_with('}') => {}
            None => return None,
        }
    }
}

/// A text between quotes, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c))?;
    let mut label = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => match characters.next()?.1 {
                escaped @ ('\\' | '\'' | '"') => label.push(escaped),
                _ => return None,
            },
            c if c == quote => {
                return (!label.trim().is_empty()).then(|| (label.trim().to_owned(), &text[at + 1..]));
            }
            c if c.is_control() => return None,
            c => label.push(c),
        }
        if label.len() > MOST.1 {
            return None;
        }
    }
    None
}

/// Which of the labels are animals, where they are well known: those of COCO, or one that is called so.
pub(super) fn animals(labels: &[String]) -> Option<Vec<String>> {
    let is_coco = labels.len() == COCO.0
        && labels.get(COCO.1.start).is_some_and(|label| label == "bird")
        && labels.get(COCO.1.end - 1).is_some_and(|label| label == "giraffe");
    if is_coco {
        return Some(labels[COCO.1].to_vec());
    }
    let called_so = labels.iter().find(|label| label.eq_ignore_ascii_case("animal"));
    called_so.map(|label| vec![label.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_of_numbers_and_names_is_read() {
        let labels = parse("{0: 'animal', 1: \"a person's dog\", 2: 'it\\'s'}").unwrap();
        assert_eq!(labels, ["animal", "a person's dog", "it's"]);
        assert_eq!(parse("{1: 'b', 0: 'a',}").unwrap(), ["a", "b"]);
        assert_eq!(parse("{}"), Some(Vec::new()));
    }

    #[test]
    fn anything_else_is_no_labels() {
        for text in [
            "",
            "{",
            "{0: 'a'",
            "{0: 'a'} ;",
            "{0: a}",
            "{0 'a'}",
            "{-1: 'a'}",
            "{0: 'a' 1: 'b'}",
            "{0: 'a', 0: 'b'}",
            "{1: 'gap'}",
            "{99999999999999999999: 'a'}",
            "{5000000: 'a'}",
            "{0: ''}",
            "{0: 'a\\n'}",
            "{0: 'a\n'}",
            "{0: __import__('os')}",
            "['a']",
            "{'0': 'a'}",
            "{0: 'a\\",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("{{0: '{}'}}", "a".repeat(201))), None);
    }

    #[test]
    fn animals_are_known_where_labels_are() {
        let of = |labels: &[&str]| animals(&labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&MEGADETECTOR), Some(vec!["animal".to_owned()]));
        assert_eq!(of(&["deer", "fox"]), None);
    }
}
