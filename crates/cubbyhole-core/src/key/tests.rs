//! A stored key against its text, at every length and where one byte differs.

use proptest::prelude::*;

use super::*;

#[test]
fn a_stored_key_takes_24_bytes_and_has_values_to_spare() {
    assert_eq!(size_of::<StoredKey>(), 24);
    assert_eq!(size_of::<Option<StoredKey>>(), 24);
    assert_eq!(size_of::<Option<(StoredKey, u64)>>(), 32);
}

#[test]
fn keys_of_one_byte_repeated_differ_by_length() {
    for byte in ["\0", "a", "\u{7f}"] {
        let texts: Vec<String> = (0..=40).map(|len| byte.repeat(len)).collect();
        for (i, a) in texts.iter().enumerate() {
            for (j, b) in texts.iter().enumerate() {
                assert_eq!(StoredKey::new(a) == HashedKey::new(b), i == j);
                assert_eq!(HashedKey::new(a).hash() == HashedKey::new(b).hash(), i == j);
            }
        }
    }
}

#[test]
fn a_long_key_lies_on_the_heap() {
    for len in 0..=40 {
        let beyond = StoredKey::new(&"k".repeat(len)).heap_bytes();
        assert_eq!(beyond, if len <= INLINE { 0 } else { len });
    }
}

proptest! {
    #[test]
    fn a_stored_key_is_the_key(text in ".{0,40}", other in ".{0,40}") {
        check_pair(&text, &text)?;
        check_pair(&text, &other)?;
    }

    #[test]
    fn a_key_differs_from_its_own_beginning(text in short_text()) {
        for (end, _) in text.char_indices() {
            check_pair(&text, &text[..end])?;
            check_pair(&text[..end], &text)?;
        }
    }

    #[test]
    fn a_key_differs_where_one_byte_does(len in 1..=90_usize, seed: u8) {
        let text: Vec<u8> = (0..len).map(|i| (i as u8).wrapping_mul(seed) % 128).collect();
        let same = String::from_utf8(text.clone()).unwrap();
        check_pair(&same, &same)?;
        for at in 0..len {
            for bit in [1, 1 << 6] {
                let mut changed = text.clone();
                changed[at] ^= bit;
                let changed = String::from_utf8(changed).unwrap();
                check_pair(&same, &changed)?;
                prop_assert_ne!(HashedKey::new(&same).hash(), HashedKey::new(&changed).hash());
            }
        }
    }
}

/// Texts around the lengths at which a key is read another way, with bytes that are zero and characters of up to four.
fn short_text() -> impl Strategy<Value = String> {
    let char = prop_oneof![Just('\0'), Just('a'), Just('é'), Just('€'), Just('𝄞')];
    prop::collection::vec(char, 0..40).prop_map(String::from_iter)
}

fn check_pair(text: &str, other: &str) -> Result<(), TestCaseError> {
    let (stored, hashed) = (StoredKey::new(text), HashedKey::new(text));
    prop_assert_eq!(stored.as_bytes(), text.as_bytes());
    prop_assert_eq!(stored.to_text(), text);
    prop_assert_eq!(stored.hash(), hashed.hash());
    prop_assert_eq!(stored.hash(), StoredKey::from(hashed).hash());
    prop_assert_eq!(stored.hashed().as_str(), text);
    prop_assert_eq!(stored.hashed().hash(), hashed.hash());
    prop_assert_eq!(stored == HashedKey::new(other), text == other);
    prop_assert_eq!(stored == StoredKey::new(other), text == other);
    Ok(())
}
