//! Who is signed in.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cubbyhole::ScopeContext;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::{Token, UserName};

/// A session and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) user: UserName,
    pub(crate) session: SessionId,
    /// Which of the lives of the person in a fleet: erasure begins another, and ends the sessions of those before.
    pub(crate) era: u64,
    /// The same two as the scope that requests run in, made once for all of them.
    pub(crate) context: ScopeContext,
}

impl Identity {
    pub(crate) fn new(user: UserName, session: SessionId, era: u64) -> Self {
        let context = ScopeContext::new()
            .user(user.as_str())
            .session(session.to_string());
        Self {
            user,
            session,
            era,
            context,
        }
    }
}

/// Numbers a session: never used twice while the service runs, nor by another process of its fleet, and no secret.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct SessionId {
    /// What no other process of a fleet has; zero without a fleet.
    process: u64,
    number: u64,
}

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            0 => write!(formatter, "{}", self.number),
            process => write!(formatter, "{process:016x}-{}", self.number),
        }
    }
}

/// The sessions that are open.
#[derive(Debug)]
pub(crate) struct Sessions {
    idle: Duration,
    most: usize,
    process: u64,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<Token, Session>,
    opened: u64,
}

#[derive(Debug)]
struct Session {
    identity: Identity,
    last_seen: Instant,
}

/// The service holds as many sessions as it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("too many people are signed in: try again later")]
pub(crate) struct TooManySessions;

impl Sessions {
    /// Sessions end after `idle` without a request, and there are at most `most`.
    pub(crate) fn new(idle: Duration, most: usize) -> Self {
        Self {
            idle,
            most,
            process: 0,
            table: Mutex::default(),
        }
    }

    /// Sessions of a fleet: their numbers begin with what no other process has.
    pub(crate) fn of_process(self, process: u64) -> Self {
        Self { process, ..self }
    }

    pub(crate) fn open(
        &self,
        token: Token,
        user: UserName,
        now: Instant,
    ) -> Result<Identity, TooManySessions> {
        self.open_in_era(token, user, 0, now)
    }

    pub(crate) fn open_in_era(
        &self,
        token: Token,
        user: UserName,
        era: u64,
        now: Instant,
    ) -> Result<Identity, TooManySessions> {
        let identity = Identity::new(user, self.next(), era);
        self.enter(token, identity.clone(), now)?;
        Ok(identity)
    }

    /// Enters a session that was opened somewhere else, or anew.
    pub(crate) fn enter(
        &self,
        token: Token,
        identity: Identity,
        now: Instant,
    ) -> Result<(), TooManySessions> {
        let mut table = self.lock();
        if table.open.len() >= self.most {
            return Err(TooManySessions);
        }
        let session = Session {
            identity,
            last_seen: now,
        };
        table.open.insert(token, session);
        Ok(())
    }

    fn next(&self) -> SessionId {
        let mut table = self.lock();
        table.opened += 1;
        SessionId {
            process: self.process,
            number: table.opened,
        }
    }

    /// Whose `token` it is; counts as a sign of life.
    pub(crate) fn find(&self, token: Token, now: Instant) -> Option<Identity> {
        let mut table = self.lock();
        let session = table.open.get_mut(&token)?;
        if session.is_over(self.idle, now) {
            return None;
        }
        session.last_seen = now;
        Some(session.identity.clone())
    }

    /// Whose `token` it is, without being a sign of life.
    pub(crate) fn peek(&self, token: Token, now: Instant) -> Option<Identity> {
        let table = self.lock();
        let session = table.open.get(&token)?;
        (!session.is_over(self.idle, now)).then(|| session.identity.clone())
    }

    pub(crate) fn close(&self, token: Token) -> Option<Identity> {
        Some(self.lock().open.remove(&token)?.identity)
    }

    /// Closes every session of `user`.
    pub(crate) fn close_all_of(&self, user: &UserName) -> Vec<Identity> {
        let closed = self.close_if(|session| session.identity.user == *user);
        closed.into_iter().map(|(_, identity)| identity).collect()
    }

    /// Closes the sessions that were idle for too long.
    pub(crate) fn close_idle(&self, now: Instant) -> Vec<(Token, Identity)> {
        self.close_if(|session| session.is_over(self.idle, now))
    }

    /// How many sessions `user` has.
    pub(crate) fn count_of(&self, user: &UserName) -> usize {
        let table = self.lock();
        table
            .open
            .values()
            .filter(|session| session.identity.user == *user)
            .count()
    }

    /// All that are open.
    pub(crate) fn list(&self) -> Vec<(Token, Identity)> {
        let table = self.lock();
        let open = table.open.iter();
        open.map(|(token, session)| (*token, session.identity.clone()))
            .collect()
    }

    fn close_if(&self, over: impl Fn(&Session) -> bool) -> Vec<(Token, Identity)> {
        let mut table = self.lock();
        let closed = table.open.extract_if(|_, session| over(session));
        closed
            .map(|(token, session)| (token, session.identity))
            .collect()
    }

    /// A panic while the table was locked leaves it whole: every change is a single step.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn is_over(&self, idle: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.last_seen) >= idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(60);

    fn name(text: &str) -> UserName {
        UserName::parse(text).unwrap()
    }

    fn token() -> Token {
        Token::random().unwrap()
    }

    #[test]
    fn a_session_is_found_until_it_is_closed() {
        let (sessions, now, token) = (Sessions::new(IDLE, 9), Instant::now(), token());
        let opened = sessions.open(token, name("ada"), now).unwrap();
        let found = sessions.find(token, now).unwrap();
        assert_eq!((found.user, found.session), (name("ada"), opened.session));
        assert_eq!(sessions.close(token).unwrap().session, opened.session);
        assert!(sessions.find(token, now).is_none());
        assert!(sessions.close(token).is_none());
    }

    #[test]
    fn a_session_ends_when_nobody_asks_for_long_enough() {
        let (sessions, start, token) = (Sessions::new(IDLE, 9), Instant::now(), token());
        sessions.open(token, name("ada"), start).unwrap();
        let almost = start + IDLE.mul_f64(0.9);
        assert!(sessions.find(token, almost).is_some());
        assert!(sessions.find(token, almost + IDLE.mul_f64(0.9)).is_some());
        assert!(sessions.close_idle(almost + IDLE).is_empty());
        let late = almost + IDLE * 2;
        assert!(sessions.find(token, late).is_none());
        assert_eq!(sessions.close_idle(late).len(), 1);
        assert_eq!(sessions.count_of(&name("ada")), 0);
    }

    #[test]
    fn looking_whose_a_session_is_keeps_it_open_no_longer() {
        let (sessions, start, token) = (Sessions::new(IDLE, 9), Instant::now(), token());
        sessions.open(token, name("ada"), start).unwrap();
        let almost = start + IDLE.mul_f64(0.9);
        assert_eq!(sessions.peek(token, almost).unwrap().user, name("ada"));
        assert!(sessions.peek(token, start + IDLE).is_none());
        assert!(sessions.find(token, start + IDLE).is_none());
    }

    #[test]
    fn numbers_are_never_used_twice() {
        let (sessions, now) = (Sessions::new(IDLE, 9), Instant::now());
        let first = token();
        let before = sessions.open(first, name("ada"), now).unwrap().session;
        sessions.close(first);
        assert_ne!(
            before,
            sessions.open(token(), name("ada"), now).unwrap().session
        );
    }

    #[test]
    fn all_sessions_of_one_person_and_of_nobody_else() {
        let (sessions, now) = (Sessions::new(IDLE, 9), Instant::now());
        for user in ["ada", "bob", "ada"] {
            sessions.open(token(), name(user), now).unwrap();
        }
        assert_eq!(sessions.count_of(&name("ada")), 2);
        assert_eq!(sessions.close_all_of(&name("ada")).len(), 2);
        assert_eq!(sessions.count_of(&name("bob")), 1);
    }

    #[test]
    fn two_processes_have_no_number_in_common() {
        let now = Instant::now();
        let open = |process| {
            let sessions = Sessions::new(IDLE, 9).of_process(process);
            let opened = sessions.open(token(), name("ada"), now).unwrap();
            opened.session.to_string()
        };
        assert_eq!(open(0), "1");
        assert_eq!(open(0xa1), "00000000000000a1-1");
        assert_ne!(open(1), open(2));
    }

    #[test]
    fn there_is_a_most() {
        let (sessions, now) = (Sessions::new(IDLE, 1), Instant::now());
        sessions.open(token(), name("ada"), now).unwrap();
        assert_eq!(
            sessions.open(token(), name("bob"), now).unwrap_err(),
            TooManySessions
        );
    }
}
