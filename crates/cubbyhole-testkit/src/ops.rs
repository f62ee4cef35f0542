//! Operations on a cache as data, and strategies that make up histories of them.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;

use crate::Profile;

/// One operation on a cache.
///
/// A value needs no place in it: whoever runs a history takes the number of the step, so that no two are alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Op {
    /// `get`.
    Get(Key),
    /// `get_unpin`.
    GetUnpin(Key),
    /// `set` of an evictable value.
    Set(Key),
    /// `set` of a pinned value.
    SetPinned(Key),
    /// `delete`.
    Delete(Key),
    /// `clear`.
    Clear,
    /// Time goes by.
    Advance(Duration),
}

/// One of the few keys of a history; its text is that of its number, and every third is a long one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Key(pub u8);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let padding = if self.0 % 3 == 2 { 30 } else { 0 };
        write!(f, "{:0>padding$}", self.0)
    }
}

/// Makes up histories of up to 120 operations that bring a cache with this profile into trouble: a few more keys than
/// it holds, and steps of time that often end exactly where an entry expires.
///
/// ```
/// use cubbyhole_testkit::{Profile, ops};
/// use proptest::prelude::*;
///
/// let profile = Profile::lru(3);
/// proptest!(|(history in ops::histories(&profile))| {
///     prop_assert!(history.len() < 120); // Here: check_history(&profile, &cache, &history, …)
/// });
/// ```
pub fn histories(profile: &Profile) -> impl Strategy<Value = Vec<Op>> + use<> {
    let keys = profile
        .capacity()
        .map_or(8, |capacity| capacity.min(12) + 4);
    let ttl = profile.time_to_live().unwrap_or(Duration::from_secs(10));
    #[expect(clippy::cast_possible_truncation, reason = "sixteen at most")]
    proptest::collection::vec(op(keys as u8, ttl), 0..120)
}

fn op(keys: u8, ttl: Duration) -> impl Strategy<Value = Op> {
    let key = move || (0..keys).prop_map(Key);
    prop_oneof![
        30 => key().prop_map(Op::Get),
        15 => key().prop_map(Op::GetUnpin),
        40 => key().prop_map(Op::Set),
        15 => key().prop_map(Op::SetPinned),
        15 => key().prop_map(Op::Delete),
        1 => Just(Op::Clear),
        20 => step(ttl).prop_map(Op::Advance),
    ]
}

/// Quarters of the ttl, so that sums of them meet it exactly, or a nanosecond beside them.
fn step(ttl: Duration) -> impl Strategy<Value = Duration> {
    let nanosecond = Duration::from_nanos(1);
    (0..=5_u32).prop_flat_map(move |quarters| {
        let span = (ttl / 4).saturating_mul(quarters);
        prop_oneof![
            4 => Just(span),
            1 => Just(span.saturating_sub(nanosecond)),
            1 => Just(span.saturating_add(nanosecond)),
        ]
    })
}
