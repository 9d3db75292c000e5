//! Catalogs whose records were changed: the input says which values of which rows become what, past every rule that the
//! schema has. The file is a sound database; what it says is not.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::seed_catalog::{SEED, database_path};
use super::{Target, as_it_is, look};

pub(super) const TARGET: Target =
    Target { name: "catalog_values", seeds, words: WORDS, mend: as_it_is, run, cost: 200 };

/// One change is written in so many bytes: what, a column in two, a row, a kind of value, three of value.
const CHANGE_BYTES: usize = 8;
/// The most changes of an input.
const MOST_CHANGES: usize = 32;

const WORDS: &[&[u8]] = &[
    b"\0\0\0\0\0\0\0\0",
    b"\0\0\0\x01\x01\0\0\0",
    b"\0\x05\0\xFF\x02\0\0\0",
    b"\x01\x0A\0\x02\x03\x01\0\0",
    b"\x02\x10\0\x01\x04\0\0\0",
    b"\0\x20\0\0\x06\x01\0\0",
];

/// Table and column of every column.
static COLUMNS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    SEED.write(folder.path()).expect("room for a small catalog");
    columns(&database_path(folder.path())).expect("the seed is a database")
});

fn run(input: &[u8]) {
    let columns = &*COLUMNS;
    let folder = tempfile::tempdir().expect("a temporary folder");
    SEED.write(folder.path()).expect("room for a small catalog");
    let (changes, _) = input.as_chunks::<CHANGE_BYTES>();
    let changed = Connection::open(database_path(folder.path())).and_then(|connection| {
        lift_rules(&connection)?;
        let transaction = connection.unchecked_transaction()?;
        for change in changes.iter().take(MOST_CHANGES) {
            // A value that the column cannot hold stays out.
            let _ = apply(&transaction, columns, *change);
        }
        transaction.commit()
    });
    changed.expect("the seed is a database");
    look::through(folder.path());
}

fn lift_rules(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    connection.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF;")
}

fn columns(database: &Path) -> rusqlite::Result<Vec<(String, String)>> {
    let connection = Connection::open(database)?;
    let mut statement = connection.prepare(
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' ORDER BY tables.name, columns.cid",
    )?;
    let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    all.collect()
}

fn apply(
    connection: &Connection,
    columns: &[(String, String)],
    [what, low, high, row, kind, value @ ..]: [u8; CHANGE_BYTES],
) -> rusqlite::Result<usize> {
    let place = usize::from(low) | usize::from(high) << 8;
    let Some((table, column)) = columns.get(place % columns.len()) else { return Ok(0) };
    let nth = format!("rowid = (SELECT rowid FROM \"{table}\" LIMIT 1 OFFSET {})", row % 32);
    match what % 8 {
        6 => connection.execute(&format!("DELETE FROM \"{table}\" WHERE {nth}"), []),
        7 => {
            let others: Vec<String> = columns
                .iter()
                .filter(|(of, _)| of == table)
                .map(|(_, name)| if name == column { "?1".to_owned() } else { format!("\"{name}\"") })
                .collect();
            let text =
                format!("INSERT INTO \"{table}\" SELECT {} FROM \"{table}\" WHERE {nth}", others.join(", "));
            connection.execute(&text, params_from_iter([value_of(kind, value)]))
        }
        5 => connection.execute(
            &format!("UPDATE \"{table}\" SET \"{column}\" = ?1"),
            params_from_iter([value_of(kind, value)]),
        ),
        _ => connection.execute(
            &format!("UPDATE \"{table}\" SET \"{column}\" = ?1 WHERE {nth}"),
            params_from_iter([value_of(kind, value)]),
        ),
    }
}

/// Numbers at the ends, ids of other rows, texts that almost fit.
fn value_of(kind: u8, [first, second, third]: [u8; 3]) -> Value {
    const TEXTS: [&str; 16] = [
        "",
        " ",
        "Ada",
        "tiny@070707070707",
        "../..",
        "null",
        "[]",
        "{}",
        "left",
        "whole-picture",
        "nan",
        "1e999",
        "{\"annotations\":[[1,2,2]]}",
        "person",
        "undo",
        "2024-05-31T14:02:07Z",
    ];
    const NUMBERS: [i64; 8] = [i64::MAX, i64::MIN, -1, 0, 1 << 32, 1 << 53, 999_999, 1 << 62];
    match kind % 8 {
        0 => Value::Null,
        1 => Value::Integer(i64::from(first % 16)),
        2 => Value::Integer(NUMBERS[usize::from(first) % NUMBERS.len()]),
        3 => Value::Integer(i64::from(i16::from_le_bytes([first, second]))),
        4 => Value::Text(TEXTS[usize::from(first) % TEXTS.len()].to_owned()),
        5 => Value::Text(String::from_utf8_lossy(&[second, third].repeat(1 << (first % 12))).into_owned()),
        6 => Value::Real([f64::MAX, -1e-300, 0.5, 1e6, f64::INFINITY, -0.0][usize::from(first) % 6]),
        _ => Value::Blob(vec![second; 1 << (first % 12)]),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![Vec::new()];
    for column in 0..COLUMNS.len() as u16 {
        let [low, high] = column.to_le_bytes();
        seeds.push(vec![0, low, high, (column % 7) as u8, (column % 8) as u8, (column % 5) as u8, 1, 2]);
    }
    seeds
}
