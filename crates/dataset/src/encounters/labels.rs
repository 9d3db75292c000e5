//! Labels of encounters that tables state: told apart where one label means several encounters.
//!
//! A label says something within its table alone: encounter 1 of 2020 is not encounter 1 of 2023. Within a table, uses
//! of a label that lie more than a day apart are encounters of their own; and where neighboring days go on so for more
//! than two days, the label is a counter that begins anew each day, and every day is one.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::{Photo, Place, SourceTable, absolute};
use crate::{ReadOptions, Warning, WarningKind, detect};

/// The key of each labelled row: unlike the key of any other encounter, of this table or another.
pub(super) fn tell_apart(
    sources: &mut [SourceTable<'_>],
    photos: &[Photo],
    gap_secs: f64,
) -> BTreeMap<Place, String> {
    let days: BTreeMap<Place, Date> = photos
        .iter()
        .filter_map(|photo| Some((photo, photo.moment?.day()?)))
        .flat_map(|(photo, day)| photo.rows.iter().map(move |place| (*place, day)))
        .collect();
    let allowed_days = allowed_days(gap_secs);
    let mut keys = BTreeMap::new();
    for (source, SourceTable { path, table }) in sources.iter_mut().enumerate() {
        let mut of_label: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, row) in table.rows.iter().enumerate() {
            if let Some(label) = &row.encounter {
                of_label.entry(label).or_default().push(position);
            }
        }
        let scope =
            detect(path, &ReadOptions::default()).map_or_else(|_| path.to_path_buf(), |found| found.path);
        let scope = scope_of(&scope);
        let mut reused: Vec<(u64, String, usize)> = Vec::new();
        for (label, positions) in of_label {
            let day_of = |position: &usize| days.get(&(source, *position)).copied();
            let firsts = first_days(positions.iter().filter_map(day_of).collect(), allowed_days);
            if firsts.len() > 1 {
                reused.push((table.rows[positions[0]].line, label.to_owned(), firsts.len()));
            }
            let mut last = firsts.first().copied();
            for position in positions {
                // A row without a day is of the encounter of the row before it.
                last = day_of(&position).map_or(last, |day| firsts.use_of(day));
                let since = last.map(|day| format!(" of {day}")).unwrap_or_default();
                // A table that was exported names the encounters of the catalog as the catalog does.
                let is_told_apart = encounter_as_labelled(label) != label;
                let key = if is_told_apart { label.to_owned() } else { format!("{label}{since}, {scope}") };
                keys.insert((source, position), key);
            }
        }
        table.warnings.extend(warning(&reused));
    }
    keys
}

/// What tells the labels of one table from those of another: the name of its file and of the folder that it lies in, for a
/// person, and a hash of its whole path, which does not give away where that is.
fn scope_of(table: &Path) -> String {
    let whole = absolute(table);
    let hash = resight_imaging::photo_id(whole.as_bytes()).to_string();
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let whole = Path::new(&whole);
    format!("{}/{} {}", name(whole.parent()), name(Some(whole)), &hash[..6])
}

/// The label of an encounter with the day that it began on, as its table's user knows it: the key without
/// what tells the tables apart. A key of another kind stays as it is.
pub fn encounter_as_labelled(key: &str) -> &str {
    let is_hash = |text: &str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_scoped = key.rsplit_once(' ').is_some_and(|(_, hash)| is_hash(hash));
    // Folders may have commas in their names; the day comes before all of them.
    let dated = key.rmatch_indices(" of ").find_map(|(place, of)| {
        let after = place + of.len();
        let (day, rest) = key[after..].split_at_checked("2020-06-01".len())?;
        (day.parse::<Date>().is_ok() && rest.starts_with(", ")).then_some(after + day.len())
    });
    let end = dated.or_else(|| key.rfind(", ")).filter(|end| is_scoped && key[*end..].contains('/'));
    end.map_or(key, |end| &key[..end])
}

/// Days that two photos of one use of a label may lie apart: one, for an encounter may go on past midnight, or as
/// many as the gap has.
fn allowed_days(gap_secs: f64) -> i32 {
    const DAY_SECS: f64 = 86_400.0;
    // A gap of years is as good as none; the conversion holds at its limits.
    (gap_secs / DAY_SECS).ceil().clamp(1.0, 10_000.0) as i32
}

/// The first days of the uses of a label, rising.
struct FirstDays(Vec<Date>);

impl FirstDays {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn first(&self) -> Option<&Date> {
        self.0.first()
    }

    /// The first day of the use that a day belongs to.
    fn use_of(&self, day: Date) -> Option<Date> {
        self.0.iter().copied().take_while(|first| *first <= day).last()
    }
}

fn first_days(mut days: Vec<Date>, allowed: i32) -> FirstDays {
    days.sort_unstable();
    days.dedup();
    let mut firsts: Vec<Date> = Vec::new();
    let mut at = 0;
    while at < days.len() {
        let mut end = at + 1;
        while end < days.len() && apart(days[end - 1], days[end]) <= allowed {
            end += 1;
        }
        if apart(days[at], days[end - 1]) > allowed {
            firsts.extend(&days[at..end]);
        } else {
            firsts.push(days[at]);
        }
        at = end;
    }
    FirstDays(firsts)
}

fn apart(earlier: Date, later: Date) -> i32 {
    earlier.until(later).map_or(i32::MAX, |span| span.get_days())
}

fn warning(reused: &[(u64, String, usize)]) -> Option<Warning> {
    let (line, label, encounters) = reused.iter().min_by_key(|(line, _, _)| *line)?.clone();
    let kind = WarningKind::EncounterLabelReused { label, encounters };
    Some(Warning { kind, line: Some(line), rows: reused.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_as_its_label() {
        for (key, shown) in [
            ("E1 of 2024-05-01, study/t.csv 127a96", "E1 of 2024-05-01"),
            ("Lagoon, east of 2024-05-01, a, b/t, 2.csv 127a96", "Lagoon, east of 2024-05-01"),
            ("Lagoon, east, study/t.csv 127a96", "Lagoon, east"),
            ("/photos/May, 2024", "/photos/May, 2024"),
            ("trip 7", "trip 7"),
            ("Bay, sighting 202405", "Bay, sighting 202405"),
        ] {
            assert_eq!(encounter_as_labelled(key), shown);
        }
    }

    fn firsts(days: &[&str], gap_secs: f64) -> Vec<String> {
        let days = days.iter().map(|day| day.parse().unwrap()).collect();
        first_days(days, allowed_days(gap_secs)).0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn uses_of_a_label_that_lie_apart_are_encounters_of_their_own() {
        assert_eq!(firsts(&["2020-06-01", "2023-06-01", "2020-06-02"], 1800.0), ["2020-06-01", "2023-06-01"]);
        assert_eq!(firsts(&["2020-06-01", "2020-06-03"], 1800.0), ["2020-06-01", "2020-06-03"]);
        assert_eq!(firsts(&["2020-06-01", "2020-06-03"], 3.0 * 86_400.0), ["2020-06-01"]);
    }

    #[test]
    fn a_night_is_one_encounter_and_a_daily_counter_is_one_a_day() {
        assert_eq!(firsts(&["2020-06-01", "2020-06-02"], 1800.0), ["2020-06-01"]);
        let week = ["2020-06-01", "2020-06-02", "2020-06-03", "2020-06-04"];
        assert_eq!(firsts(&week, 1800.0), week);
    }
}
