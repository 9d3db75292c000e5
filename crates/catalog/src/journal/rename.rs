//! Another name for an individual.

use resight_core::IndividualId;

use super::change::{Change, NameChange, NameRole, Naming};
use super::{Action, JournalEntry, step};
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual::{self, clean_name, name_of, owner_of};
use crate::signature::Signature;

impl Catalog {
    /// Gives an individual another name; the old one stays as an alias. One of its aliases may become its name.
    ///
    /// # Errors
    /// [`CatalogError::NameTaken`] by somebody else, [`CatalogError::BadName`],
    /// [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`]; [`CatalogError::NothingToDo`] where it is
    /// called so; database errors.
    pub fn rename(
        &mut self,
        individual: IndividualId,
        name: &str,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            individual::require_active(transaction, individual)?;
            let name = clean_name(name)?.into_owned();
            let old = name_of(transaction, individual)?.ok_or_else(|| {
                CatalogError::Corrupt(format!("an individual without a name: {individual}"))
            })?;
            if old == name {
                return Err(CatalogError::NothingToDo(format!("{individual} is called `{name}`")));
            }
            let as_name = Some(Naming { individual, role: NameRole::Name });
            let as_alias = Some(Naming { individual, role: NameRole::Alias });
            let before = match owner_of(transaction, &name)? {
                None => None,
                Some(owner) if owner == individual => as_alias,
                Some(owner) => {
                    return Err(CatalogError::NameTaken { name, individual: owner });
                }
            };
            let names = vec![
                NameChange { name: old, before: as_name, after: as_alias },
                NameChange { name, before, after: as_name },
            ];
            step(transaction, Action::Rename, signature, Change { names, ..Change::default() })
        })
    }
}
