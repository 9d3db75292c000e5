//! Links to files of this machine.

use std::fmt::Write;
use std::path::Path;

/// The address of a file (RFC 8089); none where its path cannot be made absolute. Whatever a path may hold, the address
/// holds nothing but letters, digits, `/`, `:` and `-._~%`.
pub fn file_link(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let bytes = path.as_os_str().as_encoded_bytes();
    // A drive (`C:\`) comes behind a slash of its own.
    let mut link = String::from(if bytes.first() == Some(&b'/') { "file://" } else { "file:///" });
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => link.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b':' | b'-' | b'.' | b'_' | b'~' => {
                link.push(char::from(*byte));
            }
            other => {
                let _ = write!(link, "%{other:02X}");
            }
        }
    }
    Some(link)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_path_ends_the_address_or_begins_another() {
        let link = file_link(Path::new("/photos/a b/\"><script>é#?%.jpg"));
        assert_eq!(link.as_deref(), Some("file:///photos/a%20b/%22%3E%3Cscript%3E%C3%A9%23%3F%25.jpg"));
        assert!(file_link(Path::new("near.jpg")).unwrap().starts_with("file:///"));
        assert_eq!(file_link(Path::new("")), None);
    }
}
