//! The page of an audit: every finding with its pictures.

use askama::Template;
use resight_compare::Comparer;
use resight_core::visible_lines;
use resight_imaging::{Limits, read_photo};
use resight_model::Embedder as _;

use super::{AlteredRow, AskedAltered, Audit, PhotoRow, Tools, Used};
use crate::EngineError;
use crate::local::{Shown, draw_matches, marks_seen};

/// Findings of a kind that are drawn; the others are listed.
const MOST_DRAWN: usize = 60;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    source: String,
    lead: String,
    verdict: String,
    notes: Vec<String>,
    sections: Vec<Section>,
    lists: Vec<List>,
    failures: Vec<(String, String)>,
}

/// Findings with pictures.
struct Section {
    title: String,
    about: &'static str,
    findings: Vec<Finding>,
}

struct Finding {
    headline: String,
    below: String,
    drawing: Option<String>,
    marks: String,
}

/// Findings in words.
struct List {
    title: String,
    lines: Vec<String>,
}

/// Makes the page.
pub(super) fn page(audit: &Audit, used: &Used<'_>, tools: &Tools<'_>) -> Result<String, EngineError> {
    let drawn = |(left, right): (u32, u32)| pair(used, tools, left, right);
    let finding = |place: usize, headline: String, below: String, rows: (u32, u32)| {
        let (drawing, marks) = match place < MOST_DRAWN {
            true => drawn(rows).map_or((None, String::new()), |(svg, marks)| (Some(svg), marks)),
            false => (None, String::new()),
        };
        Finding { headline, below, drawing, marks }
    };
    let wrong = audit.wrong_names.iter().enumerate().map(|(place, one)| {
        let headline = format!(
            "{} is named {} and shows {} ({})",
            one.photo.shown(),
            one.photo.individual,
            one.shows,
            percent(one.probability)
        );
        let other = match one.or_the_other {
            true => format!("; or that one shows {}", one.photo.individual),
            false => String::new(),
        };
        finding(
            place,
            headline,
            format!("right: {} of {}{other}", one.like.shown(), one.like.individual),
            one.rows,
        )
    });
    let one_animal = audit.one_animal.iter().enumerate().map(|(place, one)| {
        let [first, second] = &one.individuals;
        let headline = format!("{first} and {second} are one animal ({})", percent(one.probability));
        let below = match one.pairs.len() {
            1 => "one pair of photos speaks for it".to_owned(),
            pairs => format!("{pairs} pairs of photos speak for it; here the most similar"),
        };
        finding(place, headline, below, one.rows)
    });
    let sections = vec![
        Section {
            title: format!("Photos that show somebody else: {}", audit.wrong_names.len()),
            about: "Left the photo with its name, right the photo of the animal that it shows.",
            findings: wrong.collect(),
        },
        Section {
            title: format!("Individuals that are one animal: {}", audit.one_animal.len()),
            about: "Left a photo of the one, right a photo of the other.",
            findings: one_animal.collect(),
        },
    ];
    let page = Page {
        source: audit.source.display().to_string(),
        lead: audit.lead(),
        verdict: audit.verdict(),
        notes: altered(audit),
        sections: sections.into_iter().filter(|section| !section.findings.is_empty()).collect(),
        lists: lists(audit),
        failures: audit.failures.iter().map(|one| (one.about.clone(), one.message.clone())).collect(),
    };
    let page =
        page.render().map_err(|error| EngineError::internal(format!("cannot make the page: {error}")))?;
    // Names and paths of strangers: what turns the direction of writing is shown, not obeyed.
    Ok(visible_lines(&page).into_owned())
}

/// Two photos side by side, with the marks that are seen in both, where there are some.
fn pair(used: &Used<'_>, tools: &Tools<'_>, left: u32, right: u32) -> Option<(String, String)> {
    let bytes = |row: u32| read_photo(&used.rows[row as usize].path, &Limits::default()).ok();
    let shown = |row: u32| {
        Some(Shown::of(Some(used.regions[row as usize]), used.size(row)?, tools.normaliser, || bytes(row)))
    };
    let (of_left, of_right) = (shown(left)?, shown(right)?);
    let half = |shown: &Shown, row: u32| {
        let photo = used.photo(row);
        Some(shown.half(shown.picture(|| bytes(row))?, format!("{}: {}", photo.individual, photo.photo)))
    };
    let (left_half, right_half) = (half(&of_left, left)?, half(&of_right, right)?);
    let strongest = used
        .compared
        .local
        .iter()
        .zip(tools.local)
        .filter_map(|(local, network)| {
            let rows = local.rows(used.rows.len());
            let features = |row: u32| local.form().packed(rows.rows[row as usize]?);
            let evidence = Comparer::new(&features(left)?.to_features(), local.form().rule())
                .evidence(features(right)?)?;
            Some((evidence, network))
        })
        .reduce(|best, one| if one.0.count() > best.0.count() { one } else { best });
    let (evidence, marks, preprocess) = match &strongest {
        Some((evidence, network)) => {
            let by = network.form().bundle().name();
            (evidence.clone(), marks_seen(evidence.count(), by), &network.manifest().preprocess)
        }
        None => (resight_compare::Evidence::default(), String::new(), &tools.embedder.manifest().preprocess),
    };
    let svg = draw_matches(&evidence, preprocess, (&of_left, &left_half), (&of_right, &right_half));
    Some((svg, marks))
}

fn altered(audit: &Audit) -> Vec<String> {
    let of = |asked: &Option<AlteredRow>, words: fn(&AskedAltered) -> String, about: &str| match asked {
        Some(AlteredRow::Measured(asked)) => Some(words(asked)),
        Some(AlteredRow::NotLookedAt(why)) => Some(format!("{about} not looked at: {why}.")),
        None => None,
    };
    [
        of(&audit.without_animal, without_animal, "Background"),
        of(&audit.mirrored, mirrored, "Mirrored photos"),
    ]
    .into_iter()
    .flatten()
    .chain(audit.warnings.iter().map(|warning| warning.message.clone()))
    .collect()
}

/// What photos without their animals say, in a sentence.
pub fn without_animal(asked: &AskedAltered) -> String {
    let verdict = if asked.gives_away() {
        "The background gives animals away: figures and answers rest on it in part"
    } else if asked.may_give_away() {
        "Too few photos to say whether the background gives animals away"
    } else {
        "The background does not give animals away"
    };
    format!("{verdict}. {}", shares(asked, "With the animals painted over"))
}

/// What mirrored photos say, in a sentence.
pub fn mirrored(asked: &AskedAltered) -> String {
    let verdict = if asked.altered.high < asked.as_they_are.low {
        "Mirrored photos are named less often: what is compared tells one side from the other"
    } else if asked.gives_away() && asked.altered.low > 0.7 * asked.as_they_are.value {
        "Mirrored photos are named about as often: what is compared may not tell one side from the other, so where sides \
         matter compare only photos of one side"
    } else {
        "Too few photos are named to say whether what is compared tells one side from the other"
    };
    format!("{verdict}. {}", shares(asked, "Mirrored"))
}

fn shares(asked: &AskedAltered, altered: &str) -> String {
    format!(
        "{altered}, {} of {} photos of {} individuals are named rightly at first guess ({} to {}); as they are {}, by chance {}.",
        percent(asked.altered.value),
        asked.photos,
        asked.individuals,
        percent(asked.altered.low),
        percent(asked.altered.high),
        percent(asked.as_they_are.value),
        percent(asked.chance),
    )
}

fn lists(audit: &Audit) -> Vec<List> {
    let two = |[first, second]: &[PhotoRow; 2]| format!("{} and {}", first.shown(), second.shown());
    let all = [
        (
            "Photos of one individual too far from each other",
            audit
                .impossible_journeys
                .iter()
                .map(|one| {
                    format!(
                        "{}: {} are {:.0} km and at most {:.1} hours from each other",
                        one.individual,
                        two(&one.photos),
                        one.kilometers,
                        one.hours
                    )
                })
                .collect::<Vec<_>>(),
        ),
        (
            "One name twice in one photo",
            audit
                .twice_in_one_photo
                .iter()
                .map(|pair| format!("{}: {}, in {}", pair[0].individual, two(pair), pair[0].path.display()))
                .collect(),
        ),
        (
            "The same photo under several names",
            audit
                .same_photo
                .iter()
                .map(|group| {
                    group
                        .iter()
                        .map(|photo| format!("{} ({})", photo.individual, photo.path.display()))
                        .collect::<Vec<_>>()
                        .join(", ")
                })
                .collect(),
        ),
        (
            "Individuals of several species",
            audit
                .species_conflicts
                .iter()
                .map(|(individual, species)| format!("{individual}: {}", species.join(", ")))
                .collect(),
        ),
    ];
    all.into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(title, lines)| List { title: format!("{title} ({})", lines.len()), lines })
        .collect()
}

fn percent(share: f64) -> String {
    match share {
        share if share > 0.999 => ">99.9 %".to_owned(),
        share => format!("{:.1} %", 100.0 * share),
    }
}
