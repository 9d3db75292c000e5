//! Narrowing the gallery.

use resight_catalog::{Area, GalleryFilter};
use resight_core::{LabelFilter, Species, Viewpoint};

use crate::support::{TempCatalog, bundle, from_table, photo};

/// Four identified animals, of which the last says nothing about itself, and one that is nobody.
fn catalog() -> TempCatalog {
    let mut temp = TempCatalog::new();
    let mut photos: Vec<_> = (0..5).map(|number| photo(number, Some("Luna"))).collect();
    for (place, viewpoint, day, position) in [
        (0, "left", "2024-01-01", (38.7, -9.1)),
        (1, "right", "2024-06-01", (38.8, -9.2)),
        (2, "left", "2024-06-02", (60.0, 5.0)),
        (4, "left", "2024-06-03", (38.7, -9.1)),
    ] {
        photos[place].annotations[0].species = Species::parse("dolphin").map(from_table);
        photos[place].annotations[0].viewpoint = Viewpoint::parse(viewpoint).map(from_table);
        photos[place].capture_time = Some(from_table(day.parse().unwrap()));
        photos[place].position = Some(from_table(position));
    }
    photos[4].annotations[0].individual = None;
    temp.store(&photos).unwrap();
    temp
}

fn admitted(filter: GalleryFilter) -> (Vec<u64>, Vec<(String, u64, u64)>) {
    let gallery = catalog().catalog.gallery(&bundle()).unwrap();
    let filtered = gallery.filter(&filter);
    let applied = filtered.applied.into_iter().map(|a| (a.what, a.excluded, a.unknown)).collect();
    (filtered.rows.iter().collect(), applied)
}

#[test]
fn without_a_filter_every_identified_animal_may_answer() {
    assert_eq!(admitted(GalleryFilter::default()), (vec![0, 1, 2, 3], vec![]));
}

#[test]
fn an_unknown_label_filters_nothing_and_is_counted() {
    let labels = LabelFilter { species: Species::parse("dolphin"), viewpoint: Viewpoint::parse("left") };
    let (rows, applied) = admitted(GalleryFilter { labels, ..GalleryFilter::default() });
    assert_eq!(rows, [0, 2, 3]);
    assert_eq!(applied, [("species=dolphin".to_owned(), 0, 1), ("viewpoint=left".to_owned(), 1, 1)]);
}

#[test]
fn a_label_that_nobody_has_admits_only_the_unlabelled() {
    let labels = LabelFilter { species: Species::parse("zebra"), viewpoint: None };
    assert_eq!(admitted(GalleryFilter { labels, ..GalleryFilter::default() }).0, [3]);
}

#[test]
fn time_and_place_narrow_too() {
    let since: resight_core::CaptureTime = "2024-06-01".parse().unwrap();
    let area = Area::Circle { latitude: 38.7, longitude: -9.1, radius_km: 50.0 };
    let filter = GalleryFilter { since: Some(since.seconds()), area: Some(area), ..GalleryFilter::default() };
    let (rows, applied) = admitted(filter);
    assert_eq!(rows, [1, 3]);
    assert_eq!(applied[0], ("since=2024-06-01T00:00:00".to_owned(), 1, 1));
    assert_eq!(applied[1], ("area=38.7,-9.1,50km".to_owned(), 1, 1));
}
