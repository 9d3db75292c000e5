//! Tests that need what not every machine has: photos, a model store, a GPU.

/// Names what must run, parted by commas: set where it is known to be there, so that a test which does not find it
/// fails.
const MUST_RUN: &str = "RESIGHT_MUST_RUN";

/// Says that a test has nothing to work with. `what` is one of `photos`, `models`, `fashion-mnist`, `gpu`.
///
/// # Panics
/// Where the environment variable `RESIGHT_MUST_RUN` names it.
#[expect(clippy::print_stdout, reason = "what a test was skipped for is seen with `--nocapture`")]
pub fn skipped(what: &str, why: &str) {
    let must_run = std::env::var(MUST_RUN).unwrap_or_default();
    assert!(!names(&must_run, what), "{MUST_RUN} names {what}, but: {why}");
    println!("skipped: {why}");
}

fn names(list: &str, what: &str) -> bool {
    list.split(',').any(|name| name.trim() == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_what_stands_between_its_commas() {
        assert!(names("photos, gpu", "gpu") && names("photos", "photos"));
        assert!(!names("", "photos") && !names("photos,gpu", "models") && !names("photographs", "photos"));
    }
}
