//! The page with all cards.

use maud::{Markup, html};

use super::Document;
use crate::people::{Identity, Role};

/// What the page is made of, each part rendered.
#[derive(Debug)]
pub(crate) struct DashboardView<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) role: Role,
    /// The address that waits for what is still being computed.
    pub(crate) next: Option<String>,
    pub(crate) overview: Markup,
    pub(crate) cards: Vec<Markup>,
    pub(crate) store: Markup,
}

/// Puts the cards together.
pub(crate) fn dashboard(view: DashboardView<'_>) -> Markup {
    let content = html! {
        (view.overview)
        div.cards { @for card in view.cards { (card) } }
        (view.store)
        form.erase method="post" action="/erase" {
            p {
                "Erase what is kept about " bdi { strong { (view.identity.user) } }
                ": your taste, your role, your good days, your reports and all your sessions."
            }
            button.quiet { "Erase everything" }
        }
    };
    Document {
        title: "Dashboard",
        identity: Some(view.identity),
        may_look: view.role.may_look(),
        next: view.next.as_deref(),
        content,
    }
    .render()
}
