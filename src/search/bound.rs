//! The least probability of an option, and how rows are kept above it.
//!
//! With every probability above 0 all distributions can draw every architecture, which importance weights need, and no
//! option is lost for good.

use super::Theta;

/// The bound of ASNG for every decision: 1 / (D' (options - 1)), with D' the decisions that have a choice (Akimoto et
/// al. 2019, section 4.2 and the authors' code).
///
/// In a tiny space it reaches 1 / options (two binary decisions already do it, and any single decision): such rows
/// cannot move, see [`project`]. Give a bound of one's own there.
pub fn least_probabilities(sizes: &[usize]) -> Vec<f64> {
    let choices = sizes.iter().filter(|&&size| size > 1).count() as f64;
    sizes.iter().map(|&size| if size > 1 { 1.0 / (choices * (size - 1) as f64) } else { 0.0 }).collect()
}

/// Brings every row back above the least probability of its decision and to the sum 1, as the authors' code of ASNG
/// does: what is below is lifted, and what that adds is taken from the others in proportion to what they have above it.
///
/// Ours: where the bound leaves no room (least >= 1 / options) the row becomes uniform; the formula would be 0 / 0.
///
/// # Panics
/// Where there are fewer bounds than rows.
pub fn project(theta: &mut Theta, least: &[f64]) {
    assert!(least.len() >= theta.decisions());
    theta.rows_mut().zip(least).for_each(|(row, &least)| project_row(row, least));
}

fn project_row(row: &mut [f64], least: f64) {
    let options = row.len() as f64;
    if least * options >= 1.0 {
        row.fill(1.0 / options);
        return;
    }
    let mut sum = 0.0;
    for p in row.iter_mut() {
        *p = p.max(least);
        sum += *p;
    }
    let share = (sum - 1.0) / (sum - least * options);
    let mut rest = 0.0;
    for p in row.iter_mut() {
        *p -= share * (*p - least);
        rest += *p;
    }
    row.iter_mut().for_each(|p| *p /= rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lifted_comes_from_those_above() {
        let mut row = [1.05, 0.02, -0.07];
        project_row(&mut row, 0.05);
        for (p, expected) in row.iter().zip([0.9, 0.05, 0.05]) {
            assert!((p - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn a_bound_without_room_leaves_a_uniform_row() {
        for least in [0.5, 0.7] {
            for mut row in [[0.7, 0.3], [0.5, 0.5], [1.2, -0.2]] {
                project_row(&mut row, least);
                assert_eq!(row, [0.5, 0.5]);
            }
        }
    }

    #[test]
    fn the_bound_is_that_of_asng() {
        assert_eq!(least_probabilities(&[2, 3]), [0.5, 0.25]);
        assert_eq!(least_probabilities(&[2, 3, 5, 5]), [0.25, 0.125, 0.0625, 0.0625]);
        assert_eq!(least_probabilities(&[5; 6]), [1.0 / 24.0; 6]);
        assert_eq!(least_probabilities(&[1, 2, 3, 1]), [0.0, 0.5, 0.25, 0.0]);
        let node = |i: usize| [i + 2, i + 2, 5, 5];
        let cells: Vec<usize> = (0..10).flat_map(|i| node(i % 5)).collect();
        for (size, least) in cells.iter().zip(least_probabilities(&cells)) {
            let expected = [0.025, 0.0125, 0.008_333_333_333_333_333, 0.00625, 0.005][size - 2];
            assert!((least - expected).abs() < 1e-17);
        }
    }
}
