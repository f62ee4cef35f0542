//! An opaque id of a user or a session.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::{Arc, OnceLock};

use hashbrown::DefaultHashBuilder;

use crate::ScopeMemo;

/// The id of a user or a session: an opaque string, compared byte for byte.
///
/// No text means anything here: the empty string, `"global"`, separators and NUL are ids like any
/// other. Nothing is trimmed, folded or normalized.
///
/// Its text is hashed once, when it is made; a clone is one reference count, and comparing two
/// clones looks at no byte. That hash, and with it [`hash64`](Self::hash64) and the `Hash`
/// implementation, is seeded at random once per process: it means nothing outside of it. (For the
/// same reason there is no `Borrow<str>`: a `str` hashes to something else.)
///
/// `Debug` and `Display` never show the text, so that ids do not leak into logs; they show a tag of
/// 16 bits taken from the seeded hash, such as `#1f3a`. It tells apart the few ids in one stretch of
/// log; it is another one in the next process, two ids may share it, and it identifies nobody.
/// [`as_str`](Self::as_str) is the only way to the text.
///
/// # Examples
///
/// ```
/// use cubbyhole_scope::ScopeId;
///
/// let id = ScopeId::from("ada@example.org");
/// assert_eq!(id, ScopeId::from(String::from("ada@example.org")));
/// assert_ne!(id, ScopeId::from("Ada@example.org"));
/// assert_eq!(id.as_str(), "ada@example.org");
/// assert!(!format!("{id} {id:?}").contains("ada"));
/// ```
#[derive(Clone)]
pub struct ScopeId(Arc<Inner>);

struct Inner {
    hash: u64,
    text: Box<str>,
    as_user: ScopeMemo,
    as_session: ScopeMemo,
}

impl ScopeId {
    fn new(text: Box<str>) -> Self {
        Self(Arc::new(Inner {
            hash: seeded_hash(&text),
            text,
            as_user: ScopeMemo::default(),
            as_session: ScopeMemo::default(),
        }))
    }

    /// Returns the text of the id, in the clear.
    ///
    /// Keep it out of logs, metric labels and error messages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns the hash of the text, computed when the id was made.
    ///
    /// Equal ids have equal hashes within one process; in another process they have others.
    #[inline]
    #[must_use]
    pub fn hash64(&self) -> u64 {
        self.0.hash
    }

    /// The memo of `User(self)`.
    #[inline]
    pub(crate) fn user_memo(&self) -> &ScopeMemo {
        &self.0.as_user
    }

    /// The memo of `Session(self)`, another one than that of the user with the same id.
    #[inline]
    pub(crate) fn session_memo(&self) -> &ScopeMemo {
        &self.0.as_session
    }

    /// The 16 bits that stand for the id wherever something is printed.
    fn tag(&self) -> u16 {
        let folded = self.0.hash ^ (self.0.hash >> 32);
        let [low, high, ..] = (folded ^ (folded >> 16)).to_le_bytes();
        u16::from_le_bytes([low, high])
    }
}

impl From<&str> for ScopeId {
    fn from(text: &str) -> Self {
        Self::new(text.into())
    }
}

impl From<&String> for ScopeId {
    fn from(text: &String) -> Self {
        Self::new(text.as_str().into())
    }
}

impl From<String> for ScopeId {
    fn from(text: String) -> Self {
        Self::new(text.into_boxed_str())
    }
}

/// Copies the text: an id owns its text, because it keeps a hash and its memos beside it.
impl From<Arc<str>> for ScopeId {
    fn from(text: Arc<str>) -> Self {
        Self::new((&*text).into())
    }
}

impl PartialEq for ScopeId {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.hash == other.0.hash && self.0.text == other.0.text)
    }
}

impl Eq for ScopeId {}

impl Hash for ScopeId {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// Orders ids by the bytes of their text.
impl Ord for ScopeId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.text.cmp(&other.0.text)
    }
}

impl PartialOrd for ScopeId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeId({self})")
    }
}

impl fmt::Display for ScopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:04x}", self.tag())
    }
}

fn seeded_hash(text: &str) -> u64 {
    static HASHER: OnceLock<DefaultHashBuilder> = OnceLock::new();
    HASHER
        .get_or_init(DefaultHashBuilder::default)
        .hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_equal_ids_however_made() {
        let id = ScopeId::from("ada");
        for other in [
            id.clone(),
            ScopeId::from("ada"),
            ScopeId::from(String::from("ada")),
            ScopeId::from(&String::from("ada")),
            ScopeId::from(Arc::<str>::from("ada")),
        ] {
            assert_eq!(id, other);
            assert_eq!(id.hash64(), other.hash64());
            assert_eq!(id.cmp(&other), Ordering::Equal);
        }
    }

    #[test]
    fn nothing_is_normalized() {
        let ids = ["", " ", "ada", "Ada", "ada ", "ada\0", "a\u{301}", "\u{e1}"].map(ScopeId::from);
        for (at, id) in ids.iter().enumerate() {
            assert!(ids.iter().skip(at + 1).all(|other| other != id));
        }
    }

    #[test]
    fn equal_hashes_do_not_make_equal_ids() {
        let twin = |text: &str| {
            ScopeId(Arc::new(Inner {
                hash: 7,
                text: text.into(),
                as_user: ScopeMemo::default(),
                as_session: ScopeMemo::default(),
            }))
        };
        assert_eq!(twin("ada"), twin("ada"));
        assert_ne!(twin("ada"), twin("bob"));
    }

    #[test]
    fn order_is_that_of_the_text() {
        let mut ids = ["b", "", "a\0", "a"].map(ScopeId::from);
        ids.sort();
        assert_eq!(ids.each_ref().map(ScopeId::as_str), ["", "a", "a\0", "b"]);
    }

    #[test]
    fn tag_is_four_hexadecimal_digits() {
        let printed = format!("{:?}", ScopeId::from("ada"));
        let tag = printed
            .strip_prefix("ScopeId(#")
            .unwrap()
            .strip_suffix(')')
            .unwrap();
        assert_eq!(tag.len(), 4);
        assert!(tag.chars().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn clones_share_a_memo_and_fresh_ids_do_not() {
        let id = ScopeId::from("ada");
        assert!(id.clone().user_memo().set(1, Arc::new(())));
        assert!(id.user_memo().get(1).is_some());
        assert!(id.session_memo().get(1).is_none());
        assert!(ScopeId::from("ada").user_memo().get(1).is_none());
    }

    #[test]
    fn id_is_one_pointer() {
        assert_eq!(size_of::<ScopeId>(), size_of::<usize>());
    }
}
