//! From values to coordinates, and round numbers to label them with.

/// A straight line from values to coordinates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    values: (f64, f64),
    coordinates: (f64, f64),
}

impl Scale {
    pub(crate) const fn new(values: (f64, f64), coordinates: (f64, f64)) -> Self {
        Self {
            values,
            coordinates,
        }
    }

    /// Where `value` is drawn; the middle if there is only one value.
    pub(crate) fn at(self, value: f64) -> f64 {
        let (low, high) = self.values;
        let (from, to) = self.coordinates;
        if high == low {
            return f64::midpoint(from, to);
        }
        from + (value - low) / (high - low) * (to - from)
    }

    pub(crate) const fn values(self) -> (f64, f64) {
        self.values
    }
}

/// About `count` round numbers from `low` to `high`, none outside.
pub(crate) fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let step = round_step((high - low) / count.max(1) as f64);
    let first = (low / step - ROUNDING).ceil() as i64;
    let last = (high / step + ROUNDING).floor() as i64;
    (first..=last).map(|index| index as f64 * step).collect()
}

/// The smallest range of whole steps around `low` and `high`.
pub(crate) fn nice_domain(low: f64, high: f64, count: usize) -> (f64, f64) {
    let step = round_step((high - low) / count.max(1) as f64);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

/// A tick as text, with as many decimals as its neighbours need.
pub(crate) fn tick_label(value: f64, all: &[f64]) -> String {
    let step = match all {
        [first, second, ..] => (second - first).abs(),
        _ => 1.0,
    };
    let decimals = if step >= 1.0 - ROUNDING {
        0
    } else {
        (-step.log10() - ROUNDING).ceil().max(0.0) as usize
    };
    let text = format!("{:.decimals$}", value + 0.0);
    text.replace('-', "−")
}

/// The 1, 2 or 5 times a power of ten that is at least `step`.
fn round_step(step: f64) -> f64 {
    if !step.is_finite() || step <= 0.0 {
        return 1.0;
    }
    let power = 10.0_f64.powf(step.log10().floor());
    let rounded = [1.0, 2.0, 5.0, 10.0];
    let factor = rounded
        .into_iter()
        .find(|factor| factor * power >= step * (1.0 - ROUNDING));
    factor.unwrap_or(10.0) * power
}

/// So that 0.30000000000000004 counts as 0.3.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_straight() {
        let scale = Scale::new((0.0, 10.0), (100.0, 0.0));
        assert_eq!(scale.at(0.0), 100.0);
        assert_eq!(scale.at(2.5), 75.0);
        assert_eq!(Scale::new((3.0, 3.0), (0.0, 10.0)).at(3.0), 5.0);
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(-7.1, 35.6, 5), [0.0, 10.0, 20.0, 30.0]);
        let labels = |low, high, count| {
            let all = ticks(low, high, count);
            all.iter()
                .map(|tick| tick_label(*tick, &all))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            labels(0.0, 0.5, 5),
            ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(labels(-10.0, 10.0, 2), ["−10", "0", "10"]);
        assert_eq!(labels(0.0, 0.05, 2).len(), 2);
    }

    #[test]
    fn a_domain_ends_on_ticks() {
        assert_eq!(nice_domain(3.2, 27.8, 5), (0.0, 30.0));
        assert_eq!(nice_domain(-7.1, 18.0, 5), (-10.0, 20.0));
        assert_eq!(nice_domain(4.0, 4.0, 5), (4.0, 4.0));
    }
}
