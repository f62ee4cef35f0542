//! Each reason to refuse, and the kind that it is counted as.

use cubbyhole_core::{FormatErrorKind, ValueFormat};
use cubbyhole_format::Format;

use crate::support::{refusal, sealed, unwritten};

fn bytes() -> Vec<u8> {
    Format::new().encode(&7_u8).unwrap()
}

fn kind_of(bytes: &[u8]) -> FormatErrorKind {
    refusal::<u8>(Format::new(), bytes)
}

#[test]
fn foreign_bytes_are_refused() {
    assert_eq!(kind_of(b"{}"), FormatErrorKind::Foreign);
    assert_eq!(
        kind_of(b"\x28\xb5\x2f\xfd and so on"),
        FormatErrorKind::Foreign
    );
}

#[test]
fn other_layouts_are_refused() {
    let mut later = bytes();
    later[3] = 2;
    assert_eq!(kind_of(&later), FormatErrorKind::Layout);
    assert_eq!(kind_of(&sealed(&[7], 0x82)), FormatErrorKind::Layout);
}

#[test]
fn other_versions_are_refused() {
    let written = Format::new().with_version(3).encode(&7_u8).unwrap();
    for other in [0, 2, 4, u32::MAX] {
        let kind = refusal::<u8>(Format::new().with_version(other), &written);
        assert_eq!(kind, FormatErrorKind::Version, "{other}");
    }
}

#[test]
fn other_names_are_refused() {
    let written = Format::new().named("price").encode(&7_u8).unwrap();
    let kinds = ["cost", ""].map(|name| refusal::<u8>(Format::new().named(name), &written));
    assert_eq!(kinds, [FormatErrorKind::Name; 2]);
    assert_eq!(
        refusal::<u8>(Format::new().named("price"), &bytes()),
        FormatErrorKind::Name
    );
}

#[test]
fn bytes_that_end_early_are_refused() {
    let whole = bytes();
    for length in [0, 2, 3, 20, whole.len() - 1] {
        assert_eq!(
            kind_of(&whole[..length]),
            FormatErrorKind::Truncated,
            "{length}"
        );
    }
    assert_eq!(kind_of(&sealed(&[0x93, 1], 0)), FormatErrorKind::Truncated);
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut longer = bytes();
    longer.push(0);
    assert_eq!(kind_of(&longer), FormatErrorKind::Trailing);
    assert_eq!(kind_of(&sealed(&[7, 7], 0)), FormatErrorKind::Trailing);
}

#[test]
fn damaged_bytes_are_refused() {
    let mut damaged = bytes();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(kind_of(&damaged), FormatErrorKind::Damaged);
}

#[test]
fn values_of_other_types_are_refused() {
    let text = Format::new().encode(&"7".to_owned()).unwrap();
    assert_eq!(kind_of(&text), FormatErrorKind::Shape);
    assert_eq!(kind_of(&sealed(&[0xc1], 0)), FormatErrorKind::Shape);
    let too_large = Format::new().encode(&256_u16).unwrap();
    assert_eq!(kind_of(&too_large), FormatErrorKind::Shape);
}

#[test]
fn what_is_above_the_limit_is_neither_written_nor_read() {
    let text = "x".repeat(98);
    let bytes = Format::new().limit(100).encode(&text).unwrap();
    assert_eq!(
        unwritten(Format::new().limit(99), &text),
        FormatErrorKind::TooLarge
    );
    assert_eq!(
        refusal::<String>(Format::new().limit(99), &bytes),
        FormatErrorKind::TooLarge
    );
    assert_eq!(Format::new().limit(100).decode(&bytes).ok(), Some(text));
}

#[test]
fn errors_quote_no_value() {
    let secret = Format::new().encode(&"ada's secret".to_owned()).unwrap();
    let error = ValueFormat::<u8>::decode(&Format::new(), &secret).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let mut names = FormatErrorKind::ALL.map(FormatErrorKind::name).to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FormatErrorKind::ALL.len());
}
