//! A browser of one person: where it goes, what is typed, what is seen.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::{Value, json};

use super::driver::{PATIENCE, Remote};

/// A browser, looking at one of its tabs.
pub(super) struct Window {
    remote: Remote,
    session: String,
    service: SocketAddr,
}

impl Window {
    pub(super) fn new(remote: Remote, session: &str, service: SocketAddr) -> Self {
        Self {
            remote,
            session: session.to_owned(),
            service,
        }
    }

    /// Goes to a page of the service, without waiting for it.
    pub(super) async fn go(&self, path: &str) {
        let url = format!("http://{}{path}", self.service);
        self.post("/url", &json!({ "url": url })).await;
    }

    /// Goes to a page of somebody else.
    pub(super) async fn go_elsewhere(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// Signs in, as one who types a name.
    pub(super) async fn sign_in(&self, name: &str) {
        self.go("/sign-in").await;
        self.until(
            "a field for the name has the focus",
            "document.activeElement.name === 'name'",
        )
        .await;
        self.type_text(name).await;
        self.type_text(ENTER).await;
        self.until_at("/").await;
    }

    /// Waits for a page of the service, as a whole.
    pub(super) async fn until_at(&self, path: &str) {
        let is_there = format!(
            "location.pathname === {} && document.readyState === 'complete'",
            json!(path)
        );
        self.until(&format!("the page {path} is there"), &is_there)
            .await;
    }

    /// Waits until an element has a text that contains this one.
    pub(super) async fn until_text(&self, selector: &str, text: &str) {
        let says = format!(
            "(document.querySelector({})?.textContent ?? '').includes({})",
            json!(selector),
            json!(text)
        );
        self.until(&format!("{selector} says {text:?}"), &says)
            .await;
    }

    /// Waits until an expression is true on whatever page is there.
    pub(super) async fn until(&self, what: &str, expression: &str) {
        let begun = Instant::now();
        loop {
            // While one page gives way to another there is no answer.
            let seen = self.try_look(expression).await;
            if seen == Ok(json!(true)) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let page = self
                    .try_look("location.href + '\\n' + document.body.innerText")
                    .await;
                panic!("waited in vain until {what}: {seen:?}; {page:?}");
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// What an expression is on the page that is there.
    pub(super) async fn look(&self, expression: &str) -> Value {
        self.try_look(expression).await.unwrap()
    }

    async fn try_look(&self, expression: &str) -> Result<Value, String> {
        let body = json!({ "script": format!("return {expression}"), "args": [] });
        self.try_post("/execute/sync", &body).await
    }

    /// Clicks on an element, where anybody would: it has to be in sight, and nothing in front of it.
    pub(super) async fn click(&self, selector: &str) {
        let found = json!({ "using": "css selector", "value": selector });
        let element = self.post("/element", &found).await;
        let id = element.as_object().unwrap().values().next().unwrap();
        let id = id.as_str().unwrap();
        self.post(&format!("/element/{id}/click"), &json!({})).await;
    }

    /// Presses and lets go of one key after the other.
    pub(super) async fn type_text(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| [down(key), up(key)]);
        self.press(strokes.collect()).await;
    }

    /// Chooses all that is in a field.
    pub(super) async fn choose_all(&self) {
        self.press(vec![down(CONTROL), down('a'), up('a'), up(CONTROL)])
            .await;
    }

    /// Goes on to the next control again and again, up to the one that is meant. Each has to show that it has the focus.
    pub(super) async fn tab_to(&self, selector: &str) {
        let mut passed = Vec::new();
        while passed.len() < MOST_STOPS {
            self.type_text(TAB).await;
            let here = self.look(FOCUSED).await;
            let shows = here["outline"] != "none" && here["is_seen"] == true;
            assert!(shows, "nobody sees that this has the focus: {here}");
            let is_meant = format!("document.activeElement.matches({})", json!(selector));
            if self.look(&is_meant).await == true {
                return;
            }
            passed.push(here["what"].clone());
        }
        panic!("{selector} is not among the controls: {passed:?}");
    }

    /// Opens another tab and looks at it; returns the one before.
    pub(super) async fn open_tab(&self) -> Value {
        let before = self.send(Method::GET, "/window", &Value::Null).await;
        let opened = self.post("/window/new", &json!({ "type": "tab" })).await;
        self.look_at(&opened["handle"]).await;
        before
    }

    pub(super) async fn look_at(&self, tab: &Value) {
        self.post("/window", &json!({ "handle": tab })).await;
    }

    /// Tells the browser something that only its developers' tools can.
    pub(super) async fn tell(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &body).await
    }

    /// What was written to the console that is an error.
    pub(super) async fn errors(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let errors = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// Where requests went that were not for the service.
    pub(super) async fn requests_elsewhere(&self) -> Vec<String> {
        let own = format!("http://{}/", self.service);
        let mut asked = Vec::new();
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = &event["message"]["params"]["request"]["url"];
                asked.push(url.as_str().unwrap().to_owned());
            }
        }
        assert!(!asked.is_empty(), "requests are noted");
        // What is in the address itself comes from nowhere: the icons of the browser's own date fields.
        asked.retain(|url| !url.starts_with(&own) && !url.starts_with("data:"));
        asked
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.post("/se/log", &json!({ "type": kind })).await;
        log.as_array().unwrap().clone()
    }

    async fn press(&self, strokes: Vec<Value>) {
        let keys = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post("/actions", &json!({ "actions": [keys] })).await;
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.send(Method::POST, path, body).await
    }

    async fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let path = format!("/session/{}{path}", self.session);
        self.remote.send(Method::POST, &path, body).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        self.remote.send(method, &path, body).await.unwrap()
    }
}

fn down(key: char) -> Value {
    json!({ "type": "keyDown", "value": key })
}

fn up(key: char) -> Value {
    json!({ "type": "keyUp", "value": key })
}

/// What has the focus, and whether anybody sees that.
const FOCUSED: &str = "(() => {
    const here = document.activeElement;
    const box = here.getBoundingClientRect();
    return {
        what: here.outerHTML.slice(0, 80),
        outline: getComputedStyle(here).outlineStyle,
        is_seen: box.width > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
})()";

pub(super) const TAB: &str = "\u{e004}";
pub(super) const ENTER: &str = "\u{e007}";
const CONTROL: char = '\u{e009}';

const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// More than there are controls on any page.
const MOST_STOPS: usize = 120;
