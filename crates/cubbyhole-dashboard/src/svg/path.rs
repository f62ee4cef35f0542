//! The shapes of lines and bands.

use std::fmt::Write;

use super::px;

/// The path through `points`.
pub(crate) fn line(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    extend(&mut path, 'M', points.iter());
    path
}

/// The path around the band between `upper` and `lower`, both from left to right.
pub(crate) fn area(upper: &[(f64, f64)], lower: &[(f64, f64)]) -> String {
    let mut path = line(upper);
    extend(&mut path, 'L', lower.iter().rev());
    path.push('Z');
    path
}

fn extend<'a>(path: &mut String, first: char, points: impl Iterator<Item = &'a (f64, f64)>) {
    for (index, (x, y)) in points.enumerate() {
        let command = if index == 0 { first } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {}", px(*x), px(*y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_a_band() {
        let upper = [(0.0, 1.0), (10.0, 2.0)];
        let lower = [(0.0, 5.0), (10.0, 6.0)];
        assert_eq!(line(&upper), "M0 1L10 2");
        assert_eq!(area(&upper, &lower), "M0 1L10 2L10 6L0 5Z");
        assert_eq!(line(&[]), "");
    }
}
