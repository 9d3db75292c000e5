//! Embeddings: which bundle made them, where they lie, and how they come and go.
//!
//! The numbers are in append-only segments, one set of them a bundle; the database says which row belongs to
//! which annotation. A row is in its segment, on the disk, before the transaction that speaks of it commits.
//! What a segment holds beyond that is the rest of an interrupted write and is cut off.

mod append;
mod index;
mod record;
mod reembed;
mod retired;
mod stored;
mod tidy;
mod view;

use resight_core::{BundleId, Distance, UnusableReason};
use resight_vector::segment::{GREATEST_DIMENSION, Owner, RowKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(crate) use append::{Appenders, StoringEmbeddings};
pub(crate) use record::{Block, SegmentRecord, segments};
pub(crate) use reembed::count_missing;
pub(crate) use retired::{count_retired, retire, retire_row, retired_rows};
pub use stored::StoredEmbedding;
pub(crate) use tidy::unreferenced_files;
pub use view::Embeddings;
pub(crate) use view::values;

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::settings::BundleSpec;

/// What came of embedding an annotation.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum NewEmbedding {
    /// The embedding, in the form that the bundle's distance asks for.
    Values(Vec<f32>),
    /// There is none, and there will be none by this bundle.
    Unusable(UnusableReason),
    /// It is not made yet.
    #[default]
    Later,
}

/// What the rows of a bundle are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Embeddings: by them the gallery is searched. One bundle is in use.
    Embedding,
    /// Local features: evidence beside the embeddings. None, one or several bundles are in use.
    LocalFeatures,
}

impl Role {
    const ALL: [Self; 2] = [Self::Embedding, Self::LocalFeatures];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::LocalFeatures => "local-features",
        }
    }
}

/// A bundle as the catalog keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRecord {
    /// Which bundle, and what its embeddings are like.
    pub spec: BundleSpec,
    /// What its rows are for.
    pub role: Role,
    /// Whether its rows are the ones that serve in this role.
    pub in_use: bool,
    /// Its row.
    pub(crate) key: i64,
}

impl BundleRecord {
    /// What the rows of its segments are, and whose.
    pub(crate) fn row_kind(&self) -> RowKind {
        RowKind { dim: self.spec.dimension, owner: Owner::named(self.spec.id.as_str()) }
    }
}

const BUNDLES: &str = "SELECT id, name, dimension, distance, in_use, role FROM bundle";

impl Catalog {
    /// The bundles that the catalog has embeddings of, or is getting them.
    ///
    /// # Errors
    /// Database errors.
    pub fn bundles(&self) -> Result<Vec<BundleRecord>, CatalogError> {
        all(self.connection())
    }

    /// The bundles whose local features serve.
    ///
    /// # Errors
    /// Database errors.
    pub fn local_features(&self) -> Result<Vec<BundleSpec>, CatalogError> {
        let serving = |bundle: &BundleRecord| bundle.in_use && bundle.role == Role::LocalFeatures;
        Ok(all(self.connection())?.into_iter().filter(serving).map(|bundle| bundle.spec).collect())
    }

    /// Lets the local features of these bundles serve from now on, in place of others; annotations that have none of them
    /// yet are no worse off than before.
    ///
    /// # Errors
    /// [`CatalogError::BundleDiffers`]; read-only catalog; database errors.
    pub fn use_local_features(
        &mut self,
        specs: &[BundleSpec],
        now: jiff::Timestamp,
    ) -> Result<(), CatalogError> {
        self.write(|transaction| {
            let chosen = specs
                .iter()
                .map(|spec| register(transaction, spec, Role::LocalFeatures, now))
                .collect::<Result<Vec<_>, _>>()?;
            put_into_use(transaction, Role::LocalFeatures, &chosen)
        })
    }
}

/// Puts bundles into use, in place of those that served in this role.
pub(crate) fn put_into_use(
    connection: &Connection,
    role: Role,
    bundles: &[BundleRecord],
) -> Result<(), CatalogError> {
    connection.execute("UPDATE bundle SET in_use = 0 WHERE in_use = 1 AND role = ?1", [role.word()])?;
    for bundle in bundles {
        connection.execute("UPDATE bundle SET in_use = 1 WHERE id = ?1", [bundle.key])?;
    }
    Ok(())
}

pub(crate) fn all(connection: &Connection) -> Result<Vec<BundleRecord>, CatalogError> {
    let mut statement = connection.prepare_cached(&format!("{BUNDLES} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut bundles = Vec::new();
    while let Some(row) = rows.next()? {
        bundles.push(record(row)?);
    }
    Ok(bundles)
}

/// The bundle whose embeddings serve.
pub(crate) fn in_use(connection: &Connection) -> Result<BundleRecord, CatalogError> {
    all(connection)?
        .into_iter()
        .find(|bundle| bundle.in_use && bundle.role == Role::Embedding)
        .ok_or_else(|| CatalogError::Corrupt("no bundle is in use".to_owned()))
}

/// # Errors
/// [`CatalogError::NoSuchBundle`]; database errors.
pub(crate) fn find(connection: &Connection, id: &BundleId) -> Result<BundleRecord, CatalogError> {
    connection
        .prepare_cached(&format!("{BUNDLES} WHERE name = ?1"))?
        .query_row([id.as_str()], |row| Ok(record(row)))
        .optional()?
        .ok_or_else(|| CatalogError::NoSuchBundle(id.clone()))?
}

/// Makes a bundle known; one that is known must be the same.
///
/// # Errors
/// [`CatalogError::BundleDiffers`]; database errors.
pub(crate) fn register(
    connection: &Connection,
    spec: &BundleSpec,
    role: Role,
    added_at: jiff::Timestamp,
) -> Result<BundleRecord, CatalogError> {
    let dimension = i64::try_from(spec.dimension).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT INTO bundle (name, dimension, distance, role, added_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (name) DO NOTHING",
        params![spec.id.as_str(), dimension, distance_word(spec.distance), role.word(), added_at.to_string()],
    )?;
    let found = find(connection, &spec.id)?;
    let differs = |what| Err(CatalogError::BundleDiffers { what, bundle: spec.id.clone() });
    if found.spec.dimension != spec.dimension {
        return differs("dimension");
    }
    if found.spec.distance != spec.distance {
        return differs("distance");
    }
    if found.role != role {
        return differs("role");
    }
    Ok(found)
}

fn record(row: &Row<'_>) -> Result<BundleRecord, CatalogError> {
    let name: String = row.get(1)?;
    let dimension: i64 = row.get(2)?;
    let distance: String = row.get(3)?;
    let unusable = || CatalogError::Corrupt(format!("not a bundle id: {}", name.escape_debug()));
    let id: BundleId = name.parse().map_err(|_| unusable())?;
    let dimension = u32::try_from(dimension)
        .ok()
        .filter(|dimension| (1..=GREATEST_DIMENSION).contains(dimension))
        .and_then(|dimension| usize::try_from(dimension).ok())
        .ok_or_else(|| CatalogError::Corrupt(format!("embeddings of {dimension} numbers: {name}")))?;
    let distance = match distance.as_str() {
        "euclidean" => Distance::Euclidean,
        "cosine" => Distance::Cosine,
        _ => return Err(CatalogError::Corrupt(format!("a bundle with an unknown distance: {name}"))),
    };
    let role: String = row.get(5)?;
    let role = Role::ALL
        .into_iter()
        .find(|known| known.word() == role)
        .ok_or_else(|| CatalogError::Corrupt(format!("a bundle with an unknown role: {name}")))?;
    let spec = BundleSpec { id, dimension, distance };
    Ok(BundleRecord { spec, role, in_use: row.get(4)?, key: row.get(0)? })
}

fn distance_word(distance: Distance) -> &'static str {
    match distance {
        Distance::Cosine => "cosine",
        Distance::Euclidean => "euclidean",
    }
}
