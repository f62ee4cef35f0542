//! What the processes of a fleet know together of people: who is signed in, in which role, with which taste.
//!
//! These entries require their tier, so that "nobody has it" and "nobody can be asked" are two answers. What names a
//! person or a session is a digest where it is a key.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cubbyhole::{
    CacheError, CachePolicy, CacheStore, CachedRegistryEntry, Format, PolicyError, PolicyOptions,
    SharedTier, TierState,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::digest::digest;
use super::{Identity, Role, SessionId, Token, UserName};
use crate::analytics::Taste;

/// What all processes know of a session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum Ticket {
    Open {
        user: String,
        session: SessionId,
        era: u64,
    },
    /// Kept for as long as any process might still believe that it is open.
    Ended,
}

impl Ticket {
    fn of(identity: &Identity) -> Self {
        Self::Open {
            user: identity.user.as_str().to_owned(),
            session: identity.session,
            era: identity.era,
        }
    }

    fn identity(self) -> Option<Identity> {
        match self {
            Self::Open { user, session, era } => {
                Some(Identity::new(UserName::parse(&user).ok()?, session, era))
            }
            Self::Ended => None,
        }
    }
}

/// What the others have still to be told, because they could not be reached.
#[derive(Debug)]
enum Owed {
    Ended { session: String },
    Erased { user: String, era: u64 },
}

/// What is shared with the other processes.
#[derive(Debug)]
pub(crate) struct Fleet {
    store: CacheStore,
    tier: Arc<dyn SharedTier>,
    sessions: CachedRegistryEntry<Ticket>,
    eras: CachedRegistryEntry<u64>,
    roles: CachedRegistryEntry<Role>,
    tastes: CachedRegistryEntry<Taste>,
    most: usize,
    owed: Mutex<VecDeque<Owed>>,
}

impl Fleet {
    /// Sessions are known for `idle`, and everything of `most` people at a time is here.
    pub(crate) fn new(
        store: CacheStore,
        tier: &Arc<dyn SharedTier>,
        idle: Duration,
        most: usize,
    ) -> Result<Self, PolicyError> {
        Ok(Self {
            sessions: entry("session", tier, idle, most)?,
            eras: entry("era", tier, REMEMBERED, most)?,
            roles: entry("role", tier, REMEMBERED, most)?,
            tastes: entry("taste", tier, REMEMBERED, most)?,
            store,
            tier: Arc::clone(tier),
            most,
            owed: Mutex::default(),
        })
    }

    /// Whose session it is, if it is open. Who is known here is made known to the others if they have heard nothing of
    /// the session.
    pub(crate) async fn admit(
        &self,
        token: Token,
        known: Option<&Identity>,
    ) -> Result<Option<Identity>, CacheError> {
        let key = token.digest();
        let ticket = match known.map(Ticket::of) {
            Some(ticket) => Some(self.read(&self.sessions, &key, ticket).await?),
            None => self.store.get(&self.sessions, &key).await?,
        };
        let Some(identity) = ticket.and_then(Ticket::identity) else {
            return Ok(None);
        };
        let era = self.era(identity.user.as_str()).await?;
        Ok((era == identity.era).then_some(identity))
    }

    /// Whether somebody ended a session that is known here. Who cannot be asked has ended nothing.
    pub(crate) async fn has_ended(&self, token: Token, identity: &Identity) -> bool {
        let ticket = self.store.get(&self.sessions, &token.digest()).await;
        matches!(ticket, Ok(Some(Ticket::Ended)))
            || self
                .era(identity.user.as_str())
                .await
                .is_ok_and(|era| era != identity.era)
    }

    /// Whether any process has made a session known that has not ended.
    pub(crate) async fn is_open(&self, token: Token) -> bool {
        matches!(self.admit(token, None).await, Ok(Some(_)))
    }

    /// Makes a session known. If nobody can be told, they are when the session is used.
    pub(crate) async fn open(&self, token: Token, identity: &Identity) {
        let ticket = Ticket::of(identity);
        drop(
            self.store
                .set(&self.sessions, &token.digest(), ticket)
                .await,
        );
    }

    /// Ends a session everywhere.
    pub(crate) async fn end(&self, token: Token) {
        let session = token.digest();
        self.tell(Owed::Ended { session }).await;
    }

    /// Ends all sessions of a person everywhere, and forgets the person's role and taste.
    pub(crate) async fn erase(&self, user: &str, era: u64) {
        let user = key(user);
        // An invalidation reaches the others whether or not they can be reached now.
        drop(self.store.delete(&self.roles, &user).await);
        drop(self.store.delete(&self.tastes, &user).await);
        self.tell(Owed::Erased { user, era }).await;
    }

    /// Whether the others can be told now. A set that goes wrong leaves no value at all, so that is looked at before.
    pub(crate) fn is_connected(&self) -> bool {
        self.tier.status().state == TierState::Connected
    }

    /// Tells what could not be told.
    pub(crate) async fn settle(&self) {
        let owed = std::mem::take(&mut *self.lock());
        for owed in owed {
            self.tell(owed).await;
        }
    }

    pub(crate) async fn era(&self, user: &str) -> Result<u64, CacheError> {
        self.read(&self.eras, &key(user), 0).await
    }

    pub(crate) async fn role(&self, user: &str) -> Result<Role, CacheError> {
        self.read(&self.roles, &key(user), Role::default()).await
    }

    pub(crate) async fn taste(&self, user: &str) -> Result<Taste, CacheError> {
        self.read(&self.tastes, &key(user), Taste::default()).await
    }

    pub(crate) async fn set_role(&self, user: &str, role: Role) -> Result<(), CacheError> {
        let user = key(user);
        let set = self.store.set(&self.roles, &user, role);
        set.await.map(drop)
    }

    pub(crate) async fn set_taste(&self, user: &str, taste: Taste) -> Result<(), CacheError> {
        let user = key(user);
        let set = self.store.set(&self.tastes, &user, taste);
        set.await.map(drop)
    }

    /// What there is, or what there is from now on: a lookup that found nothing would ask again every time.
    async fn read<T: Clone + Send + Sync + 'static>(
        &self,
        entry: &CachedRegistryEntry<T>,
        key: &str,
        otherwise: T,
    ) -> Result<T, CacheError> {
        let otherwise = || async move { Ok::<_, Infallible>(otherwise) };
        self.store.get_or_compute(entry, key, otherwise).await
    }

    async fn tell(&self, owed: Owed) {
        let told = match &owed {
            Owed::Ended { session } => {
                let set = self.store.set(&self.sessions, session, Ticket::Ended);
                set.await.map(drop)
            }
            Owed::Erased { user, era } => self.store.set(&self.eras, user, *era).await.map(drop),
        };
        if told.is_err() {
            self.owe(owed);
        }
    }

    fn owe(&self, owed: Owed) {
        let mut list = self.lock();
        if list.len() >= self.most {
            list.pop_front();
        }
        list.push_back(owed);
    }

    /// A panic while the list was locked leaves it whole: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry<T>(
    uid: &'static str,
    tier: &Arc<dyn SharedTier>,
    ttl: Duration,
    most: usize,
) -> Result<CachedRegistryEntry<T>, PolicyError>
where
    T: Serialize + DeserializeOwned,
{
    let policy = CachePolicy::lru(most)?.with_options(PolicyOptions::new().with_ttl(ttl))?;
    let entry = CachedRegistryEntry::new(uid, policy).with_kind("people");
    let format = Format::new().named(uid);
    let shared = entry.with_shared_tier(Arc::clone(tier), format);
    Ok(shared.require_shared_tier())
}

fn key(user: &str) -> String {
    digest("user", user.as_bytes())
}

/// How long a role, a taste or an erasure is known: longer than anything else that is shared.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
