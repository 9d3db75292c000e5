//! No room below the terminal speaks of its commands and options: what a person can do is a `Hint`, and the doors put it
//! into words.

use std::collections::BTreeSet;

use super::Fault;
use super::repository::Repository;

/// Where the commands are, a file each.
const COMMANDS: &str = "crates/cli/src/commands/";

/// The door itself, and what is only for tests.
const MAY_SPEAK: [&str; 2] = ["cli", "testkit"];

/// Folders that call other programs, whose options these are.
const CALLS_OTHERS: [&str; 1] = ["crates/model/src/store/fetch/"];

/// Looks at the string literals of all rooms, apart from their tests.
pub(super) fn check(repository: &Repository) -> Vec<Fault> {
    let commands: BTreeSet<String> = repository
        .texts()
        .filter_map(|(path, _)| path.strip_prefix(COMMANDS)?.strip_suffix(".rs"))
        .filter(|name| !name.contains('/'))
        .map(|name| name.replace('_', "-"))
        .collect();
    let mut faults = Vec::new();
    for (path, text) in repository.texts().filter(|(path, _)| is_of_a_room(path)) {
        for (line, literal) in literals(without_tests(text)) {
            let calls_others = CALLS_OTHERS.iter().any(|folder| path.starts_with(folder));
            let spoken =
                command_in(&literal, &commands).or_else(|| option_in(&literal).filter(|_| !calls_others));
            if let Some(word) = spoken {
                let what = format!("line {line}: `{word}` is of the terminal; make it a `Hint`");
                faults.push(Fault::new(path, what));
            }
        }
    }
    faults
}

fn is_of_a_room(path: &str) -> bool {
    let mut parts = path.split('/');
    let (Some("crates"), Some(room), Some("src")) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_test = |part: &str| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs");
    path.ends_with(".rs") && !MAY_SPEAK.contains(&room) && !parts.any(is_test)
}

/// The tests of a file stand at its end.
fn without_tests(text: &str) -> &str {
    let tests = ["#[cfg(test)]\nmod ", "#[cfg(all(test"].iter().filter_map(|mark| text.find(mark)).min();
    tests.map_or(text, |at| &text[..at])
}

/// The command of ours that a text names, as in `resight calibrate`.
fn command_in(literal: &str, commands: &BTreeSet<String>) -> Option<String> {
    literal.match_indices("resight ").find_map(|(at, name)| {
        let word = word_at(&literal[at + name.len()..]);
        commands.contains(word).then(|| format!("resight {word}"))
    })
}

/// The option that a text names, as in `--take`.
fn option_in(literal: &str) -> Option<String> {
    literal.match_indices("--").find_map(|(at, dashes)| {
        let is_begin = !literal[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-');
        let word = word_at(&literal[at + dashes.len()..]);
        (is_begin && word.starts_with(|c: char| c.is_ascii_lowercase())).then(|| format!("--{word}"))
    })
}

fn word_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c == '-')).unwrap_or(text.len());
    &text[..end]
}

/// The string literals of Rust code, each with its line; comments and documentation are passed over.
fn literals(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '/', '\'', 'r']) {
        let (before, here) = rest.split_at(at);
        let line = 1 + code[..code.len() - here.len()].matches('\n').count();
        let follows_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = if here.starts_with("//") {
            here.find('\n').map_or("", |end| &here[end..])
        } else if here.starts_with("/*") {
            here.find("*/").map_or("", |end| &here[end + 2..])
        } else if let Some(quoted) = here.strip_prefix('"') {
            let (literal, after) = plain_literal(quoted);
            found.push((line, literal.to_owned()));
            after
        } else if let Some(hashes) = raw_beginning(here).filter(|_| !follows_word) {
            let body = &here[hashes.len() + 2..];
            let end = body.find(&format!("\"{hashes}")).unwrap_or(body.len());
            found.push((line, body[..end].to_owned()));
            body.get(end + 1 + hashes.len()..).unwrap_or_default()
        } else {
            after_character(here)
        };
    }
    found
}

/// What stands before the closing quote, and what after it.
fn plain_literal(text: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !is_escaped => return (&text[..at], &text[at + 1..]),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    (text, "")
}

/// The hashes of a raw string that begins here.
fn raw_beginning(here: &str) -> Option<&str> {
    let after = here.strip_prefix('r')?;
    let quote = after.find(|c| c != '#')?;
    after[quote..].starts_with('"').then(|| &after[..quote])
}

/// What comes after a character that begins no string; a quote as a character is passed over whole.
fn after_character(here: &str) -> &str {
    ["'\"'", "'\\\"'", "'\\''", "'/'", "'\\\\'"]
        .iter()
        .find_map(|quoted| here.strip_prefix(quoted))
        .unwrap_or_else(|| {
            let mut characters = here.chars();
            characters.next();
            characters.as_str()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let command = (format!("{COMMANDS}export_table.rs"), "//! A command.\n");
        let files = [(command.0.as_str(), command.1), (path, text)];
        check(&Repository::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn commands_and_options_are_found_in_rooms_alone() {
        let room = "crates/engine/src/a.rs";
        let found = faults(room, "//! X.\nfn f() {\n    g(\"try `resight export-table x`\");\n}\n");
        assert_eq!(
            found,
            ["crates/engine/src/a.rs: line 3: `resight export-table` is of the terminal; make it a `Hint`"]
        );
        assert_eq!(faults(room, "//! X.\n#[error(\"say it by --take new\")]\n").len(), 1);
        assert_eq!(faults(room, "//! X.\nlet c = '\"'; let s = r#\"a \"--take\" b\"#;\n").len(), 1);
        for quiet in [
            "//! `resight export-table` and `--take`.\n/// --take\nfn f() {} // \"--take\"\n",
            "//! X.\nlet s = \"resight made this -- and that, a--b, ---\";\nlet t = \"//\";\n",
            "//! X.\n\n#[cfg(test)]\nmod tests {\n    const A: &str = \"--take\";\n}\n",
        ] {
            assert_eq!(faults(room, quiet), Vec::<String>::new());
        }
        let speaks = "//! X.\nconst A: &str = \"--take\";\n";
        for path in ["crates/cli/src/a.rs", "crates/engine/src/a/tests.rs", "crates/engine/tests/it/a.rs"] {
            assert!(faults(path, speaks).is_empty(), "{path}");
        }
        assert!(faults("crates/model/src/store/fetch/package.rs", speaks).is_empty());
    }
}
