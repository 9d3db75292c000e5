//! The record table of individuals and the table of cameras, as camtrapR takes them (`spatialDetectionHistory`).

use super::{HistoryFile, Written};
use crate::history::Capture;
use crate::text::csv_text;
use crate::{CaptureError, CaptureHistories, Detections};

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let found = Detections::of(histories)?;
    let name_of =
        |station: &str| found.detectors.iter().find(|one| one.station == station).map(|one| one.name.clone());
    let mut undated = 0;
    let mut rows = Vec::new();
    for Capture { history, sighting, .. } in &histories.captures {
        let Some(station) = sighting.station.as_deref().and_then(name_of) else { continue };
        let Some(when) = sighting.when else { continue };
        undated += usize::from(!when.has_time_of_day());
        let (day, time) = (when.civil.date().to_string(), when.civil.time().strftime("%H:%M:%S").to_string());
        let individual = histories.histories[*history].individual.clone();
        let species = sighting.covariates.get("species").cloned().unwrap_or_else(|| "species".to_owned());
        rows.push(vec![station, species, individual, format!("{day} {time}"), day, time]);
    }
    rows.sort();
    let head = ["Station", "Species", "Individual", "DateTimeOriginal", "Date", "Time"].map(str::to_owned);
    let records = csv_text(&head, rows);
    let head = ["Station", "utm_x", "utm_y", "Setup_date", "Retrieval_date"].map(str::to_owned);
    let cameras = csv_text(
        &head,
        found.detectors.iter().map(|one| {
            let days = |place: Option<usize>| place.map(|place| &histories.occasions.all()[place]);
            let first =
                days(one.used.iter().position(|used| *used)).map(|occasion| occasion.first.to_string());
            let last =
                days(one.used.iter().rposition(|used| *used)).map(|occasion| occasion.last.to_string());
            let place = [format!("{:.1}", one.x), format!("{:.1}", one.y)];
            [one.name.clone()]
                .into_iter()
                .chain(place)
                .chain([first, last].map(Option::unwrap_or_default))
                .collect()
        }),
    );
    let mut notes = vec![
        format!("places in metres, EPSG:{}", found.epsg),
        "camtrapR numbers sessions 1, 2, 3, …; cameras stand from the first to the last occasion on which they saw anybody: correct \
         Setup_date and Retrieval_date where they were there for longer"
            .to_owned(),
    ];
    if undated > 0 {
        notes.push(format!("{undated} records state no time of day: they stand at midnight"));
    }
    Ok(Written {
        files: vec![
            HistoryFile { ending: "-records.csv", text: records },
            HistoryFile { ending: "-cameras.csv", text: cameras },
        ],
        notes,
    })
}
