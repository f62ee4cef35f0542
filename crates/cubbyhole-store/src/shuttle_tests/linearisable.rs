//! Random calls of three threads at one key, each history with an order in which one thread might have done it all.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cubbyhole_scope::ScopeContext;
use hashbrown::HashMap;
use shuttle::future::yield_now;

use super::order::{Call, Record, has_order, joins_the_past};
use super::{Subject, any, by_user, explore, thread};
use crate::runtime::enter;

const THREADS: u32 = 3;
const CALLS: u32 = 3;

/// What is seen from outside, and no part of the model: looking at it is no step.
#[derive(Clone, Default)]
struct Watch {
    time: Arc<AtomicU64>,
    /// When each computed value was begun.
    computed: Arc<Mutex<HashMap<u64, u64>>>,
}

impl Watch {
    fn tick(&self) -> u64 {
        self.time.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Get,
    Set,
    Delete,
    Clear,
    DropScope,
    Compute,
}

fn call(subject: &Subject, watch: &Watch, kind: Kind, unique: u32) -> Record {
    let began = watch.tick();
    let call = match kind {
        Kind::Get => Call::Get(subject.get("k").map(u64::from)),
        Kind::Set => {
            subject.set("k", unique);
            Call::Set(u64::from(unique))
        }
        Kind::Delete => Call::Delete(subject.delete("k").map(u64::from)),
        Kind::Clear => {
            subject.clear();
            Call::Clear
        }
        Kind::DropScope => {
            subject.drop_user("ada");
            Call::Clear
        }
        Kind::Compute => {
            let computing = watch.clone();
            let loader = move || async move {
                let begun = computing.tick();
                computing
                    .computed
                    .lock()
                    .unwrap()
                    .insert(u64::from(unique), begun);
                yield_now().await;
                Ok(unique)
            };
            let got = subject.get_or_compute("k", loader).unwrap();
            Call::Compute {
                got: u64::from(got),
                own: u64::from(unique),
            }
        }
    };
    let ended = watch.tick();
    Record { began, ended, call }
}

fn histories_have_an_order(kinds: &'static [Kind]) {
    explore(move || {
        let subject = Subject::new(by_user("values"));
        let watch = Watch::default();
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (subject, watch) = (subject.clone(), watch.clone());
                thread(move || {
                    let calls = (0..CALLS).map(|at| {
                        // The first remembers its scope from call to call; the others have a new id each time.
                        if number > 0 || at == 0 {
                            enter(ScopeContext::anonymous().user("ada"));
                        }
                        let kind = kinds[any(kinds.len())];
                        call(&subject, &watch, kind, number * CALLS + at + 1)
                    });
                    calls.collect::<Vec<_>>()
                })
            })
            .collect();
        let threads = threads.into_iter().map(|thread| thread.join().unwrap());
        let history: Vec<_> = threads.flatten().collect();
        let computed = watch.computed.lock().unwrap();
        assert!(has_order(&history), "{history:#?}");
        let begun = |value| computed.get(&value).copied();
        assert!(
            !joins_the_past(&history, begun),
            "{history:#?}, {computed:?}"
        );
        drop(computed);
        subject.check_books(&["ada"]);
    });
}

#[test]
fn sets_deletes_and_gets_have_an_order() {
    histories_have_an_order(&[Kind::Get, Kind::Set, Kind::Delete]);
}

#[test]
fn clears_have_an_order_too() {
    histories_have_an_order(&[Kind::Get, Kind::Set, Kind::Delete, Kind::Clear]);
}

#[test]
fn drops_of_the_scope_have_an_order_too() {
    histories_have_an_order(&[Kind::Get, Kind::Set, Kind::Get, Kind::Set, Kind::DropScope]);
}

#[test]
fn computations_have_an_order_too() {
    histories_have_an_order(&[
        Kind::Get,
        Kind::Set,
        Kind::Delete,
        Kind::Compute,
        Kind::Compute,
    ]);
}

#[test]
fn computations_across_clears_and_drops_have_an_order_too() {
    histories_have_an_order(&[
        Kind::Get,
        Kind::Compute,
        Kind::Compute,
        Kind::Clear,
        Kind::DropScope,
    ]);
}
