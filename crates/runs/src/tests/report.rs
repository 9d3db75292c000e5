//! Pages of made-up runs.

use super::made_up::{ended, good_triplets, many_classes, small_set, the_story, with_epochs, with_steps};
use crate::report::{PanelLine, RunView, compare, duration, html};
use crate::run::log::{EndReason, Record, Score, Suspect};

const RECIPE: &str = "seed = 7\n[loss]\nkind = \"arcface\"\nscale = 24\n";

fn view(name: &str, records: Vec<Record>) -> RunView {
    RunView { name: name.into(), recipe_text: RECIPE.replace("arcface", name), records }
}

/// Writes a page where `RESIGHT_PAGES` names a folder, to look at.
fn keep(name: &str, page: &str) {
    if let Some(folder) = std::env::var_os("RESIGHT_PAGES") {
        std::fs::write(std::path::Path::new(&folder).join(name), page).unwrap();
    }
}

/// Nothing from elsewhere, no script, and every element closed.
fn assert_whole(page: &str) {
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for from_elsewhere in ["<script", "src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!page.contains(from_elsewhere), "{from_elsewhere}");
    }
    for element in ["svg", "figure", "table", "details", "section", "div"] {
        let open = page.matches(&format!("<{element}")).count();
        assert_eq!(open, page.matches(&format!("</{element}>")).count(), "{element}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf "), "a number that is none");
}

#[test]
fn the_page_of_a_run_shows_every_instrument() {
    let records = with_epochs(ended(small_set().records(), EndReason::Done), |epoch| {
        epoch.background = Some(Score { map5: 0.2, top1: 0.15 });
        epoch.validation.top1 = 0.6 * epoch.validation.map5 + 0.4;
        epoch.suspects = vec![Suspect {
            image_id: "<b>photo".into(),
            labelled: "Ada".into(),
            neighbors_say: "Ben".into(),
            votes: (5, 5),
        }];
    });
    let page = html(&view("nyala-tail", records));
    keep("run.html", &page);
    assert_whole(&page);
    let instruments = [
        "untrained trunk 0.110",
        "chance 0.00900",
        "best run so far 0.330",
        "random embeddings 11.300",
        "everything on one point 5.400",
        "Learnt, or learnt by heart?",
        "photos with a positive",
        "first epoch (0), AUROC 0.610",
        "Effective rank",
        "Alignment and uniformity",
        "Hubs",
        "Angle to the class centre",
        "Head against neighbors",
        "Norm of the gradient, by part",
        "Change in a step, by part",
        "photos a second",
        "before learning · MAP@5 0.110",
        "learns the background",
        "&#60;b&#62;photo",
        "scale = 24",
        PanelLine::HEADER,
    ];
    for instrument in instruments {
        assert!(page.contains(instrument), "{instrument}");
    }
    assert!(page.len() < 600_000, "{} bytes", page.len());
}

#[test]
fn a_run_that_goes_on_or_only_began_has_a_page_too() {
    let records = the_story().records();
    for end in [1, 2, 3, 10, records.len()] {
        let page = html(&view("story", records[..end].to_vec()));
        assert_whole(&page);
        assert!(page.contains("almost no positive pairs in a batch") && page.contains("It goes on"), "{end}");
    }
    keep("story.html", &html(&view("story", records)));
    assert_whole(&html(&RunView::default()));
    let lost = with_steps(small_set().records(), |step| (step.loss, step.loss_max) = (None, None));
    let page = html(&view("lost", ended(lost, EndReason::Diverged)));
    assert_whole(&page);
    assert!(page.contains("rate too high"));
}

#[test]
fn runs_stand_side_by_side_the_best_first() {
    let runs = [
        view("story", the_story().records()),
        view("triplet", ended(good_triplets().records(), EndReason::EarlyStop)),
        view("arcface", ended(many_classes().records(), EndReason::Done)),
    ];
    let found = compare(&runs);
    let names: Vec<&str> = found.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["triplet", "arcface", "story"]);
    assert!(!found.same_questions);
    assert_eq!(found.rows[2].worst.as_ref().map(|(severity, _)| severity.as_str()), Some("alarm"));
    assert_eq!(found.rows[1].worst, None);
    assert_whole(&found.html);
    assert!(found.html.contains("not asked the same") && found.html.contains("loss.kind"));
    keep("compare.html", &found.html);
    assert_whole(&compare(&[]).html);
    // Twice the same run: nothing differs, and the questions are the same.
    let twice = compare(&[runs[1].clone(), runs[1].clone()]);
    assert!(twice.same_questions && !twice.html.contains("loss.kind"));
}

#[test]
fn forty_runs_fit_on_a_page() {
    let run = |at: usize| {
        let mut course = small_set();
        (course.reaches, course.start.seed) = (0.05 + 0.01 * at as f64, at as u64);
        view(&format!("combination-{at:02}"), ended(course.records(), EndReason::Done))
    };
    let runs: Vec<RunView> = (0..40).map(run).collect();
    let found = compare(&runs);
    assert!(found.same_questions && found.rows.len() == 40);
    assert_eq!(found.rows[0].name, "combination-39");
    assert_whole(&found.html);
    keep("forty.html", &found.html);
}

#[test]
fn an_epoch_is_a_line_as_wide_as_its_header() {
    let records = small_set().records();
    let lines = PanelLine::of(&records);
    assert_eq!(lines.len(), 41);
    assert_eq!((lines[0].epoch, lines[0].positives), (0, None));
    assert_eq!(lines[5].positives, Some(7.0));
    let widths: Vec<usize> =
        lines.iter().map(|line| line.to_string().trim_end_matches("  best").chars().count()).collect();
    assert!(widths.iter().all(|width| *width == PanelLine::HEADER.chars().count()), "{widths:?}");
    let Record::Start(start) = &records[0] else { panic!("the first record is the start") };
    assert!(PanelLine::references(start).ends_with("best run so far 0.3300"));
    assert_eq!(duration(45.0), "45 s");
    assert_eq!((duration(600.0), duration(9000.0)), ("10 min".to_owned(), "2.5 h".to_owned()));
}
