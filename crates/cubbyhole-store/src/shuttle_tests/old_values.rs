//! Old values that are offered while others wait, load and write.

use std::sync::Arc;
use std::time::Duration;

use cubbyhole_policy::{CachePolicy, PolicyOptions};
use shuttle::future::yield_now;
use shuttle::sync::atomic::{AtomicU32, Ordering};

use super::{Failure, Subject, explore, thread};
use crate::{CacheError, CachedRegistryEntry};

fn subject() -> Subject {
    let options = PolicyOptions::new()
        .with_stale_if_error(Duration::from_secs(1_000_000))
        .with_soft_timeout(Duration::from_secs(1))
        .with_hard_timeout(Duration::from_secs(5));
    let policy = CachePolicy::ttl(Duration::from_secs(10)).unwrap();
    let policy = policy.with_options(options).unwrap();
    Subject::new(CachedRegistryEntry::new("old", policy))
}

fn ask(subject: &Subject, value: u32) -> Result<u32, CacheError> {
    subject.get_or_compute("k", move || async move {
        yield_now().await;
        Ok::<_, Failure>(value)
    })
}

#[test]
fn shuttle_s15_soft_timeout_wakes_everybody_who_waits() {
    explore(|| {
        let subject = subject();
        subject.set("k", 1);
        subject.clock.advance(Duration::from_secs(20));
        let served = Arc::new(AtomicU32::new(0));
        let askers: Vec<_> = (0..2)
            .map(|_| {
                let (subject, served) = (subject.clone(), Arc::clone(&served));
                thread(move || {
                    let never = || async {
                        std::future::pending::<()>().await;
                        Ok::<_, Failure>(3)
                    };
                    assert_eq!(subject.get_or_compute("k", never).unwrap(), 1);
                    served.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        while served.load(Ordering::SeqCst) < 2 {
            subject.clock.advance(Duration::from_secs(1));
            shuttle::thread::yield_now();
        }
        for asker in askers {
            asker.join().unwrap();
        }
    });
}

#[test]
fn shuttle_i13_load_that_fails_or_is_too_late_undoes_no_set() {
    explore(|| {
        let subject = subject();
        subject.set("k", 1);
        subject.clock.advance(Duration::from_secs(20));
        let failing = {
            let subject = subject.clone();
            thread(move || {
                let loader = || async {
                    yield_now().await;
                    Err::<u32, _>(Failure)
                };
                let served = subject.get_or_compute("k", loader).unwrap();
                assert!(served == 1 || served == 2, "{served}");
            })
        };
        let late = {
            let clock = subject.clock.clone();
            thread(move || clock.advance(Duration::from_secs(5)))
        };
        let writer = {
            let subject = subject.clone();
            thread(move || {
                subject.set("k", 2);
                assert_eq!(subject.get("k"), Some(2));
            })
        };
        failing.join().unwrap();
        late.join().unwrap();
        writer.join().unwrap();
        assert_eq!(subject.get("k"), Some(2));
        assert_eq!(ask(&subject, 7).unwrap(), 2);
    });
}
