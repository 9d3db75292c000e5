//! Where a function of one number is greatest.

/// The inverse of the golden ratio.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Steps of a search: each leaves .618 of what was left.
const STEPS: usize = 80;

/// Where a function with one hill is greatest between two numbers, by the golden section (J. Kiefer, "Sequential minimax search for
/// a maximum", 1953), and its value there.
pub(super) fn greatest(mut low: f64, mut high: f64, of: impl Fn(f64) -> f64) -> (f64, f64) {
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (of(left), of(right));
    for _ in 0..STEPS {
        if at_left < at_right {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = of(right);
        } else {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = of(left);
        }
    }
    let at = f64::midpoint(low, high);
    (at, of(at))
}

/// Where a function that is positive at `inside` and falls towards `end` passes zero; `end` where it does not.
pub(super) fn passes_zero(inside: f64, end: f64, of: impl Fn(f64) -> f64) -> f64 {
    if of(end) >= 0.0 {
        return end;
    }
    let (mut inside, mut outside) = (inside, end);
    for _ in 0..STEPS {
        let middle = f64::midpoint(inside, outside);
        if of(middle) >= 0.0 { inside = middle } else { outside = middle }
    }
    f64::midpoint(inside, outside)
}
