//! A node that does what a store does with a tier: keeps copies, drops what it is told of, and loads what is not there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole_core::{
    CellEvent, CellListener, SharedTier, StoreEvent, StoreListener, TierAnswer, TierCell,
    TierInvalidation, TierLanding, TierPlace, TierState,
};
use cubbyhole_fleet::now;
use cubbyhole_redis::{RedisConfig, RedisTier};
use hashbrown::HashMap;

use super::history::{Event, text};
use super::node::{tagged, user_scope};
use super::source::Reader;

/// The users, and the keys that each has.
pub(crate) const USERS: [&str; 3] = ["ann", "bob", "eve"];
pub(crate) const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// The names of everything, in order.
pub(crate) fn names() -> impl Iterator<Item = String> {
    USERS
        .into_iter()
        .flat_map(|user| KEYS.map(|key| format!("{user}/{key}")))
}

/// The copies of a node. Whatever is heard of a user drops all copies of the user, and spoils what is on its way.
#[derive(Debug, Default)]
struct Copies {
    texts: Mutex<HashMap<String, String>>,
    changes: AtomicU64,
}

impl Copies {
    fn drop_where(&self, is_meant: impl Fn(&str) -> bool) {
        let mut texts = self.texts.lock().unwrap();
        self.changes.fetch_add(1, Ordering::SeqCst);
        texts.retain(|name, _| !is_meant(name));
    }

    /// Keeps what was asked for when there had been so many changes.
    fn keep(&self, name: &str, text: &str, changes: u64) {
        let mut texts = self.texts.lock().unwrap();
        if self.changes.load(Ordering::SeqCst) == changes {
            texts.insert(name.to_owned(), text.to_owned());
        }
    }
}

/// Hears for one user.
struct UserEar {
    copies: Arc<Copies>,
    user: &'static str,
}

impl CellListener for UserEar {
    fn hear(&self, _: CellEvent<'_>) {
        let prefix = format!("{}/", self.user);
        self.copies.drop_where(|name| name.starts_with(&prefix));
    }
}

impl StoreListener for Copies {
    fn hear(&self, _: StoreEvent<'_>) {
        self.drop_where(|_| true);
    }
}

/// A node that plays.
pub(crate) struct Player {
    pub(crate) name: String,
    pub(crate) tier: RedisTier,
    copies: Arc<Copies>,
    /// The listeners are kept alive with the cells.
    cells: HashMap<&'static str, (Arc<dyn TierCell>, Arc<UserEar>)>,
    source: Reader,
    events: Mutex<Vec<Event>>,
    /// What the others may not have been told yet.
    untold: Mutex<Vec<(String, u64)>>,
}

impl Player {
    pub(crate) fn new(name: &str, config: RedisConfig, source: u16) -> Self {
        let tier = RedisTier::connect_lazy(config).unwrap();
        let copies = Arc::new(Copies::default());
        let listener: Arc<dyn StoreListener> = Arc::clone(&copies) as _;
        tier.attach(Arc::downgrade(&listener));
        let cells = USERS.map(|user| {
            let ear = Arc::new(UserEar {
                copies: Arc::clone(&copies),
                user,
            });
            let listener: Arc<dyn CellListener> = Arc::clone(&ear) as _;
            let place = TierPlace {
                kind: "kind",
                uid: "uid",
                scope: user_scope(user),
            };
            (user, (tier.open(place, Arc::downgrade(&listener)), ear))
        });
        Self {
            name: name.to_owned(),
            tier,
            copies,
            cells: cells.into_iter().collect(),
            source: Reader::connect(source).unwrap(),
            events: Mutex::default(),
            untold: Mutex::default(),
        }
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    fn note(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }

    /// Reads, from the copies if there is one.
    pub(crate) async fn read(&self, user: &'static str, key: &str) -> String {
        let began = now();
        let name = format!("{user}/{key}");
        let copy = self.copies.texts.lock().unwrap().get(&name).cloned();
        let text = match copy {
            Some(text) => text,
            None => self.load(user, key, &name).await,
        };
        self.note(Event::Read {
            node: self.name.clone(),
            began,
            name,
            text: text.clone(),
        });
        text
    }

    async fn load(&self, user: &'static str, key: &str, name: &str) -> String {
        loop {
            let changes = self.copies.changes.load(Ordering::SeqCst);
            let answer = self.cells[user].0.get_or_lease(key).await;
            let found = match answer {
                Ok(TierAnswer::Found(value)) => String::from_utf8(value.bytes).unwrap(),
                Ok(TierAnswer::Leased(lease)) => {
                    let found = text(name, self.source.read(name));
                    let value = tagged(&found, user);
                    // Whether it is stored for the others does not matter to whoever asked here.
                    let _ = lease.publish(value).await;
                    found
                }
                Ok(TierAnswer::Busy(wait)) => match wait.await {
                    TierLanding::AskAgain => continue,
                    landing => panic!("nobody fails: {landing:?}"),
                },
                Err(_) => text(name, self.source.read(name)),
            };
            self.copies.keep(name, &found, changes);
            return found;
        }
    }

    /// Makes a new version, and deletes the key.
    pub(crate) async fn write(&self, user: &'static str, key: &str) {
        let name = format!("{user}/{key}");
        let version = self.source.bump(&name);
        let deleted = self.cells[user].0.delete(key);
        self.invalidated(vec![(name, version)], deleted).await;
    }

    /// Makes new versions of all keys of a user, and invalidates them in one of the ways that there are.
    pub(crate) async fn write_all(&self, user: &'static str, way: usize) {
        let names = KEYS.map(|key| format!("{user}/{key}"));
        let versions = names.map(|name| {
            let version = self.source.bump(&name);
            (name, version)
        });
        let scope = user_scope(user);
        let ways = [
            TierInvalidation::Epoch(scope),
            TierInvalidation::Scope(scope),
            TierInvalidation::Tag {
                scope: None,
                tag: user,
            },
            TierInvalidation::Tag {
                scope: Some(scope),
                tag: user,
            },
            TierInvalidation::Entry {
                kind: "kind",
                uid: "uid",
            },
        ];
        let done = self.tier.invalidate(ways[way % ways.len()]);
        self.invalidated(versions.into(), done).await;
    }

    async fn invalidated(&self, versions: Vec<(String, u64)>, done: cubbyhole_core::TierDone) {
        for (name, version) in &versions {
            self.copies.drop_where(|copy| copy == name);
            let event = Event::Asked {
                node: self.name.clone(),
                at: now(),
                name: name.clone(),
                version: *version,
            };
            self.note(event);
        }
        match done.await {
            Ok(()) => self.told(versions),
            Err(_) => self.untold.lock().unwrap().extend(versions),
        }
    }

    fn told(&self, versions: Vec<(String, u64)>) {
        for (name, version) in versions {
            self.note(Event::Told {
                node: self.name.clone(),
                at: now(),
                name,
                version,
            });
        }
    }

    /// Notes what the others have been told of by now.
    pub(crate) fn settle(&self) {
        let waiting = std::mem::take(&mut *self.untold.lock().unwrap());
        let status = self.tier.status();
        if status.state == TierState::Connected && status.queued == 0 {
            self.told(waiting);
        } else {
            self.untold.lock().unwrap().extend(waiting);
        }
    }

    /// Takes the right to bring a value, and keeps it.
    pub(crate) async fn hold(&self, key: &str) -> &'static str {
        match self.cells[USERS[0]].0.get_or_lease(key).await {
            Ok(TierAnswer::Leased(lease)) => {
                // It is never given back.
                std::mem::forget(lease);
                "held"
            }
            _ => "not held",
        }
    }

    /// Plays for a time, as `seed` has it. Writes are rare, so that a copy that is stale is not soon told of again.
    pub(crate) async fn play(&self, seed: u64, time: Duration) {
        let end = now() + time;
        let mut dice = Dice(seed);
        while now() < end {
            let user = USERS[dice.throw(USERS.len())];
            let key = KEYS[dice.throw(KEYS.len())];
            match dice.throw(1000) {
                0..10 => self.write(user, key).await,
                10..12 => self.write_all(user, dice.throw(5)).await,
                12..300 => tokio::time::sleep(Duration::from_millis(1)).await,
                _ => drop(self.read(user, key).await),
            }
            self.settle();
            tokio::task::yield_now().await;
        }
    }

    /// Makes a new version of each key, and deletes it.
    pub(crate) async fn write_each(&self) {
        for user in USERS {
            for key in KEYS {
                self.write(user, key).await;
            }
        }
    }

    /// Reads everything once, when nobody writes any more.
    pub(crate) async fn read_all(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for user in USERS {
            for key in KEYS {
                texts.push(self.read(user, key).await);
            }
        }
        texts
    }
}

/// Numbers without a pattern, the same for each seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}
