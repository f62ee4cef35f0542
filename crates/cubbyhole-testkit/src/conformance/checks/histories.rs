//! Whole histories, compared with a naive model at every step.

use std::time::Duration;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::Op::{Advance, Clear, Delete, Get, GetUnpin, Set, SetPinned};
use crate::conformance::Subject;
use crate::{Key, Op, check_history, ops};

/// Histories that broke caches before, with lists that were linked wrongly and heaps that were not cleaned.
pub fn known_traps_agree_with_the_model(subject: &Subject<u64>) {
    const TTL: Duration = Duration::from_secs(10);
    let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(Key);
    let ttl = subject.profile().time_to_live().unwrap_or(TTL);
    let part = |tenths| Advance(ttl / 10 * tenths);
    let histories: [&[Op]; 9] = [
        &[
            Set(a),
            Set(b),
            Get(b),
            Set(c),
            Set(d),
            Get(d),
            Get(c),
            Set(e),
            Get(e),
        ],
        &[
            Set(f),
            Get(f),
            Set(d),
            Set(f),
            Set(c),
            Get(d),
            Set(b),
            Set(a),
            Get(a),
        ],
        &[
            SetPinned(a),
            Set(b),
            Set(c),
            Set(d),
            GetUnpin(a),
            Set(e),
            Set(f),
            Get(a),
        ],
        &[
            SetPinned(a),
            SetPinned(b),
            SetPinned(c),
            Set(d),
            Set(e),
            Get(d),
            Set(a),
            Set(f),
        ],
        &[
            SetPinned(a),
            SetPinned(b),
            SetPinned(c),
            GetUnpin(a),
            GetUnpin(b),
            GetUnpin(c),
        ],
        &[Set(a), part(5), Set(a), part(5), Get(a), part(5), Get(a)],
        &[
            Set(a),
            part(9),
            SetPinned(a),
            GetUnpin(a),
            part(1),
            Get(a),
            part(9),
            Get(a),
        ],
        &[
            SetPinned(a),
            part(11),
            GetUnpin(a),
            Get(a),
            Delete(a),
            Set(a),
            Get(a),
        ],
        &[
            SetPinned(a),
            Clear,
            Set(a),
            Delete(a),
            Get(a),
            part(10),
            Set(b),
            Set(b),
            part(10),
        ],
    ];
    for history in histories {
        if let Err(difference) = compare(subject, history) {
            #[expect(clippy::panic, reason = "this is how a test fails")]
            {
                panic!("{history:?}: {difference}");
            }
        }
    }
}

pub fn random_histories_agree_with_the_model(subject: &Subject<u64>) {
    let config = Config {
        cases: 64,
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, random)
        .run(&ops::histories(subject.profile()), |history| {
            compare(subject, &history).map_err(TestCaseError::fail)
        });
    if let Err(difference) = result {
        #[expect(clippy::panic, reason = "this is how a test fails")]
        {
            panic!("{difference}");
        }
    }
}

fn compare(subject: &Subject<u64>, history: &[Op]) -> Result<(), String> {
    let cache = subject.cache();
    check_history(subject.profile(), &**cache.shared(), history, || Ok(()))
}
