//! Many threads at once, and a recount when they are done.

use std::thread;

use cubbyhole_core::Retention;

use crate::Profile;
use crate::conformance::Subject;
use crate::conformance::subject::Cache;

const KEYS: u64 = 8;
const THREADS: u64 = 4;
const STEPS: u64 = 1_500;

pub fn threads_leave_the_cache_consistent(subject: &Subject<u64>) {
    let cache = subject.cache();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (profile, cache) = (subject.profile(), cache.shared());
            scope.spawn(move || work(profile, cache, thread));
        }
    });
    recount(subject, cache.shared());
}

fn recount(subject: &Subject<u64>, cache: &Cache<u64>) {
    let profile = subject.profile();
    let keys = || (0..KEYS).map(|key| key.to_string());
    let found: Vec<u64> = keys()
        .filter_map(|key| profile.run(cache.get_unpin(&key)))
        .collect();
    let left: Vec<u64> = keys()
        .filter_map(|key| profile.run(cache.get(&key)))
        .collect();
    assert!(left.iter().all(|value| found.contains(value)));
    assert_eq!(cache.len(), left.len());
    assert_eq!(cache.values().len(), left.len());
    assert!(left.len() <= subject.survivors(left.len()));
}

/// Reads and writes at random. What is found under a key was stored under it: a value names its key.
fn work(profile: &Profile, cache: &Cache<u64>, thread: u64) {
    let mut random = Random(thread + 1);
    for step in 0..STEPS {
        let number = random.next() % KEYS;
        let key = number.to_string();
        let value = (thread * STEPS + step) * KEYS + number;
        let found = match random.next() % 8 {
            0..=2 => profile.run(cache.get(&key)),
            3 => profile.run(cache.get_unpin(&key)),
            4 => profile.run(cache.delete(&key)),
            5 => {
                let values = cache.values();
                assert!(
                    values.len() as u64 <= KEYS,
                    "a key is there twice: {values:?}"
                );
                None
            }
            6 => {
                let _ = profile.run(cache.set(&key, value, Retention::Pinned));
                None
            }
            _ => {
                let _ = profile.run(cache.set(&key, value, Retention::Evictable));
                None
            }
        };
        assert!(
            found.is_none_or(|found| found % KEYS == number),
            "key {number} gave {found:?}, which was stored under another"
        );
    }
}

/// The generator of Numerical Recipes: the same numbers in every run.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}
