//! Means and quantiles.

/// The arithmetic mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / values.len() as f64
}

/// The quantile `q` (0 to 1) of values in ascending order, interpolated between its two neighbours
/// (type 7 of Hyndman and Fan, 1996); 0 of nothing.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let weight = position - below as f64;
    sorted[below] * (1.0 - weight) + sorted[above] * weight
}

/// The median of values in any order, which are shuffled; 0 of nothing. O(n) on average.
pub(super) fn median_unordered(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if !even {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_the_sum_over_the_count() {
        assert_eq!(mean(&[1.0, 2.0, 6.0]), 3.0);
        assert_eq!(mean(&[]), 0.0);
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        let sorted = [10.0, 20.0, 30.0, 50.0];
        assert_eq!(quantile(&sorted, 0.0), 10.0);
        assert_eq!(quantile(&sorted, 1.0), 50.0);
        assert_eq!(quantile(&sorted, 0.5), 25.0);
        // 0.9 of three steps is 2.7: seven tenths of the way from 30 to 50.
        assert!((quantile(&sorted, 0.9) - 44.0).abs() < 1e-12);
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_median_needs_no_order() {
        assert_eq!(median_unordered(&mut [5.0, 1.0, 3.0]), 3.0);
        assert_eq!(median_unordered(&mut [5.0, 1.0, 3.0, 4.0]), 3.5);
        assert_eq!(median_unordered(&mut [2.0]), 2.0);
        assert_eq!(median_unordered(&mut []), 0.0);
    }
}
