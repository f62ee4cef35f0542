//! What the running task carries: who is asking.

use std::fmt;

use cubbyhole_policy::CacheType;

use crate::{CacheScope, MissingScope, ScopeId, running};

/// Who is asking: a user id and a session id, both optional.
///
/// It is built by naming ids, and takes effect with
/// [`in_scope`](crate::ScopeFutureExt::in_scope) for a future, or [`enter`](Self::enter) for a
/// closure. What it does not name, it inherits from the scope it is entered in; an identity is
/// dropped by saying so, with [`without_user`](Self::without_user),
/// [`without_session`](Self::without_session) or [`anonymous`](Self::anonymous).
///
/// A clone costs at most two reference counts. Two contexts are equal if they have the same user
/// and the same session; whether an id that is not there would be inherited is not compared.
/// `Debug` shows no id, only their [tags](ScopeId).
///
/// # Examples
///
/// ```
/// use cubbyhole_policy::CacheType;
/// use cubbyhole_scope::{CacheScope, ScopeContext};
///
/// let context = ScopeContext::new().user("ada").session("s1");
/// assert_eq!(context.resolve(CacheType::User)?, CacheScope::user("ada"));
///
/// context.enter(|| {
///     ScopeContext::new().session("s2").enter(|| {
///         let current = ScopeContext::current();
///         assert_eq!(current, ScopeContext::new().user("ada").session("s2"));
///     });
///     ScopeContext::anonymous().enter(|| {
///         assert!(ScopeContext::current().resolve(CacheType::User).is_err());
///     });
/// });
/// # Ok::<(), cubbyhole_scope::MissingScope>(())
/// ```
#[derive(Clone, Default)]
pub struct ScopeContext {
    user: Identity,
    session: Identity,
}

/// What a context says about one kind of id.
///
/// The id is kept as the scope that it stands for, so that [`ScopeContext::resolve_ref`] can lend
/// it.
#[derive(Clone, Default)]
enum Identity {
    #[default]
    Inherited,
    Nobody,
    Known(CacheScope),
}

impl ScopeContext {
    /// Makes a context that names nothing, and so inherits all.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            user: Identity::Inherited,
            session: Identity::Inherited,
        }
    }

    /// Makes a context that is nobody: it has no user and no session, and inherits none.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self {
            user: Identity::Nobody,
            session: Identity::Nobody,
        }
    }

    /// Returns the context of the running task: nobody's, outside of any scope.
    ///
    /// It says exactly who is asking here, and inherits nothing where it is entered again: work
    /// given to someone else with `in_scope(ScopeContext::current())` never becomes theirs.
    #[must_use]
    pub fn current() -> Self {
        Self::with_current(Clone::clone)
    }

    /// Calls `f` with the context of the running task, and returns what `f` does.
    ///
    /// It neither allocates nor touches a reference count, and is meant for the path where that
    /// matters: look at the context, and leave. The context is lent out until `f` returns, so what
    /// `f` looks at cannot be held on to; where that is needed, take
    /// [`current`](Self::current). A scope that is entered inside of `f` works as anywhere else,
    /// only a little slower, and leaves what `f` was given as it is.
    #[inline]
    pub fn with_current<R>(f: impl FnOnce(&Self) -> R) -> R {
        running::read(f)
    }

    /// Names the user.
    #[must_use]
    pub fn user(mut self, id: impl Into<ScopeId>) -> Self {
        self.user = Identity::Known(CacheScope::user(id));
        self
    }

    /// Names the session.
    #[must_use]
    pub fn session(mut self, id: impl Into<ScopeId>) -> Self {
        self.session = Identity::Known(CacheScope::session(id));
        self
    }

    /// Says that there is no user, and that none is inherited.
    #[must_use]
    pub fn without_user(mut self) -> Self {
        self.user = Identity::Nobody;
        self
    }

    /// Says that there is no session, and that none is inherited.
    #[must_use]
    pub fn without_session(mut self) -> Self {
        self.session = Identity::Nobody;
        self
    }

    /// Returns the user's id, if there is one.
    #[inline]
    #[must_use]
    pub const fn user_id(&self) -> Option<&ScopeId> {
        self.user.id()
    }

    /// Returns the session's id, if there is one.
    #[inline]
    #[must_use]
    pub const fn session_id(&self) -> Option<&ScopeId> {
        self.session.id()
    }

    /// Returns the scope in which values of `cache_type` live for this context.
    ///
    /// # Errors
    ///
    /// [`MissingScope`] if the type is [`User`](CacheType::User) or [`Session`](CacheType::Session)
    /// and the context has no such id. It never falls back to another scope.
    pub fn resolve(&self, cache_type: CacheType) -> Result<CacheScope, MissingScope> {
        self.resolve_ref(cache_type).cloned()
    }

    /// As [`resolve`](Self::resolve), without touching a reference count.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    ///
    /// # Examples
    ///
    /// ```
    /// use cubbyhole_policy::CacheType;
    /// use cubbyhole_scope::ScopeContext;
    ///
    /// let hash = ScopeContext::with_current(|context| {
    ///     context.resolve_ref(CacheType::Global).map(|scope| scope.hash64())
    /// })?;
    /// # let _ = hash;
    /// # Ok::<(), cubbyhole_scope::MissingScope>(())
    /// ```
    #[inline]
    pub const fn resolve_ref(&self, cache_type: CacheType) -> Result<&CacheScope, MissingScope> {
        let identity = match cache_type {
            CacheType::Global => return Ok(&CacheScope::Global),
            CacheType::Session => &self.session,
            CacheType::User => &self.user,
        };
        match identity {
            Identity::Known(scope) => Ok(scope),
            Identity::Inherited | Identity::Nobody => Err(MissingScope::new(cache_type)),
        }
    }

    /// Calls `f` in this scope, and returns what `f` does.
    ///
    /// For code that no task runs: threads that are not tokio's, callbacks, destructors. What the
    /// context does not name, it inherits from the scope that `enter` is called in; the scope that
    /// was there before is back when `f` has returned or panicked.
    ///
    /// A future made in `f` and polled elsewhere does not stay in this scope; use
    /// [`in_scope`](crate::ScopeFutureExt::in_scope) for it. Likewise, run a runtime as
    /// `runtime.block_on(future.in_scope(context))`, not inside of `enter`: a runtime that runs its
    /// tasks on the calling thread would run all of them in this scope, whoever spawned them. See
    /// [Runtimes inside of a scope](crate#runtimes-inside-of-a-scope).
    pub fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        self.clone().settled().enter_exactly(f)
    }

    /// As [`enter`](Self::enter), for a context that is settled.
    pub(crate) fn enter_exactly<R>(mut self, f: impl FnOnce() -> R) -> R {
        running::run_in(&mut self, f)
    }

    /// Whether it inherits nothing: entering it gives the same identity everywhere.
    #[inline]
    pub(crate) const fn is_settled(&self) -> bool {
        !matches!(self.user, Identity::Inherited) && !matches!(self.session, Identity::Inherited)
    }

    /// Inherits what it does not name from the running task.
    pub(crate) fn settled(self) -> Self {
        if self.is_settled() {
            self
        } else {
            Self::with_current(|outer| self.over(outer))
        }
    }

    /// Inherits what it does not name from nobody.
    pub(crate) fn settled_alone(self) -> Self {
        self.over(&Self::anonymous())
    }

    fn over(self, outer: &Self) -> Self {
        Self {
            user: self.user.over(&outer.user),
            session: self.session.over(&outer.session),
        }
    }
}

impl PartialEq for ScopeContext {
    fn eq(&self, other: &Self) -> bool {
        self.user_id() == other.user_id() && self.session_id() == other.session_id()
    }
}

impl Eq for ScopeContext {}

impl fmt::Debug for ScopeContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopeContext")
            .field("user", &self.user)
            .field("session", &self.session)
            .finish()
    }
}

impl Identity {
    #[inline]
    const fn id(&self) -> Option<&ScopeId> {
        match self {
            Self::Known(scope) => scope.id(),
            Self::Inherited | Self::Nobody => None,
        }
    }

    /// Nothing is left to inherit in the result, even if `outer` has something.
    fn over(self, outer: &Self) -> Self {
        match (self, outer) {
            (Self::Inherited, Self::Known(scope)) => Self::Known(scope.clone()),
            (Self::Inherited, Self::Inherited | Self::Nobody) => Self::Nobody,
            (named, _) => named,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inherited => f.write_str("inherited"),
            Self::Nobody => f.write_str("nobody"),
            Self::Known(scope) => fmt::Debug::fmt(scope, f),
        }
    }
}
