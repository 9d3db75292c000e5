//! Names that someone may have meant.

use crate::edit_distance;

/// At most this many are offered.
const OFFERED: usize = 3;

/// The names most like `asked`, most alike first; none where nothing comes near.
pub fn near_names<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let asked = asked.to_lowercase();
    let allowed = (asked.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let distance = edit_distance(&asked, &name.to_lowercase());
            (distance <= allowed).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(OFFERED).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_names_are_offered_nearest_first() {
        let names = ["Luna", "Lena", "Moby", "luna-2", "Lun"];
        assert_eq!(near_names("luna", names.into_iter()), ["Luna", "Lena", "Lun"]);
        assert!(near_names("zzz", names.into_iter()).is_empty());
    }
}
