//! A fleet with one flaw, around one that has none.

mod cell;
mod listener;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{
    CellListener, ManualClock, SharedTier, StoreListener, TierCell, TierDone, TierError,
    TierInvalidation, TierPlace, TierScope, TierState, TierStatus,
};
use cubbyhole_policy::CacheType;
use cubbyhole_testkit::{ManualFleet, ManualTier, TierFleet};

use cell::BrokenCell;
use listener::Bent;

/// What is wrong with a fleet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    Nothing,
    FindsWhatIsNotThere,
    StoresNothing,
    EndsBytesAtNul,
    LosesTags,
    LosesLifetimes,
    RoundsLifetimesUp,
    DeletesNothing,
    DeletesTheEntry,
    KeysEndAtNul,
    EntriesAreOneName,
    ScopesAreTheirIds,
    LeasesToAll,
    LeasesNoValueThatIsThere,
    ForcesItsWay,
    LeasesTheEntry,
    KeepsThePublished,
    KeepsTheDropped,
    KeepsTheFailed,
    FailsWithoutAWord,
    GivesBackWhatIsLost,
    LosesLeasesInTime,
    WaitsForEver,
    DoesNotWait,
    GivingUpAWaitTakes,
    IsLazy,
    IgnoresEntries,
    IgnoresScopes,
    IgnoresEpochs,
    IgnoresTagsInAScope,
    IgnoresTagsEverywhere,
    RefusesForEver,
    TellsOfTheRefused,
    TellsTwice,
    TellsItself,
    TrimsWhatItTells,
    TellsEveryCell,
    TellsNoStore,
    TellsTheClosed,
    TellsTheFirstAlone,
    MissesTheListener,
    TellsUnderALock,
    SaysNothingOfItself,
    ShowsIds,
    ShowsIdsInErrors,
    GivingUpAReadDeletes,
    PublishesInTwoSteps,
    TellsOfDistrustOnce,
    ForgetsWhileAway,
    IsDeafAfterwards,
    LeasesLastForEver,
}

/// A fleet with a flaw.
pub(crate) struct Broken {
    clock: ManualClock,
    shared: Arc<Shared>,
    nodes: Mutex<Vec<Arc<BrokenTier>>>,
}

/// What the nodes of a broken fleet share.
pub(crate) struct Shared {
    pub(crate) flaw: Flaw,
    pub(crate) fleet: ManualFleet,
    /// Something was invalidated, at some time.
    pub(crate) invalidated: AtomicBool,
    /// A node was cut off, at some time.
    pub(crate) cut: AtomicBool,
}

impl Shared {
    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }
}

/// The place and the key that checks are about.
pub(crate) const HOME: TierPlace<'static> = TierPlace {
    kind: "api",
    uid: "balance",
    scope: TierScope {
        cache_type: CacheType::User,
        id: "ada",
    },
};

impl Broken {
    pub(crate) fn new(flaw: Flaw) -> Self {
        let clock = ManualClock::new();
        let shared = Arc::new(Shared {
            flaw,
            fleet: ManualFleet::new(clock.clone()),
            invalidated: AtomicBool::new(false),
            cut: AtomicBool::new(false),
        });
        Self {
            clock,
            shared,
            nodes: Mutex::default(),
        }
    }

    fn node(&self, number: usize) -> Arc<BrokenTier> {
        Arc::clone(&self.nodes.lock().unwrap_or_else(PoisonError::into_inner)[number])
    }
}

#[async_trait]
impl TierFleet for Broken {
    async fn node(&self) -> Arc<dyn SharedTier> {
        let node = Arc::new(BrokenTier {
            tier: self.shared.fleet.node(),
            shared: Arc::clone(&self.shared),
            common: Arc::default(),
        });
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.push(Arc::clone(&node));
        node
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        if self.shared.has(Flaw::LosesLeasesInTime) && time > Duration::from_secs(1) {
            let _ = self.shared.fleet.lose_lease(HOME, "k");
        }
    }

    async fn cut(&self, node: usize) {
        self.shared.cut.store(true, Ordering::Relaxed);
        self.node(node).tier.disconnect();
    }

    async fn mend(&self, node: usize) {
        self.node(node).tier.reconnect();
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(3)
    }
}

/// A node of a broken fleet.
pub(crate) struct BrokenTier {
    tier: Arc<ManualTier>,
    shared: Arc<Shared>,
    common: Arc<Common>,
}

/// What the listeners of a node share.
#[derive(Default)]
pub(crate) struct Common {
    pub(crate) cells: Mutex<Vec<Weak<dyn CellListener>>>,
    pub(crate) stores: Mutex<Vec<Arc<Bent<dyn StoreListener>>>>,
    /// For who tells under a lock.
    pub(crate) lock: Mutex<()>,
    pub(crate) was_distrusted: AtomicBool,
    shown: Mutex<String>,
}

impl BrokenTier {
    fn has(&self, flaw: Flaw) -> bool {
        self.shared.has(flaw)
    }

    fn ignores(&self, what: TierInvalidation<'_>) -> bool {
        match what {
            TierInvalidation::Entry { .. } => self.has(Flaw::IgnoresEntries),
            TierInvalidation::Scope(_) => self.has(Flaw::IgnoresScopes),
            TierInvalidation::Epoch(_) => self.has(Flaw::IgnoresEpochs),
            TierInvalidation::Tag { scope: Some(_), .. } => self.has(Flaw::IgnoresTagsInAScope),
            TierInvalidation::Tag { scope: None, .. } => self.has(Flaw::IgnoresTagsEverywhere),
            _ => false,
        }
    }

    /// Returns whether a place is open already.
    fn opens_again(&self, place: TierPlace<'_>) -> bool {
        let mut shown = self
            .common
            .shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name = format!("{} {} {};", place.kind, place.uid, place.scope.id);
        let again = shown.contains(&name);
        shown.push_str(&name);
        again
    }

    fn is_away(&self) -> bool {
        self.tier.status().state == TierState::Away
    }
}

impl SharedTier for BrokenTier {
    fn attach(&self, store: Weak<dyn StoreListener>) {
        if self.has(Flaw::TellsNoStore) {
            return;
        }
        let bent = Bent::new(store, &self.shared, &self.common);
        let weak: Weak<Bent<dyn StoreListener>> = Arc::downgrade(&bent);
        let mut stores = self
            .common
            .stores
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        stores.push(bent);
        drop(stores);
        self.tier.attach(weak);
    }

    fn open(&self, place: TierPlace<'_>, listener: Weak<dyn CellListener>) -> Arc<dyn TierCell> {
        let _lock = self
            .common
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let again = self.opens_again(place);
        let bent = Bent::new(Weak::clone(&listener), &self.shared, &self.common);
        let mut weak: Weak<dyn CellListener> = Arc::<Bent<dyn CellListener>>::downgrade(&bent);
        if again && self.has(Flaw::TellsTheFirstAlone) {
            weak = Weak::<Bent<dyn CellListener>>::new();
        }
        let one_name = format!("{}{}", place.kind, place.uid);
        let mut bent_place = place;
        if self.has(Flaw::EntriesAreOneName) {
            (bent_place.kind, bent_place.uid) = (&one_name, "");
        }
        if self.has(Flaw::ScopesAreTheirIds) {
            bent_place.scope.cache_type = CacheType::User;
        }
        let cell = self.tier.open(bent_place, weak);
        if self.has(Flaw::TellsTheClosed) {
            std::mem::forget((Arc::clone(&cell), Arc::clone(&bent)));
        }
        let mut cells = self
            .common
            .cells
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        cells.push(Weak::clone(&listener));
        drop(cells);
        Arc::new(BrokenCell {
            shared: Arc::clone(&self.shared),
            tier: Arc::clone(&self.tier),
            id: place.scope.id.to_owned(),
            cell,
            listener,
            _bent: bent,
        })
    }

    fn invalidate(&self, what: TierInvalidation<'_>) -> TierDone {
        self.shared.invalidated.store(true, Ordering::Relaxed);
        if self.has(Flaw::ForgetsWhileAway) && self.is_away() {
            return Box::pin(async { Err(TierError::Away) });
        }
        if self.ignores(what) {
            return Box::pin(async { Ok(()) });
        }
        if self.has(Flaw::IsLazy) {
            return self.invalidate_when_polled(what);
        }
        self.tier.invalidate(what)
    }

    fn status(&self) -> TierStatus {
        if self.has(Flaw::SaysNothingOfItself) {
            return TierStatus::default();
        }
        self.tier.status()
    }
}

impl BrokenTier {
    fn invalidate_when_polled(&self, what: TierInvalidation<'_>) -> TierDone {
        let tier = Arc::clone(&self.tier);
        // All that the suite invalidates so is of one place, and tagged alike.
        let (scope, tag) = (HOME.scope, "red");
        let what = match what {
            TierInvalidation::Entry { .. } => TierInvalidation::Entry {
                kind: HOME.kind,
                uid: HOME.uid,
            },
            TierInvalidation::Scope(_) => TierInvalidation::Scope(scope),
            TierInvalidation::Epoch(_) => TierInvalidation::Epoch(scope),
            TierInvalidation::Tag { scope: Some(_), .. } => TierInvalidation::Tag {
                scope: Some(scope),
                tag,
            },
            _ => TierInvalidation::Tag { scope: None, tag },
        };
        Box::pin(async move { tier.invalidate(what).await })
    }
}

impl fmt::Debug for BrokenTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self
            .common
            .shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let shown = if self.has(Flaw::ShowsIds) {
            shown.as_str()
        } else {
            ""
        };
        f.debug_tuple("BrokenTier").field(&shown).finish()
    }
}
