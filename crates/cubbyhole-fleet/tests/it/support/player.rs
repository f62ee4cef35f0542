//! A service that plays: a whole store above a tier, asked and changed at random.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use cubbyhole::{
    CacheError, CacheStore, CachedRegistryEntry, Format, Leased, Loaded, RedisConfig, RedisTier,
    ScopeFutureExt, SharedTier, TierState,
};
use cubbyhole_fleet::{now, until};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::catalogue::{KEYS, Kept, Place};
use super::change::Change;
use super::dice::Dice;
use super::history::{Event, text};
use super::notes::{Changed, Notes};
use super::source::Reader;
use super::watched::Watched;

/// How long anything may take: whatever happens, nobody waits for longer.
const LONGEST: Duration = Duration::from_secs(5);
/// How many tasks read.
const READERS: usize = 2;

/// A service.
pub(crate) struct Player {
    tier: Arc<RedisTier>,
    store: CacheStore,
    entries: Vec<CachedRegistryEntry<String>>,
    source: Arc<Reader>,
    notes: Notes,
    /// What the others may not have been told yet.
    untold: Mutex<Changed>,
    pub(crate) watched: Watched,
}

impl Player {
    /// Makes a service, and waits until it is connected.
    pub(crate) async fn start(name: &str, config: RedisConfig, source: u16) -> Self {
        let tier = Arc::new(RedisTier::connect_lazy(config).unwrap());
        let shared = || Arc::clone(&tier) as Arc<dyn SharedTier>;
        let store = CacheStore::builder().shared_tier(shared()).build();
        let watched = Watched::new(store.clone(), shared());
        let entry = |kept: Kept| {
            let entry = CachedRegistryEntry::new(kept.uid(), kept.policy())
                .with_shared_tier(shared(), Format::new());
            let entry = match kept.requires_tier() {
                true => entry.require_shared_tier(),
                false => entry,
            };
            store.register(&entry).unwrap();
            entry
        };
        let player = Self {
            entries: Kept::EACH.into_iter().map(entry).collect(),
            source: Arc::new(Reader::connect(source).unwrap()),
            notes: Notes::new(name),
            untold: Mutex::default(),
            watched,
            store,
            tier,
        };
        until("connected", || player.is_told()).await;
        player
    }

    fn entry(&self, kept: Kept) -> &CachedRegistryEntry<String> {
        let number = Kept::EACH.iter().position(|it| *it == kept);
        &self.entries[number.unwrap()]
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        self.notes.take()
    }

    /// Reads what is at a place, for its owner, and computes it if it is not there. `None` if the tier is required, and
    /// away.
    pub(crate) async fn read(&self, at: Place) -> Option<String> {
        let began = now();
        let entry = self.entry(at.entry);
        let read = self.store.get_or_load(entry, at.key, self.loader(at));
        let read = timeout(LONGEST, read.in_scope(at.context())).await;
        let text = allowed(at, read.expect("a read hangs"))?;
        self.notes.read(at.name(), text.clone(), began);
        Some(text)
    }

    /// Reads what is at a place if it is there.
    async fn look(&self, at: Place) {
        let began = now();
        let read = self.store.get(self.entry(at.entry), at.key);
        let read = timeout(LONGEST, read.in_scope(at.context())).await;
        if let Some(text) = allowed(at, read.expect("a read hangs")).flatten() {
            self.notes.read(at.name(), text, began);
        }
    }

    /// Loads what is at a place, and takes its time to hand it over.
    fn loader(&self, at: Place) -> impl FnOnce() -> BoxedLoad + Send + 'static {
        let source = Arc::clone(&self.source);
        move || {
            Box::pin(async move {
                let name = at.name();
                let text = text(&name, source.read(&name));
                sleep(Duration::from_millis(1)).await;
                Ok(Loaded::new(text).with_tags([at.tag()]))
            })
        }
    }

    /// Makes a new version of a place, and of all that are invalidated with it. What somebody else is setting stays.
    pub(crate) async fn change(&self, how: Change, at: Place) {
        let is_set = how == Change::Set;
        let covered = Place::each().filter(|place| how.covers(at, *place));
        let changed: Changed = covered
            .filter_map(|place| {
                let name = place.name();
                let version = self.source.change(&name, is_set)?;
                Some((name, version))
            })
            .collect();
        let text = match &changed[..] {
            [] => return,
            [(name, version), ..] => text(name, *version),
        };
        let change = how.make(&self.store, self.entry(at.entry), at, text);
        let change = async { allowed(at, change.await).unwrap_or_default() };
        let made = timeout(LONGEST, self.make(change, &changed, is_set)).await;
        made.expect("a change hangs");
        for (name, _) in &changed {
            self.source.changed(name);
        }
        self.untold.lock().unwrap().extend(changed);
        self.settle();
    }

    /// Polls a change to its end. An invalidation holds here from its beginning, a set when it has been told.
    async fn make(&self, change: impl Future<Output = ()>, changed: &Changed, is_set: bool) {
        let mut change = pin!(change);
        let is_done = poll_fn(|cx| Poll::Ready(change.as_mut().poll(cx).is_ready())).await;
        if !is_set {
            self.notes.asked(changed);
        }
        if !is_done {
            change.await;
        }
        if is_set {
            self.notes.asked(changed);
        }
    }

    /// Whether the others have been told of everything.
    fn is_told(&self) -> bool {
        let status = self.tier.status();
        status.state == TierState::Connected && status.queued == 0
    }

    /// Notes what the others have been told of by now.
    fn settle(&self) {
        let waiting = std::mem::take(&mut *self.untold.lock().unwrap());
        if self.is_told() {
            self.notes.told(&waiting);
        } else {
            self.untold.lock().unwrap().extend(waiting);
        }
    }

    /// Waits until the others have been told of everything, and nothing is on its way here.
    pub(crate) async fn rest(&self) {
        until("everything is told, and nothing is on its way", || {
            self.settle();
            self.is_told() && self.store.in_flight().is_empty()
        })
        .await;
    }

    /// Plays for a time, as `seed` has it.
    pub(crate) async fn play(self: &Arc<Self>, seed: u64, time: Duration) {
        let end = Instant::now() + time;
        let mut playing = JoinSet::new();
        for reader in 0..READERS {
            let dice = Dice::new(seed * 10 + reader as u64);
            playing.spawn(Arc::clone(self).play_reading(dice, end));
        }
        playing.spawn(Arc::clone(self).play_changing(Dice::new(seed), end));
        while let Some(played) = playing.join_next().await {
            played.unwrap();
        }
        self.rest().await;
    }

    async fn play_reading(self: Arc<Self>, mut dice: Dice, end: Instant) {
        while Instant::now() < end {
            let place = dice.place();
            match dice.throw(8) {
                0..2 => sleep(Duration::from_millis(1)).await,
                2 => self.look(place).await,
                _ => drop(self.read(place).await),
            }
            tokio::task::yield_now().await;
        }
    }

    /// Changes are rare, so that a copy that is stale is not soon told of again.
    async fn play_changing(self: Arc<Self>, mut dice: Dice, end: Instant) {
        let [mut narrow, mut wide] = [Change::NARROW.iter().cycle(), Change::WIDE.iter().cycle()];
        while Instant::now() < end {
            let pause = 20 + dice.throw(40) as u64;
            sleep(Duration::from_millis(pause)).await;
            self.settle();
            let change = match dice.throw(32) {
                0 => wide.next(),
                _ => narrow.next(),
            };
            self.change(*change.unwrap(), dice.place_to_change()).await;
        }
    }

    /// Makes a new version of each place, one by one, in each of the ways.
    pub(crate) async fn change_each(&self) {
        for (place, how) in Place::each().zip(Change::NARROW.iter().cycle()) {
            self.change(*how, place).await;
        }
        self.rest().await;
    }

    /// Changes a place in each scope in one of the ways.
    pub(crate) async fn change_by(&self, how: Change) {
        for place in Place::each().filter(|place| place.key == KEYS[0]) {
            self.change(how, place).await;
        }
        self.rest().await;
    }

    /// Reads everything, and returns the texts in the order of places.
    pub(crate) async fn read_each(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for place in Place::each() {
            texts.push(self.read(place).await.unwrap_or_default());
        }
        texts
    }

    /// Many tasks want the same at the same time.
    pub(crate) async fn crowd(self: &Arc<Self>, tasks: usize, at: Place) {
        let mut crowd = JoinSet::new();
        for _ in 0..tasks {
            let this = Arc::clone(self);
            crowd.spawn(async move { this.read(at).await });
        }
        let served = crowd.join_all().await;
        assert!(served.iter().all(Option::is_some));
    }

    /// Takes the right to bring a value, and keeps it for as long as the process lives.
    pub(crate) async fn hold(&self, at: Place) {
        let lease = self.store.get_or_lease(self.entry(at.entry), at.key);
        match lease.in_scope(at.context()).await.unwrap() {
            Leased::Lease(lease) => std::mem::forget(lease),
            Leased::Value(text) => panic!("it is there: {text}"),
        }
    }
}

/// Returns what came of an operation; `None` if the tier did not take part in one that requires it.
fn allowed<T>(at: Place, result: Result<T, CacheError>) -> Option<T> {
    match result {
        Err(CacheError::SharedTier { .. }) if at.entry.requires_tier() => None,
        result => Some(result.unwrap()),
    }
}

type BoxedLoad = std::pin::Pin<Box<dyn Future<Output = Result<Loaded<String>, Infallible>> + Send>>;
