//! One person who asks everything, again and again.

use std::net::SocketAddr;
use std::time::Instant;

use axum::http::StatusCode;

use super::LoadError;
use super::answers::{Fault, Question, Whom, judge};
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
        visitor.client.post(START_TREND).await?;
        Ok(visitor)
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

    pub(super) async fn visit(mut self, length: Length, begun: Instant) -> Visit {
        let mut visit = Visit::default();
        let questions = Question::all_of(self.number);
        let is_over = |round: u32| match length {
            Length::Time(time) => begun.elapsed() >= time,
            Length::Rounds(rounds) => round >= rounds,
        };
        let mut round = 0;
        while !is_over(round) {
            for question in &questions {
                self.ask(question, &mut visit).await;
                if is_over(round) {
                    return visit;
                }
            }
            round += 1;
            if round.is_multiple_of(ROUNDS_OF_A_SESSION) {
                self.sign_in_again(&mut visit).await;
            }
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
const ROUNDS_OF_A_SESSION: u32 = 4;
