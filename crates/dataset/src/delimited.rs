//! Delimited text, record by record, within limits: whatever the bytes are, memory stays bounded.
//!
//! Comma, semicolon, tab or bar (the one most frequent in the first line), quotes after RFC 4180 (doubled
//! inside, line breaks allowed), LF or CRLF, with or without the byte order mark of UTF-8.

use std::io::{self, Cursor, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What a reader of tables takes in before it gives up on a row or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one row.
    pub row_bytes: usize,
    /// Columns of a table.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { row_bytes: 4 << 20, columns: 4096 }
    }
}

/// What the first bytes of a file say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Delimited(u8),
    Binary,
    Utf16,
}

/// Guesses the delimiter from the head of a file, or says that it is no text.
pub(crate) fn look(head: &[u8]) -> Look {
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Look::Utf16;
    }
    let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let n_nul = head.iter().filter(|byte| **byte == 0).count();
    // A stray NUL costs its row; many are no text.
    if first_line.contains(&0) || (head.len() >= 512 && n_nul * 32 >= head.len()) {
        return Look::Binary;
    }
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, n)| *n += 1);
            }
            _ => {}
        }
    }
    // The first of equals, so that a single column is a table with commas.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter);
    Look::Delimited(best)
}

/// The delimiter that a line `sep=;` before the table states, as spreadsheets write and read it, and how long that line
/// is.
fn stated_delimiter(head: &[u8]) -> Option<(u8, usize)> {
    let line = head.split_inclusive(|byte| *byte == b'\n').next()?;
    let text = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    // Some programs quote it.
    let text = text.trim_ascii_end();
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    let delimiter = match text.get(..4) {
        Some(word) if word.eq_ignore_ascii_case(b"sep=") => text.get(4..)?,
        _ => return None,
    };
    match delimiter {
        [delimiter] => Some((*delimiter, line.len())),
        // The tab was trimmed.
        [] if line.contains(&b'\t') => Some((b'\t', line.len())),
        _ => None,
    }
}

/// How one record ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its cells can be asked for.
    Record,
    /// It broke a limit and was skipped.
    TooLong,
    /// There is none: the file is at its end.
    End,
}

/// Reads records one after another into buffers of its own.
pub(crate) struct DelimitedReader<R> {
    input: io::Chain<Cursor<Vec<u8>>, R>,
    parser: Reader,
    chunk: Box<[u8]>,
    unread: std::ops::Range<usize>,
    cells: Vec<u8>,
    ends: Vec<usize>,
    n_cells: usize,
    line: u64,
    lines_passed: u64,
    limits: Limits,
}

/// How much of a file is looked at before it is read, in bytes.
const HEAD_BYTES: usize = 64 << 10;

impl<R: Read> DelimitedReader<R> {
    /// Looks at the head of the input and gets ready to read it.
    pub(crate) fn new(mut input: R, limits: Limits) -> io::Result<Result<Self, Look>> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        let mut delimiter = match look(&head) {
            Look::Delimited(delimiter) => delimiter,
            other => return Ok(Err(other)),
        };
        let mut lines_passed = 0;
        if let Some((stated, length)) = stated_delimiter(&head) {
            (delimiter, lines_passed) = (stated, 1);
            head.drain(..length);
        }
        Ok(Ok(Self {
            input: Cursor::new(head).chain(input),
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            chunk: vec![0; HEAD_BYTES].into_boxed_slice(),
            unread: 0..0,
            cells: vec![0; 4096],
            ends: vec![0; 64],
            n_cells: 0,
            line: 1,
            lines_passed,
            limits,
        }))
    }

    /// Reads the next record.
    pub(crate) fn advance(&mut self) -> io::Result<Outcome> {
        let (mut n_bytes, mut n_ends, mut skipping) = (0, 0, false);
        self.pass_line_ends()?;
        self.line = self.parser.line() + self.lines_passed;
        loop {
            if self.unread.is_empty() {
                self.unread = 0..read_some(&mut self.input, &mut self.chunk)?;
            }
            let chunk = &self.chunk[self.unread.clone()];
            let (result, n_read, n_written, n_ended) =
                self.parser.read_record(chunk, &mut self.cells[n_bytes..], &mut self.ends[n_ends..]);
            self.unread.start += n_read;
            n_bytes += n_written;
            n_ends += n_ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.cells.len() < self.limits.row_bytes => {
                    let larger = (2 * self.cells.len()).min(self.limits.row_bytes);
                    self.cells.resize(larger, 0);
                }
                // One more than the limit, so that a row with too many cells is seen as such.
                ReadRecordResult::OutputEndsFull if self.ends.len() <= self.limits.columns => {
                    let larger = (2 * self.ends.len()).min(self.limits.columns + 1);
                    self.ends.resize(larger, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (n_bytes, n_ends, skipping) = (0, 0, true);
                }
                ReadRecordResult::Record if skipping || n_ends > self.limits.columns => {
                    return Ok(Outcome::TooLong);
                }
                ReadRecordResult::Record => {
                    self.n_cells = n_ends;
                    return Ok(Outcome::Record);
                }
                ReadRecordResult::End => return Ok(Outcome::End),
            }
        }
    }

    /// Passes over what is left of the last line end, and over blank lines: the parser counts them too late.
    fn pass_line_ends(&mut self) -> io::Result<()> {
        loop {
            if self.unread.is_empty() {
                self.unread = 0..read_some(&mut self.input, &mut self.chunk)?;
            }
            match self.chunk[self.unread.clone()].first() {
                Some(b'\n') => self.lines_passed += 1,
                Some(b'\r') => {}
                _ => return Ok(()),
            }
            self.unread.start += 1;
        }
    }

    /// Line on which the record at hand begins.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// How many cells the record at hand has.
    pub(crate) fn n_cells(&self) -> usize {
        self.n_cells
    }

    /// The bytes of one cell of the record at hand.
    pub(crate) fn cell(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.cells[start..self.ends[index]]
    }
}

fn read_some(input: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: Limits = Limits { row_bytes: 5000, columns: 100 };

    fn records(bytes: &[u8], limits: Limits) -> Vec<(u64, Vec<String>)> {
        let mut reader = DelimitedReader::new(bytes, limits).expect("memory reads").expect("text");
        let mut all = Vec::new();
        loop {
            match reader.advance().expect("memory reads") {
                Outcome::Record => {
                    let cells = (0..reader.n_cells()).map(|i| String::from_utf8_lossy(reader.cell(i)).into());
                    all.push((reader.line(), cells.collect()));
                }
                Outcome::TooLong => all.push((reader.line(), vec!["TOO LONG".to_owned()])),
                Outcome::End => return all,
            }
        }
    }

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        records(bytes, SMALL).into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn the_delimiter_is_the_most_frequent_of_the_first_line() {
        assert_eq!(cells(b"a;b,c;d\n1;2;3\n")[0], ["a", "b,c", "d"]);
        assert_eq!(cells(b"a\tb\tc,d\n")[0], ["a", "b", "c,d"]);
        assert_eq!(cells(b"\"a;b;c\",d\n")[0], ["a;b;c", "d"]);
        assert_eq!(cells(b"alone\n")[0], ["alone"]);
    }

    #[test]
    fn a_line_that_states_the_delimiter_is_no_part_of_the_table() {
        let first = |bytes: &[u8]| records(bytes, SMALL)[0].clone();
        let expected = (2, vec!["a,x".to_owned(), "b".to_owned()]);
        assert_eq!(first(b"sep=;\na,x;b\n1;2\n"), expected);
        assert_eq!(first(b"\xEF\xBB\xBFSEP=;\r\na,x;b\r\n1;2\r\n"), expected);
        assert_eq!(first(b"\"sep=;\"\na,x;b\n"), expected);
        assert_eq!(first(b"sep=\t\na,x\tb\n"), expected);
        assert_eq!(first(b"sep=,path\n1,2\n").1, ["sep=", "path"]);
    }

    #[test]
    fn quotes_hold_line_breaks_and_delimiters_and_lines_are_counted() {
        let read = records(b"\xEF\xBB\xBFa,b\r\n\"x\r\ny\",\"say \"\"hi\"\", ok\"\r\n\r\nlast,", SMALL);
        assert_eq!(read[0], (1, vec!["a".into(), "b".into()]));
        assert_eq!(read[1], (2, vec!["x\r\ny".into(), "say \"hi\", ok".into()]));
        assert_eq!(read[2], (5, vec!["last".into(), String::new()]));
        assert_eq!(read.len(), 3);
    }

    #[test]
    fn a_row_beyond_the_limits_is_skipped_and_reading_goes_on() {
        let long = "x".repeat(6000);
        assert_eq!(
            cells(format!("a,b\n{long},1\nc,d\n").as_bytes())[1..],
            [vec!["TOO LONG".to_owned()], vec!["c".into(), "d".into()]]
        );
        let wide = ",".repeat(100);
        assert_eq!(
            cells(format!("a,b\n{wide}\nc,d\n").as_bytes())[1..],
            [vec!["TOO LONG".to_owned()], vec!["c".into(), "d".into()]]
        );
        assert_eq!(cells(",".repeat(99).as_bytes())[0].len(), 100);
        assert_eq!(cells(",".repeat(1_000_000).as_bytes()), [["TOO LONG"]]);
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        assert_eq!(look(b"\x7fELF\x02\x01\x01\0"), Look::Binary);
        assert_eq!(look(&[b"\x89PNG\r\n\x1a\n", &[0; 600][..]].concat()), Look::Binary);
        assert_eq!(look(b"\xFF\xFEa\0,\0"), Look::Utf16);
        assert_eq!(look(b""), Look::Delimited(b','));
    }

    proptest! {
        #[test]
        fn any_bytes_end_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
            if let Ok(mut reader) = DelimitedReader::new(&bytes[..], Limits { row_bytes: 64, columns: 5 }).expect("memory") {
                while reader.advance().expect("memory") != Outcome::End {
                    for index in 0..reader.n_cells() {
                        prop_assert!(reader.cell(index).len() <= 64 + 4096);
                    }
                }
            }
        }

        #[test]
        fn what_a_writer_writes_comes_back(table in proptest::collection::vec(proptest::collection::vec("[a-z,;\"\n\r\t ]{0,12}", 3), 1..20)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(["a", "b", "c"]).expect("memory");
            for row in &table {
                writer.write_record(row).expect("memory");
            }
            let bytes = writer.into_inner().expect("memory");
            prop_assert_eq!(&cells(&bytes)[1..], &table[..]);
        }
    }
}
