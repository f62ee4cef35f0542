//! Loads that a test holds, lets go one by one, and counts.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use cubbyhole_scope::{CacheScope, ScopeContext};

/// Holds the loads of a test back until it lets them go, and remembers for whom each was begun.
///
/// Wrap the loader of a cached function in [`hold`](Self::hold), or, in a test of a service, what its source does in
/// [`load`](Self::load). The test then sees which loads are under way, lets them go in any order, and asserts what was
/// computed, how often, and in whose scope. Nothing sleeps. Clones share their loads. `Debug` lists them, which makes a
/// good message of an assertion.
///
/// ```
/// use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
/// use cubbyhole_testkit::HeldLoads;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let loads = HeldLoads::new();
/// let ada = ScopeContext::new().user("ada");
/// // In a real test this is handed to `store.get_or_compute(&entry, key, loader)`.
/// let loader = loads.hold("balance", || async { 7 });
/// let asked = tokio::spawn(loader().in_scope(ada.clone()));
///
/// loads.until_held(1).await;
/// assert_eq!(loads.begun_for("balance", &ada), 1);
/// assert!(loads.release("balance"));
/// assert_eq!(asked.await.unwrap(), 7);
/// assert_eq!(loads.finished("balance"), 1);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct HeldLoads {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    loads: Vec<Load>,
    /// Nothing is held any more.
    open: bool,
    watchers: Vec<Waker>,
}

struct Load {
    name: String,
    context: ScopeContext,
    stage: Stage,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Held,
    Released,
    Finished,
    Cancelled,
}

impl HeldLoads {
    /// Makes one that holds every load.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wraps a loader: it begins when it is called, and is held before its own first step.
    ///
    /// The name is the test's own; loads of one name are let go in the order in which they began.
    pub fn hold<F, Fut>(
        &self,
        name: &str,
        loader: F,
    ) -> impl FnOnce() -> HeldLoad<F, Fut> + use<F, Fut>
    where
        F: FnOnce() -> Fut,
        Fut: Future,
    {
        let (loads, name) = (self.clone(), name.to_owned());
        move || HeldLoad {
            loads,
            name: Some(name),
            at: None,
            loader: Some(loader),
            load: None,
        }
    }

    /// Makes a load of a future, for a source that a test puts in the place of the real one: it begins with its first
    /// poll, and is held before the future's own.
    ///
    /// ```
    /// use cubbyhole_testkit::HeldLoads;
    ///
    /// struct Bank { loads: HeldLoads }
    ///
    /// impl Bank {
    ///     async fn balance(&self) -> u64 {
    ///         self.loads.load("balance", async { 7 }).await
    ///     }
    /// }
    /// # let bank = Bank { loads: HeldLoads::new() };
    /// # bank.loads.release_all();
    /// # assert_eq!(cubbyhole_testkit::block_on(bank.balance()), 7);
    /// ```
    pub fn load<Fut: Future>(
        &self,
        name: &str,
        load: Fut,
    ) -> HeldLoad<impl FnOnce() -> Fut + use<Fut>, Fut> {
        self.hold(name, move || load)()
    }

    /// Lets the load of this name go that was begun first. Returns whether one was held.
    #[must_use = "a load that was not held was not let go"]
    pub fn release(&self, name: &str) -> bool {
        let waker = {
            let mut state = self.lock();
            let held = |load: &&mut Load| load.name == name && load.stage == Stage::Held;
            let Some(load) = state.loads.iter_mut().find(held) else {
                return false;
            };
            load.stage = Stage::Released;
            load.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Lets all loads go, now and from now on.
    pub fn release_all(&self) {
        let wakers: Vec<_> = {
            let mut state = self.lock();
            state.open = true;
            let held = state
                .loads
                .iter_mut()
                .filter(|load| load.stage == Stage::Held);
            held.filter_map(|load| {
                load.stage = Stage::Released;
                load.waker.take()
            })
            .collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until so many loads are held at the same time. Polls nothing meanwhile.
    ///
    /// If they never come it waits for ever: a test that may be wrong about that puts a time limit around it.
    pub async fn until_held(&self, number: usize) {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.count(|load| load.stage == Stage::Held) >= number {
                return Poll::Ready(());
            }
            state.watchers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Returns how many loads are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().count(|load| load.stage == Stage::Held)
    }

    /// Returns how many loads of this name were begun.
    #[must_use]
    pub fn begun(&self, name: &str) -> usize {
        self.lock().count(|load| load.name == name)
    }

    /// Returns how many loads of this name were begun for this user or this session, whatever else their scope named;
    /// [`begun_for`](Self::begun_for) compares it as a whole. In the global scope is every load.
    #[must_use]
    pub fn begun_in(&self, name: &str, scope: &CacheScope) -> usize {
        let is_in = |load: &Load| load.context.resolve_ref(scope.cache_type()) == Ok(scope);
        self.lock().count(|load| load.name == name && is_in(load))
    }

    /// Returns how many loads of this name were begun in this scope, which names who it is for and nobody else.
    #[must_use]
    pub fn begun_for(&self, name: &str, context: &ScopeContext) -> usize {
        self.lock()
            .count(|load| load.name == name && load.context == *context)
    }

    /// Returns how many loads of this name have ended with what their loader brought, an error included.
    #[must_use]
    pub fn finished(&self, name: &str) -> usize {
        self.lock()
            .count(|load| load.name == name && load.stage == Stage::Finished)
    }

    /// Returns how many loads of this name were given up before they had ended, or panicked.
    #[must_use]
    pub fn cancelled(&self, name: &str) -> usize {
        self.lock()
            .count(|load| load.name == name && load.stage == Stage::Cancelled)
    }

    fn begin(&self, name: String) -> usize {
        let (at, watchers) = {
            let mut state = self.lock();
            let stage = if state.open {
                Stage::Released
            } else {
                Stage::Held
            };
            state.loads.push(Load {
                name,
                context: ScopeContext::current(),
                stage,
                waker: None,
            });
            (state.loads.len() - 1, std::mem::take(&mut state.watchers))
        };
        watchers.into_iter().for_each(Waker::wake);
        at
    }

    /// Returns whether a load may go on; if not, `waker` is woken when it may.
    fn may_go_on(&self, at: usize, waker: &Waker) -> bool {
        let mut state = self.lock();
        let load = &mut state.loads[at];
        if load.stage == Stage::Held {
            load.waker = Some(waker.clone());
        }
        load.stage != Stage::Held
    }

    fn end(&self, at: usize, stage: Stage) {
        self.lock().loads[at].stage = stage;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&self, is: impl Fn(&Load) -> bool) -> usize {
        self.loads.iter().filter(|load| is(load)).count()
    }
}

impl fmt::Debug for HeldLoads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldLoads")
            .field(&self.lock().loads)
            .finish()
    }
}

impl fmt::Debug for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            context,
            stage,
            ..
        } = self;
        write!(f, "{name:?} {stage:?} {context:?}")
    }
}

/// A load that is held until the test lets it go; made by [`HeldLoads::hold`].
#[must_use = "futures do nothing unless polled"]
pub struct HeldLoad<F, Fut> {
    loads: HeldLoads,
    name: Option<String>,
    /// Which load it is, once it has begun.
    at: Option<usize>,
    loader: Option<F>,
    load: Option<std::pin::Pin<Box<Fut>>>,
}

// What is pinned is in a box of its own.
impl<F, Fut> Unpin for HeldLoad<F, Fut> {}

impl<F, Fut> Future for HeldLoad<F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future,
{
    type Output = Fut::Output;

    fn poll(self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Fut::Output> {
        let this = self.get_mut();
        if let Some(name) = this.name.take() {
            this.at = Some(this.loads.begin(name));
        }
        let Some(at) = this.at else {
            return Poll::Pending; // It has ended.
        };
        if let Some(loader) = this.loader.take() {
            if !this.loads.may_go_on(at, cx.waker()) {
                this.loader = Some(loader);
                return Poll::Pending;
            }
            this.load = Some(Box::pin(loader()));
        }
        let Some(load) = &mut this.load else {
            return Poll::Pending;
        };
        let poll = load.as_mut().poll(cx);
        if poll.is_ready() {
            this.loads.end(at, Stage::Finished);
            this.at = None;
            this.load = None;
        }
        poll
    }
}

impl<F, Fut> Drop for HeldLoad<F, Fut> {
    fn drop(&mut self) {
        if let Some(at) = self.at {
            self.loads.end(at, Stage::Cancelled);
        }
    }
}

impl<F, Fut> fmt::Debug for HeldLoad<F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldLoad").finish_non_exhaustive()
    }
}
