//! The page where people say who they are.

use maud::{Markup, html};

use super::Document;
use crate::people::UserName;

/// Asks for a name; says what was wrong with the last one.
pub(crate) fn sign_in(problem: Option<&str>, name: &str) -> Markup {
    let content = html! {
        section.card.single {
            h1 { "Good to see you" }
            p.lead {
                "Four years of Seattle’s weather, for everyone; and your own good days, for you alone. "
                "Say who you are to come in."
            }
            @if let Some(problem) = problem {
                p.problem role="alert" id="problem" { "Please " (problem) "." }
            }
            form.sign-in method="post" action="/sign-in" {
                label {
                    span { "Your name" }
                    input type="text" name="name" value=(name) autocomplete="username" autofocus required
                        maxlength=(UserName::LONGEST) aria-describedby="no-password";
                }
                button.primary { "Sign in" }
            }
            p.soft id="no-password" {
                "There is no password: this is an example, and whoever writes a name is that person. "
                "A name opens as many sessions as you like, in as many browsers."
            }
        }
    };
    Document {
        title: "Sign in",
        identity: None,
        may_look: false,
        next: None,
        content,
    }
    .render()
}
