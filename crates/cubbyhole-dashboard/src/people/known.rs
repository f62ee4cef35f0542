//! What is known of people: by this process alone, or together with the others of its fleet.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use cubbyhole::{CacheError, ScopeContext};

use super::{
    Fleet, Identity, Role, Roles, Sessions, Tastes, Token, TooManySessions, TooManySettings,
    UserName, draw,
};
use crate::analytics::Taste;

/// Who is signed in, in which role, with which taste.
#[derive(Debug)]
pub(crate) struct People {
    /// Those that this process has opened or met.
    pub(crate) sessions: Sessions,
    /// In a fleet, those that were heard of last.
    tastes: Tastes,
    roles: Roles,
    pub(crate) fleet: Option<Fleet>,
}

/// Who a token belongs to.
#[derive(Debug)]
pub(crate) enum Found {
    Open(Identity),
    /// It was open here, and another process has ended it: what is kept for it has to go.
    EndedElsewhere(Identity),
    Nobody,
}

/// Why a setting was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    TooMany(#[from] TooManySettings),
    #[error("the other processes of this service cannot be told right now: try again in a moment")]
    Alone,
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl People {
    /// Sessions end after `idle` without a request, and there are at most `most` of anything.
    pub(crate) fn new(idle: Duration, most: usize) -> Self {
        Self {
            sessions: Sessions::new(idle, most),
            tastes: Tastes::new(most),
            roles: Roles::new(most),
            fleet: None,
        }
    }

    /// The same, together with others; `process` is what no other process has.
    pub(crate) fn in_fleet(self, fleet: Fleet, process: u64) -> Self {
        Self {
            sessions: self.sessions.of_process(process),
            fleet: Some(fleet),
            ..self
        }
    }

    /// Whose `token` it is; counts as a sign of life. While the fleet cannot be asked, whoever was known here is.
    pub(crate) async fn find(&self, token: Token, now: Instant) -> Found {
        let known = self.sessions.find(token, now);
        let Some(fleet) = &self.fleet else {
            return known.map_or(Found::Nobody, Found::Open);
        };
        match (fleet.admit(token, known.as_ref()).await, known) {
            (Err(_), None) | (Ok(None), None) => Found::Nobody,
            (Err(_), Some(known)) | (Ok(Some(_)), Some(known)) => Found::Open(known),
            (Ok(None), Some(known)) => {
                self.sessions.close(token);
                Found::EndedElsewhere(known)
            }
            (Ok(Some(met)), None) => {
                // Who cannot be entered for want of room is asked for again each time.
                let _ = self.sessions.enter(token, met.clone(), now);
                Found::Open(met)
            }
        }
    }

    pub(crate) async fn open(
        &self,
        token: Token,
        user: UserName,
        now: Instant,
    ) -> Result<Identity, TooManySessions> {
        let Some(fleet) = &self.fleet else {
            return self.sessions.open(token, user, now);
        };
        // Whoever was erased meanwhile, unknown to us, is asked to sign in once more when that is known.
        let era = fleet.era(user.as_str()).await.unwrap_or_default();
        let identity = self.sessions.open_in_era(token, user, era, now)?;
        fleet.open(token, &identity).await;
        Ok(identity)
    }

    /// Ends a session; `None` if it is nobody's.
    pub(crate) async fn close(&self, token: Token, now: Instant) -> Option<Identity> {
        let found = self.find(token, now).await;
        let closed = self.sessions.close(token);
        let identity = match found {
            Found::Open(identity) | Found::EndedElsewhere(identity) => Some(identity),
            Found::Nobody => closed,
        }?;
        if let Some(fleet) = &self.fleet {
            fleet.end(token).await;
        }
        Some(identity)
    }

    /// Ends all sessions of a person, and forgets the taste and the role. Returns the sessions that were known here.
    pub(crate) async fn erase(&self, user: &UserName) -> Vec<Identity> {
        let closed = self.sessions.close_all_of(user);
        self.forget(user);
        if let Some(fleet) = &self.fleet {
            // Without an era of its own, an erasure would leave sessions open: then any other one will do.
            let era = draw().unwrap_or(u64::MAX).max(1);
            fleet.erase(user.as_str(), era).await;
        }
        closed
    }

    /// Closes the sessions that were idle for too long, but for those that are in use elsewhere.
    pub(crate) async fn close_idle(&self, now: Instant) -> Vec<Identity> {
        let mut closed = Vec::new();
        for (token, identity) in self.sessions.close_idle(now) {
            match &self.fleet {
                // It is looked at again when it was idle here once more.
                Some(fleet) if fleet.is_open(token).await => {
                    // For want of room it is met again when it is used again.
                    let _ = self.sessions.enter(token, identity, now);
                }
                _ => closed.push(identity),
            }
        }
        closed
    }

    /// Closes the sessions that other processes have ended, and tells them what they could not be told.
    pub(crate) async fn follow_fleet(&self) -> Vec<Identity> {
        let mut closed = Vec::new();
        let Some(fleet) = &self.fleet else {
            return closed;
        };
        fleet.settle().await;
        for (token, identity) in self.sessions.list() {
            if fleet.has_ended(token, &identity).await {
                closed.extend(self.sessions.close(token));
            }
        }
        closed
    }

    /// Forgets what is remembered of a person here.
    pub(crate) fn forget(&self, user: &UserName) {
        self.tastes.forget(user.as_str());
        self.roles.forget(user.as_str());
    }

    /// Somebody whose role cannot be found out is a viewer.
    pub(crate) async fn role_of(&self, user: &str) -> Role {
        match &self.fleet {
            None => self.roles.of(user),
            Some(fleet) => fleet.role(user).await.unwrap_or_default(),
        }
    }

    /// The role of somebody, if nobody has to be asked for it: what another process has changed is not at hand, and its
    /// holder is then somebody without one.
    pub(crate) fn role_at_hand(&self, user: &str) -> Option<Role> {
        let Some(fleet) = &self.fleet else {
            return Some(self.roles.of(user));
        };
        match pin!(fleet.role(user)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(role) => role.ok(),
            Poll::Pending => None,
        }
    }

    /// Somebody whose taste cannot be found out has the one that was heard of last.
    pub(crate) async fn taste_of(&self, user: &str) -> Taste {
        if let Some(fleet) = &self.fleet
            && let Ok(taste) = fleet.taste(user).await
        {
            self.hear_taste(user, taste);
            return taste;
        }
        self.tastes.of(user)
    }

    fn hear_taste(&self, user: &str, taste: Taste) {
        if taste == Taste::default() {
            self.tastes.forget(user);
        } else if taste != self.tastes.of(user) {
            // For want of room it is not remembered.
            let _ = self.tastes.set(user, taste);
        }
    }

    pub(crate) async fn set_role(&self, user: &str, role: Role) -> Result<(), ChangeError> {
        match &self.fleet {
            None => Ok(self.roles.set(user, role)?),
            Some(fleet) if fleet.is_connected() => agreed(fleet.set_role(user, role).await),
            Some(_) => Err(ChangeError::Alone),
        }
    }

    pub(crate) async fn set_taste(&self, user: &str, taste: Taste) -> Result<(), ChangeError> {
        match &self.fleet {
            None => Ok(self.tastes.set(user, taste)?),
            Some(fleet) if fleet.is_connected() => agreed(fleet.set_taste(user, taste).await),
            Some(_) => Err(ChangeError::Alone),
        }
    }

    /// The role of whoever the running task works for.
    pub(crate) async fn current_role(&self) -> Role {
        match current_user() {
            Some(user) => self.role_of(&user).await,
            None => Role::default(),
        }
    }

    /// The taste of whoever the running task works for.
    pub(crate) async fn current_taste(&self) -> Taste {
        match current_user() {
            Some(user) => self.taste_of(&user).await,
            None => Taste::default(),
        }
    }
}

fn current_user() -> Option<String> {
    ScopeContext::with_current(|context| context.user_id().map(|user| user.as_str().to_owned()))
}

/// What the processes have to agree on is not changed by one of them alone.
fn agreed(set: Result<(), CacheError>) -> Result<(), ChangeError> {
    match set {
        Err(CacheError::SharedTier { .. }) => Err(ChangeError::Alone),
        other => Ok(other?),
    }
}
