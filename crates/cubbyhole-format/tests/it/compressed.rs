//! Large values, smaller.

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;
use proptest::prelude::*;

use crate::support::{everything, refusal, sealed};

fn format() -> Format {
    Format::new().compress_above(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn compressed_values_come_back(values in prop::collection::vec(everything(), 1..6)) {
        let bytes = format().encode(&values).unwrap();
        // Whoever does not compress reads what others have compressed.
        prop_assert_eq!(Format::new().decode(&bytes).ok(), Some(values));
    }

    #[test]
    fn compressed_payloads_by_chance_are_refused(payload in any::<Vec<u8>>()) {
        let mut frame = vec![200, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd];
        frame.extend(payload);
        refusal::<String>(Format::new(), &sealed(&frame, 1));
    }
}

#[test]
fn every_flipped_bit_of_a_compressed_value_is_refused() {
    let mut bytes = format().encode(&"cubbyhole ".repeat(100)).unwrap();
    assert!(bytes.len() < 100);
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        refusal::<String>(Format::new(), &bytes);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn only_what_is_above_the_size_and_gets_smaller_is_compressed() {
    let is_compressed = |above, text: &str| {
        let format = Format::new().compress_above(above);
        format.encode(&text.to_owned()).unwrap()[4] == 1
    };
    let text = "x".repeat(198);
    assert!(is_compressed(199, &text));
    assert!(!is_compressed(200, &text));
    assert!(!is_compressed(0, "it only grows"));
}

/// 16 MiB of zeros in a few hundred bytes.
#[test]
fn bombs_are_refused_before_they_go_off() {
    let bomb = zstd::bulk::compress(&vec![0; 16 << 20], 19).unwrap();
    assert!(bomb.len() < 2_000);
    let said = |length: u32| sealed(&[&length.to_le_bytes()[..], &bomb].concat(), 1);
    let limit = Format::new().limit(100_000);
    let of = |bytes: &[u8]| {
        let mut kind = None;
        let memory = allocation_counter::measure(|| kind = Some(refusal::<String>(limit, bytes)));
        assert!(memory.bytes_max < 1 << 20, "{memory:?}");
        kind
    };
    assert_eq!(of(&said(16 << 20)), Some(FormatErrorKind::TooLarge));
    // It lies about its length: it is stopped there.
    assert_eq!(of(&said(100_000)), Some(FormatErrorKind::Damaged));
}

#[test]
fn a_frame_that_ends_early_or_is_shorter_than_was_said_is_refused() {
    let frame = zstd::bulk::compress(b"\xa3abc", 3).unwrap();
    let said = |length: u32, frame: &[u8]| {
        let bytes = sealed(&[&length.to_le_bytes()[..], frame].concat(), 1);
        refusal::<String>(Format::new(), &bytes)
    };
    assert_eq!(said(5, &frame), FormatErrorKind::Damaged);
    assert_eq!(said(3, &frame), FormatErrorKind::Damaged);
    assert_eq!(said(4, &frame[..frame.len() - 1]), FormatErrorKind::Damaged);
    let bytes = sealed(&[4, 0], 1);
    assert_eq!(
        refusal::<String>(Format::new(), &bytes),
        FormatErrorKind::Truncated
    );
}
