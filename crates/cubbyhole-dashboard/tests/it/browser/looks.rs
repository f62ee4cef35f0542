//! What the pages are like: on a small and a large screen, by day and by night, and for those who do not see them.

use serde_json::{Value, json};

use super::driver::Driver;
use super::programs::Programs;
use super::window::{ENTER, Window};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_fits_and_can_be_used_by_everybody() {
    let Some(programs) = Programs::find() else {
        return;
    };
    let server = Server::start_with_jobs_held().await;
    let driver = Driver::start(programs);
    let window = driver.open(server.address()).await;
    window.go("/sign-in").await;
    window.until_at("/sign-in").await;
    everywhere(&window).await;
    can_be_used(&window, &["main", "banner"]).await;

    let ada = server.sign_in_as("ada", "operator").await;
    window.sign_in("ada").await;
    everywhere(&window).await;
    can_be_used(&window, &["main", "banner", "contentinfo"]).await;

    // Something on its way, for the list of it.
    ada.post("/api/trend").await.unwrap();
    window.go("/cache").await;
    window.until_text("#flight-rows", "trend").await;
    window.click("[data-uid=good-days] .toggle").await;
    window
        .until(
            "there are actions",
            "document.querySelector('[data-uid=good-days] .acts')?.checkVisibility()",
        )
        .await;
    everywhere(&window).await;
    can_be_used(&window, &["main", "banner", "search", "status"]).await;
    is_said(&window).await;

    assert_eq!(window.errors().await, [""; 0]);
    assert_eq!(window.requests_elsewhere().await, [""; 0]);
    drop(driver);
    server.stop().await;
}

/// A page is looked at on each screen and in each scheme.
async fn everywhere(window: &Window) {
    let mut grounds = Vec::new();
    for (scheme, width) in [
        ("light", 1440),
        ("light", 360),
        ("dark", 360),
        ("dark", 1440),
    ] {
        let screen =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        window
            .tell("Emulation.setDeviceMetricsOverride", screen)
            .await;
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        window
            .tell(
                "Emulation.setEmulatedMedia",
                json!({ "features": [feature] }),
            )
            .await;
        window
            .until(
                "the screen is that wide",
                &format!("innerWidth === {width}"),
            )
            .await;
        let beyond = window.look(BEYOND).await;
        assert_eq!(beyond, json!([]), "beyond a screen of {width} pixels");
        grounds.push(window.look(LIGHTNESS).await.as_f64().unwrap());
    }
    assert!(
        grounds[0] > 0.9 && grounds[1] > 0.9 && grounds[2] < 0.2 && grounds[3] < 0.2,
        "{grounds:?}"
    );
}

/// Every control has a name, and the page has these landmarks: by what the browser tells a screen reader.
async fn can_be_used(window: &Window, landmarks: &[&str]) {
    window.tell("Accessibility.enable", json!({})).await;
    let tree = window.tell("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().unwrap();
    let told = nodes.iter().filter(|node| node["ignored"] == false);
    let roles: Vec<(&str, &str)> = told
        .map(|node| (of(node, "role"), of(node, "name")))
        .collect();
    for (role, name) in &roles {
        assert!(
            !CONTROLS.contains(role) || !name.is_empty(),
            "a {role} without a name"
        );
    }
    let controls = roles.iter().filter(|(role, _)| CONTROLS.contains(role));
    assert!(controls.count() > 1, "{roles:?}");
    for landmark in landmarks {
        assert!(
            roles.iter().any(|(role, _)| role == landmark),
            "no {landmark} in {roles:?}"
        );
    }
}

/// What an action has led to is said by a region that is read out when it changes.
async fn is_said(window: &Window) {
    window.click("#invalidate-tag input").await;
    window.type_text("no-such-tag").await;
    window.type_text(ENTER).await;
    window
        .until_text("#confirm[open] #confirm-question", "no-such-tag")
        .await;
    window.click("#confirm-yes").await;
    window
        .until_text(
            "#outcome[role=status]",
            "Every value with the tag is invalid.",
        )
        .await;
}

fn of<'a>(node: &'a Value, what: &str) -> &'a str {
    node[what]["value"].as_str().unwrap_or_default()
}

/// What sticks out on the right so that the page has to be scrolled; nothing, if it need not be.
const BEYOND: &str = "(() => {
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const all = [...document.querySelectorAll('body *')];
    return all.filter((part) => part.getBoundingClientRect().right > page.clientWidth + 1)
        .map((part) => part.outerHTML.slice(0, 60));
})()";

/// How light the ground is that a page is written on, from 0 to 1.
const LIGHTNESS: &str = "(() => {
    const ground = [document.body, document.documentElement]
        .map((part) => getComputedStyle(part).backgroundColor.match(/[\\d.]+/g).map(Number))
        .find(([, , , alpha = 1]) => alpha > 0);
    return ground.slice(0, 3).reduce((sum, part) => sum + part, 0) / 3 / 255;
})()";

const CONTROLS: [&str; 9] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "spinbutton",
    "checkbox",
    "DisclosureTriangle",
    "listbox",
];
