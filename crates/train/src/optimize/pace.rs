//! How fast: the rate over a run, and the margin's ramp.

use crate::recipe::ScheduleRecipe;

/// Multiplies all learning rates: 0 to 1.
pub type Pace = f64;

/// Rises evenly during the warm-up, then falls along half a cosine (Loshchilov and Hutter 2017) to the schedule's
/// final share. `share` is the part of the run that is over, 0 to 1.
pub fn pace(schedule: &ScheduleRecipe, share: f64) -> Pace {
    let share = share.clamp(0.0, 1.0);
    if share < schedule.warmup {
        return (share / schedule.warmup).max(0.01);
    }
    let falling = ((share - schedule.warmup) / (1.0 - schedule.warmup).max(1e-9)).clamp(0.0, 1.0);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * falling).cos());
    schedule.final_share + (1.0 - schedule.final_share) * cosine
}

/// What multiplies the margin: rises evenly to 1 during the ramp.
pub fn margin_share(schedule: &ScheduleRecipe, share: f64) -> f64 {
    if share >= schedule.margin_ramp {
        return 1.0;
    }
    schedule.margin_start + (1.0 - schedule.margin_start) * share / schedule.margin_ramp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_rises_falls_and_ends_at_its_final_share() {
        let schedule = ScheduleRecipe { warmup: 0.1, final_share: 0.01, ..ScheduleRecipe::default() };
        assert!((pace(&schedule, 0.05) - 0.5).abs() < 1e-12);
        assert!((pace(&schedule, 0.1) - 1.0).abs() < 1e-12);
        assert!((pace(&schedule, 0.55) - 0.505).abs() < 1e-9, "{}", pace(&schedule, 0.55));
        assert!((pace(&schedule, 1.0) - 0.01).abs() < 1e-12);
        assert!(pace(&ScheduleRecipe { warmup: 1.0, ..schedule }, 0.999) > 0.99);
    }

    #[test]
    fn the_margin_rises_to_its_full_height() {
        let schedule = ScheduleRecipe { margin_ramp: 0.5, margin_start: 0.2, ..ScheduleRecipe::default() };
        assert!((margin_share(&schedule, 0.0) - 0.2).abs() < 1e-12);
        assert!((margin_share(&schedule, 0.25) - 0.6).abs() < 1e-12);
        assert_eq!(margin_share(&schedule, 0.5), 1.0);
        assert_eq!(margin_share(&ScheduleRecipe::default(), 0.0), 1.0);
    }
}
