//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

use crate::people::Identity;

/// The style sheet of every page.
pub(crate) const STYLE: &str = include_str!("style.css");

/// A page.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) title: &'a str,
    /// Who sees it; nobody before signing in.
    pub(crate) identity: Option<&'a Identity>,
    /// Whether they may look at the cache from within.
    pub(crate) may_look: bool,
    /// The address that the browser is to ask for next, by itself.
    pub(crate) next: Option<&'a str>,
    pub(crate) content: Markup,
}

impl Document<'_> {
    pub(crate) fn render(self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(next) = self.next {
                        meta http-equiv="refresh" content=(format!("1; url={next}"));
                    }
                    title { (self.title) " · Seattle, day by day" }
                    link rel="icon" href="/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/style.css";
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    (header(self.identity, self.may_look))
                    main #content { (self.content) }
                    (footer())
                }
            }
        }
    }
}

fn header(identity: Option<&Identity>, may_look: bool) -> Markup {
    html! {
        header.top {
            a.brand href="/" {
                span.mark aria-hidden="true" {}
                "Seattle, day by day"
            }
            @if let Some(identity) = identity {
                div.who {
                    span.name {
                        "Signed in as " bdi { strong { (identity.user) } }
                        span.soft { ", session " (identity.session) }
                    }
                    @if may_look { a href="/cache" { "The cache" } }
                    form method="post" action="/sign-out" { button.quiet { "Sign out" } }
                }
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.bottom {
            p {
                "Daily weather of Seattle, 2012 to 2015: measured by NOAA (National Centers for "
                "Environmental Information, Global Historical Climatology Network daily). The facts are in the "
                "public domain. The kinds of weather were named by the Vega project, whose file this is; "
                "its package is under the MIT licence."
            }
            p { "An example service of cubbyhole, an async cache store for many users at once." }
        }
    }
}
