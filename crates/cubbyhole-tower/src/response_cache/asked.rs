//! What a request asks of the cache.

use std::time::Duration;

use cubbyhole_policy::CacheType;
use cubbyhole_scope::ScopeContext;
use http::header::{
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, UPGRADE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use super::directives::{Directives, Seconds, has_credentials, members};

/// What counts of a request whose answer may come from the cache.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) is_head: bool,
    pub(super) headers: HeaderMap,
    directives: Directives,
    /// Whether what is kept is for more people than the one who asks.
    pub(super) is_shared: bool,
    /// Whether the request is from somebody in particular.
    pub(super) is_somebodys: bool,
}

impl Asked {
    /// `None` if the cache has no part in this request.
    pub(super) fn of(parts: &Parts, cache_type: CacheType) -> Option<Self> {
        let directives = Directives::of(&parts.headers);
        let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
        let is_for_origin = [RANGE, IF_RANGE, IF_MATCH, IF_UNMODIFIED_SINCE, UPGRADE]
            .iter()
            .any(|name| parts.headers.contains_key(name));
        if !is_read || is_for_origin || directives.no_store {
            return None;
        }
        let (is_shared, is_identified) = ScopeContext::with_current(|context| {
            let is_identified = *context != ScopeContext::anonymous();
            // A store can be built to share what nobody in particular asks for.
            let is_alone =
                cache_type != CacheType::Global && context.resolve_ref(cache_type).is_ok();
            (!is_alone, is_identified)
        });
        Some(Self {
            is_head: parts.method == Method::HEAD,
            headers: parts.headers.clone(),
            directives,
            is_shared,
            is_somebodys: is_identified || has_credentials(&parts.headers),
        })
    }

    pub(super) const fn only_if_cached(&self) -> bool {
        self.directives.only_if_cached
    }

    /// Whether a response of this age, which is good for so long, is fresh enough for who asks.
    pub(super) fn accepts(&self, age: Duration, lifetime: Duration) -> bool {
        let of_age = match self.directives.max_age {
            Seconds::Absent => true,
            Seconds::Given(most) => age <= most,
            Seconds::Invalid => false,
        };
        let for_long = match self.directives.min_fresh {
            Seconds::Absent => true,
            Seconds::Given(least) => lifetime.saturating_sub(age) >= least,
            Seconds::Invalid => false,
        };
        of_age && for_long && !self.directives.no_cache
    }

    /// Whether who asks has this representation already (RFC 9110, section 13.1).
    pub(super) fn has(&self, etag: Option<&HeaderValue>, modified: Option<&HeaderValue>) -> bool {
        let mut conditions = self.headers.get_all(IF_NONE_MATCH).iter().peekable();
        if conditions.peek().is_some() {
            let etag = etag.and_then(|etag| etag.to_str().ok()).map(opaque);
            return conditions.any(|condition| {
                let mut tags = condition.to_str().into_iter().flat_map(members);
                tags.any(|tag| tag == "*" || Some(opaque(tag)) == etag)
            });
        }
        // The time that was sent out: no date has to be read for that, and no other one means the same.
        modified.is_some() && self.headers.get(IF_MODIFIED_SINCE) == modified
    }
}

/// Takes the conditions off a request, so that its answer is a whole one, which can be kept.
pub(super) fn unconditional(headers: &mut HeaderMap) {
    headers.remove(IF_NONE_MATCH);
    headers.remove(IF_MODIFIED_SINCE);
}

/// Weak and strong tags are the same in this comparison (RFC 9110, section 8.8.3.2).
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
