//! A generator of random numbers for each question.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator of every bootstrap: quick, and the same on every platform.
pub(super) type Generator = Xoshiro256PlusPlus;

/// A generator seeded by `question`: the same text, the same numbers.
pub(super) fn generator(question: &str) -> Generator {
    Generator::seed_from_u64(fnv1a(question.as_bytes()))
}

/// The 64-bit hash FNV-1a by Fowler, Noll and Vo: short, and fixed for ever (std's hasher is not).
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_same_question_draws_the_same_numbers() {
        let draw = |question| generator(question).random_range(0..u64::MAX);
        assert_eq!(draw("wind/2012"), draw("wind/2012"));
        assert_ne!(draw("wind/2012"), draw("wind/2013"));
    }
}
