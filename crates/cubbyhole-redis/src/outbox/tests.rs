//! Nothing that was put in is lost, whatever becomes of it.

use std::sync::Arc;

use cubbyhole_core::{TierError, TierPlace, TierScope};
use cubbyhole_policy::CacheType;
use tokio::sync::oneshot;

use super::{Order, Outbox};
use crate::marks::{Loaded, Marks, MarksLock};
use crate::message::Why;
use crate::place::{CellName, Names};
use crate::stored::Stamp;
use crate::thing::Thing;

const NOW: Stamp = Stamp { era: 1, seq: 100 };

fn outbox(most: usize) -> (Outbox, Arc<MarksLock>) {
    let mut marks = Marks::new(100);
    marks.load(Loaded {
        era: 1,
        seq: 100,
        floor: 0,
        marks: vec![],
    });
    let marks = Arc::new(MarksLock::new(marks));
    (Outbox::new(most, Arc::clone(&marks)), marks)
}

fn cell(uid: &str) -> Arc<CellName> {
    let scope = TierScope {
        cache_type: CacheType::Global,
        id: "",
    };
    let place = TierPlace {
        kind: "k",
        uid,
        scope,
    };
    Arc::new(Names::new("p", b"", false).cell(place))
}

fn delete(cell: &Arc<CellName>, key: &str, before: u64) -> Order {
    Order::Delete {
        cell: Arc::clone(cell),
        key: key.into(),
        before,
    }
}

fn tag(tag: &str) -> Order {
    Order::Mark {
        thing: Thing::Tag(tag.into()),
        why: Why::Asked,
        erase: None,
    }
}

fn is_beaten(marks: &MarksLock, cell: &CellName, tags: &[Box<str>]) -> bool {
    marks.read().beat(NOW, cell, tags)
}

#[test]
fn what_is_asked_for_twice_is_sent_once_and_both_are_told() {
    let (outbox, _) = outbox(10);
    let cell = cell("e");
    let [(one, mut first), (two, mut second)] = [oneshot::channel(), oneshot::channel()];
    outbox.put(delete(&cell, "a", 1), Some(one));
    outbox.put(delete(&cell, "a", 2), Some(two));
    assert_eq!(outbox.deleting(cell.digest, "a"), Some(2));
    let item = outbox.take().unwrap();
    assert!(outbox.take().is_none());
    outbox.sent(item);
    assert!(matches!(first.try_recv(), Ok(Ok(()))));
    assert!(matches!(second.try_recv(), Ok(Ok(()))));
    assert_eq!((outbox.len(), outbox.deleting(cell.digest, "a")), (0, None));
}

#[test]
fn what_is_asked_for_while_it_is_sent_is_sent_again() {
    let (outbox, _) = outbox(10);
    let cell = cell("e");
    outbox.put(delete(&cell, "a", 1), None);
    let item = outbox.take().unwrap();
    outbox.put(delete(&cell, "a", 2), None);
    assert!(outbox.take().is_none(), "not both at a time");
    outbox.sent(item);
    assert_eq!(outbox.deleting(cell.digest, "a"), Some(2));
    assert!(outbox.take().is_some());
}

#[test]
fn a_mark_is_pending_until_it_was_sent() {
    let (outbox, marks) = outbox(10);
    let cell = cell("e");
    let tags = ["t".into()];
    outbox.put(tag("t"), None);
    let item = outbox.take().unwrap();
    assert!(is_beaten(&marks, &cell, &tags));
    outbox.put_back(item, TierError::Away);
    assert!(is_beaten(&marks, &cell, &tags));
    let item = outbox.take().unwrap();
    outbox.put(tag("t"), None);
    outbox.sent(item);
    assert!(is_beaten(&marks, &cell, &tags), "the second is on its way");
    let item = outbox.take().unwrap();
    outbox.sent(item);
    assert!(!is_beaten(&marks, &cell, &tags));
}

#[test]
fn whoever_waits_is_told_when_it_has_to_wait() {
    let (outbox, _) = outbox(10);
    let [(one, mut first), (two, mut second)] = [oneshot::channel(), oneshot::channel()];
    outbox.put(tag("t"), Some(one));
    let item = outbox.take().unwrap();
    outbox.put_back(item, TierError::Away);
    assert!(matches!(first.try_recv(), Ok(Err(TierError::Away))));
    outbox.put(tag("t"), Some(two));
    outbox.give_notice(&TierError::Away);
    assert!(matches!(second.try_recv(), Ok(Err(TierError::Away))));
    assert_eq!(outbox.len(), 1);
}

#[test]
fn too_many_keys_become_entries() {
    let (outbox, marks) = outbox(3);
    let [one, two] = ["e", "f"].map(cell);
    let (done, mut told) = oneshot::channel();
    outbox.put(delete(&one, "a", 1), Some(done));
    for key in ["b", "c"] {
        outbox.put(delete(&one, key, 1), None);
    }
    outbox.put(delete(&two, "d", 1), None);
    assert_eq!(outbox.len(), 2);
    assert!(is_beaten(&marks, &one, &[]) && is_beaten(&marks, &two, &[]));
    assert!(!is_beaten(&marks, &cell("g"), &[]));
    while let Some(item) = outbox.take() {
        outbox.sent(item);
    }
    assert!(matches!(told.try_recv(), Ok(Ok(()))));
    assert!(!is_beaten(&marks, &one, &[]));
}

#[test]
fn too_many_marks_become_everything() {
    let (outbox, marks) = outbox(3);
    for name in ["a", "b", "c", "d"] {
        outbox.put(tag(name), None);
    }
    assert_eq!(outbox.len(), 1);
    assert!(is_beaten(&marks, &cell("e"), &[]));
    let item = outbox.take().unwrap();
    outbox.sent(item);
    assert!(!is_beaten(&marks, &cell("e"), &["a".into()]));
}

#[tokio::test]
async fn what_was_put_in_before_is_waited_for_and_nothing_else() {
    let (outbox, _) = outbox(10);
    outbox.sent_up_to(outbox.last()).await;
    outbox.put(tag("a"), None);
    let waiting = outbox.last();
    outbox.put(tag("b"), None);
    let item = outbox.take().unwrap();
    outbox.put_back(item, TierError::Away);
    let (left, ()) = tokio::join!(
        async {
            outbox.sent_up_to(waiting).await;
            outbox.len()
        },
        async {
            while outbox.len() > 1 {
                tokio::task::yield_now().await;
                let item = outbox.take().unwrap();
                if item.order.key() == tag("a").key() {
                    outbox.sent(item);
                } else {
                    outbox.put_back(item, TierError::Away);
                }
            }
        }
    );
    assert_eq!(left, 1);
}
