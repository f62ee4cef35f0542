//! A card: a title, what it shows, what can be chosen, and where its value came from.

use maud::{Markup, html};

use crate::answer::{Provenance, Source, keeps, whose};
use crate::choices::Card;
use cubbyhole::CacheType;

/// What is in a card.
#[derive(Debug)]
pub(crate) struct CardView<'a> {
    pub(crate) card: Card,
    pub(crate) title: &'a str,
    pub(crate) whose: CacheType,
    pub(crate) lead: Markup,
    pub(crate) controls: Markup,
    /// Why what was asked for is not what is shown.
    pub(crate) problem: Option<String>,
    pub(crate) body: Markup,
    pub(crate) provenance: Markup,
}

impl CardView<'_> {
    pub(crate) fn render(self) -> Markup {
        let id = self.card.id();
        let heading = format!("{id}-heading");
        html! {
            section.card id=(id) aria-labelledby=(heading) {
                header {
                    h2 id=(heading) { (self.title) }
                    (badge(self.whose))
                }
                p.lead { (self.lead) }
                (self.controls)
                @if let Some(problem) = self.problem {
                    p.problem role="alert" { "This cannot be shown: " (problem) "." }
                }
                div.body { (self.body) }
                (self.provenance)
            }
        }
    }
}

/// Says whose the values of a card are.
pub(crate) fn badge(cache_type: CacheType) -> Markup {
    html! { span class=(format!("badge {}", cache_type.as_str())) { (whose(cache_type)) } }
}

/// Says where a value came from.
pub(crate) fn provenance_line(provenance: &Provenance) -> Markup {
    let (class, verb) = match provenance.source {
        Source::Computed => ("computed", "Computed"),
        Source::Cached => ("cached", "From the cache"),
        Source::Waited => ("waited", "Waited"),
        Source::Shared => ("shared", "From another process"),
        Source::Collected => ("collected", "Collected"),
        Source::Old => ("old", "An old value"),
    };
    html! {
        p class=(format!("provenance {class}")) {
            span.what { strong { (verb) } " " (provenance.sentence()) }
            span.policy {
                code { (provenance.policy.name()) }
                " " (whose(provenance.policy.cache_type())) ", " (keeps(&provenance.policy))
            }
        }
    }
}

/// The numbers behind a chart, folded away.
pub(crate) fn table(caption: &str, columns: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        details.numbers {
            summary { "The numbers" }
            div.scroll tabindex="0" role="region" aria-label=(caption) {
                table {
                    caption { (caption) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody {
                        @for row in rows {
                            tr {
                                @for (index, cell) in row.iter().enumerate() {
                                    @if index == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
