//! Under which key a response is kept (RFC 9111, sections 2 and 4.1).

use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

/// A URI, and what it names whatever the scheme.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Uri {
    /// For every method; no two URIs share one.
    pub(super) key: String,
    /// Without the scheme, which a request of HTTP/1 does not tell and one of HTTP/2 does: what is invalidated by the one
    /// is invalid for the other.
    pub(super) resource: String,
}

impl Uri {
    /// Each part is written with its kind and its length, so that parts cannot run into one another.
    pub(super) fn of(parts: &Parts) -> Self {
        let mut resource = String::new();
        match parts.uri.authority() {
            Some(authority) => push(
                &mut resource,
                'h',
                authority.as_str().to_ascii_lowercase().as_bytes(),
            ),
            None => {
                for host in parts.headers.get_all(HOST) {
                    push(&mut resource, 'h', &host.as_bytes().to_ascii_lowercase());
                }
            }
        }
        push(&mut resource, 'p', parts.uri.path().as_bytes());
        if let Some(query) = parts.uri.query() {
            push(&mut resource, 'q', query.as_bytes());
        }
        let mut key = resource.clone();
        if let Some(scheme) = parts.uri.scheme_str() {
            push(&mut key, 's', scheme.as_bytes());
        }
        Self { key, resource }
    }

    /// The key of one variant: a hash, because what requests vary by can be secret, and keys are shown in errors.
    pub(super) fn variant_key(&self, variant: &str) -> String {
        let mut key = self.key.clone();
        push(&mut key, 'v', &Sha256::digest(variant));
        key
    }
}

/// What a request says in the headers that `Vary` names: two requests that differ in them never say the same.
pub(super) fn variant(names: &[HeaderName], request: &HeaderMap) -> String {
    let mut variant = String::new();
    for name in names {
        push(&mut variant, 'n', name.as_str().as_bytes());
        for value in request.get_all(name) {
            push(&mut variant, 'v', value.as_bytes());
        }
    }
    variant
}

/// Each byte becomes one character, so that what is no text has a key as well.
fn push(key: &mut String, kind: char, part: &[u8]) {
    key.push(kind);
    key.push_str(&part.len().to_string());
    key.push(':');
    key.extend(part.iter().copied().map(char::from));
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};

    use super::*;

    fn key(uri: &str, host: &str) -> String {
        let request = Request::builder()
            .uri(uri)
            .header(HOST, host)
            .body(())
            .unwrap();
        Uri::of(&request.into_parts().0).key
    }

    #[test]
    fn no_two_uris_share_a_key() {
        let uris = [
            ("/", "a"),
            ("/", "b"),
            ("/?", "a"),
            ("/?q", "a"),
            ("/q", "a"),
            ("/aq1:b", "a"),
            ("/a?b", "a"),
            ("http://a/", "x"),
            ("https://a/", "x"),
            ("http://a:80/", "x"),
            ("/A", "a"),
        ];
        let keys: std::collections::BTreeSet<String> =
            uris.iter().map(|(uri, host)| key(uri, host)).collect();
        assert_eq!(keys.len(), uris.len());
        assert_eq!(
            key("/", "A.example"),
            key("/", "a.example"),
            "hosts have no case"
        );
    }

    #[test]
    fn no_two_variants_share_a_key() {
        let names = [HeaderName::from_static("a"), HeaderName::from_static("b")];
        let requests: [&[(&'static str, &[u8])]; 8] = [
            &[],
            &[("a", b"")],
            &[("b", b"")],
            &[("a", b"x")],
            &[("a", b"x"), ("a", b"y")],
            &[("a", b"x, y")],
            &[("a", b"x"), ("b", b"y")],
            &[("a", b"\xff")],
        ];
        let keys: std::collections::BTreeSet<String> = requests
            .iter()
            .map(|lines| {
                let mut headers = HeaderMap::new();
                for (name, value) in *lines {
                    headers.append(*name, HeaderValue::from_bytes(value).unwrap());
                }
                variant(&names, &headers)
            })
            .collect();
        assert_eq!(keys.len(), requests.len());
    }
}
