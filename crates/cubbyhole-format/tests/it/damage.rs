//! Flipped bits, missing bytes, and bytes by chance.

use cubbyhole_core::ValueFormat;
use cubbyhole_format::Format;
use proptest::prelude::*;

use crate::support::{Everything, everything, sealed};

fn is_refused(bytes: &[u8]) -> bool {
    let read: Result<Everything, _> = Format::new().decode(bytes);
    read.is_err()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_flipped_bit_is_refused(value in everything()) {
        let mut bytes = Format::new().encode(&value).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(is_refused(&bytes), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        prop_assert!(!is_refused(&bytes));
    }

    #[test]
    fn every_beginning_is_refused(value in everything()) {
        let bytes = Format::new().encode(&value).unwrap();
        for length in 0..bytes.len() {
            prop_assert!(is_refused(&bytes[..length]), "{length} bytes");
        }
    }

    #[test]
    fn whatever_follows_is_refused(value in everything(), more in prop::collection::vec(any::<u8>(), 1..50)) {
        let mut bytes = Format::new().encode(&value).unwrap();
        bytes.extend(more);
        prop_assert!(is_refused(&bytes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn bytes_by_chance_are_refused(bytes in any::<Vec<u8>>()) {
        prop_assert!(is_refused(&bytes));
    }

    /// With a checksum that is right, they reach the deserializer.
    #[test]
    fn payloads_by_chance_are_refused(payload in any::<Vec<u8>>(), flags in 0..4_u8) {
        prop_assert!(is_refused(&sealed(&payload, flags)));
    }

    /// Some of them are values, of another kind than was written: nobody can tell. None panics.
    #[test]
    fn damaged_payloads_with_the_right_checksum_do_not_panic(
        value in everything(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = Format::new().encode(&value).unwrap();
        let payload = &mut bytes[21..];
        let at = at.index(payload.len());
        payload[at] = byte;
        let _either: Result<Everything, _> = Format::new().decode(&sealed(payload, 0));
    }
}
