//! Extreme days: how many there were, and for analysts which. The role is found in the scope and is not in the key, so a
//! change of role must put out of reach what was computed for the former one.

use std::sync::Arc;

use cubbyhole::{CacheError, CachePolicy, CacheScope, CacheType};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::failure;
use crate::analytics::{Extreme, ExtremeDay, extreme_days};
use crate::answer::{Owner, Traced};
use crate::choices::{Card, Choices};
use crate::page::{CardView, hidden_fields, option, provenance_line, table};
use crate::people::{ChangeError, Identity, Role};
use crate::service::{Entry, Kept, Service};
use crate::wording;

type Answered = Traced<Kept<Shown>>;

/// What somebody may see of the extreme days.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Shown {
    pub(crate) role: Role,
    counts: Vec<(Extreme, usize)>,
    /// Only for those who may look closer.
    days: Option<Vec<ExtremeDay>>,
}

/// There is one value for each person.
pub(crate) fn entry() -> Entry<Shown> {
    let policy = CachePolicy::most_recent().with_cache_type(CacheType::User);
    Entry::new("extremes", policy).finish_in_background()
}

pub(crate) async fn ask(service: &Service) -> Result<Answered, CacheError> {
    let (data, people) = (Arc::clone(&service.data), Arc::clone(&service.people));
    let gate = service.extremes_gate.clone();
    let prepare = async move {
        let role = people.current_role().await;
        gate.passed().await;
        move || shown(extreme_days(data.days()), role)
    };
    service
        .ask_prepared(&service.entries.extremes, "all", prepare)
        .await
}

fn shown(days: Vec<ExtremeDay>, role: Role) -> Shown {
    let count = |extreme| days.iter().filter(|day| day.extreme == extreme).count();
    Shown {
        role,
        counts: Extreme::ALL.map(|extreme| (extreme, count(extreme))).into(),
        days: role.may_look().then_some(days),
    }
}

/// Changes the role of a person, and puts all that was computed for them out of reach: whatever the former role may not
/// have been shown, or the new one may not be. The role comes first, so that what begins in between has the new one.
pub(crate) async fn change_role(
    service: &Service,
    identity: &Identity,
    role: Role,
) -> Result<(), ChangeError> {
    let user = identity.user.as_str();
    service.people.set_role(user, role).await?;
    service.jobs.forget(&Owner::User(user.to_owned()));
    service.store.bump_epoch(&CacheScope::user(user)).await;
    Ok(())
}

pub(crate) fn view(
    answered: &Result<Answered, CacheError>,
    choices: &Choices,
    role: Role,
) -> Markup {
    let (body, provenance) = match answered {
        Ok(answered) => (
            body(&answered.answer.value),
            provenance_line(&answered.provenance),
        ),
        Err(error) => (failure(error), html! {}),
    };
    CardView {
        card: Card::Extremes,
        title: "Extreme days",
        whose: CacheType::User,
        lead: html! {
            "A viewer sees how many days were extreme, an analyst which; an operator also looks after the cache. "
            "Whoever changes the role finds nothing more of what was computed for the former one, reports included."
        },
        controls: role_form(choices, role),
        problem: None,
        body,
        provenance,
    }
    .render()
}

fn role_form(choices: &Choices, role: Role) -> Markup {
    html! {
        form.controls method="post" action="/role" {
            (hidden_fields(choices, None))
            label {
                span { "Your role" }
                select name="role" {
                    @for other in Role::ALL { (option(other.name(), other.name(), other == role)) }
                }
            }
            button { "Change" }
        }
    }
}

fn body(shown: &Shown) -> Markup {
    html! {
        dl.facts {
            @for (extreme, count) in &shown.counts {
                div { dt { (extreme.label()) } dd { (count) " days" } }
            }
        }
        @match &shown.days {
            Some(days) => {
                @let rows: Vec<Vec<String>> = days.iter().map(row).collect();
                (table("The extreme days", &["Day", "What", "Value"], &rows))
            },
            None => p.soft { "Which days those were is for analysts." },
        }
    }
}

fn row(day: &ExtremeDay) -> Vec<String> {
    vec![
        wording::date(day.date),
        day.extreme.label().to_owned(),
        format!(
            "{} {}",
            wording::number(day.value),
            day.extreme.measure().unit()
        ),
    ]
}

#[cfg(test)]
mod tests {
    use cubbyhole::{ScopeFutureExt, SystemClock};

    use super::*;
    use crate::analytics::Effort;
    use crate::people::{Token, UserName};
    use crate::service::Gate;

    fn service() -> Service {
        let clock = Arc::new(SystemClock);
        Service::new(Effort::QUICK, Gate::open(), clock).unwrap()
    }

    fn sign_in(service: &Service, name: &str) -> Identity {
        let (token, user) = (Token::random().unwrap(), UserName::parse(name).unwrap());
        let now = std::time::Instant::now();
        service.people.sessions.open(token, user, now).unwrap()
    }

    async fn seen(service: &Service, identity: &Identity) -> Arc<crate::answer::Answer<Shown>> {
        let asked = ask(service).in_scope(identity.context.clone()).await;
        asked.unwrap().answer
    }

    #[test]
    fn only_an_analyst_sees_which_days() {
        let service = service();
        let days = extreme_days(service.data.days());
        let (viewer, analyst) = (
            shown(days.clone(), Role::Viewer),
            shown(days, Role::Analyst),
        );
        assert_eq!(viewer.counts, analyst.counts);
        assert_eq!(viewer.days, None);
        let told: usize = analyst.counts.iter().map(|(_, count)| count).sum();
        assert_eq!(analyst.days.unwrap().len(), told);
    }

    #[tokio::test]
    async fn a_new_role_finds_nothing_of_the_former_one() {
        let service = service();
        let (ada, bob) = (sign_in(&service, "ada"), sign_in(&service, "bob"));
        let of_bob = seen(&service, &bob).await;
        for role in [Role::Viewer, Role::Analyst, Role::Viewer] {
            change_role(&service, &ada, role).await.unwrap();
            let first = seen(&service, &ada).await;
            assert_eq!(first.value.role, role);
            let second = seen(&service, &ada).await;
            assert_eq!(second.computation, first.computation);
        }
        assert_eq!(seen(&service, &bob).await.computation, of_bob.computation);
    }

    #[tokio::test]
    async fn what_is_computed_for_the_former_role_meanwhile_is_not_kept() {
        let service = Arc::new(service());
        let ada = sign_in(&service, "ada");
        service.extremes_gate.hold();
        let before = tokio::spawn({
            let (service, ada) = (Arc::clone(&service), ada.clone());
            async move { seen(&service, &ada).await.value.role }
        });
        while service.extremes_gate.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        change_role(&service, &ada, Role::Analyst).await.unwrap();
        service.extremes_gate.release();
        assert_eq!(before.await.unwrap(), Role::Viewer);
        assert_eq!(seen(&service, &ada).await.value.role, Role::Analyst);
    }
}
