//! The map of the embeddings, epoch by epoch.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use resight_page::COLORS;

use crate::doctor::history::History;
use crate::run::log::{Epoch, Spot};

/// Maps beside each other, at most.
const MOST: usize = 8;

const SIDE: f32 = 220.0;

/// One map.
pub(super) struct SmallMap {
    pub(super) title: String,
    pub(super) svg: String,
}

/// The first, the last, the best and some between.
pub(super) fn maps(history: &History<'_>) -> Vec<SmallMap> {
    let all = history.before.iter().chain(&history.epochs).copied();
    let all: Vec<&Epoch> = all.filter(|epoch| !epoch.map.is_empty()).collect();
    let Some(last) = all.len().checked_sub(1) else { return Vec::new() };
    // Much happens early: they are chosen ever farther apart.
    let place = |at: usize| (last as f64 * (at as f64 / (MOST - 1) as f64).powi(2)).round() as usize;
    let mut places: Vec<usize> =
        if last < MOST { (0..=last).collect() } else { (0..MOST).map(place).collect() };
    places.dedup();
    let best = history.best().map(|epoch| epoch.epoch);
    let small = |place: &usize| {
        let epoch = all[*place];
        let is_best = if best == Some(epoch.epoch) { ", best" } else { "" };
        let name = if epoch.epoch == 0 {
            "before learning".to_owned()
        } else {
            format!("epoch {}{is_best}", epoch.epoch)
        };
        SmallMap { title: format!("{name} · MAP@5 {:.3}", epoch.validation.map5), svg: svg(&epoch.map) }
    };
    places.iter().map(small).collect()
}

/// Spots as short strokes with round ends: one path a colour.
fn svg(spots: &[Spot]) -> String {
    let mut of_one: BTreeMap<u32, Vec<&Spot>> = BTreeMap::new();
    spots.iter().for_each(|spot| of_one.entry(spot.individual).or_default().push(spot));
    let mut svg =
        format!("<svg viewBox=\"0 0 {SIDE} {SIDE}\" role=\"img\" aria-label=\"map of embeddings\">");
    for (spots, color) in of_one.values().zip(COLORS.iter().cycle()) {
        let _ = write!(svg, "<path stroke=\"{color}\" d=\"");
        for spot in spots {
            let (x, y) = (SIDE * (0.5 + 0.47 * spot.x), SIDE * (0.5 - 0.47 * spot.y));
            let _ = write!(svg, "M{x:.1} {y:.1}h0");
        }
        svg.push_str("\"/>");
    }
    svg.push_str("</svg>");
    svg
}
