//! What can be invalidated, where it is more than one key.

use std::sync::Arc;

use crate::place::{Digest, EntryName};
use crate::wire::{Reader, put_text};

/// What was invalidated: it covers every value to which it applies.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Thing {
    /// All there is under the prefix.
    Everything,
    Entry(Arc<EntryName>),
    Scope(Digest),
    Tag(Box<str>),
    ScopedTag(Digest, Box<str>),
}

impl Thing {
    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Everything => bytes.push(b'*'),
            Self::Entry(entry) => {
                bytes.push(b'e');
                put_text(bytes, &entry.kind);
                put_text(bytes, &entry.uid);
            }
            Self::Scope(scope) => {
                bytes.push(b's');
                bytes.extend(scope);
            }
            Self::Tag(tag) => {
                bytes.push(b't');
                put_text(bytes, tag);
            }
            Self::ScopedTag(scope, tag) => {
                bytes.push(b'u');
                bytes.extend(scope);
                put_text(bytes, tag);
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(match reader.byte()? {
            b'*' => Self::Everything,
            b'e' => Self::Entry(Arc::new(EntryName::new(reader.text()?, reader.text()?))),
            b's' => Self::Scope(reader.array()?),
            b't' => Self::Tag(reader.text()?.into()),
            b'u' => Self::ScopedTag(reader.array()?, reader.text()?.into()),
            _ => return None,
        })
    }

    /// Its name in the set of marks.
    pub(crate) fn member(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        bytes
    }

    pub(crate) fn of_member(member: &[u8]) -> Option<Self> {
        let mut reader = Reader(member);
        let thing = Self::read(&mut reader)?;
        reader.is_empty().then_some(thing)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::Thing;
    use crate::place::EntryName;

    pub(crate) fn things() -> impl Strategy<Value = Thing> {
        let text = || "[abé]{0,3}";
        prop_oneof![
            Just(Thing::Everything),
            (text(), text())
                .prop_map(|(kind, uid)| Thing::Entry(Arc::new(EntryName::new(&kind, &uid)))),
            any::<[u8; 16]>().prop_map(Thing::Scope),
            text().prop_map(|tag| Thing::Tag(tag.into())),
            (any::<[u8; 16]>(), text())
                .prop_map(|(scope, tag)| Thing::ScopedTag(scope, tag.into())),
        ]
    }

    proptest! {
        #[test]
        fn members_are_read_back_and_do_not_meet(one in things(), other in things()) {
            prop_assert_eq!(Thing::of_member(&one.member()), Some(one.clone()));
            prop_assert_eq!(one == other, one.member() == other.member());
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Thing::of_member(&bytes);
        }
    }
}
