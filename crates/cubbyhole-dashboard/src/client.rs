//! A small HTTP client for checks and tests: it keeps the cookie it is given, and follows nothing.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// One browser: what it asks for is asked with the cookie it got last.
///
/// Clones share the connections and start with the same cookie.
#[derive(Clone, Debug)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    cookie: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub text: String,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {reason}")]
pub struct ClientError {
    method: Method,
    path: String,
    reason: String,
}

impl Client {
    /// Makes a browser that is signed in nowhere.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            pool: Pool::builder(TokioExecutor::new()).build_http(),
            address,
            cookie: None,
        }
    }

    /// Signs in as `name`, whether that is a name or not: the reply tells.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn sign_in(&mut self, name: &str) -> Result<Reply, ClientError> {
        let reply = self.post_form("/sign-in", &[("name", name)]).await?;
        self.keep_cookie(&reply);
        Ok(reply)
    }

    /// Signs out; the cookie is kept, so that it can be tried again.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn sign_out(&self) -> Result<Reply, ClientError> {
        self.post_form("/sign-out", &[]).await
    }

    /// Sends another cookie from now on.
    #[must_use]
    pub fn with_cookie(mut self, cookie: impl Into<String>) -> Self {
        self.cookie = Some(cookie.into());
        self
    }

    /// Returns the cookie that is sent along.
    #[must_use]
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Gets a page.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn get(&self, path: &str) -> Result<Reply, ClientError> {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Posts nothing to a path.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn post(&self, path: &str) -> Result<Reply, ClientError> {
        self.send(Method::POST, path, None, &[]).await
    }

    /// Posts a form.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn post_form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Reply, ClientError> {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// Sends anything; a body is a form, if the headers say nothing else.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if nothing came back.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, ClientError> {
        let failed = |reason: String| ClientError {
            method: method.clone(),
            path: path.to_owned(),
            reason,
        };
        let mut request = Request::builder()
            .method(method.clone())
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let is_told = headers.iter().any(|(name, _)| *name == CONTENT_TYPE);
        if body.is_some() && !is_told {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        let request = request
            .body(body)
            .map_err(|error| failed(error.to_string()))?;
        let reply = self
            .pool
            .request(request)
            .await
            .map_err(|error| failed(error.to_string()))?;
        let (parts, body) = reply.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| failed(error.to_string()))?;
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        })
    }

    fn keep_cookie(&mut self, reply: &Reply) {
        let cookie = reply
            .headers
            .get(SET_COOKIE)
            .and_then(|value| value.to_str().ok());
        if let Some((pair, _)) = cookie.and_then(|cookie| cookie.split_once(';')) {
            self.cookie = Some(pair.to_owned());
        }
    }
}

impl Reply {
    /// Returns the body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The names on a page, as they are written there: wherever it shows one, it sets it apart from the text around it.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let shown = self.text.split("<bdi><strong>").skip(1);
        shown
            .filter_map(|rest| rest.split("</strong></bdi>").next())
            .collect()
    }

    /// What the events of a stream hold; null where that is no JSON.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let lines = self.text.lines();
        let data = lines.filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap_or_default())
            .collect()
    }

    /// Returns a header as text; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Escapes what a form must not contain.
fn encode(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_escapes_all_but_letters_and_digits() {
        assert_eq!(encode("a:b &=+%ä"), "a%3Ab%20%26%3D%2B%25%C3%A4");
    }
}
