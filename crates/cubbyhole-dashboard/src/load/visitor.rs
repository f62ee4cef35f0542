//! One person who asks everything, again and again.

use std::net::SocketAddr;
use std::time::Instant;

use axum::http::StatusCode;

use super::LoadError;
use super::answers::{Fault, Question, TREND, Whom, judge};
use super::findings::Visit;
use super::plan::Length;
use crate::client::Client;

/// A person in one session.
#[derive(Debug)]
pub(super) struct Visitor {
    client: Client,
    number: usize,
    whom: Whom,
}

impl Visitor {
    /// Opens a session for a person who has a taste that nobody else has.
    pub(super) async fn sign_in(address: SocketAddr, number: usize) -> Result<Self, LoadError> {
        let whom = Whom {
            user: format!("visitor {number}"),
            session: String::new(),
            warm_from: 4.0 + number as f64 / 512.0,
        };
        let client = Client::new(address);
        let mut visitor = Self {
            client,
            number,
            whom,
        };
        visitor.open().await?;
        let taste = format!(
            "/api/taste?warm_from={}&warm_to=30&rain_at_most=1&wind_at_most=5",
            visitor.whom.warm_from
        );
        visitor.client.post(&taste).await?;
        Ok(visitor)
    }

    /// Has the long job done, which everybody will ask for.
    pub(super) async fn prepare(&self) -> Result<(), LoadError> {
        self.client.post(START_TREND).await?;
        while self.client.get(TREND).await?.status == StatusCode::ACCEPTED {}
        Ok(())
    }

    async fn open(&mut self) -> Result<(), LoadError> {
        let reply = self.client.sign_in(&self.whom.user).await?;
        let me = self.client.get("/api/me").await?.json();
        let known = me["user"] == *self.whom.user && reply.status == StatusCode::SEE_OTHER;
        let session = me["session"].as_str().filter(|_| known);
        let refused = || LoadError::SignIn(self.whom.user.clone());
        self.whom.session = session.ok_or_else(refused)?.to_owned();
        Ok(())
    }

    /// Uses one session after the other until the load is over.
    pub(super) async fn visit(mut self, length: Length, begun: Instant) -> Visit {
        let mut visit = Visit::default();
        let (often, once) = (Question::often(self.number), Question::once(self.number));
        let rounds = std::iter::repeat_n(&often, ROUNDS).flatten();
        let questions: Vec<&Question> = rounds.chain(&once).collect();
        for session in 0.. {
            if length.is_over(session, begun) {
                break;
            }
            for question in &questions {
                self.ask(question, &mut visit).await;
                if length.is_over(session, begun) {
                    return visit;
                }
            }
            self.sign_in_again(&mut visit).await;
        }
        visit
    }

    async fn ask(&self, question: &Question, visit: &mut Visit) {
        let begun = Instant::now();
        let (method, path) = (question.method().clone(), question.path());
        let reply = self.client.send(method, path, None, &[]).await;
        let took = begun.elapsed();
        let fault = match &reply {
            Ok(reply) => judge(question, &self.whom, reply).err(),
            Err(error) => Some(Fault::Error(error.to_string())),
        };
        visit.note(question.route(), took, fault);
    }

    /// Leaves the session and opens another one: what was kept for the former one has to go.
    async fn sign_in_again(&mut self, visit: &mut Visit) {
        let begun = Instant::now();
        let before = self.whom.session.clone();
        let fault = match self.open().await {
            Err(error) => Some(Fault::Error(error.to_string())),
            Ok(()) if self.whom.session == before => {
                Some(Fault::Leak("a session was opened twice".to_owned()))
            }
            Ok(()) => None,
        };
        visit.note("sign in again", begun.elapsed(), fault);
    }
}

const START_TREND: &str = "/api/trend?measure=max-temperature";
/// How often a session asks for what it asks for all the time.
const ROUNDS: usize = 8;
