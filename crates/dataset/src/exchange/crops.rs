//! A folder an individual, with a crop an annotation: the commonest form of a data set of individuals.
//!
//! What is given is a plan: who carries it out cuts each picture out of its photo, upright and without metadata, so that
//! no position, time or serial number goes along. Animals that a model alone names lie apart, below `unconfirmed`.

use std::collections::BTreeMap;

use super::file_names::{Names, portable, stem_and_ending};
use super::going::{Going, Prepared};
use super::written::{CropOrder, ExchangeError, Written};
use super::{Sensitive, Standing};

pub(super) const CARRIES: &[(Sensitive, &str)] =
    &[(Sensitive::Individuals, "names of folders"), (Sensitive::Unconfirmed, "folders below `unconfirmed`")];

/// The folder of animals that nobody named.
const UNIDENTIFIED: &str = "unidentified";
/// The folder of the folders of animals that a model alone names.
const UNCONFIRMED: &str = "unconfirmed";

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let folders = folders(prepared);
    let mut names = Names::default();
    for row in &prepared.rows {
        let folder = match &row.identity {
            None => UNIDENTIFIED.to_owned(),
            Some(identity) => {
                let own = folders.get(identity.name.as_str()).map_or("_", String::as_str);
                match identity.standing {
                    Standing::Confirmed => own.to_owned(),
                    Standing::Unconfirmed => format!("{UNCONFIRMED}/{own}"),
                }
            }
        };
        let file = file_stem(row);
        written.crops.push(CropOrder {
            annotation: row.annotation,
            photo: row.source.clone(),
            region: row.region,
            name: names.free(|number| match number {
                None => format!("{folder}/{file}.jpg"),
                Some(number) => format!("{folder}/{file}-{number}.jpg"),
            }),
        });
    }
    Ok(())
}

/// The folder of each individual: its name in letters that every system takes, each for one alone.
fn folders<'a>(prepared: &'a Prepared<'_>) -> BTreeMap<&'a str, String> {
    let mut taken = Names::default();
    for kept in [UNIDENTIFIED, UNCONFIRMED] {
        taken.free(|_| kept.to_owned());
    }
    let mut folders = BTreeMap::new();
    for identity in prepared.rows.iter().filter_map(|row| row.identity.as_ref()) {
        folders.entry(identity.name.as_str()).or_insert_with(|| {
            let plain = portable(&identity.name);
            taken.free(|number| match number {
                None => plain.clone(),
                Some(number) => format!("{plain}-{number}"),
            })
        });
    }
    folders
}

/// The photo's name and the annotation's id.
fn file_stem(row: &Going) -> String {
    let name = row.file.rsplit('/').next().unwrap_or_default();
    format!("{}-{}", portable(stem_and_ending(name).0), row.annotation)
}
