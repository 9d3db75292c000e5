//! Folders that photos were taken in from, and where they are now: a catalog finds its photos when it, or they, or both
//! are moved.

use std::path::{Component, Path, PathBuf};

use resight_core::near_names;
use rusqlite::{Connection, params};

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::photo::path_from_stored;

/// A folder that photos were taken in from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoRoot {
    /// What it is called.
    pub name: String,
    /// Where it was.
    pub recorded: PathBuf,
    /// Where its photos are looked for now.
    pub location: PathBuf,
    /// How many paths of photos lie below it.
    pub photos: u64,
    /// How many of these are there now.
    pub found: u64,
}

/// One folder, as the database has it, and where its photos are looked for now.
struct Located {
    name: String,
    recorded: PathBuf,
    location: PathBuf,
}

/// The folders that photos were taken in from, those deeper down first.
pub(crate) struct Roots(Vec<Located>);

impl Roots {
    /// Reads the folders of the catalog that lies at this path.
    pub(crate) fn read(connection: &Connection, catalog: &Path) -> Result<Self, CatalogError> {
        let catalog = whole_path(catalog);
        let mut statement =
            connection.prepare_cached("SELECT name, recorded, beside, now FROM photo_root ORDER BY name")?;
        let mut rows = statement.query([])?;
        let mut roots = Vec::new();
        while let Some(row) = rows.next()? {
            let recorded = PathBuf::from(row.get::<_, String>(1)?);
            let beside = row.get::<_, Option<String>>(2)?.map(|beside| catalog.join(beside));
            let now = row.get::<_, Option<String>>(3)?.map(PathBuf::from);
            let location = match (now, beside) {
                (Some(now), _) => now,
                (None, Some(beside)) if !recorded.is_dir() && beside.is_dir() => plain(&beside),
                _ => recorded.clone(),
            };
            roots.push(Located { name: row.get(0)?, recorded, location });
        }
        roots.sort_by_key(|root| std::cmp::Reverse(root.recorded.components().count()));
        let mut roots = Self(roots);
        roots.follow_those_above();
        Ok(roots)
    }

    /// A folder that is not there, and of which nobody said where it is, went with the nearest one above that was moved.
    fn follow_those_above(&mut self) {
        for place in (0..self.0.len()).rev() {
            let root = &self.0[place];
            if root.location != root.recorded || root.recorded.is_dir() {
                continue;
            }
            let above = self.0[place + 1..].iter();
            let moved = above.filter_map(|above| {
                Some(above.location.join(root.recorded.strip_prefix(&above.recorded).ok()?))
            });
            if let Some(location) = moved.into_iter().next() {
                self.0[place].location = location;
            }
        }
    }

    /// Where a photo is looked for now that was taken in from this path.
    pub(crate) fn located(&self, recorded: PathBuf) -> PathBuf {
        let below = |root: &Located| Some(root.location.join(recorded.strip_prefix(&root.recorded).ok()?));
        self.0.iter().find_map(below).unwrap_or(recorded)
    }

    /// What a path of now would have been when its folder was taken in from.
    pub(crate) fn recorded(&self, path: &Path) -> PathBuf {
        let moved = self.0.iter().filter(|root| root.location != root.recorded);
        let below = |root: &Located| Some(root.recorded.join(path.strip_prefix(&root.location).ok()?));
        moved.map(below).find_map(|found| found).unwrap_or_else(|| path.to_owned())
    }
}

impl Catalog {
    /// Notes a folder that photos are taken in from, where none above it is noted yet. One whose path is no UTF-8 is not
    /// noted: its photos are found where they were.
    ///
    /// # Errors
    /// Read-only catalog; database errors.
    pub fn remember_root(&mut self, folder: &Path) -> Result<(), CatalogError> {
        let catalog = self.path().to_owned();
        self.write(|transaction| {
            let roots = Roots::read(transaction, &catalog)?;
            let recorded = roots.recorded(folder);
            let known = |root: &Located| recorded.starts_with(&root.recorded);
            let Some(text) = recorded.to_str().filter(|_| !roots.0.iter().any(known)) else { return Ok(()) };
            let name = free_name(&recorded, &roots);
            let beside = relative(&plain(&recorded), &whole_path(&catalog));
            transaction.execute(
                "INSERT INTO photo_root (name, recorded, beside) VALUES (?1, ?2, ?3)",
                params![name, text, beside],
            )?;
            Ok(())
        })
    }

    /// The folders that photos were taken in from, by name.
    ///
    /// # Errors
    /// Database errors.
    pub fn photo_roots(&self) -> Result<Vec<PhotoRoot>, CatalogError> {
        let mut roots: Vec<PhotoRoot> = self
            .roots()?
            .0
            .into_iter()
            .map(|root| PhotoRoot {
                name: root.name,
                recorded: root.recorded,
                location: root.location,
                photos: 0,
                found: 0,
            })
            .collect();
        for path in self.recorded_paths()? {
            if let Some(root) = roots.iter_mut().find(|root| path.starts_with(&root.recorded)) {
                let below = path.strip_prefix(&root.recorded).unwrap_or(&path);
                root.photos += 1;
                root.found += u64::from(root.location.join(below).is_file());
            }
        }
        roots.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(roots)
    }

    /// Says where a folder is now that photos were taken in from. At least one of its photos must be there.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchRoot`] with names like it; [`CatalogError::NothingThere`]; read-only catalog; database
    /// errors.
    pub fn move_root(&mut self, name: &str, to: &Path) -> Result<(), CatalogError> {
        let roots = self.roots()?;
        let Some(root) = roots.0.iter().find(|root| root.name == name) else {
            let near = near_names(name, roots.0.iter().map(|root| root.name.as_str()));
            return Err(CatalogError::NoSuchRoot { name: name.to_owned(), near });
        };
        let below = |path: PathBuf| Some(to.join(path.strip_prefix(&root.recorded).ok()?));
        let is_there = self.recorded_paths()?.into_iter().filter_map(below).any(|path| path.is_file());
        let text = to.to_str().filter(|_| is_there);
        let text = text.ok_or_else(|| CatalogError::NothingThere { path: to.to_owned() })?;
        self.write(|transaction| {
            transaction.execute("UPDATE photo_root SET now = ?2 WHERE name = ?1", params![name, text])?;
            Ok(())
        })
    }

    pub(crate) fn roots(&self) -> Result<Roots, CatalogError> {
        Roots::read(self.connection(), self.path())
    }

    fn recorded_paths(&self) -> Result<Vec<PathBuf>, CatalogError> {
        let mut statement = self.connection().prepare("SELECT path FROM photo_path ORDER BY path")?;
        let rows = statement.query_map([], |row| Ok(path_from_stored(row.get_ref(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// The folder's own name, with a number where another one is called so.
fn free_name(folder: &Path, roots: &Roots) -> String {
    let own =
        folder.file_name().map_or_else(|| "photos".to_owned(), |name| name.to_string_lossy().into_owned());
    let is_free = |name: &String| roots.0.iter().all(|root| root.name != *name);
    let numbered = (2..).map(|number: u32| format!("{own}-{number}"));
    std::iter::once(own.clone()).chain(numbered).find(is_free).unwrap_or(own)
}

/// The path from the root of the file system on, without `..`.
fn whole_path(path: &Path) -> PathBuf {
    plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// A folder as seen from another one, with `/`; `None` where they have nothing in common but the root.
fn relative(folder: &Path, from: &Path) -> Option<String> {
    let (folder, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), from.components().collect());
    let common = folder.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let is_named = folder.get(..common)?.iter().any(|part| matches!(part, Component::Normal(_)));
    let up = std::iter::repeat_n("..", from.len() - common).map(Some);
    let down = folder[common..].iter().map(|part| part.as_os_str().to_str());
    let parts: Option<Vec<&str>> = up.chain(down).collect();
    parts.filter(|_| is_named).map(|parts| parts.join("/"))
}

/// A path without `..`, as far as these lead to folders that it names itself.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seen_from_another_one() {
        let seen = |folder: &str, from: &str| relative(Path::new(folder), Path::new(from));
        assert_eq!(seen("/data/season/photos", "/data/season/catalog").as_deref(), Some("../photos"));
        assert_eq!(seen("/data/season", "/data/season/catalog").as_deref(), Some(".."));
        assert_eq!(seen("/mnt/card", "/data/catalog"), None);
        assert_eq!(plain(Path::new("/a/b/../c")), Path::new("/a/c"));
    }
}
