//! What is asked, and what an answer has to be.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::Reply;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Whom {
    pub(super) user: String,
    pub(super) session: String,
    /// The taste that nobody else has.
    pub(super) warm_from: f64,
}

/// What is asked, and whose the answer has to be.
#[derive(Clone, Debug)]
pub(super) struct Question {
    method: Method,
    path: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Says who is signed in.
    Me,
    /// A page with the name of whoever it is for.
    Page,
    Everyones,
    Sessions,
    Users,
    /// A user's, and made with their taste.
    Tasted,
    /// A stream of those.
    TastedStream,
    /// Changes something, and says no more than that it did.
    Done,
    /// Prepared in the background: there or not, it says so.
    State,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// There is none.
    Error(String),
    /// It is not of whoever asked.
    Leak(String),
}

impl Question {
    /// What the person of this number asks for all the time; not everybody asks for the same at the same time.
    pub(super) fn often(number: usize) -> Vec<Self> {
        let (year, reach) = (year(number), 5 + number % 80);
        let season = SEASONS[number % SEASONS.len()];
        let mut questions = vec![
            Self::get("/api/me", Kind::Me),
            Self::get("/api/overview", Kind::Everyones),
            Self::get(
                format!("/api/monthly?measure=wind&year={year}"),
                Kind::Everyones,
            ),
            Self::get(format!("/api/transitions?season={season}"), Kind::Everyones),
            Self::get("/api/right-now", Kind::Everyones),
            Self::get(TREND, Kind::Everyones),
            Self::get(
                format!("/api/window?measure=wind&reach={reach}"),
                Kind::Sessions,
            ),
            Self::get("/api/window", Kind::Sessions),
            Self::get(format!("/api/good-days?year={year}"), Kind::Tasted),
            Self::get("/api/good-days/stream", Kind::TastedStream),
            Self::get("/api/extremes", Kind::Users),
            Self::get("/", Kind::Page),
        ];
        let first = number % questions.len();
        questions.rotate_left(first);
        questions
    }

    /// What a person asks for once in a session, in this order: a report is ordered, waited for and collected.
    pub(super) fn once(number: usize) -> Vec<Self> {
        let year = year(number);
        vec![
            Self::post(format!("/api/report?year={year}"), Kind::Done),
            Self::get(format!("/api/report?year={year}&wait=yes"), Kind::State),
            Self::post(format!("/api/report/collect?year={year}"), Kind::Users),
        ]
    }

    fn get(path: impl Into<String>, kind: Kind) -> Self {
        let (method, path) = (Method::GET, path.into());
        Self { method, path, kind }
    }

    fn post(path: impl Into<String>, kind: Kind) -> Self {
        let (method, path) = (Method::POST, path.into());
        Self { method, path, kind }
    }

    pub(super) const fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path without the query.
    pub(super) fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// Looks whether an answer is what was asked for, and of whoever asked.
pub(super) fn judge(question: &Question, whom: &Whom, reply: &Reply) -> Result<(), Fault> {
    let expected = match question.kind {
        Kind::Done => StatusCode::ACCEPTED,
        _ => StatusCode::OK,
    };
    if reply.status != expected {
        let text = format!("{} answered {}", question.path, reply.status);
        return Err(Fault::Error(text));
    }
    match question.kind {
        Kind::Done | Kind::State => Ok(()),
        Kind::Me => me(whom, &reply.json()),
        Kind::Page => page(whom, &reply.names()),
        Kind::Everyones => owner(&reply.json(), &Value::from("everyone")),
        Kind::Sessions => owner(&reply.json(), &json!({ "session": whom.session })),
        Kind::Users => owner(&reply.json(), &of_user(whom)),
        Kind::Tasted => tasted(whom, &reply.json()),
        Kind::TastedStream => stream(whom, &reply.events()),
    }
}

fn me(whom: &Whom, told: &Value) -> Result<(), Fault> {
    same(&told["user"], &Value::from(whom.user.as_str()))?;
    same(&told["session"], &Value::from(whom.session.as_str()))
}

fn page(whom: &Whom, names: &BTreeSet<&str>) -> Result<(), Fault> {
    if *names == BTreeSet::from([whom.user.as_str()]) {
        return Ok(());
    }
    Err(Fault::Leak(format!(
        "the page of {} names {names:?}",
        whom.user
    )))
}

fn owner(told: &Value, expected: &Value) -> Result<(), Fault> {
    same(&told["answer"]["owner"], expected)
}

fn tasted(whom: &Whom, told: &Value) -> Result<(), Fault> {
    owner(told, &of_user(whom))?;
    let taste = &told["answer"]["value"]["taste"]["warm_from"];
    same(taste, &Value::from(whom.warm_from))
}

fn stream(whom: &Whom, events: &[Value]) -> Result<(), Fault> {
    if events.len() != YEARS {
        return Err(Fault::Error(format!("a stream of {} events", events.len())));
    }
    events.iter().try_for_each(|event| tasted(whom, event))
}

fn of_user(whom: &Whom) -> Value {
    json!({ "user": whom.user })
}

fn same(found: &Value, expected: &Value) -> Result<(), Fault> {
    if found == expected {
        return Ok(());
    }
    Err(Fault::Leak(format!("{found} instead of {expected}")))
}

fn year(number: usize) -> usize {
    2012 + number % YEARS
}

/// The trend, waited for if it is still being computed.
pub(super) const TREND: &str = "/api/trend?measure=max-temperature&wait=yes";
const YEARS: usize = 4;
const SEASONS: [&str; 5] = ["all", "winter", "spring", "summer", "autumn"];

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    fn ada() -> Whom {
        Whom {
            user: "ada".to_owned(),
            session: "7".to_owned(),
            warm_from: 4.5,
        }
    }

    fn judged(kind: Kind, status: u16, text: &str) -> Result<(), Fault> {
        let question = Question {
            method: Method::GET,
            path: "/api".to_owned(),
            kind,
        };
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            text: text.to_owned(),
        };
        judge(&question, &ada(), &reply)
    }

    fn is_leak(judged: &Result<(), Fault>) -> bool {
        matches!(judged, Err(Fault::Leak(_)))
    }

    fn good_days(user: &str, warm_from: f64) -> String {
        let value = json!({ "taste": { "warm_from": warm_from } });
        json!({ "answer": { "owner": { "user": user }, "value": value } }).to_string()
    }

    #[test]
    fn what_is_ones_own_is_right() {
        for (kind, text) in [
            (Kind::Me, r#"{"user":"ada","session":"7"}"#),
            (Kind::Page, "<bdi><strong>ada</strong></bdi>"),
            (Kind::Everyones, r#"{"answer":{"owner":"everyone"}}"#),
            (Kind::Sessions, r#"{"answer":{"owner":{"session":"7"}}}"#),
            (Kind::Users, r#"{"answer":{"owner":{"user":"ada"}}}"#),
            (Kind::Tasted, &good_days("ada", 4.5)),
            (
                Kind::TastedStream,
                &format!("data: {}\n\n", good_days("ada", 4.5)).repeat(4),
            ),
            (Kind::State, "{}"),
        ] {
            assert_eq!(judged(kind, 200, text), Ok(()), "{kind:?}");
        }
        assert_eq!(judged(Kind::Done, 202, ""), Ok(()));
    }

    #[test]
    fn what_is_somebody_elses_is_a_leak() {
        let mixed = [("ada", 4.5), ("ada", 4.5), ("ada", 4.5), ("bob", 4.5)];
        let mixed = mixed.map(|(user, taste)| format!("data: {}\n\n", good_days(user, taste)));
        for (kind, text) in [
            (Kind::Me, r#"{"user":"bob","session":"7"}"#),
            (Kind::Me, r#"{"user":"ada","session":"8"}"#),
            (
                Kind::Page,
                "<bdi><strong>ada</strong></bdi><bdi><strong>bob</strong></bdi>",
            ),
            (Kind::Everyones, r#"{"answer":{"owner":{"user":"ada"}}}"#),
            (Kind::Sessions, r#"{"answer":{"owner":{"session":"8"}}}"#),
            (Kind::Sessions, r#"{"answer":{"owner":"everyone"}}"#),
            (Kind::Users, r#"{"answer":{"owner":{"user":"bob"}}}"#),
            (Kind::Users, "{}"),
            (Kind::Tasted, &good_days("bob", 4.5)),
            (Kind::Tasted, &good_days("ada", 4.25)),
            (Kind::TastedStream, &mixed.concat()),
        ] {
            assert!(is_leak(&judged(kind, 200, text)), "{kind:?} {text}");
        }
    }

    #[test]
    fn no_answer_is_an_error() {
        for (kind, status) in [(Kind::Me, 401), (Kind::Users, 500), (Kind::Done, 200)] {
            let judged = judged(kind, status, "{}");
            assert!(matches!(judged, Err(Fault::Error(_))), "{kind:?}");
        }
        assert!(matches!(
            judged(Kind::TastedStream, 200, ""),
            Err(Fault::Error(_))
        ));
    }

    #[test]
    fn people_ask_for_the_same_in_another_order() {
        let (one, other) = (Question::often(0), Question::often(1));
        assert_ne!(one[0].path, other[0].path);
        let routes = |questions: &[Question]| -> BTreeSet<String> {
            let routes = questions.iter().map(|question| question.route().to_owned());
            routes.collect()
        };
        assert_eq!(routes(&one), routes(&other));
        assert_ne!(Question::once(0)[0].path, Question::once(1)[0].path);
    }
}
