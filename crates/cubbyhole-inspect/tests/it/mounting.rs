//! Under any path, for whom it is meant.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::routing::get as route;
use cubbyhole_inspect::Inspector;

use crate::support::{Shop, get, send};

/// Resolves a relative link as a browser does.
fn resolved(base: &str, link: &str) -> String {
    let (folder, _) = base.rsplit_once('/').unwrap();
    format!("{folder}/{}", link.strip_prefix("./").unwrap_or(link))
}

/// The links of the page: its files, and what its script asks for.
const LINKS: [&str; 4] = ["app.js", "style.css", "icon.svg", "api/snapshot"];

/// Follows the door to the page, and from there every link.
async fn walk(app: &Router, mount: &str) {
    let door = get(app, mount).await;
    assert_eq!(door.status, StatusCode::TEMPORARY_REDIRECT, "{mount}");
    let page = resolved(mount, door.header("location"));
    assert_eq!(get(app, &page).await.status, StatusCode::OK, "{page}");
    for link in LINKS {
        let link = resolved(&page, link);
        assert_eq!(get(app, &link).await.status, StatusCode::OK, "{link}");
    }
}

#[tokio::test]
async fn every_link_leads_somewhere_wherever_it_is_mounted() {
    let inspector = || Inspector::new(Shop::new().store);
    let nested = |path: &str| Router::new().nest(path, inspector().router());
    walk(&nested("/cache"), "/cache").await;
    walk(&nested("/cache/"), "/cache/").await;
    walk(&nested("/a/b/c"), "/a/b/c").await;
    let deep = Router::new().nest("/ops", nested("/cache"));
    walk(&Router::new().nest("/v1", deep), "/v1/ops/cache").await;
    let odd = nested("/a:b");
    walk(&odd, "/a:b").await;

    let service = Router::new().nest_service("/cache", inspector().router::<()>());
    walk(&service, "/cache").await;
    walk(&service, "/cache/").await;
    walk(&Router::new().merge(inspector().router()), "/").await;
    let own = Router::new().route("/own", route(async || "own"));
    let other = own.nest("/c", inspector().router());
    assert_eq!(get(&other, "/own").await.text(), "own");
}

#[tokio::test]
async fn it_fits_a_router_with_a_state_of_its_own() {
    let state = Router::<String>::new().nest("/cache", Inspector::new(Shop::new().store).router());
    walk(&state.with_state("state".to_owned()), "/cache").await;
}

#[tokio::test]
async fn a_redirect_stays_on_the_host_whatever_the_path_is() {
    let app = Router::new().fallback_service(Inspector::new(Shop::new().store).router::<()>());
    for path in ["//evil.example", "//evil.example/", "/\\evil.example"] {
        let request = Request::get(path).body(Body::empty());
        let Ok(request) = request else { continue };
        let answer = send(&app, request).await;
        let location = answer.header("location");
        assert!(
            location.is_empty() || location.starts_with("./"),
            "{path}: {location}"
        );
    }
}

#[tokio::test]
async fn every_response_says_what_a_browser_may_do_with_it() {
    let app = Shop::new().app(|inspector| inspector.visible_to(|_| true).actions(|_| true));
    for path in [
        "",
        "/page",
        "/app.js",
        "/style.css",
        "/icon.svg",
        "/api/snapshot",
        "/api/session",
        "/api/actions/clear",
    ] {
        let answer = get(&app, &format!("/cache{path}")).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|found| found == part),
                "{path}: {policy}"
            );
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        let is_file = path.contains('.') || path == "/page";
        let caching = if is_file { "no-cache" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), caching, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn who_may_not_look_sees_nothing_of_it() {
    let app = Shop::new().app(|inspector| {
        let staff = |request: &axum::http::request::Parts| request.headers.contains_key("staff");
        inspector.visible_to(staff).actions(|_| true)
    });
    let paths = [
        "",
        "/page",
        "/app.js",
        "/style.css",
        "/api/snapshot",
        "/api/events",
        "/api/session",
    ];
    for path in paths {
        let refused = get(&app, &format!("/cache{path}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!refused.text().contains("prices"), "{path}");
    }
    let request = Request::get("/cache/api/snapshot").header("staff", "yes");
    let seen = send(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(seen.status, StatusCode::OK);
}

#[tokio::test]
async fn a_guard_that_panics_has_refused() {
    let app = Shop::new().app(|inspector| inspector.visible_to(|_| panic!("no idea")));
    assert_eq!(
        get(&app, "/cache/api/snapshot").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn without_a_guard_there_are_no_actions() {
    let app = Shop::new().app(|inspector| inspector);
    for path in ["session", "actions/clear", "actions/delete"] {
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri(format!("/cache/api/{path}"));
            let answer = send(&app, request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let snapshot = get(&app, "/cache/api/snapshot").await.json();
    assert_eq!(snapshot["has_actions"], false);
}

#[tokio::test]
async fn what_is_read_is_not_posted() {
    let app = Shop::new().app(|inspector| inspector.actions(|_| true));
    for path in ["/page", "/api/snapshot", "/api/events", "/api/session"] {
        let request = Request::post(format!("/cache{path}"))
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            send(&app, request).await.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{path}"
        );
    }
}
