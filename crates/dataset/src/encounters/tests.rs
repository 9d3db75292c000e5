//! Tests of the grouping as a whole. What comes out of photos' own EXIF is tested where the program is run.

use super::*;

/// Rows as `path label date identity`, `.` for nothing.
fn table(rows: &[&str]) -> Table {
    let row = |(line, text): (usize, &&str)| {
        let cells: Vec<&str> = text.split(' ').collect();
        let cell =
            |place: usize| cells.get(place).filter(|cell| **cell != ".").map(|cell| (*cell).to_owned());
        Row {
            encounter: cell(1),
            date: cell(2).map(|date| date.parse().unwrap()),
            identity: cell(3),
            ..Row::of_photo(line as u64 + 2, format!("row {line}"), PathBuf::from(cells[0]))
        }
    };
    Table {
        kind: SourceKind::WildlifeDatasets,
        root: PathBuf::from("."),
        extra_columns: Vec::new(),
        rows: rows.iter().enumerate().map(row).collect(),
        warnings: Vec::new(),
    }
}

/// Numbers the encounters in the order of their first rows; rows without one have none.
fn found(tables: &mut [Table]) -> Vec<Option<usize>> {
    let paths: Vec<PathBuf> =
        (0..tables.len()).map(|number| PathBuf::from(format!("{number}.csv"))).collect();
    let mut sources: Vec<SourceTable<'_>> =
        tables.iter_mut().zip(&paths).map(|(table, path)| SourceTable { path, table }).collect();
    find_encounters(&mut sources, 1800.0, &|_| {}, &AtomicBool::new(false));
    let mut numbers = BTreeMap::new();
    let rows = tables.iter().flat_map(|table| &table.rows);
    let keys: Vec<Option<String>> = rows.map(|row| row.encounter.clone()).collect();
    let mut number = |key: &String| {
        let next = numbers.len();
        *numbers.entry(key.clone()).or_insert(next)
    };
    keys.iter().map(|key| key.as_ref().map(&mut number)).collect()
}

#[test]
fn photos_of_one_day_are_one_encounter_where_only_the_day_is_known() {
    let mut tables =
        [table(&["x/a.jpg . 2020-06-01", "y/b.jpg . 2020-06-01", "x/c.jpg . 2020-06-02", "x/d.jpg"])];
    assert_eq!(found(&mut tables), [Some(0), Some(0), Some(1), None]);
    let counts = EncounterCounts::of(&tables[0].rows);
    assert_eq!((counts.date, counts.not_known), (3, 1));
    assert_eq!(counts.to_string(), "date (3), not known (1)");
}

#[test]
fn times_of_a_folder_part_where_they_leave_a_gap() {
    let mut tables = [table(&[
        "x/a.jpg . 2020-06-01T06:00:00",
        "x/b.jpg . 2020-06-01T06:10:00",
        "x/c.jpg . 2020-06-01T19:00:00",
        "y/d.jpg . 2020-06-01T06:05:00",
    ])];
    assert_eq!(found(&mut tables), [Some(0), Some(0), Some(1), Some(2)]);
    assert_eq!(EncounterCounts::of(&tables[0].rows).folder_and_time, 4);
}

#[test]
fn a_photo_that_knows_its_day_alone_may_be_near_to_any_of_that_day() {
    let mut tables = [table(&[
        "x/a.jpg . 2020-06-01T06:00:00",
        "x/b.jpg . 2020-06-01",
        "x/c.jpg . 2020-06-01T19:00:00",
        "x/d.jpg . 2020-06-02T19:00:00",
    ])];
    assert_eq!(found(&mut tables), [Some(0), Some(0), Some(0), Some(1)]);
}

#[test]
fn labels_of_two_tables_and_of_two_years_are_told_apart() {
    let mut tables = [
        table(&["a.jpg 1 2020-06-01", "b.jpg 1 2023-06-01", "c.jpg 1 2020-06-01", "d.jpg 2 2020-06-01"]),
        table(&["e.jpg 1 2020-06-01", "f.jpg 1 ."]),
    ];
    assert_eq!(found(&mut tables), [Some(0), Some(1), Some(0), Some(2), Some(3), Some(3)]);
    let said: Vec<String> = tables[0].warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["line 2: encounter `1` is used again on days that lie apart: told apart by day, 2 encounters"]
    );
    assert!(tables[1].warnings.is_empty());
}

#[test]
fn the_label_of_one_row_is_that_of_the_photo() {
    let mut tables = [table(&["a.jpg 7 .", "a.jpg . .", "b.jpg . ."])];
    assert_eq!(found(&mut tables), [Some(0), Some(0), None]);
}

#[test]
fn clocks_with_and_without_a_zone_show_one_place() {
    let mut tables = [table(&["x/a.jpg . 2020-06-01T14:00:00+10:00", "x/b.jpg . 2020-06-01T14:05:00"])];
    assert_eq!(found(&mut tables), [Some(0), Some(0)]);
}

#[test]
fn a_folder_tree_without_times_is_one_encounter_a_folder() {
    let mut tree = table(&["x/a.jpg", "x/b.jpg", "y/c.jpg"]);
    tree.kind = SourceKind::FolderTree;
    let mut tables = [tree];
    assert_eq!(found(&mut tables), [Some(0), Some(0), Some(1)]);
}

#[test]
fn photos_of_which_only_the_year_or_the_month_is_known_are_no_encounter() {
    let mut tables = [table(&[
        "x/a.jpg . 2019",
        "x/b.jpg . 2019",
        "x/c.jpg . 2019-01",
        "x/d.jpg . 2019-01-01",
        "x/e.jpg . 2019-01-01",
    ])];
    assert_eq!(found(&mut tables), [None, None, None, Some(0), Some(0)]);
    let dates: Vec<_> =
        tables[0].rows.iter().filter_map(|row| row.date).map(|date| date.to_string()).collect();
    assert_eq!(dates[..3], ["2019", "2019", "2019-01"]);
}
