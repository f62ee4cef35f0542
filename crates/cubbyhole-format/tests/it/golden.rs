//! What was stored once is read for ever: these bytes are of the first layout, and must not be made anew.

use cubbyhole_core::ValueFormat;
use cubbyhole_format::Format;

#[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
struct Forecast {
    station: String,
    kelvin: f64,
    rain: Option<f32>,
    days: Vec<u16>,
}

fn forecast() -> Forecast {
    Forecast {
        station: "KBOS".to_owned(),
        kelvin: 281.5,
        rain: None,
        days: vec![1, 300],
    }
}

fn format() -> Format {
    Format::new().named("Forecast").with_version(3)
}

const LAYOUT_1: &[u8] = b"\xcbhv\x01\x00\x03\x00\x00\x00\x12\x1a\xea\xd3.\x00\x00\x00\xe8S\xec\x9d\
    \x84\xa7station\xa4KBOS\xa6kelvin\xcb@q\x98\x00\x00\x00\x00\x00\xa4rain\xc0\xa4days\x92\x01\xcd\x01,";

#[test]
fn values_of_layout_1_are_read() {
    assert_eq!(format().decode(LAYOUT_1).ok(), Some(forecast()));
}

#[test]
fn layout_1_is_what_is_written() {
    assert_eq!(format().encode(&forecast()).unwrap(), LAYOUT_1);
}

#[cfg(feature = "zstd")]
#[test]
fn compressed_values_of_layout_1_are_read() {
    assert_eq!(Format::new().decode(COMPRESSED).ok(), Some("x".repeat(200)));
}

/// Not compared with what is written: that is the business of zstd.
#[cfg(feature = "zstd")]
const COMPRESSED: &[u8] =
    b"\xcbhv\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00=\x82\x99\xf2\
    \xca\x00\x00\x00(\xb5/\xfd \xcaU\x00\x00\x18\xd9\xc8x\x01\x00D\x0a\x0c\x01";

#[cfg(not(feature = "zstd"))]
#[test]
fn compressed_values_are_refused_without_zstd() {
    use cubbyhole_core::FormatErrorKind;
    let bytes = crate::support::sealed(&[200, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd], 1);
    let kind = crate::support::refusal::<String>(Format::new(), &bytes);
    assert_eq!(kind, FormatErrorKind::Layout);
}
