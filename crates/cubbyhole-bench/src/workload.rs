//! What is stored, under which keys, and which of them are asked for.

use std::sync::Arc;

use cubbyhole::{FormatError, ValueFormat};

/// A value: 64 bytes that are cheap to clone.
pub(crate) type Value = Arc<[u8; 64]>;

/// Makes a value, with an allocation of its own.
pub(crate) fn value(number: usize) -> Value {
    let mut bytes = [0; 64];
    bytes[..8].copy_from_slice(&(number as u64).to_le_bytes());
    Arc::new(bytes)
}

/// Values as they are, where they are shared.
pub(crate) struct Bytes;

impl ValueFormat<Value> for Bytes {
    fn encode(&self, value: &Value) -> std::result::Result<Vec<u8>, FormatError> {
        Ok(value.to_vec())
    }

    fn decode(&self, bytes: &[u8]) -> std::result::Result<Value, FormatError> {
        let bytes = bytes.try_into();
        let bytes: [u8; 64] = bytes.map_err(|_other_length| FormatError::new("not 64 bytes"))?;
        Ok(Value::new(bytes))
    }
}

/// Makes the id of a scope: 36 bytes that look like a session's.
pub(crate) fn scope_id(number: usize) -> String {
    let bits = mixed(number as u64);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        bits >> 32,
        (bits >> 16) & 0xffff,
        bits & 0xfff,
        (bits >> 20) & 0xfff,
        number
    )
}

/// Makes a key: 20 bytes that look like a query.
pub(crate) fn key(number: usize) -> String {
    format!("orders?page={number:08}")
}

/// Makes the keys from 0 to `count`.
pub(crate) fn keys(count: usize) -> Arc<[String]> {
    (0..count).map(key).collect()
}

/// A fast generator of numbers that look random and are the same in every run.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(mixed(seed.wrapping_add(1)))
    }

    /// Returns a number below `limit`, each about as often as the others.
    #[inline]
    pub(crate) const fn below(&mut self, limit: usize) -> usize {
        // SplitMix64 (Steele, Lea, Flood 2014), and Lemire's multiplication instead of a division.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((mixed(self.0) as u128 * limit as u128) >> 64) as usize
    }

    /// Returns a number from 0 up to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }
}

const fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Numbers by Zipf's law: number `n` comes with a probability proportional to 1 / (n + 1)^`exponent`.
#[derive(Debug)]
pub(crate) struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(count: usize, exponent: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = (1..=count)
            .map(|rank| {
                sum += (rank as f64).powf(-exponent);
                sum
            })
            .collect();
        Self { cumulative }
    }

    /// Makes a sequence of numbers.
    pub(crate) fn sequence(&self, random: &mut Random, length: usize) -> Vec<u32> {
        let total = self.cumulative.last().copied().unwrap_or_default();
        (0..length)
            .map(|_| {
                let at = random.unit() * total;
                self.cumulative.partition_point(|sum| *sum < at) as u32
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Random, Zipf, key, scope_id};

    #[test]
    fn texts_have_the_length_that_is_said() {
        assert_eq!(scope_id(999_999).len(), 36);
        assert_eq!(key(99_999).len(), 20);
        assert_ne!(scope_id(1), scope_id(2));
    }

    #[test]
    fn random_numbers_are_even() {
        let mut random = Random::new(1);
        let mut counts = [0; 10];
        for _ in 0..100_000 {
            counts[random.below(10)] += 1;
        }
        assert!(
            counts.iter().all(|count| (9_500..10_500).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn zipf_prefers_the_first() {
        let sequence = Zipf::new(1_000, 1.0).sequence(&mut Random::new(1), 100_000);
        let of = |number| sequence.iter().filter(|&&n| n == number).count();
        assert!(of(0) > 12_000 && of(0) < 15_000, "{}", of(0));
        assert!((of(0) as f64 / of(1) as f64 - 2.0).abs() < 0.2);
        assert!(sequence.iter().all(|&number| number < 1_000));
    }
}
