//! What is asked, and what an answer has to be.

use std::collections::BTreeSet;

use axum::http::StatusCode;
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
    method: &'static str,
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
    /// All questions, as the person of this number asks them.
    pub(super) fn all(number: usize) -> Vec<Self> {
        let (year, reach) = (2012 + number % 4, 5 + number % 80);
        let season = ["all", "winter", "spring", "summer", "autumn"][number % 5];
        let get = |path: String, kind| Self {
            method: "GET",
            path,
            kind,
        };
        let post = |path: String, kind| Self {
            method: "POST",
            path,
            kind,
        };
        let window = |measure| {
            format!("/api/window?measure={measure}&from=2012-03-01&to=2013-02-28&reach={reach}")
        };
        vec![
            get("/api/me".to_owned(), Kind::Me),
            get("/api/overview".to_owned(), Kind::Everyones),
            get(
                format!("/api/monthly?measure=wind&year={year}"),
                Kind::Everyones,
            ),
            get(format!("/api/transitions?season={season}"), Kind::Everyones),
            get("/api/right-now".to_owned(), Kind::Everyones),
            get(
                "/api/trend?measure=max-temperature&wait=yes".to_owned(),
                Kind::Everyones,
            ),
            get(window("wind"), Kind::Sessions),
            get(window("wind"), Kind::Sessions),
            get(window("min-temperature"), Kind::Sessions),
            get(format!("/api/good-days?year={year}"), Kind::Tasted),
            get("/api/good-days/stream".to_owned(), Kind::TastedStream),
            get("/api/extremes".to_owned(), Kind::Users),
            get("/".to_owned(), Kind::Page),
            post(format!("/api/report?year={year}"), Kind::Done),
            get(format!("/api/report?year={year}&wait=yes"), Kind::State),
            post(format!("/api/report/collect?year={year}"), Kind::Users),
        ]
    }

    pub(super) fn posts(&self) -> bool {
        self.method == "POST"
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path without the query, and the method where it is not that of most.
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

const YEARS: usize = 4;

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
            method: "GET",
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
    fn people_ask_for_different_things() {
        assert_ne!(Question::all(0)[2].path, Question::all(1)[2].path);
        assert_eq!(Question::all(3)[2].route(), "/api/monthly");
    }
}
