//! The one who keeps the connection: makes it, listens whether it lives, says when it is lost, and makes it again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cubbyhole_core::{StoreEvent, TierState};
use futures_core::Stream;
use redis::aio::PubSubStream;
use redis::{RedisError, Value};
use tokio::task::JoinSet;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep, timeout};

use crate::config::Endpoint;
use crate::connection::{Commands, Limits, Link, Session};
use crate::health::Backoff;
use crate::marks::{Loaded, Marks};
use crate::message::{about_reset, era_text, read_era};
use crate::node::Node;
use crate::thing::Thing;
use crate::token::random;

/// How often it is asked whether the servers are still the same, where that can change without a word.
const ADDRESSES: Duration = Duration::from_secs(5);

/// After how many beats a message that was sent has been lost.
const BEATS_TO_HEAR: u32 = 4;

/// Keeps the connection of a node.
pub(crate) struct Keeper {
    node: Arc<Node>,
    endpoint: Endpoint,
    /// Tells the store that copies have had their time, while there is no connection.
    distrust: Interval,
}

/// There is no connection. Why does not matter: it is tried again.
#[derive(Debug)]
pub(crate) struct Trouble;

impl From<RedisError> for Trouble {
    fn from(_: RedisError) -> Self {
        Self
    }
}

impl From<Elapsed> for Trouble {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

impl Keeper {
    pub(crate) fn new(node: Arc<Node>, endpoint: Endpoint) -> Self {
        let mut distrust = interval(node.config.trust_for);
        distrust.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            node,
            endpoint,
            distrust,
        }
    }

    /// Keeps the connection, for ever.
    pub(crate) async fn keep(mut self) {
        let mut backoff = Backoff::new(self.node.config.longest_pause);
        loop {
            let began = Instant::now();
            if let Ok(session) = self.connect().await {
                self.live(session).await;
                self.lose();
            }
            if began.elapsed() > self.node.config.longest_pause {
                backoff.reset();
            }
            let pause = sleep(backoff.next(random()));
            distrusting(&self.node, &mut self.distrust, pause).await;
        }
    }

    /// Connects, asks for what was missed, tells the others what they have missed, and only then is trusted.
    async fn connect(&mut self) -> Result<Running, Trouble> {
        let Self {
            node,
            endpoint,
            distrust,
        } = self;
        let connecting = establish(node, endpoint);
        let running = distrusting(node, distrust, connecting).await?;
        node.tell_store(StoreEvent::CaughtUp);
        node.health.set(TierState::Connected);
        Ok(running)
    }

    /// Stays for as long as the connection lives.
    async fn live(&self, mut running: Running) {
        let mut beats = interval(self.node.config.heartbeat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.node.health.tripped.notified() => return,
                _ = running.readers.join_next() => return,
                _ = beats.tick() => {}
            }
            let is_alive = tokio::select! {
                () = self.node.health.tripped.notified() => false,
                is_alive = running.beat(&self.node) => is_alive,
            };
            if !is_alive {
                return;
            }
        }
    }

    /// Says that there is no connection any more, to everybody.
    fn lose(&mut self) {
        self.node.health.count_disconnect();
        part(&self.node);
        self.node.tell_store(StoreEvent::Distrusted);
        self.distrust.reset();
    }
}

/// Whoever kept the connection is gone, with the tier or with the runtime: nothing is heard any more.
impl Drop for Keeper {
    fn drop(&mut self) {
        part(&self.node);
        self.node.tell_store(StoreEvent::Distrusted);
    }
}

/// Lets go of a connection.
pub(crate) fn part(node: &Node) {
    node.health.set(TierState::Away);
    node.put_commands(None);
    node.outbox.give_notice(&cubbyhole_core::TierError::Away);
    node.waiters.wake_all();
}

/// Waits, and tells the store again and again that copies have had their time.
async fn distrusting<T>(node: &Node, distrust: &mut Interval, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = distrust.tick() => node.tell_store(StoreEvent::Distrusted),
        }
    }
}

/// A connection that lives.
struct Running {
    commands: Commands,
    sinks: Vec<redis::aio::PubSubSink>,
    /// Those who hear the links, and who watches the addresses. When one ends, the connection has.
    readers: JoinSet<()>,
    holes: Holes,
}

/// Looks for messages about marks that were lost.
#[derive(Debug)]
struct Holes {
    /// How far the counter was at some beat before.
    counted: u64,
    /// At how many beats in a row not everything up to there had been heard.
    incomplete: u32,
}

impl Holes {
    const fn after(counted: u64) -> Self {
        Self {
            counted,
            incomplete: 0,
        }
    }

    /// Says whether something that had been counted at an earlier beat is lost: it was not heard, and is not just on
    /// its way to the reader. A counter that went back has lost something, too.
    fn are_there(&mut self, marks: &Marks, seq: u64) -> bool {
        if seq < self.counted {
            return true;
        }
        if marks.heard_up_to(self.counted) {
            *self = Self::after(seq);
        } else {
            self.incomplete += 1;
        }
        self.incomplete >= BEATS_TO_HEAR
    }
}

async fn establish(node: &Arc<Node>, endpoint: &Endpoint) -> Result<Running, Trouble> {
    // What tripped the connection before does not concern this one.
    let _ = timeout(Duration::ZERO, node.health.tripped.notified()).await;
    let limits = Limits {
        connect: node.config.connect_timeout,
        call: node.config.call_timeout,
    };
    let connecting = endpoint.connect(&node.channel, limits);
    let session = timeout(limits.connect, connecting).await;
    let session = session.map_err(Trouble::from)??;
    let running = catch_up(node, endpoint, session).await;
    if running.is_err() {
        part(node);
    }
    running
}

/// Asks for what was missed, and tells the others what they have missed.
///
/// The messages of the meantime wait in the links, and are heard after what was asked for.
async fn catch_up(
    node: &Arc<Node>,
    endpoint: &Endpoint,
    session: Session,
) -> Result<Running, Trouble> {
    let Session {
        commands,
        links,
        lives,
        addresses,
    } = session;
    let limit = node.config.connect_timeout;
    timeout(limit, node.scripts.load(&mut commands.clone())).await??;
    let loaded = load(node, &commands, &lives).await?;
    let holes = Holes::after(loaded.seq);
    node.marks.write().load(loaded);
    node.put_commands(Some(commands.clone()));
    node.health.set(TierState::CatchingUp);
    let mut readers = JoinSet::new();
    let mut sinks = Vec::new();
    for Link { sink, stream } in links {
        readers.spawn(read(Arc::clone(node), stream));
        sinks.push(sink);
    }
    let limit = node.config.connect_timeout;
    readers.spawn(watch(endpoint.clone(), commands.clone(), addresses, limit));
    replay(node).await?;
    Ok(Running {
        commands,
        sinks,
        readers,
        holes,
    })
}

/// Waits until the others have been told of all that waited, for as long as that makes progress.
async fn replay(node: &Node) -> Result<(), Trouble> {
    let waiting = node.outbox.last();
    loop {
        let before = node.outbox.len();
        let told = timeout(node.config.connect_timeout, node.outbox.sent_up_to(waiting)).await;
        if told.is_ok() {
            return Ok(());
        }
        if node.outbox.len() >= before {
            return Err(Trouble);
        }
    }
}

async fn load(node: &Node, commands: &Commands, lives: &str) -> Result<Loaded, Trouble> {
    let mut call = node.scripts.load.prepare_invoke();
    call.key(node.names.control())
        .key(node.names.marks())
        .arg(lives)
        .arg(era_text(random()))
        .arg(&node.channel)
        .arg(about_reset(node.tokens.next()));
    let mut commands = commands.clone();
    let asked = timeout(
        node.config.connect_timeout,
        call.invoke_async(&mut commands),
    )
    .await;
    let (era, seq, floor, marks): (String, u64, u64, Vec<(Vec<u8>, f64)>) =
        asked.map_err(Trouble::from)??;
    let marks = marks.into_iter().filter_map(|(member, seq)| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "numbers of marks are counted by Redis from 1, and exact up to 2^53"
        )]
        Some((Thing::of_member(&member)?, seq as u64))
    });
    Ok(Loaded {
        era: read_era(&era).ok_or(Trouble)?,
        seq,
        floor,
        marks: marks.collect(),
    })
}

/// Hears all messages of a link, until it is lost.
async fn read(node: Arc<Node>, stream: PubSubStream) {
    let mut stream = pin!(stream);
    while let Some(message) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        node.hear(message.get_payload_bytes());
    }
}

/// Watches where the servers are, until they are elsewhere.
async fn watch(endpoint: Endpoint, commands: Commands, addresses: Vec<String>, limit: Duration) {
    loop {
        sleep(ADDRESSES).await;
        // Not knowing is no reason to give up what lives.
        if let Ok(Ok(Some(now))) = timeout(limit, endpoint.addresses(&commands)).await
            && now != addresses
        {
            return;
        }
    }
}

impl Running {
    /// Says whether every server answers in time, and nothing was missed.
    async fn beat(&mut self, node: &Node) -> bool {
        let limit = node.config.heartbeat_timeout;
        let beat = timeout(limit, self.ask(node)).await;
        matches!(beat, Ok(Ok(true)))
    }

    async fn ask(&mut self, node: &Node) -> Result<bool, Trouble> {
        // An answer on a link comes after every message that was sent there before it.
        for sink in &mut self.sinks {
            sink.ping::<Value>().await?;
        }
        let mut counts = redis::cmd("HMGET");
        counts.arg(node.names.control()).arg("era").arg("seq");
        let (era, seq): (Option<String>, Option<u64>) =
            counts.query_async(&mut self.commands).await?;
        let (Some(era), Some(seq)) = (era, seq) else {
            return Ok(false);
        };
        let marks = node.marks.read();
        let is_same = read_era(&era) == Some(marks.era());
        Ok(is_same && !self.holes.are_there(&marks, seq))
    }
}

#[cfg(test)]
mod tests {
    use super::{BEATS_TO_HEAR, Holes};
    use crate::marks::{Loaded, Marks};
    use crate::thing::Thing;

    fn marks(seq: u64) -> Marks {
        let mut marks = Marks::new(10);
        marks.load(Loaded {
            era: 1,
            seq,
            floor: 0,
            marks: vec![],
        });
        marks
    }

    #[test]
    fn a_message_that_is_late_is_not_lost() {
        let (mut marks, mut holes) = (marks(5), Holes::after(5));
        for seq in 6..100 {
            assert!(!holes.are_there(&marks, seq));
            marks.hear(Thing::Everything, seq);
        }
    }

    #[test]
    fn a_message_that_does_not_come_is_found_out() {
        let (marks, mut holes) = (marks(5), Holes::after(5));
        assert!(!holes.are_there(&marks, 6), "it has just been counted");
        let found: Vec<bool> = (0..BEATS_TO_HEAR)
            .map(|_| holes.are_there(&marks, 6))
            .collect();
        assert_eq!(found, [false, false, false, true]);
    }

    #[test]
    fn a_counter_that_goes_back_has_lost_something() {
        assert!(Holes::after(5).are_there(&marks(5), 4));
    }
}
