//! Whether a response may be kept, and for how long (RFC 9111, sections 3 and 4.2).

use std::time::Duration;

use http::header::{
    AGE, CONNECTION, CONTENT_RANGE, EXPIRES, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
};
use http::{HeaderMap, StatusCode, response};

use super::asked::Asked;
use super::directives::{Directives, Seconds};

/// On what terms a response may be kept.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// How long it is good for, from when it was made.
    pub(super) lifetime: Duration,
    /// How old it was when it came.
    pub(super) age: Duration,
    /// Whether it may be shown to people who are identified, from a cache that they share.
    pub(super) is_public: bool,
    pub(super) must_revalidate: bool,
    pub(super) vary: Vec<HeaderName>,
}

impl Terms {
    /// `None` if the response must not be kept, or is good for no time.
    pub(super) fn of(asked: &Asked, response: &response::Parts, default: Duration) -> Option<Self> {
        let headers = &response.headers;
        let directives = Directives::of(headers);
        let is_public = directives.public || matches!(directives.s_maxage, Seconds::Given(_));
        let is_forbidden = directives.no_store
            || directives.no_cache
            || (directives.private && asked.is_shared)
            || (asked.is_shared && asked.is_somebodys && !is_public)
            || headers.contains_key(SET_COOKIE)
            || headers.contains_key(CONTENT_RANGE)
            || !is_understood(response.status);
        if is_forbidden {
            return None;
        }
        let age = age(headers)?;
        let lifetime = lifetime(&directives, asked.is_shared, headers, default)?;
        (age < lifetime).then_some(())?;
        Some(Self {
            lifetime,
            age,
            is_public,
            must_revalidate: directives.must_revalidate
                || (asked.is_shared
                    && (directives.proxy_revalidate || directives.s_maxage != Seconds::Absent)),
            vary: vary(headers)?,
        })
    }
}

/// The statuses that are good for a cache without a word about it (RFC 9110, section 15.1), but for 206.
fn is_understood(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

fn lifetime(
    directives: &Directives,
    is_shared: bool,
    headers: &HeaderMap,
    default: Duration,
) -> Option<Duration> {
    let shared = if is_shared {
        directives.s_maxage
    } else {
        Seconds::Absent
    };
    match (shared, directives.max_age) {
        (Seconds::Given(lifetime), _) | (Seconds::Absent, Seconds::Given(lifetime)) => {
            Some(lifetime)
        }
        (Seconds::Invalid, _) | (Seconds::Absent, Seconds::Invalid) => None,
        // A date would have to be read, and the clock of this machine believed.
        (Seconds::Absent, Seconds::Absent) if headers.contains_key(EXPIRES) => None,
        (Seconds::Absent, Seconds::Absent) => Some(default),
    }
}

/// `None` if it cannot be read: then it may be too old.
fn age(headers: &HeaderMap) -> Option<Duration> {
    let Some(value) = headers.get(AGE) else {
        return Some(Duration::ZERO);
    };
    let seconds = value.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The names in order, each once. `None` for `*`, which no later request matches, and for what cannot be read.
fn vary(headers: &HeaderMap) -> Option<Vec<HeaderName>> {
    let mut names = Vec::new();
    for value in headers.get_all(VARY) {
        for name in value.to_str().ok()?.split(',').map(str::trim) {
            match name {
                "" => {}
                "*" => return None,
                name => names.push(name.parse().ok()?),
            }
        }
    }
    names.sort_unstable_by(|one: &HeaderName, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    Some(names)
}

/// Takes off what is about the connection and not about the response (section 3.1).
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let always = [
        CONNECTION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
        HeaderName::from_static("proxy-authentication-info"),
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        AGE,
    ];
    for name in listed.iter().chain(&always) {
        headers.remove(name);
    }
}
