//! Forgetting: signing out, sessions that ended, and people who want to be erased.

use std::time::Instant;

use cubbyhole::CacheScope;

use super::Service;
use crate::answer::Owner;
use crate::people::{Identity, SessionId, Token};

impl Service {
    /// Ends a session, and forgets all that was kept for it.
    pub(crate) async fn sign_out(&self, token: Token) {
        if let Some(identity) = self.sessions.close(token) {
            self.forget_session(identity.session).await;
        }
    }

    /// Forgets a person: every session, what was kept for any of them, and their taste.
    pub(crate) async fn erase(&self, identity: &Identity) {
        for closed in self.sessions.close_all_of(&identity.user) {
            self.forget_session(closed.session).await;
        }
        let user = identity.user.as_str();
        self.tastes.forget(user);
        self.jobs.forget(&Owner::User(user.to_owned()));
        self.store.drop_scope(&CacheScope::user(user)).await;
    }

    /// Ends the sessions that were idle for too long.
    pub(crate) async fn end_idle_sessions(&self, now: Instant) {
        for closed in self.sessions.close_idle(now) {
            self.forget_session(closed.session).await;
        }
    }

    async fn forget_session(&self, session: SessionId) {
        self.store
            .drop_scope(&CacheScope::session(session.to_string()))
            .await;
    }
}
