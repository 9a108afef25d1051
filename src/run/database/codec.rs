//! How architectures, weights and probabilities stand in a cell.

use crate::space::{Architecture, Decision};

/// Importance weights keep so many decimals: what they decide is kept exactly, as ESS and step.
const DECIMALS: f64 = 1e4;

/// Places of a pool that an iteration's number leaves room for in a row's number.
pub(super) const POOL_BITS: u32 = 16;
/// The same for distributions.
pub(super) const DISTRIBUTION_BITS: u32 = 6;
/// The last iteration that fits a row's number.
pub(super) const LAST_ITERATION: u64 = (1 << (63 - POOL_BITS)) - 1;

/// The number of the row of a place in an iteration.
pub(super) fn row(iteration: u64, place: usize, bits: u32) -> i64 {
    let most = (1_u64 << bits) - 1;
    let iteration = iteration.min(LAST_ITERATION);
    ((iteration << bits) | (place as u64).min(most)).cast_signed()
}

/// How many hexadecimal digits an option takes, so that `hex(options)` reads as one number a decision: 1, 2 or 4.
pub(super) fn digits(decisions: &[Decision]) -> u8 {
    match decisions.iter().map(|decision| decision.options.len()).max().unwrap_or(0) {
        0..=16 => 1,
        17..=256 => 2,
        _ => 4,
    }
}

/// The options of an architecture, in so many hexadecimal digits each.
pub(super) fn pack(architecture: &Architecture, digits: u8) -> Vec<u8> {
    let options = architecture.options();
    match digits {
        1 => {
            let nibble = |option: Option<&u16>| option.map_or(0, |&option| (option & 15) as u8);
            options.chunks(2).map(|pair| nibble(pair.first()) << 4 | nibble(pair.get(1))).collect()
        }
        2 => options.iter().map(|&option| (option & 255) as u8).collect(),
        _ => options.iter().flat_map(|option| option.to_be_bytes()).collect(),
    }
}

/// The architecture over so many decisions, where the cell has the length of one.
pub(super) fn unpack(packed: &[u8], digits: u8, decisions: usize) -> Option<Architecture> {
    let options: Vec<u16> = match digits {
        1 if packed.len() == decisions.div_ceil(2) => {
            packed.iter().flat_map(|byte| [u16::from(byte >> 4), u16::from(byte & 15)]).take(decisions).collect()
        }
        2 if packed.len() == decisions => packed.iter().map(|&byte| byte.into()).collect(),
        4 if packed.len() == 2 * decisions => {
            packed.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
        }
        _ => return None,
    };
    Some(Architecture::new(options))
}

/// A weight as it is kept.
pub(super) fn rounded(weight: f64) -> f64 {
    (weight * DECIMALS).round() / DECIMALS
}

/// One sample's weights as JSON.
pub(super) fn weights_text(weights: impl Iterator<Item = f64>) -> String {
    let mut text = String::from("[");
    for (place, weight) in weights.enumerate() {
        if place > 0 {
            text.push(',');
        }
        let weight = rounded(weight);
        if weight.is_finite() {
            text += &weight.to_string();
        } else {
            text += "null";
        }
    }
    text + "]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_come_back_in_any_width() {
        for (digits, most) in [(1, 15), (2, 255), (4, u16::MAX)] {
            for length in 0..6 {
                let architecture = Architecture::new((0..length).map(|i| most - i).collect::<Vec<_>>());
                let packed = pack(&architecture, digits);
                assert_eq!(unpack(&packed, digits, length.into()), Some(architecture));
                assert_eq!(unpack(&packed, digits, usize::from(length) + 2), None);
            }
        }
    }

    #[test]
    fn a_packed_architecture_reads_as_one_digit_a_decision() {
        assert_eq!(pack(&Architecture::new([1, 15, 3]), 1), [0x1f, 0x30]);
    }

    #[test]
    fn weights_keep_four_decimals() {
        assert_eq!(weights_text([4.0, 1e-9, 0.123_46, f64::NAN].into_iter()), "[4,0,0.1235,null]");
    }

    #[test]
    fn rows_of_later_iterations_have_greater_numbers() {
        assert!(row(2, 0, POOL_BITS) > row(1, usize::MAX, POOL_BITS));
        assert!(row(u64::MAX, usize::MAX, POOL_BITS) > 0);
    }
}
