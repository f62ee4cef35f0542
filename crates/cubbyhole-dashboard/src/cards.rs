//! The cards: what each caches and how, and what it shows.
//!
//! | card | entry | policy | whose |
//! | --- | --- | --- | --- |
//! | right now | `right-now` | ttl, refreshed ahead, old values in place of errors | everyone |
//! | opening | `overview` | keep-all | everyone |
//! | month by month | `monthly-means` | lru, by `#[cached]`, tagged | everyone |
//! | a closer look | `last-window`, `window-curve` | most-recent | a session |
//! | good days | `good-days` | ttl | a user |
//! | extreme days | `extremes` | most-recent, by role | a user |
//! | reports | `report` | lru, pinned | a user |
//! | the trend | `trend` | lru, pending | everyone |
//! | tomorrow, given today | `transitions` | keep-all | everyone |

pub(crate) mod extremes;
pub(crate) mod good_days;
pub(crate) mod monthly;
pub(crate) mod overview;
pub(crate) mod report;
pub(crate) mod right_now;
pub(crate) mod statistics;
pub(crate) mod transitions;
pub(crate) mod trend;
pub(crate) mod window;

use cubbyhole::CacheError;
use maud::{Markup, html};

/// Stands in a card whose value could not be had.
pub(crate) fn failure(error: &CacheError) -> Markup {
    let text = match error {
        CacheError::Invalidated { .. } => "It was withdrawn while it was being computed.",
        _ => "It could not be computed.",
    };
    html! { p.problem role="alert" { (text) " Load the page again to try again." } }
}
