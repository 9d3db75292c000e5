//! The page of a plan's report: every comparison with its interval, drawn.

use askama::Template;
use resight_eval::Interval;
use resight_page::COLORS;

use super::{Compared, PlanReport, shown};
use crate::measured::Network;
use crate::plan::{Plan, PlannedSlot};

#[derive(Template)]
#[template(path = "plan.html")]
struct Page<'a> {
    lead: String,
    missing: String,
    together: Vec<Row>,
    slots: Vec<Section>,
    plan: &'a [PlannedSlot],
    width: f64,
}

struct Section {
    title: String,
    about: String,
    verdict: String,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    effort: String,
    asked: String,
    before: String,
    after: String,
    gained: String,
    drawing: String,
}

/// The page.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn html(plan: &Plan, report: &PlanReport) -> Result<String, askama::Error> {
    let all = report.together.iter().chain(report.slots.iter().flat_map(|slot| &slot.compared));
    let ends = all.flat_map(|one| [one.figures.gained_top1.low.abs(), one.figures.gained_top1.high.abs()]);
    // A tenth at least: of what is equal nothing is blown up.
    let width = ends.fold(0.1, f64::max);
    let rows = |compared: &[Compared]| compared.iter().map(|one| row(one, width)).collect();
    let slots = report.slots.iter().map(|slot| Section {
        title: slot.slot.clone(),
        about: slot.protocol.clone(),
        verdict: format!("Recommended: {}; {}.", in_words(slot.recommended), slot.reason),
        rows: rows(&slot.compared),
    });
    let of_its_own = report.route.slots.len();
    let page = Page {
        lead: match of_its_own {
            0 => {
                format!(
                    "No slot is served better by a network of its own: {} serves all.",
                    in_words(report.for_all)
                )
            }
            1 => "One slot is served better by a network of its own.".to_owned(),
            n => format!("{n} slots are served better by networks of their own."),
        },
        missing: report.missing.join(", "),
        together: rows(&report.together),
        slots: slots.collect(),
        plan: &plan.slots,
        width,
    };
    page.render()
}

fn row(one: &Compared, width: f64) -> Row {
    let figures = &one.figures;
    let both = |top1: &Interval, map5: &Interval| format!("{:.3} / {:.3}", top1.value, map5.value);
    Row {
        what: format!("{} → {}", one.before, one.after),
        effort: one.effort.word().to_owned(),
        asked: format!("{} of {}", figures.questions, figures.individuals),
        before: both(&figures.top1_before, &figures.map5_before),
        after: both(&figures.top1_after, &figures.map5_after),
        gained: shown(&figures.gained_top1),
        drawing: drawing(&figures.gained_top1, width),
    }
}

/// A network, as a sentence names it.
fn in_words(network: Network) -> &'static str {
    match network {
        Network::Base => "the network as it came",
        Network::ForAll => "the one that has learnt all animals",
        Network::Head => "a last layer of its own",
        Network::Own => "a network of its own",
    }
}

/// An interval about zero: a line, a dot, and where nothing is gained or lost.
fn drawing(gained: &Interval, width: f64) -> String {
    let x = |value: f64| 100.0 + 95.0 * value / width;
    let color = if gained.low > 0.0 || gained.high < 0.0 { COLORS[0] } else { "#9aa5b1" };
    format!(
        "<svg viewBox=\"0 0 200 16\" width=\"200\" height=\"16\" role=\"img\"><title>{}</title>\
         <line x1=\"100\" y1=\"0\" x2=\"100\" y2=\"16\" stroke=\"#5b6773\" stroke-dasharray=\"2 2\"/>\
         <line x1=\"{:.1}\" y1=\"8\" x2=\"{:.1}\" y2=\"8\" stroke=\"{color}\" stroke-width=\"3\"/>\
         <circle cx=\"{:.1}\" cy=\"8\" r=\"4.5\" fill=\"{color}\"/></svg>",
        shown(gained),
        x(gained.low),
        x(gained.high),
        x(gained.value)
    )
}
