//! `Cache-Control`, of requests and of responses (RFC 9111, section 5.2).

use std::time::Duration;

use http::HeaderMap;
use http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, PRAGMA};

/// More seconds than this count as this many (section 1.2.2).
const MOST_SECONDS: u64 = 1 << 31;

/// The arguments of directives that have a number of seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Seconds {
    #[default]
    Absent,
    /// It is no number, or two of them.
    Invalid,
    Given(Duration),
}

impl Seconds {
    /// What two directives of one name say together (section 4.2.1: if they differ, they are invalid).
    fn and(self, argument: Option<&str>) -> Self {
        let next = argument.map_or(Self::Invalid, Self::parse);
        match self {
            Self::Absent => next,
            one if one == next => one,
            _ => Self::Invalid,
        }
    }

    fn parse(text: &str) -> Self {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Self::Invalid;
        }
        // All digits, so what does not parse is too large.
        let seconds = text.parse().unwrap_or(MOST_SECONDS).min(MOST_SECONDS);
        Self::Given(Duration::from_secs(seconds))
    }
}

/// What a request or a response says in `Cache-Control`; each uses what is defined for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Directives {
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) private: bool,
    pub(super) public: bool,
    pub(super) must_revalidate: bool,
    pub(super) proxy_revalidate: bool,
    pub(super) only_if_cached: bool,
    pub(super) max_age: Seconds,
    pub(super) s_maxage: Seconds,
    pub(super) min_fresh: Seconds,
}

impl Directives {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut directives = Self::default();
        for value in headers.get_all(CACHE_CONTROL) {
            match value.to_str() {
                Ok(text) => members(text).for_each(|member| directives.add(member)),
                // Who knows what it forbids.
                Err(_) => directives.no_store = true,
            }
        }
        let has_pragma = headers.get(PRAGMA).is_some_and(|value| {
            let text = value.as_bytes().to_ascii_lowercase();
            text.windows(8).any(|part| part == b"no-cache")
        });
        // For clients older than `Cache-Control` (section 5.4).
        directives.no_cache |= has_pragma && !headers.contains_key(CACHE_CONTROL);
        directives
    }

    fn add(&mut self, member: &str) {
        let (name, argument) = match member.split_once('=') {
            Some((name, argument)) => (name, Some(argument.trim().trim_matches('"'))),
            None => (member, None),
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" => self.no_store = true,
            // With field names it forbids less; taking it for the whole response is allowed (sections 5.2.2.4, 5.2.2.7).
            "no-cache" => self.no_cache = true,
            "private" => self.private = true,
            "public" => self.public = true,
            "must-revalidate" => self.must_revalidate = true,
            "proxy-revalidate" => self.proxy_revalidate = true,
            "only-if-cached" => self.only_if_cached = true,
            "max-age" => self.max_age = self.max_age.and(argument),
            "s-maxage" => self.s_maxage = self.s_maxage.and(argument),
            "min-fresh" => self.min_fresh = self.min_fresh.and(argument),
            _ => {}
        }
    }
}

/// The members of a list, which commas divide, but not those within quotes.
pub(super) fn members(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |character| {
        let divides = character == ',' && !quoted;
        if character == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && character == '\\' && !escaped;
        divides
    })
    .map(str::trim)
    .filter(|member| !member.is_empty())
}

/// Whether a request says who it is from in a header of its own.
pub(super) fn has_credentials(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&str]) -> Directives {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CACHE_CONTROL, HeaderValue::from_str(value).unwrap());
        }
        Directives::of(&headers)
    }

    fn given(seconds: u64) -> Seconds {
        Seconds::Given(Duration::from_secs(seconds))
    }

    #[test]
    fn directives_are_read_from_all_lines_in_any_case() {
        let found = of(&["Public, MAX-AGE=60", " s-maxage = 9 ,, must-revalidate"]);
        assert!(found.public && found.must_revalidate && !found.private);
        assert_eq!((found.max_age, found.s_maxage), (given(60), given(9)));
    }

    #[test]
    fn commas_within_quotes_divide_nothing() {
        let found = of(&[r#"private="a, no-store", x="\", no-cache", max-age="5""#]);
        assert!(found.private && !found.no_store && !found.no_cache);
        assert_eq!(found.max_age, given(5));
    }

    #[test]
    fn seconds_that_are_none_are_invalid() {
        for text in [
            "max-age",
            "max-age=",
            "max-age=-1",
            "max-age=1.5",
            "max-age=1s",
            "max-age=1, max-age=2",
        ] {
            assert_eq!(of(&[text]).max_age, Seconds::Invalid, "{text}");
        }
        assert_eq!(of(&["max-age=2, max-age=2"]).max_age, given(2));
        assert_eq!(
            of(&["max-age=99999999999999999999999"]).max_age,
            given(MOST_SECONDS)
        );
    }

    #[test]
    fn unreadable_header_forbids_to_store() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(Directives::of(&headers).no_store);
    }

    #[test]
    fn pragma_counts_without_cache_control_alone() {
        let mut headers = HeaderMap::new();
        headers.insert(PRAGMA, HeaderValue::from_static("No-Cache"));
        assert!(Directives::of(&headers).no_cache);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=5"));
        assert!(!Directives::of(&headers).no_cache);
    }
}
