//! Random operations on the cache, compared with the naive model after every step.

use cubbyhole_lru::{LruCache, LruPolicy};
use cubbyhole_testkit::{Key, Op, Profile, check_history};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn a_cache_does_what_the_model_does(
        max_size in prop::sample::select(&[1, 2, 3, 10, 15, 16, 17, 18, 40][..]),
        pins in 1..30_u32,
        choices in prop::collection::vec((any::<prop::sample::Index>(), 0..1000_u32), 0..300),
    ) {
        let policy = LruPolicy::new(max_size).unwrap();
        let keys = max_size * 3 / 2 + 3;
        let history: Vec<Op> = choices
            .into_iter()
            .map(|(key, choice)| op(Key(u8::try_from(key.index(keys)).unwrap()), choice, pins))
            .collect();
        let cache = LruCache::new(&policy);
        check_history(&Profile::from(&policy), &cache, &history, || cache.check_invariants())
            .map_err(TestCaseError::fail)?;
    }
}

/// Chooses an operation; more pins make more sets pin, and more reads unpin.
fn op(key: Key, choice: u32, pins: u32) -> Op {
    match choice % 100 {
        _ if choice == 999 => Op::Clear,
        dice if dice < pins => Op::SetPinned(key),
        dice if dice < 2 * pins => Op::GetUnpin(key),
        dice if dice < 70 => Op::Set(key),
        dice if dice < 90 => Op::Get(key),
        _ => Op::Delete(key),
    }
}
