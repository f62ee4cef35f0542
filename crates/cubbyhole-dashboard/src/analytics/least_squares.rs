//! Ordinary least squares for a handful of columns.

/// The coefficients that bring `columns · coefficients` nearest to `values`; `None` if the columns
/// do not determine them.
pub(super) fn least_squares<const N: usize>(rows: &[[f64; N]], values: &[f64]) -> Option<[f64; N]> {
    let mut system = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, value) in rows.iter().zip(values) {
        for i in 0..N {
            right[i] += row[i] * value;
            for j in 0..N {
                system[i][j] += row[i] * row[j];
            }
        }
    }
    solve(system, right)
}

/// Gaussian elimination with the largest pivot of each column.
fn solve<const N: usize>(mut system: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|&a, &b| system[a][column].abs().total_cmp(&system[b][column].abs()))?;
        if system[pivot][column].abs() < SINGULAR {
            return None;
        }
        system.swap(column, pivot);
        right.swap(column, pivot);
        let (reduced, above) = (system[column], right[column]);
        for row in column + 1..N {
            let factor = system[row][column] / reduced[column];
            for (term, other) in system[row].iter_mut().zip(reduced) {
                *term -= factor * other;
            }
            right[row] -= factor * above;
        }
    }
    let mut solution = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| system[row][k] * solution[k]).sum();
        solution[row] = (right[row] - known) / system[row][row];
    }
    Some(solution)
}

/// A pivot below this is nothing but rounding.
const SINGULAR: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_three_points() {
        // (0, 1), (1, 2), (2, 4): the slope is 1.5 and the intercept 5/6.
        let rows = [[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]];
        let [intercept, slope] = least_squares(&rows, &[1.0, 2.0, 4.0]).unwrap();
        assert!((slope - 1.5).abs() < 1e-12);
        assert!((intercept - 5.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_zero_on_the_diagonal_is_pivoted_away() {
        let solution = solve([[0.0, 2.0], [3.0, 0.0]], [4.0, 9.0]).unwrap();
        assert_eq!(solution, [3.0, 2.0]);
    }

    #[test]
    fn columns_that_say_the_same_have_no_answer() {
        let rows = [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]];
        assert_eq!(least_squares(&rows, &[1.0, 2.0, 3.0]), None);
    }
}
