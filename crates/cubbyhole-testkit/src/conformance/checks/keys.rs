//! Keys and values of unusual size.

use crate::conformance::Subject;

pub fn keys_are_told_apart_byte_for_byte(subject: &Subject<u64>) {
    let long = "k".repeat(100_000);
    let keys = [
        "",
        "\0",
        "a",
        "a\0",
        "a\0b",
        "A",
        " a",
        "a ",
        "aa",
        "a:b",
        "a_b",
        "None",
        "\u{e9}",
        "e\u{301}",
        "\u{feff}a",
        "\u{1f980}",
        &long[..21],
        &long[..22],
        &long[..23],
        &long[..255],
        &long[..256],
        &long[..99_999],
        &long,
    ];
    let cache = subject.cache();
    // Pinned, so that all of them are there at once.
    for (key, value) in keys.iter().zip(0..) {
        assert!(cache.set_pinned(key, value).is_kept());
    }
    assert_eq!(cache.len(), keys.len());
    for (key, value) in keys.iter().zip(0..) {
        assert_eq!(cache.get(key), Some(value), "{key:.30?}");
    }
    cache.clear();
    for (key, value) in keys.iter().zip(100..) {
        assert!(cache.set(key, value).is_kept());
        assert_eq!(cache.delete(key), Some(value), "{key:.30?}");
        assert_eq!(cache.get(key), None, "{key:.30?}");
    }
    assert_eq!(cache.len(), 0);
}

pub fn zero_sized_values_are_values(subject: &Subject<()>) {
    let cache = subject.cache();
    for number in 0..40 {
        assert!(cache.set(&format!("key {number}"), ()).is_kept());
    }
    assert_eq!(cache.get("key 39"), Some(()));
    assert_eq!(cache.len(), subject.survivors(40));
    assert_eq!(cache.values().len(), subject.survivors(40));
    assert!(cache.set_pinned("key 39", ()).is_kept());
    assert_eq!(cache.delete("key 39"), None);
    assert_eq!(cache.get_unpin("key 39"), Some(()));
    assert_eq!(cache.delete("key 39"), Some(()));
    assert_eq!(cache.get("key 39"), None);
}
