//! Who a request is from, by a cookie that somebody vouches for.

use cubbyhole_scope::ScopeContext;
use http::HeaderMap;
use http::header::COOKIE;
use http::request::Parts;

use crate::identify::IdentifyRequest;
use crate::source::{MissingIdentity, ScopeSource};

/// Vouches for cookies: says whose a cookie is, if it is genuine.
///
/// Compare secrets in constant time, and let the name of the cookie count, so that one cookie cannot be passed off as
/// another. `HmacCookie`, behind the feature `signed-cookie`, does both. A closure
/// `Fn(&str, &str) -> Option<ScopeContext>` of the name and the value is a verifier, too.
pub trait VerifyCookie: Send + Sync + 'static {
    /// Returns whose the cookie is; `None` if it is not genuine, or not good any more.
    fn verify(&self, name: &str, value: &str) -> Option<ScopeContext>;
}

impl<F> VerifyCookie for F
where
    F: Fn(&str, &str) -> Option<ScopeContext> + Send + Sync + 'static,
{
    fn verify(&self, name: &str, value: &str) -> Option<ScopeContext> {
        self(name, value)
    }
}

/// Asks a cookie that its verifier accepts.
pub(crate) struct FromCookie<V> {
    pub(crate) name: Box<str>,
    pub(crate) verifier: V,
}

impl<V: VerifyCookie> IdentifyRequest for FromCookie<V> {
    /// A page of a neighbouring domain can add a cookie of the same name, and the two cannot be told apart; so two are
    /// refused, even if one of them is genuine.
    fn identify(&self, parts: &Parts) -> Result<ScopeContext, MissingIdentity> {
        let mut values = cookie_values(&parts.headers, &self.name);
        let value = values.next().ok_or(MissingIdentity::NoCookie)?;
        if values.next().is_some() {
            return Err(MissingIdentity::SeveralCookies);
        }
        let text = std::str::from_utf8(value).ok();
        text.and_then(|text| self.verifier.verify(&self.name, text))
            .ok_or(MissingIdentity::CookieRefused)
    }

    fn source(&self) -> ScopeSource {
        ScopeSource::Cookie
    }
}

/// Returns the values of all cookies called `name`, as bytes: what other cookies hold need not be text.
///
/// For an authentication layer of the application's own, outside of [`ScopeLayer`](crate::ScopeLayer). If there are two,
/// one of them may be that of a neighbouring domain, and nothing says which: whose the request is is then not known.
///
/// ```
/// use cubbyhole_tower::cookie_values;
/// # use http::{HeaderMap, HeaderValue, header::COOKIE};
///
/// # let mut headers = HeaderMap::new();
/// # headers.insert(COOKIE, HeaderValue::from_static("theme=dark; session=s1"));
/// let mut values = cookie_values(&headers, "session");
/// let session = values.next().filter(|_| values.next().is_none());
/// assert_eq!(session, Some(&b"s1"[..]));
/// ```
pub fn cookie_values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let headers = headers.get_all(COOKIE).iter();
    let pairs = headers.flat_map(|header| header.as_bytes().split(|&byte| byte == b';'));
    pairs.filter_map(move |pair| {
        let equals = pair.iter().position(|&byte| byte == b'=')?;
        let (found, value) = (pair[..equals].trim_ascii(), &pair[equals + 1..]);
        (found == name.as_bytes()).then(|| value.trim_ascii())
    })
}
