//! A fleet in the hands of a test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "whatever fails here fails a test"
)]

use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cubbyhole_core::{
    CellEvent, CellListener, ManualClock, SharedTier, StoreEvent, StoreListener, TierAnswer,
    TierCell, TierError, TierInvalidation, TierLanding, TierLease, TierPlace, TierScope, TierState,
    TierValue, TierWait,
};
use cubbyhole_policy::CacheType;
use cubbyhole_testkit::{ManualFleet, ManualTier, TierCall, TierFault, block_on};

const ADA: TierScope<'static> = TierScope {
    cache_type: CacheType::User,
    id: "ada",
};
const PLACE: TierPlace<'static> = TierPlace {
    kind: "api",
    uid: "balance",
    scope: ADA,
};

/// Writes down what it hears.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl CellListener for Diary {
    fn hear(&self, event: CellEvent<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

impl StoreListener for Diary {
    fn hear(&self, event: StoreEvent<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }
}

struct Process {
    tier: Arc<ManualTier>,
    cell: Arc<dyn TierCell>,
    diary: Arc<Diary>,
}

fn process(fleet: &ManualFleet) -> Process {
    let (tier, diary) = (fleet.node(), Arc::new(Diary::default()));
    let weak: Weak<Diary> = Arc::downgrade(&diary);
    tier.attach(Weak::<Diary>::clone(&weak));
    let cell = tier.open(PLACE, weak);
    Process { tier, cell, diary }
}

impl Process {
    fn lease(&self, key: &str) -> Box<dyn TierLease> {
        block_on(self.cell.take_lease(key)).unwrap()
    }

    fn put(&self, key: &str, bytes: &[u8]) -> bool {
        block_on(self.lease(key).publish(TierValue::new(bytes.to_vec()))).unwrap()
    }

    fn get(&self, key: &str) -> Option<Vec<u8>> {
        block_on(self.cell.get(key)).unwrap().map(|it| it.bytes)
    }

    fn wait(&self, key: &str) -> TierWait {
        match block_on(self.cell.get_or_lease(key)).unwrap() {
            TierAnswer::Busy(wait) => wait,
            other => panic!("somebody has the lease, and not {other:?}"),
        }
    }
}

fn fleet() -> (ManualClock, ManualFleet, Process, Process) {
    let clock = ManualClock::new();
    let fleet = ManualFleet::new(clock.clone());
    let (a, b) = (process(&fleet), process(&fleet));
    (clock, fleet, a, b)
}

fn poll<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T> + ?Sized>>) -> Poll<T> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

fn timed_out() -> TierError {
    TierError::TimedOut {
        after: Duration::from_secs(1),
    }
}

#[test]
fn a_node_hears_what_others_do_and_not_what_it_does_itself() {
    let (_clock, fleet, a, b) = fleet();
    assert!(a.put("k", b"v"));
    assert_eq!(b.get("k").unwrap(), b"v");
    assert_eq!(b.diary.take(), [r#"Set { key: "k" }"#]);
    block_on(b.cell.delete("k")).unwrap();
    assert_eq!(a.get("k"), None);
    assert_eq!(a.diary.take(), [r#"Deleted { key: "k" }"#]);
    let entry = TierInvalidation::Entry {
        kind: "api",
        uid: "balance",
    };
    for what in [
        TierInvalidation::Scope(ADA),
        TierInvalidation::Epoch(ADA),
        entry,
    ] {
        assert!(a.put("k", b"v"));
        block_on(a.tier.invalidate(what)).unwrap();
        assert!(fleet.values().is_empty(), "{what:?}");
    }
    assert_eq!(
        b.diary.take(),
        [
            r#"Set { key: "k" }"#,
            "ScopeDropped",
            r#"Set { key: "k" }"#,
            "EpochBumped",
            r#"Set { key: "k" }"#,
            r#"EntryCleared { kind: "api", uid: "balance" }"#,
        ]
    );
    assert!(a.diary.take().is_empty());
}

#[test]
fn messages_are_held_and_delivered_one_by_one() {
    let (_clock, _fleet, a, b) = fleet();
    b.tier.hold_messages();
    a.put("1", b"");
    a.put("2", b"");
    a.put("3", b"");
    assert_eq!((b.tier.messages(), b.diary.take().len()), (3, 0));
    assert!(b.tier.deliver_one());
    assert_eq!(b.diary.take(), [r#"Set { key: "1" }"#]);
    b.tier.deliver_all();
    assert_eq!(b.diary.take().len(), 2);
    assert!(!b.tier.deliver_one());
    a.put("4", b"");
    assert_eq!(b.diary.take(), [r#"Set { key: "4" }"#]);
}

#[test]
fn a_wait_ends_with_its_message() {
    let (clock, _fleet, a, b) = fleet();
    let lease = a.lease("k");
    let mut wait = b.wait("k");
    b.tier.hold_messages();
    assert!(poll(&mut wait).is_pending());
    block_on(lease.fail("no luck"));
    assert!(poll(&mut wait).is_pending(), "the message is held");
    assert!(b.tier.deliver_one());
    assert_eq!(
        poll(&mut wait),
        Poll::Ready(TierLanding::Failed("no luck".to_owned()))
    );
    let lease = a.lease("k");
    let mut wait = b.wait("k");
    drop(lease);
    assert!(poll(&mut wait).is_pending(), "the message is held");
    clock.advance(ManualFleet::LEASE);
    assert_eq!(
        poll(&mut wait),
        Poll::Ready(TierLanding::AskAgain),
        "a message that does not come is not waited for without end"
    );
}

#[test]
fn old_news_end_no_new_wait() {
    let (_clock, _fleet, a, b) = fleet();
    b.tier.hold_messages();
    a.put("k", b"v");
    block_on(a.cell.delete("k")).unwrap();
    let lease = a.lease("k");
    let mut wait = b.wait("k");
    assert!(b.tier.deliver_one() && b.tier.deliver_one());
    assert!(poll(&mut wait).is_pending());
    drop(lease);
    assert!(b.tier.deliver_one());
    assert_eq!(poll(&mut wait), Poll::Ready(TierLanding::AskAgain));
}

#[test]
fn a_node_that_is_cut_off_says_so_and_makes_up_for_it() {
    let (clock, fleet, a, b) = fleet();
    a.put("k", b"v");
    b.diary.take();
    b.tier.disconnect();
    b.tier.disconnect();
    assert_eq!(b.diary.take(), ["Distrusted"]);
    assert!(matches!(block_on(b.cell.get("k")), Err(TierError::Away)));
    let done = b.cell.delete("k");
    assert!(matches!(block_on(done), Err(TierError::Away)));
    a.put("other", b"v");
    assert_eq!(a.get("k").unwrap(), b"v", "nobody could tell");
    let status = b.tier.status();
    assert_eq!(
        (status.state, status.queued, status.disconnects),
        (TierState::Away, 1, 1)
    );
    clock.advance(ManualFleet::REMINDER);
    clock.advance(ManualFleet::REMINDER);
    assert_eq!(b.diary.take(), ["Distrusted", "Distrusted"]);
    a.diary.take();
    b.tier.reconnect();
    assert_eq!(b.diary.take(), ["CaughtUp"], "and nothing that was missed");
    assert_eq!(a.diary.take(), [r#"Deleted { key: "k" }"#]);
    assert_eq!(fleet.values().len(), 1);
    assert_eq!(b.tier.status().state, TierState::Connected);
    clock.advance(ManualFleet::REMINDER);
    assert!(b.diary.take().is_empty());
}

#[test]
fn leases_of_a_node_that_is_cut_off_run_out() {
    let (clock, fleet, a, b) = fleet();
    let lease = a.lease("k");
    clock.advance(ManualFleet::LEASE * 3);
    assert_eq!(fleet.lease_of(PLACE, "k"), Some(a.tier.number()));
    let mut wait = b.wait("k");
    a.tier.disconnect();
    clock.advance(ManualFleet::LEASE / 2);
    a.tier.reconnect();
    clock.advance(ManualFleet::LEASE);
    assert!(poll(&mut wait).is_pending(), "it was back in time");
    a.tier.disconnect();
    clock.advance(ManualFleet::LEASE);
    assert_eq!(poll(&mut wait), Poll::Ready(TierLanding::AskAgain));
    assert_eq!(fleet.lease_of(PLACE, "k"), None);
    a.tier.reconnect();
    let published = block_on(lease.publish(TierValue::new(vec![1])));
    assert!(!published.unwrap(), "it was lost");
    let lease = a.lease("k");
    assert!(fleet.lose_lease(PLACE, "k"));
    assert!(!block_on(lease.publish(TierValue::new(vec![1]))).unwrap());
}

#[test]
fn calls_are_held_and_let_go_one_by_one() {
    let (_clock, fleet, a, b) = fleet();
    a.put("k", b"v");
    b.tier.hold_calls();
    let mut get = Box::pin(b.cell.get("k"));
    let mut delete = b.cell.delete("other");
    assert!(poll(&mut get).is_pending() && poll(&mut delete).is_pending());
    assert_eq!(b.tier.held(), 2);
    assert!(!b.tier.release(TierCall::Publish));
    assert!(b.tier.release(TierCall::Delete));
    assert!(poll(&mut delete).is_ready() && poll(&mut get).is_pending());
    drop(b.cell.delete("k"));
    assert!(fleet.value(PLACE, "k").is_some(), "held, though called");
    assert!(b.tier.release(TierCall::Get));
    assert!(
        matches!(poll(&mut get), Poll::Ready(Ok(None))),
        "deleted by this node, and therefore not given to it"
    );
    assert_eq!(b.tier.calls(TierCall::Get), 1);
    b.tier.release_all();
    assert!(poll(&mut Box::pin(b.cell.get("k"))).is_ready());
}

#[test]
fn an_answer_is_held_and_what_happens_meanwhile_counts() {
    let (_clock, _fleet, a, b) = fleet();
    a.put("k", b"v");
    b.tier.hold_answers();
    let mut stale = Box::pin(b.cell.get("k"));
    assert!(poll(&mut stale).is_pending());
    block_on(a.cell.delete("k")).unwrap();
    assert!(b.tier.release(TierCall::Get));
    assert!(
        matches!(poll(&mut stale), Poll::Ready(Ok(Some(_)))),
        "it was read before another deleted it"
    );
    a.put("k", b"v");
    let mut own = Box::pin(b.cell.get_or_lease("k"));
    assert!(poll(&mut own).is_pending());
    drop(b.cell.delete("k"));
    assert!(b.tier.release(TierCall::GetOrLease));
    assert!(
        matches!(poll(&mut own), Poll::Ready(Ok(TierAnswer::Leased(_)))),
        "it was read before this node deleted it"
    );
    let mut cut = Box::pin(b.cell.get("k"));
    assert!(poll(&mut cut).is_pending());
    b.tier.disconnect();
    assert!(matches!(poll(&mut cut), Poll::Ready(Err(TierError::Away))));
}

#[test]
fn the_outcome_of_a_publish_may_not_be_known() {
    let (clock, fleet, a, b) = fleet();
    for fault in [TierFault::Done, TierFault::NotDone] {
        let was_done = matches!(fault(timed_out()), TierFault::Done(_));
        let lease = a.lease("k");
        a.tier.fail_next(TierCall::Publish, fault(timed_out()));
        assert!(block_on(lease.publish(TierValue::new(vec![1]))).is_err());
        assert_eq!(b.get("k").is_some(), was_done);
        assert_eq!(a.get("k"), None, "it has been invalidated for this node");
        assert_eq!(fleet.value(PLACE, "k"), None, "and now for all");
    }
    let lease = a.lease("k");
    a.tier
        .fail_next(TierCall::Publish, TierFault::Done(timed_out()));
    assert!(block_on(lease.publish(TierValue::new(vec![1]))).is_err());
    b.diary.take();
    clock.advance(ManualFleet::REMINDER);
    assert_eq!(b.diary.take(), [r#"Deleted { key: "k" }"#]);
}

#[test]
fn a_lease_whose_answer_is_lost_runs_out() {
    let (clock, fleet, a, b) = fleet();
    let lost = TierFault::Done(timed_out());
    a.tier.fail_next(TierCall::GetOrLease, lost);
    assert!(block_on(a.cell.get_or_lease("k")).is_err());
    assert_eq!(fleet.lease_of(PLACE, "k"), Some(0));
    let mut wait = b.wait("k");
    assert!(poll(&mut wait).is_pending());
    clock.advance(ManualFleet::LEASE);
    assert!(poll(&mut wait).is_ready());
    assert!(b.put("k", b"v"));
}

#[test]
fn a_value_is_damaged_and_a_value_expires() {
    let (clock, fleet, a, b) = fleet();
    let mut value = TierValue::new(vec![1, 2, 3]);
    value.lifetime = Some(Duration::from_secs(5));
    assert!(block_on(a.lease("k").publish(value)).unwrap());
    assert!(fleet.corrupt(PLACE, "k", &[9]));
    assert!(!fleet.corrupt(PLACE, "other", &[9]));
    clock.advance(Duration::from_secs(2));
    let found = block_on(b.cell.get("k")).unwrap().unwrap();
    assert_eq!(found.bytes, [9]);
    assert_eq!(found.lifetime, Some(Duration::from_secs(3)));
    clock.advance(Duration::from_secs(3));
    assert_eq!(b.get("k"), None);
}

#[tokio::test]
async fn a_test_waits_until_a_call_is_held() {
    let (_clock, _fleet, a, b) = fleet();
    a.put("k", b"v");
    b.tier.hold_calls();
    let cell = Arc::clone(&b.cell);
    let reading = tokio::spawn(async move { cell.get("k").await.unwrap().unwrap().bytes });
    b.tier.until_held(1).await;
    assert!(b.tier.release(TierCall::Get));
    assert_eq!(reading.await.unwrap(), b"v");
}

#[test]
fn nothing_names_a_user() {
    let (_clock, fleet, a, _b) = fleet();
    let shown = format!("{fleet:?} {:?} {PLACE:?}", a.tier);
    assert!(!shown.contains("ada"), "{shown}");
}

#[test]
fn an_invalidation_calls_nobody_before_its_future_is_polled_or_dropped() {
    let (clock, fleet, a, b) = fleet();
    a.put("k", b"v");
    b.diary.take();
    let (polled, other) = (a.cell.delete("k"), a.cell.delete("k"));
    assert!(fleet.value(PLACE, "k").is_none() && b.diary.take().is_empty());
    block_on(polled).unwrap();
    assert_eq!(b.diary.take().len(), 2, "all that was to be told");
    drop(a.cell.delete("k"));
    assert_eq!(b.diary.take(), [r#"Deleted { key: "k" }"#]);
    let late = a.cell.delete("k");
    clock.advance(Duration::ZERO);
    assert_eq!(b.diary.take(), [r#"Deleted { key: "k" }"#]);
    drop((other, late));
    assert!(b.diary.take().is_empty());
}

#[test]
fn a_lease_that_is_dropped_calls_no_listener() {
    let (_clock, _fleet, a, b) = fleet();
    let (lease, mut wait) = (a.lease("k"), b.wait("k"));
    let done = a.cell.delete("other");
    drop(lease);
    assert!(poll(&mut wait).is_pending() && b.diary.take().is_empty());
    block_on(done).unwrap();
    assert!(poll(&mut wait).is_ready());
    let (lease, mut wait) = (a.lease("k"), b.wait("k"));
    drop(lease);
    assert!(poll(&mut wait).is_ready());
}

#[test]
fn threads_are_told_each_change_once() {
    const EACH: usize = 200;
    let (_clock, fleet, a, b) = fleet();
    let c = process(&fleet);
    std::thread::scope(|scope| {
        for process in [&a, &b] {
            scope
                .spawn(move || (0..EACH).for_each(|_| block_on(process.cell.delete("k")).unwrap()));
        }
    });
    // Who came last may have left a message to who was telling still, but that one has ended by now.
    assert_eq!(a.diary.take().len(), EACH);
    assert_eq!(b.diary.take().len(), EACH);
    assert_eq!(c.diary.take().len(), 2 * EACH);
}

#[test]
fn a_listener_that_panics_does_not_stop_the_fleet() {
    struct Panics;
    impl CellListener for Panics {
        fn hear(&self, _: CellEvent<'_>) {
            panic!("a listener that panics");
        }
    }
    let (_clock, _fleet, a, b) = fleet();
    let panics = Arc::new(Panics);
    let weak: Weak<Panics> = Arc::downgrade(&panics);
    let cell = b.tier.open(PLACE, weak);
    let put = std::panic::AssertUnwindSafe(|| a.put("k", b"v"));
    assert!(std::panic::catch_unwind(put).is_err());
    drop(cell);
    b.diary.take();
    assert!(a.put("k", b"w"));
    assert_eq!(b.diary.take(), [r#"Set { key: "k" }"#]);
    assert_eq!(b.get("k").unwrap(), b"w");
}
