//! Forgetting: people who sign out, sessions that end, people who want to be erased.
//!
//! A session is forgotten when it ends, and once more a little later: a request of it that was under
//! way may have stored something in the meantime. A person is forgotten a day after their last
//! session has ended, so that a report can be collected from another browser tomorrow; or at once, if
//! they want to be erased, and once more a day later.

use std::time::{Duration, Instant};

use cubbyhole::CacheScope;

use super::Service;
use crate::answer::Owner;
use crate::people::{Found, Identity, SessionId, Token, UserName};

impl Service {
    /// Whose `token` it is. What was kept for a session that another process has ended is forgotten.
    pub(crate) async fn find_session(&self, token: Token, now: Instant) -> Option<Identity> {
        match self.people.find(token, now).await {
            Found::Open(identity) => Some(identity),
            Found::EndedElsewhere(identity) => {
                self.left(identity, now).await;
                None
            }
            Found::Nobody => None,
        }
    }

    /// Ends a session, and forgets all that was kept for it.
    pub(crate) async fn sign_out(&self, token: Token) {
        let now = Instant::now();
        if let Some(identity) = self.people.close(token, now).await {
            self.left(identity, now).await;
        }
    }

    /// Forgets a person: every session, what was kept for any of them, their taste and their role.
    pub(crate) async fn erase(&self, identity: &Identity, now: Instant) {
        for closed in self.people.erase(&identity.user).await {
            self.left(closed, now).await;
        }
        self.forget_user(&identity.user).await;
    }

    /// Ends the sessions that were idle for too long, and forgets those who left long enough ago.
    pub(crate) async fn keep_house(&self, now: Instant) {
        for closed in self.people.follow_fleet().await {
            self.left(closed, now).await;
        }
        for closed in self.people.close_idle(now).await {
            self.left(closed, now).await;
        }
        for session in self.left_sessions.due(now) {
            self.forget_session(session).await;
        }
        for user in self.left_users.due(now) {
            if self.people.sessions.count_of(&user) == 0 {
                self.forget_user(&user).await;
            }
        }
    }

    async fn left(&self, identity: Identity, now: Instant) {
        self.forget_session(identity.session).await;
        self.left_sessions.add(identity.session, now);
        if self.people.sessions.count_of(&identity.user) == 0 {
            self.left_users.add(identity.user, now);
        }
    }

    async fn forget_session(&self, session: SessionId) {
        self.store
            .drop_scope(&CacheScope::session(session.to_string()))
            .await;
    }

    async fn forget_user(&self, user: &UserName) {
        self.people.forget(user);
        self.jobs.forget(&Owner::User(user.as_str().to_owned()));
        self.store
            .drop_scope(&CacheScope::user(user.as_str()))
            .await;
    }
}

/// When a session that ended is forgotten once more: later than its last request is answered.
pub(super) const AFTER_LAST_REQUEST: Duration = Duration::from_secs(60);

/// How long a person without a session is remembered.
pub(super) const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use cubbyhole::ScopeFutureExt;

    use super::*;
    use crate::analytics::Effort;
    use crate::cards::{extremes, good_days, report, window};
    use crate::choices::WindowChoice;
    use crate::service::Gate;

    fn service() -> Service {
        let clock = std::sync::Arc::new(cubbyhole::SystemClock);
        Service::new(Effort::QUICK, Gate::open(), clock).unwrap()
    }

    fn sign_in(service: &Service, name: &str, now: Instant) -> (Token, Identity) {
        let token = Token::random().unwrap();
        let user = UserName::parse(name).unwrap();
        (
            token,
            service.people.sessions.open(token, user, now).unwrap(),
        )
    }

    /// How many values and scopes an entry holds.
    fn held(service: &Service, uid: &str) -> (u64, u64) {
        let stats = service.store.stats();
        let mut entries = stats.entries.iter();
        entries
            .find(|entry| entry.key.uid() == uid)
            .map_or((0, 0), |entry| (entry.entries, entry.scopes))
    }

    #[tokio::test]
    async fn what_a_late_request_stores_for_a_left_session_is_forgotten_too() {
        let (service, now) = (service(), Instant::now());
        let (token, identity) = sign_in(&service, "ada", now);
        service.sign_out(token).await;
        let choice = WindowChoice::first(&service.data);
        window::ask(&service, choice)
            .in_scope(identity.context)
            .await
            .unwrap();
        assert_eq!(held(&service, "last-window"), (1, 1));
        service.keep_house(now + AFTER_LAST_REQUEST * 2).await;
        assert_eq!(held(&service, "last-window"), (0, 0));
        assert_eq!(held(&service, "window-curve"), (0, 0));
    }

    #[tokio::test]
    async fn what_a_late_request_stores_for_an_erased_person_is_forgotten_too() {
        let (service, now) = (service(), Instant::now());
        let (_, identity) = sign_in(&service, "ada", now);
        service.erase(&identity, now).await;
        let late = async {
            window::ask(&service, WindowChoice::first(&service.data))
                .await
                .unwrap();
            extremes::ask(&service).await.unwrap();
        };
        late.in_scope(identity.context).await;
        assert_eq!(held(&service, "extremes"), (1, 1));
        service.keep_house(now + AFTER_LAST_REQUEST).await;
        assert_eq!(held(&service, "window-curve"), (0, 0));
        service.keep_house(now + REMEMBERED).await;
        assert_eq!(held(&service, "extremes"), (0, 0));
    }

    #[tokio::test]
    async fn an_idle_session_ends_and_takes_its_values_along() {
        let (service, now) = (service(), Instant::now());
        let (token, identity) = sign_in(&service, "ada", now);
        let choice = WindowChoice::first(&service.data);
        window::ask(&service, choice)
            .in_scope(identity.context)
            .await
            .unwrap();
        let later = now + Duration::from_secs(3 * 60 * 60);
        service.keep_house(later).await;
        assert_eq!(held(&service, "window-curve"), (0, 0));
        assert!(service.people.sessions.find(token, later).is_none());
    }

    #[tokio::test]
    async fn a_person_is_remembered_for_a_day() {
        let (service, now) = (std::sync::Arc::new(service()), Instant::now());
        let (token, identity) = sign_in(&service, "ada", now);
        let order = async {
            report::start(&service, 2013).await.unwrap();
            report::wait(&service, 2013).await.unwrap();
            good_days::ask(&service, 2013).await.unwrap();
        };
        order.in_scope(identity.context).await;
        service.sign_out(token).await;
        service.keep_house(Instant::now()).await;
        assert_eq!(held(&service, "report"), (1, 1));
        service.keep_house(Instant::now() + REMEMBERED).await;
        assert_eq!(held(&service, "report"), (0, 0));
        assert_eq!(held(&service, "good-days"), (0, 0));
    }

    #[tokio::test]
    async fn a_person_who_came_back_stays() {
        let (service, now) = (std::sync::Arc::new(service()), Instant::now());
        let (token, identity) = sign_in(&service, "ada", now);
        good_days::ask(&service, 2013)
            .in_scope(identity.context)
            .await
            .unwrap();
        service.sign_out(token).await;
        let tomorrow = Instant::now() + REMEMBERED;
        sign_in(&service, "ada", tomorrow);
        service.keep_house(tomorrow).await;
        assert_eq!(held(&service, "good-days"), (1, 1));
    }
}
