//! Very many times in little memory: in classes that grow by a sixteenth.

/// Times, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Histogram {
    classes: Vec<u64>,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            classes: vec![0; 64 * 16],
            longest: 0,
        }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, nanoseconds: u64) {
        let magnitude = nanoseconds.max(16).ilog2();
        let class =
            magnitude as usize * 16 + (nanoseconds.max(16) >> (magnitude - 4)) as usize - 16;
        self.classes[class] += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    pub(crate) const fn longest(&self) -> u64 {
        self.longest
    }

    /// Returns a percentile, in nanoseconds.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let total: u64 = self.classes.iter().sum();
        let mut left = (total as f64 * part) as u64;
        for (class, count) in self.classes.iter().enumerate() {
            if *count > left {
                let magnitude = class / 16;
                return ((class % 16 + 16) as f64) * f64::powi(2.0, magnitude as i32 - 4);
            }
            left -= count;
        }
        self.longest as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn percentiles_are_within_a_sixteenth() {
        let mut histogram = Histogram::default();
        for nanoseconds in 1..=10_000 {
            histogram.add(nanoseconds);
        }
        for part in [0.5, 0.9, 0.999] {
            let found = histogram.percentile(part) / (10_000.0 * part);
            assert!((0.93..1.01).contains(&found), "{part}: {found}");
        }
        assert_eq!(histogram.longest(), 10_000);
    }
}
