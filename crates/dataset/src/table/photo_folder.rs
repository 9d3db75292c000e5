//! From the text of a path cell to a file.

use std::path::{Component, Path, PathBuf};

use crate::ReadOptions;
use crate::warning::{WarningKind, Warnings};

/// Folders beside a table in which Kaggle's competitions keep the photos.
const USUAL_FOLDERS: [&str; 6] = ["train_images", "train", "images", "test_images", "test", "photos"];

/// How many rows may fail to be found before the table's own folder is taken for good.
const TRIES: u32 = 20;

/// Where the photos of one table are. Paths start from the table's folder; where the first photos are not
/// there, from one of the usual folders beside the table.
#[derive(Debug)]
pub(crate) struct PhotoFolder {
    table_folder: PathBuf,
    root: PathBuf,
    tries_left: u32,
    check_files: bool,
}

impl PhotoFolder {
    pub(crate) fn new(table_folder: PathBuf, options: &ReadOptions) -> Self {
        let (root, tries_left) = match &options.photo_folder {
            Some(folder) => (folder.clone(), 0),
            None => (table_folder.clone(), TRIES),
        };
        Self { table_folder, root, tries_left, check_files: options.check_files }
    }

    /// The folder that relative paths start from, as far as it is known.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a path leads to somewhere else than the folder of the photos. Nothing is looked up: `..` is taken as it
    /// is written.
    fn leads_out(&self, path: &Path) -> bool {
        let absolute = |path: &Path| std::path::absolute(path).map(|path| without_parents(&path));
        let folders = [&self.root, &self.table_folder];
        match absolute(&self.root.join(path)) {
            Ok(path) => !folders.into_iter().any(|folder| {
                let folder = absolute(folder);
                folder.is_ok_and(|folder| path.starts_with(folder))
            }),
            Err(_) => true,
        }
    }

    /// The file that a cell names, whether it is there or not.
    pub(crate) fn locate(&mut self, cell: &str, line: u64, warnings: &mut Warnings) -> PathBuf {
        let mut relative = PathBuf::from(cell);
        if self.leads_out(&relative) {
            warnings.count(Some(line), WarningKind::PathLeavesFolder);
        }
        if !self.check_files && self.tries_left == 0 {
            return self.root.join(relative);
        }
        if self.root.join(&relative).is_file() {
            self.tries_left = 0;
            return self.root.join(relative);
        }
        // A table made on Windows.
        if cell.contains('\\') && self.root.join(cell.replace('\\', "/")).is_file() {
            relative = PathBuf::from(cell.replace('\\', "/"));
            self.tries_left = 0;
            return self.root.join(relative);
        }
        if self.tries_left > 0 {
            self.tries_left -= 1;
            let folders = USUAL_FOLDERS.iter().map(|name| self.table_folder.join(name));
            if let Some(folder) = folders.into_iter().find(|folder| folder.join(&relative).is_file()) {
                self.tries_left = 0;
                self.root = folder;
                return self.root.join(relative);
            }
        }
        let path = self.root.join(relative);
        if self.check_files {
            warnings.list(Some(line), WarningKind::MissingFile { path: path.clone() });
        }
        path
    }
}

/// A path without `..`, each of which takes the folder before it away.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
