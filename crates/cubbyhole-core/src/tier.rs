//! A tier that several processes share: what a store asks of it, and what it tells a store.

mod error;
mod event;
mod format;
mod status;
mod value;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use cubbyhole_policy::CacheType;

pub use self::error::TierError;
pub use self::event::{CellEvent, CellListener, StoreEvent, StoreListener};
pub use self::format::{FormatError, FormatErrorKind, ValueFormat};
pub use self::status::{TierState, TierStatus};
pub use self::value::TierValue;

/// A tier of values that several processes share, under the caches that each has for itself.
///
/// One object belongs to one store of one process, a *node*; all nodes together are the *fleet*. A store asks its own
/// caches first, then the tier, then the loader; what another node changes it is [told](CellListener).
///
/// # Contract
///
/// - **An invalidation beats what began before it.** A value that is published under a [lease](TierLease) is stored
///   only if nothing that covers its key was invalidated, anywhere, since the lease was given: not the key itself, nor
///   its entry, its scope, or a tag of the value.
/// - **An invalidation holds from its call.** From the moment [`invalidate`](Self::invalidate) or
///   [`delete`](TierCell::delete) is *called*, polled or not, this node is not given anything that it covers. It reaches
///   the others as soon as the tier can be reached, however long that takes, unless more is waiting than the tier can
///   hold: then whole entries are invalidated in place of single keys, and nothing is left out.
/// - **Whoever may be stale is told.** When the tier cannot say any more what others have changed, it tells its store
///   [`Distrusted`](StoreEvent::Distrusted), and again and again while that lasts, at intervals that it states; when it
///   can again, [`CaughtUp`](StoreEvent::CaughtUp), and then no node is given anything that was invalidated meanwhile.
/// - A node is not told of what it did itself.
/// - Every call ends in a time that the tier states. Away, it says so at once.
/// - Scopes are told apart by type and id, entries by kind and uid, keys byte for byte: no two places meet.
/// - No id of a user or a session is in a message or an error, nor in what `Debug` shows.
///
/// # Cancellation
///
/// Dropping the future of a read changes nothing. Dropping one that takes or publishes a lease may leave it taken until
/// its time is up, and the value published or not, never half. An invalidation goes on.
pub trait SharedTier: Debug + Send + Sync {
    /// Says who is to be told what concerns more than one cell. Called once, by the store that the tier belongs to.
    fn attach(&self, store: Weak<dyn StoreListener>);

    /// Opens a cell. It MUST NOT block: it is called under the lock of a scope.
    ///
    /// The listener is told what others change in the cell for as long as the cell is held.
    fn open(&self, place: TierPlace<'_>, listener: Weak<dyn CellListener>) -> Arc<dyn TierCell>;

    /// Invalidates more than one key. It begins when it is called, whether or not the future is polled; the future ends
    /// when the fleet has been told, or with an error when that has to wait, and then it is made up for later.
    fn invalidate(&self, what: TierInvalidation<'_>) -> TierDone;

    /// Says how the tier is.
    fn status(&self) -> TierStatus;
}

/// The values of one registry entry in one scope, as all nodes have them.
#[async_trait]
pub trait TierCell: Send + Sync {
    /// Returns the value of a key.
    ///
    /// # Errors
    ///
    /// [`TierError`] if the tier cannot say.
    async fn get(&self, key: &str) -> Result<Option<TierValue>, TierError>;

    /// Returns the value of a key, or the right to bring it, or a wait for whoever has that right now: in one step.
    ///
    /// # Errors
    ///
    /// [`TierError`] if the tier cannot say.
    async fn get_or_lease(&self, key: &str) -> Result<TierAnswer, TierError>;

    /// Returns the right to bring the value of a key if nobody has it, whether or not there is a value.
    ///
    /// # Errors
    ///
    /// [`TierError`] if the tier cannot say.
    async fn try_lease(&self, key: &str) -> Result<Option<Box<dyn TierLease>>, TierError>;

    /// Returns the right to bring the value of a key, and takes it from whoever has it: an explicit `set` beats what
    /// others compute.
    ///
    /// # Errors
    ///
    /// [`TierError`] if the tier cannot give it.
    async fn take_lease(&self, key: &str) -> Result<Box<dyn TierLease>, TierError>;

    /// Removes the value of a key, and takes the right to bring it from whoever has it.
    ///
    /// It begins when it is called, as [`SharedTier::invalidate`]. It MUST NOT block: it is called under the lock of a
    /// scope; the future is polled without.
    fn delete(&self, key: &str) -> TierDone;
}

/// The right to bring the value of a key, which one node at a time has.
///
/// It is kept while this is held and the node lives, and lost when somebody else takes it, when the key is invalidated,
/// and some time after the node or its connection has died. Dropping it gives it back, and who waits asks again.
#[async_trait]
pub trait TierLease: Send + Sync {
    /// Stores the value, tells all nodes, and gives the right back. Returns whether the right had not been lost: if it
    /// had, nothing is stored.
    ///
    /// # Errors
    ///
    /// [`TierError`] if it is not known whether the value was stored: then the key is invalidated as soon as possible.
    async fn publish(self: Box<Self>, value: TierValue) -> Result<bool, TierError>;

    /// Gives the right back because the value could not be computed, and tells those who wait why.
    async fn fail(self: Box<Self>, message: &str);
}

/// What a cell says to who would bring the value if it is not there.
pub enum TierAnswer {
    /// The value.
    Found(TierValue),
    /// There is none, and whoever asked has the right to bring it.
    Leased(Box<dyn TierLease>),
    /// There is none, and another node brings it. It costs nothing to wait, and nothing to give up.
    Busy(TierWait),
}

/// A wait for what another node brings. It ends at the latest when that node's right has run out.
pub type TierWait = Pin<Box<dyn Future<Output = TierLanding> + Send>>;

/// How a wait ends.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TierLanding {
    /// Something has changed: ask again.
    AskAgain,
    /// The other node could not compute the value; its message.
    Failed(String),
}

/// The end of an invalidation, which does not need to be waited for.
pub type TierDone = Pin<Box<dyn Future<Output = Result<(), TierError>> + Send>>;

/// Where a cell is: which registry entry, in whose scope.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct TierPlace<'a> {
    /// The kind of the registry entry.
    pub kind: &'a str,
    /// Its uid.
    pub uid: &'a str,
    /// The scope.
    pub scope: TierScope<'a>,
}

/// A scope, as a tier knows it. `Debug` hides the id.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct TierScope<'a> {
    /// Its type.
    pub cache_type: CacheType,
    /// The id of the user or the session; empty for the global scope.
    pub id: &'a str,
}

/// What is invalidated, where it is more than one key. `Debug` hides ids.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TierInvalidation<'a> {
    /// A registry entry, in every scope.
    Entry {
        /// The kind.
        kind: &'a str,
        /// The uid.
        uid: &'a str,
    },
    /// A scope, in every registry entry: it was dropped.
    Scope(TierScope<'a>),
    /// A scope, in every registry entry: what its user may see has changed.
    Epoch(TierScope<'a>),
    /// What has a tag, in every registry entry: in one scope, or everywhere.
    Tag {
        /// The scope, if it is one.
        scope: Option<TierScope<'a>>,
        /// The tag.
        tag: &'a str,
    },
}

impl Debug for TierPlace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TierPlace")
            .field("kind", &self.kind)
            .field("uid", &self.uid)
            .field("scope", &self.scope)
            .finish()
    }
}

impl Debug for TierScope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a scope of type {}", self.cache_type)
    }
}

impl Debug for TierAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::Leased(_) => "Leased",
            Self::Busy(_) => "Busy",
        })
    }
}
