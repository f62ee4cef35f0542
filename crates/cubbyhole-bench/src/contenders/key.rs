//! The key of design A: a registry entry, a scope and a key, looked up by borrowed parts.

use std::borrow::{Borrow, ToOwned};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::Equivalent;

/// A key at rest. The text of a scope is shared by all keys that were stored in one request.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    entry: u32,
    scope: Arc<str>,
    key: Box<str>,
}

/// A key on its way in.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    pub(crate) entry: u32,
    pub(crate) scope: &'a str,
    pub(crate) key: &'a str,
}

impl Key {
    pub(crate) fn new(entry: u32, scope: &Arc<str>, key: &str) -> Self {
        Self {
            entry,
            scope: Arc::clone(scope),
            key: key.into(),
        }
    }

    pub(crate) fn is_of(&self, scope: &str) -> bool {
        *self.scope == *scope
    }
}

/// What the two have in common, for peers that look up through `Borrow`.
pub(crate) trait Parts: Send + Sync {
    fn parts(&self) -> Lookup<'_>;
}

impl Parts for Key {
    #[inline]
    fn parts(&self) -> Lookup<'_> {
        Lookup {
            entry: self.entry,
            scope: &self.scope,
            key: &self.key,
        }
    }
}

impl Parts for Lookup<'_> {
    #[inline]
    fn parts(&self) -> Lookup<'_> {
        Lookup { ..*self }
    }
}

impl Hash for Lookup<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entry.hash(state);
        self.scope.hash(state);
        self.key.hash(state);
    }
}

impl PartialEq for Lookup<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry && self.key == other.key && self.scope == other.scope
    }
}

impl Eq for Lookup<'_> {}

impl Equivalent<Key> for Lookup<'_> {
    #[inline]
    fn equivalent(&self, key: &Key) -> bool {
        *self == key.parts()
    }
}

impl Hash for Key {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Key {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

impl Hash for dyn Parts + '_ {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Parts + '_ {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

impl<'a> Borrow<dyn Parts + 'a> for Key {
    #[inline]
    fn borrow(&self) -> &(dyn Parts + 'a) {
        self
    }
}

impl ToOwned for dyn Parts + '_ {
    type Owned = Key;

    fn to_owned(&self) -> Key {
        let Lookup { entry, scope, key } = self.parts();
        Key {
            entry,
            scope: scope.into(),
            key: key.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;
    use crate::contenders::Hasher as Build;

    #[test]
    fn every_form_of_a_key_hashes_alike() {
        let key = Key::new(7, &"scope".into(), "key");
        let lookup = Lookup {
            entry: 7,
            scope: "scope",
            key: "key",
        };
        let build = Build::default();
        let parts: &dyn Parts = &lookup;
        assert_eq!(build.hash_one(&key), build.hash_one(&lookup));
        assert_eq!(build.hash_one(&key), build.hash_one(parts));
        assert!(lookup.equivalent(&key) && *parts == *(Borrow::<dyn Parts>::borrow(&key)));
        assert!(parts.to_owned() == key);
    }
}
