//! The licence that a README states at its beginning, between two lines of hyphens.

use std::path::Path;

use resight_files::read_plain_text;

use super::told::{Source, Told};

/// The file.
pub(super) const README: &str = "README.md";

/// The most bytes of a README.
const MOST_BYTES: u64 = 4 << 20;

/// The most lines of its beginning.
const MOST_LINES: usize = 400;

/// The longest licence, in bytes.
const LONGEST: usize = 100;

/// The licence that the README in a folder states; none where there is none, or none is stated. A README that cannot
/// be read states none.
pub(super) fn licence_beside(folder: &Path) -> Option<Told<String>> {
    let text = read_plain_text(&folder.join(README), MOST_BYTES).ok()?;
    let (key, licence) = stated(&text)?;
    Some(Told::by(Source::file(README, key), licence))
}

/// `license: cc-by-nc-4.0` of the front matter; where that is `other`, the name beside it.
fn stated(text: &str) -> Option<(&'static str, String)> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next()?.trim_end() != "---" {
        return None;
    }
    let front: Vec<&str> = lines.take(MOST_LINES).take_while(|line| line.trim_end() != "---").collect();
    let value = |key: &'static str| {
        let found = front.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        let found = found.map(|found| found.trim().trim_matches(['"', '\'']).trim());
        let is_plain = |found: &&str| {
            let is_text = found.chars().all(|c| c.is_ascii_graphic() || c == ' ');
            !found.is_empty() && found.len() <= LONGEST && is_text
        };
        found.filter(is_plain).map(|found| (key, found.to_owned()))
    };
    match value("license") {
        Some((_, other)) if other == "other" => value("license_name").or(Some(("license", other))),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_licence_is_read_from_the_front_matter_alone() {
        let of = |text: &str| stated(text).map(|(_, licence)| licence);
        assert_eq!(of("---\nlicense: cc-by-nc-4.0\n---\n# x"), Some("cc-by-nc-4.0".to_owned()));
        assert_eq!(of("---\r\ntags:\r\n- a\r\nlicense: \"mit\"\r\n---\r\n"), Some("mit".to_owned()));
        let other = "---\nlicense: other\nlicense_name: dinov3-license\n---\n";
        assert_eq!(of(other), Some("dinov3-license".to_owned()));
        for text in [
            "",
            "license: mit\n",
            "---\ntags: x\n---\nlicense: mit\n",
            "---\nlicense:\n---\n",
            "---\nlicense: \u{1b}[31m\n---",
        ] {
            assert_eq!(of(text), None, "{text:?}");
        }
    }
}
