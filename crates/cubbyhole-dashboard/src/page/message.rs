//! A page that says one thing.

use maud::{Markup, html};

use super::Document;

/// Says what went wrong and what can be done.
pub(crate) fn message(title: &str, text: &str) -> Markup {
    let content = html! {
        section.card.single {
            h1 { (title) }
            p.lead { (text) }
            p { a.button href="/" { "Back to the dashboard" } }
        }
    };
    Document {
        title,
        identity: None,
        may_look: false,
        next: None,
        content,
    }
    .render()
}
