//! Invalidations: they begin when they are asked for, and are sent by a task of the node.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use cubbyhole_core::{
    TierDone, TierError, TierInvalidation, TierLanding, TierPlace, TierScope, TierState,
};
use tokio::sync::oneshot;

use crate::message::{KeyEvent, Why, about_key, about_mark, era_text, read_era};
use crate::node::Node;
use crate::outbox::{Item, Order, Scope};
use crate::place::{CellName, EntryName};
use crate::stored::Stamp;
use crate::thing::Thing;

/// How many are sent at the same time.
const AT_ONCE: usize = 64;

/// How many values are erased in one step of Redis.
const ERASED_AT_ONCE: usize = 500;

/// How long the queue rests after something could not be sent.
const REST: Duration = Duration::from_millis(50);

/// Puts an order into the queue, and returns a future of its end.
pub(crate) fn put(node: &Node, order: Order) -> TierDone {
    if !node.is_connected() {
        node.outbox.put(order, None);
        return Box::pin(std::future::ready(Err(TierError::Away)));
    }
    let (done, told) = oneshot::channel();
    node.outbox.put(order, Some(done));
    // Time enough for one attempt and what is before it in the line.
    let limit = node.config.call_timeout * 2;
    let timed_out = node.timed_out();
    Box::pin(async move {
        match tokio::time::timeout(limit, told).await {
            Ok(told) => told.unwrap_or(Err(TierError::Away)),
            Err(_) => Err(timed_out),
        }
    })
}

/// Makes an order of an invalidation.
pub(crate) fn order(node: &Node, what: TierInvalidation<'_>) -> Order {
    let (thing, why, erase) = match what {
        TierInvalidation::Entry { kind, uid } => {
            let entry = Arc::new(EntryName::new(kind, uid));
            (Thing::Entry(entry), Why::Asked, None)
        }
        TierInvalidation::Scope(scope) => {
            let thing = Thing::Scope(node.names.scope(scope));
            (thing, Why::Dropped, Some(owned(scope)))
        }
        TierInvalidation::Epoch(scope) => (Thing::Scope(node.names.scope(scope)), Why::Epoch, None),
        TierInvalidation::Tag { scope: None, tag } => (Thing::Tag(tag.into()), Why::Asked, None),
        TierInvalidation::Tag {
            scope: Some(scope),
            tag,
        } => {
            let thing = Thing::ScopedTag(node.names.scope(scope), tag.into());
            (thing, Why::Asked, None)
        }
        // What is not known yet is not left out.
        _ => (Thing::Everything, Why::Asked, None),
    };
    Order::Mark { thing, why, erase }
}

fn owned(scope: TierScope<'_>) -> Scope {
    Scope {
        cache_type: scope.cache_type,
        id: scope.id.into(),
    }
}

/// Something that is being sent: whether it was carried out.
type Sending = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Sends what is in the queue, for ever.
///
/// Several orders are under way at a time, but each begins after the one before it: others hear of them in order.
pub(crate) async fn keep_sending(node: Arc<Node>) {
    let mut sending: VecDeque<Sending> = VecDeque::new();
    loop {
        let is_away = node.health.state() == TierState::Away;
        while !is_away
            && sending.len() < AT_ONCE
            && let Some(item) = node.outbox.take()
        {
            sending.push_back(Box::pin(send(Arc::clone(&node), item)));
        }
        tokio::select! {
            () = node.health.reachable(), if is_away => {}
            () = node.outbox.filled.notified(), if !is_away && sending.len() < AT_ONCE => {}
            is_sent = any_of(&mut sending), if !sending.is_empty() => {
                if !is_sent {
                    tokio::time::sleep(REST).await;
                }
            }
        }
    }
}

/// Waits until something was carried out, or everything that has ended was not.
async fn any_of(sending: &mut VecDeque<Sending>) -> bool {
    poll_fn(|cx| {
        let mut ended = None;
        sending.retain_mut(|one| match one.as_mut().poll(cx) {
            Poll::Ready(is_sent) => {
                *ended.get_or_insert(false) |= is_sent;
                false
            }
            Poll::Pending => true,
        });
        ended.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Carries an order out, or puts it back. Returns whether it was carried out.
async fn send(node: Arc<Node>, item: Item) -> bool {
    let sent = match &item.order {
        Order::Delete { cell, key, before } => delete(&node, cell, key, *before).await,
        Order::Mark { thing, why, erase } => mark(&node, thing, *why, erase.as_ref()).await,
        Order::Erase { cell, before } => erase_cell(&node, cell, *before).await,
    };
    match sent {
        Ok(()) => {
            // A read that was on its way meanwhile may have found what is deleted now.
            if let Order::Delete { cell, key, .. } = &item.order {
                node.waiters.wake(cell.digest, key, &TierLanding::AskAgain);
            }
            node.outbox.sent(item);
        }
        Err(error) => {
            node.outbox.put_back(item, error);
            return false;
        }
    }
    true
}

async fn delete(node: &Node, cell: &CellName, key: &str, before: u64) -> Result<(), TierError> {
    let names = cell.key(key);
    let message = about_key(node.tokens.next(), cell.digest, key, KeyEvent::Deleted);
    let mut call = node.scripts.delete.prepare_invoke();
    call.key(names.value)
        .key(names.lease)
        .key(names.index)
        .arg(format!("{:016x}", node.tokens.node()))
        .arg(before)
        .arg(names.member)
        .arg(&node.channel)
        .arg(message);
    node.run(&call).await
}

async fn mark(
    node: &Node,
    thing: &Thing,
    why: Why,
    erase: Option<&Scope>,
) -> Result<(), TierError> {
    let mut call = node.scripts.mark.prepare_invoke();
    call.key(node.names.control())
        .key(node.names.marks())
        .arg(thing.member())
        .arg(node.config.max_marks)
        .arg(&node.channel)
        .arg(about_mark(node.tokens.next(), thing, why));
    let number: Option<(String, u64)> = node.run(&call).await?;
    let stamp = note(node, thing, number)?;
    match erase {
        Some(scope) => erase_scope(node, scope, stamp).await,
        None => Ok(()),
    }
}

/// Notes the number of a mark. If the era is not that of this node, it has to catch up first.
fn note(node: &Node, thing: &Thing, number: Option<(String, u64)>) -> Result<Stamp, TierError> {
    let mut marks = node.marks.write();
    match number {
        Some((era, seq)) if read_era(&era) == Some(marks.era()) => {
            marks.mark(thing.clone(), seq);
            let era = marks.era();
            Ok(Stamp { era, seq })
        }
        _ => {
            node.health.tripped.notify_one();
            Err(TierError::Away)
        }
    }
}

/// Removes the values of a scope from Redis, those of entries that this process does not know too.
async fn erase_scope(node: &Node, scope: &Scope, before: Stamp) -> Result<(), TierError> {
    let mut commands = node.reachable_commands()?;
    let mut members = redis::cmd("SMEMBERS");
    members.arg(node.names.entries());
    let members: Vec<String> = node.limited(members.query_async(&mut commands)).await?;
    for member in members {
        let Some(entry) = EntryName::of_member(&member) else {
            continue;
        };
        let place = TierPlace {
            kind: &entry.kind,
            uid: &entry.uid,
            scope: TierScope {
                cache_type: scope.cache_type,
                id: &scope.id,
            },
        };
        erase_cell(node, &node.names.cell(place), before).await?;
    }
    Ok(())
}

async fn erase_cell(node: &Node, cell: &CellName, before: Stamp) -> Result<(), TierError> {
    let mut cursor = "0".to_owned();
    loop {
        let mut call = node.scripts.erase.prepare_invoke();
        call.key(cell.index())
            .arg(cell.base())
            .arg(era_text(before.era))
            .arg(before.seq)
            .arg(cursor)
            .arg(ERASED_AT_ONCE);
        cursor = node.run(&call).await?;
        if cursor == "0" {
            return Ok(());
        }
    }
}
