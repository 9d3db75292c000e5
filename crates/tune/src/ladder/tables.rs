//! The photos of the rungs: synthetic worlds as files, and parts of a real table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use resight_dataset::{AuditOptions, ReadOptions, Table, read_source};
use resight_synth::{SynthError, TABLE_NAME, WORLD, World};

use super::error::LadderError;
use super::rung::Rung;
use resight_train::data::division::{Division, Question, Shares, look_alikes};
use resight_train::trainer::{Stage, Watch};

/// How many individuals are a few.
const FEW: usize = 10;

/// Share of the validation; a ladder asks no test.
pub const SHARES: Shares = Shares { validation: 0.3, test: 0.0, newcomers: 0.0 };

/// Draws the world of a rung into a folder, unless it is there, and reads its table. A world without a table was not
/// drawn to its end and is drawn anew; a folder that is no world of ours is left alone.
pub(super) fn synthetic(
    rung: Rung,
    folder: &Path,
    seed: u64,
    watch: &dyn Watch,
) -> Result<(Table, Division), LadderError> {
    let Some(settings) = rung.world() else { return Err(LadderError::NoTable(rung)) };
    let table = folder.join(TABLE_NAME);
    if !table.is_file() {
        if WORLD.is_on(folder) {
            let again = |source| SynthError::Write { path: folder.to_owned(), source };
            WORLD.remove(folder).map_err(again)?;
        }
        let world = World::new(seed, settings)?;
        watch.begin(Stage::of("drawing animals", world.photos().len() as u64));
        world.write(folder, &|_, _| watch.advance(1))?;
    }
    let table = read_source(&table, &ReadOptions::default())?;
    // Bursts are of one encounter, which is never divided: no need to look for look-alikes.
    let division = divided(rung, &table, &vec![None; table.rows.len()], Question::Known, seed)?;
    Ok((table, division))
}

/// The part of a real table that a rung learns from.
pub(super) fn real(
    rung: Rung,
    table: &Table,
    question: Question,
    seed: u64,
) -> Result<(Table, Division), LadderError> {
    let (table, question) = match rung {
        // Of ten individuals two would be new: too few to ask among.
        Rung::FewIndividuals => (few(table), Question::Known),
        _ => (table.clone(), question),
    };
    let groups = look_alikes(&table.rows, AuditOptions::default().near_duplicate_distance).groups;
    let division = divided(rung, &table, &groups, question, seed)?;
    Ok((table, division))
}

fn divided(
    rung: Rung,
    table: &Table,
    groups: &[Option<u32>],
    question: Question,
    seed: u64,
) -> Result<Division, LadderError> {
    Division::make(&table.rows, groups, question, SHARES, seed)
        .map_err(|source| LadderError::Division { source, rung })
}

/// The rows of the individuals with the most photos; of equals, those that come first by name.
fn few(table: &Table) -> Table {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for identity in table.rows.iter().filter_map(|row| row.identity.as_deref()) {
        *counts.entry(identity).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let kept: BTreeSet<&str> = ranked.into_iter().take(FEW).map(|(name, _)| name).collect();
    let is_kept =
        |row: &&resight_dataset::Row| row.identity.as_deref().is_some_and(|name| kept.contains(name));
    Table { rows: table.rows.iter().filter(is_kept).cloned().collect(), ..table.clone() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use resight_dataset::{Row, SourceKind};

    use super::*;
    use resight_train::trainer::Silent;

    fn table(individuals: usize) -> Table {
        let row = |place: usize, individual: usize| {
            let mut row =
                Row::of_photo(place as u64, format!("p{place}"), PathBuf::from(format!("{place}.jpg")));
            row.identity = Some(format!("i{individual:02}"));
            row.encounter = Some(format!("e{place}"));
            row
        };
        let owners = (0..individuals).flat_map(|individual| vec![individual; individual + 1]);
        Table {
            kind: SourceKind::WildlifeDatasets,
            root: PathBuf::new(),
            extra_columns: Vec::new(),
            rows: owners.enumerate().map(|(place, individual)| row(place, individual)).collect(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn a_few_are_those_with_the_most_photos() {
        let few = few(&table(14));
        let names: BTreeSet<&str> = few.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
        assert_eq!(names.len(), FEW);
        assert!(names.contains("i13") && names.contains("i04") && !names.contains("i03"));
    }

    #[test]
    fn a_table_with_nothing_to_divide_is_refused_by_the_name_of_the_rung() {
        let error = real(Rung::WholeTable, &table(0), Question::Known, 1).unwrap_err().to_string();
        assert!(error.contains("whole-table"), "{error}");
    }

    #[test]
    fn a_world_that_was_not_drawn_to_its_end_is_drawn_anew_and_a_whole_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let world = folder.path().join("easy");
        std::fs::create_dir_all(world.join("photos")).unwrap();
        std::fs::write(world.join("photos").join("half.jpg"), b"half").unwrap();
        assert!(synthetic(Rung::Easy, &world, 1, &Silent).is_err(), "it does not say that it is ours");
        assert!(world.join("photos").join("half.jpg").exists());
        WORLD.put(&world).unwrap();
        let (table, division) = synthetic(Rung::Easy, &world, 1, &Silent).unwrap();
        assert!(!world.join("photos").join("half.jpg").exists());
        assert_eq!(division.train.len() + division.validation.len(), table.rows.len());
        assert!(division.validation.len() > 25, "{}", division.validation.len());
        let photo = &table.rows[0].path;
        let before = std::fs::metadata(photo).unwrap().modified().unwrap();
        synthetic(Rung::Easy, &world, 1, &Silent).unwrap();
        assert_eq!(std::fs::metadata(photo).unwrap().modified().unwrap(), before);
    }
}
