//! The text of single cells: identities, boxes, positions. Read by rules, never evaluated as code.

mod bounding_box;
mod identity;

use resight_core::says_nothing;

pub(crate) use bounding_box::read_boxes;
pub(crate) use identity::{IdentityCell, IdentityWords};

/// A latitude and longitude in degrees; `Err` where one is missing, no number or out of range,
/// `Ok(None)` where both cells are empty, or both are zero: that is what devices write that do not know where they are.
pub(crate) fn read_position(latitude: &str, longitude: &str) -> Result<Option<(f64, f64)>, ()> {
    if says_nothing(latitude) && says_nothing(longitude) {
        return Ok(None);
    }
    let number =
        |text: &str, limit: f64| text.parse::<f64>().ok().filter(|value| value.abs() <= limit).ok_or(());
    let position = (number(latitude, 90.0)?, number(longitude, 180.0)?);
    Ok((position != (0.0, 0.0)).then_some(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_degrees_in_range_or_nothing() {
        assert_eq!(read_position("-33.5", "151.25"), Ok(Some((-33.5, 151.25))));
        assert_eq!(read_position("", "NA"), Ok(None));
        assert_eq!(read_position("0", "0.000"), Ok(None));
        assert_eq!(read_position("0", "9.5"), Ok(Some((0.0, 9.5))));
        for (latitude, longitude) in
            [("91", "0"), ("0", "181"), ("", "5"), ("inf", "5"), ("NA", "5"), ("x", "y")]
        {
            assert_eq!(read_position(latitude, longitude), Err(()), "{latitude} {longitude}");
        }
    }
}
