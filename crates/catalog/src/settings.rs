//! What is fixed when a catalog is made, so that the same photo gets the same answer on every machine.

use resight_core::{BundleId, Distance, Policy, Pooling, Quality, RoutedSlot, SpeciesTypes};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::catalog::Catalog;
use crate::embedding::{self, Role};
use crate::error::CatalogError;

/// A bundle as far as the catalog must know it to keep its embeddings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSpec {
    /// Which bundle.
    pub id: BundleId,
    /// How many numbers an embedding has.
    pub dimension: usize,
    /// What its embeddings are compared by.
    pub distance: Distance,
}

/// The settings of a catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What finds the animals in a photo: `whole-picture`, or `mask:` and a bundle id. Fixed.
    pub detector: String,
    /// What brings an animal into its own frame before it is compared: `body:` and a bundle id. Fixed.
    pub frame: Option<String>,
    /// Ids of the bundles that say what nobody else has said of an animal: its kind, its side. Changed by
    /// [`Catalog::set_classifiers`].
    pub classifiers: Vec<String>,
    /// Slots whose animals a bundle of their own serves, by its id. Changed by [`Catalog::set_routes`].
    pub routes: Vec<RoutedSlot>,
    /// Which species go by one name. Changed by [`Catalog::set_routes`].
    pub species_types: SpeciesTypes,
    /// The bundle whose embeddings serve. Changed by [`Catalog::switch_bundle`] only.
    pub bundle: BundleSpec,
    /// Photos of one folder further apart than this many seconds belong to different encounters. Fixed.
    pub encounter_gap_secs: f64,
    /// Prices of errors and expected share of newcomers. Changed by [`Catalog::set_policy`].
    pub policy: Policy,
    /// How the photos of an individual are pooled. Changed by [`Catalog::set_pooling`].
    pub pooling: Pooling,
    /// Whether whoever has no name yet is known to be none of those who have: then such annotations stand for newcomers
    /// when the catalog is calibrated. Changed by [`Catalog::set_unidentified_are_others`].
    pub unidentified_are_others: bool,
    /// An animal in a photo of a lower grade is not identifiable, for photos of those grades named nobody. Changed by
    /// [`Catalog::set_least_quality`].
    pub least_quality: Option<Quality>,
    /// An animal with a shorter side of fewer pixels is not identifiable. Fixed.
    pub least_pixels: u32,
    /// Longer side of a thumbnail, in pixels. Fixed.
    pub thumbnail_pixels: u32,
}

impl Settings {
    /// The settings that serve most catalogs, for a bundle.
    pub fn new(bundle: BundleSpec) -> Self {
        Self {
            detector: "whole-picture".to_owned(),
            frame: None,
            classifiers: Vec::new(),
            routes: Vec::new(),
            species_types: SpeciesTypes::default(),
            bundle,
            encounter_gap_secs: 1800.0,
            policy: Policy::default(),
            pooling: Pooling::default(),
            unidentified_are_others: false,
            least_quality: None,
            least_pixels: 32,
            thumbnail_pixels: 320,
        }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`CatalogError::BadSetting`] names the first one out of range.
    pub fn check(&self) -> Result<(), CatalogError> {
        let refuse = |what: &str| Err(CatalogError::BadSetting(what.to_owned()));
        if self.detector.trim().is_empty() {
            return refuse("the detector has no name");
        }
        if !(1..=65536).contains(&self.bundle.dimension) {
            return refuse("the bundle's embeddings must have 1 to 65536 numbers");
        }
        if !(self.encounter_gap_secs.is_finite() && self.encounter_gap_secs >= 0.0) {
            return refuse("the encounter gap must be a number of seconds, 0 or more");
        }
        if !(16..=4096).contains(&self.thumbnail_pixels) {
            return refuse("thumbnails must have 16 to 4096 pixels");
        }
        self.policy.check().map_err(|error| CatalogError::BadSetting(error.to_string()))
    }

    pub(crate) fn write(
        &self,
        connection: &Connection,
        added_at: jiff::Timestamp,
    ) -> Result<(), CatalogError> {
        self.check()?;
        put(connection, "detector", &self.detector)?;
        if let Some(frame) = &self.frame {
            put(connection, "frame", frame)?;
        }
        if !self.classifiers.is_empty() {
            put(connection, "classifiers", &self.classifiers)?;
        }
        if !self.routes.is_empty() {
            put(connection, "routes", &self.routes)?;
        }
        if !self.species_types.is_empty() {
            put(connection, "species_types", &self.species_types)?;
        }
        put(connection, "encounter_gap_secs", &self.encounter_gap_secs)?;
        put(connection, "policy", &self.policy)?;
        put(connection, "pooling", &self.pooling)?;
        put(connection, "unidentified_are_others", &self.unidentified_are_others)?;
        put(connection, "least_pixels", &self.least_pixels)?;
        put(connection, "thumbnail_pixels", &self.thumbnail_pixels)?;
        let bundle = embedding::register(connection, &self.bundle, Role::Embedding, added_at)?;
        embedding::put_into_use(connection, Role::Embedding, std::slice::from_ref(&bundle))
    }

    pub(crate) fn read(connection: &Connection) -> Result<Self, CatalogError> {
        let settings = Self {
            detector: get(connection, "detector")?,
            frame: find(connection, "frame")?,
            classifiers: find(connection, "classifiers")?.unwrap_or_default(),
            routes: routes(connection)?,
            species_types: species_types(connection)?,
            bundle: embedding::in_use(connection)?.spec,
            encounter_gap_secs: get(connection, "encounter_gap_secs")?,
            policy: get(connection, "policy")?,
            pooling: get(connection, "pooling")?,
            unidentified_are_others: get(connection, "unidentified_are_others")?,
            least_quality: find::<Option<Quality>>(connection, "least_quality")?.flatten(),
            least_pixels: get(connection, "least_pixels")?,
            thumbnail_pixels: get(connection, "thumbnail_pixels")?,
        };
        // They were checked when they were written: what is out of range now was changed from outside.
        settings.check().map_err(|error| CatalogError::Corrupt(error.to_string()))?;
        Ok(settings)
    }
}

impl Catalog {
    /// The settings as they are now.
    ///
    /// # Errors
    /// Database errors.
    pub fn settings(&self) -> Result<Settings, CatalogError> {
        Settings::read(self.connection())
    }

    /// Says by which bundles labels are given from now on that nobody has given.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn set_classifiers(&mut self, bundles: &[String]) -> Result<(), CatalogError> {
        self.write(|transaction| put(transaction, "classifiers", &bundles))
    }

    /// Says which species go by one name, and which bundles, by their ids, serve the animals of which slots from now on. They are
    /// known to the catalog already.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchBundle`]; [`CatalogError::BadSetting`]; read-only catalog; database errors.
    pub fn set_routes(&mut self, routes: &[RoutedSlot], types: &SpeciesTypes) -> Result<(), CatalogError> {
        self.write(|transaction| {
            for slot in routes {
                let id = slot.bundle.parse();
                let id: BundleId = id.map_err(|_| {
                    CatalogError::BadSetting(format!("not the id of a bundle: {}", slot.bundle))
                })?;
                embedding::find(transaction, &id)?;
            }
            put(transaction, "species_types", types)?;
            put(transaction, "routes", &routes)
        })
    }

    /// Changes the prices of errors and the expected share of newcomers.
    ///
    /// # Errors
    /// [`CatalogError::BadSetting`]; read-only catalog; database errors.
    pub fn set_policy(&mut self, policy: &Policy) -> Result<(), CatalogError> {
        policy.check().map_err(|error| CatalogError::BadSetting(error.to_string()))?;
        self.write(|transaction| put(transaction, "policy", policy))
    }

    /// Says by photos of which grades nobody is named from now on: those below this one.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn set_least_quality(&mut self, least: Option<Quality>) -> Result<(), CatalogError> {
        self.write(|transaction| put(transaction, "least_quality", &least))
    }

    /// Changes how the photos of an individual are pooled. The calibrations of another pooling go: their
    /// probabilities would not be true any more.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn set_pooling(&mut self, pooling: Pooling) -> Result<(), CatalogError> {
        self.write(|transaction| {
            if get::<Pooling>(transaction, "pooling")? != pooling {
                transaction.execute("DELETE FROM calibration", [])?;
            }
            put(transaction, "pooling", &pooling)
        })
    }

    /// Says whether whoever has no name yet is known to be none of those who have.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn set_unidentified_are_others(&mut self, are_others: bool) -> Result<(), CatalogError> {
        self.write(|transaction| {
            if get::<bool>(transaction, "unidentified_are_others")? != are_others {
                // What was fitted on other newcomers would go on serving where it is not made anew.
                transaction.execute("DELETE FROM calibration", [])?;
            }
            put(transaction, "unidentified_are_others", &are_others)
        })
    }
}

/// The slots that bundles of their own serve.
pub(crate) fn routes(connection: &Connection) -> Result<Vec<RoutedSlot>, CatalogError> {
    Ok(find(connection, "routes")?.unwrap_or_default())
}

/// Which species go by one name.
pub(crate) fn species_types(connection: &Connection) -> Result<SpeciesTypes, CatalogError> {
    Ok(find(connection, "species_types")?.unwrap_or_default())
}

fn put(connection: &Connection, name: &str, value: &impl Serialize) -> Result<(), CatalogError> {
    let json = serde_json::to_string(value).map_err(|error| CatalogError::BadSetting(error.to_string()))?;
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, json],
    )?;
    Ok(())
}

fn get<T: DeserializeOwned>(connection: &Connection, name: &str) -> Result<T, CatalogError> {
    find(connection, name)?.ok_or_else(|| unreadable(name))
}

/// A setting; none where it is not set.
fn find<T: DeserializeOwned>(connection: &Connection, name: &str) -> Result<Option<T>, CatalogError> {
    let json: Option<String> = connection
        .query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
        .optional()?;
    json.map(|text| serde_json::from_str(&text).map_err(|_| unreadable(name))).transpose()
}

fn unreadable(name: &str) -> CatalogError {
    CatalogError::Corrupt(format!("the setting is missing or unreadable: {name}"))
}
