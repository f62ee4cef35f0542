//! The whole way, by two people: signing in, a slow chart that both wait for, the inspector that shows it, what an operator
//! does there without a mouse, and signing out.

use serde_json::{Value, json};

use super::driver::Driver;
use super::elsewhere::Elsewhere;
use super::programs::Programs;
use super::window::{ENTER, Window};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_walk_through_it_all() {
    let Some(programs) = Programs::find() else {
        return;
    };
    let server = Server::start_with_jobs_held().await;
    let driver = Driver::start(programs);
    let (ada, bob) = tokio::join!(driver.open(server.address()), driver.open(server.address()));
    tokio::join!(ada.sign_in("ada"), bob.sign_in("bob"));
    become_operator(&ada).await;
    viewers_stay_outside(&bob).await;
    let chart = both_wait(&server, &ada, &bob).await;
    act_by_keyboard(&ada).await;
    withdrawn_for_all(&bob).await;
    other_sites_do_nothing(&server, &ada).await;
    sign_out(&ada, &bob, &chart).await;
    drop(driver);
    server.stop().await;
}

/// Whose page then has a link to the inspector.
async fn become_operator(ada: &Window) {
    ada.click("#extremes option[value=operator]").await;
    ada.click("#extremes form[action='/role'] button").await;
    ada.until_text(".who", "The cache").await;
    ada.until_text("#extremes", "The extreme days").await;
    assert_eq!(
        ada.look("document.querySelector('#extremes select').value")
            .await,
        "operator"
    );
}

async fn viewers_stay_outside(bob: &Window) {
    assert_eq!(
        bob.look("document.querySelectorAll('a[href=\"/cache\"]').length")
            .await,
        0
    );
    assert_eq!(bob.errors().await, [""; 0]);
    bob.go("/cache").await;
    bob.until_text("main", "The cache is for analysts to look at")
        .await;
    // That he was refused is an error of this page, for the console.
    assert_eq!(bob.errors().await.len(), 1);
}

/// Ada starts the slow chart, both wait for it, and the inspector says so. Returns her tab with the chart: she is left with
/// the inspector.
async fn both_wait(server: &Server, ada: &Window, bob: &Window) -> Value {
    ada.click("#trend form[action='/trend'] button").await;
    ada.until_text("#trend .working", "Under way for").await;
    bob.go("/").await;
    bob.until_text("#trend .working", "Under way for").await;

    let chart = ada.open_tab().await;
    ada.go("/cache").await;
    ada.until_text("#connection", "Live").await;
    assert_eq!(ada.look("location.pathname").await, "/cache/page");
    ada.until_text("#flight-rows .uid", "trend").await;
    ada.until(
        "two people wait for the trend",
        &says("#flight-rows td:nth-child(3)", "2"),
    )
    .await;
    assert_eq!(
        ada.look("document.querySelectorAll('#flight-rows tr').length")
            .await,
        1
    );
    ada.until_text("#flight-rows .about", "promised · max-temperature · global")
        .await;
    let age = ada.look(AGE).await;
    ada.until(
        "it has been on its way for longer",
        &format!("{AGE} !== {age}"),
    )
    .await;

    server.app.release_jobs();
    bob.until_text("#trend .provenance strong", "Waited").await;
    ada.until_text("#flights-empty", "Nothing is on its way")
        .await;
    ada.until(
        "nothing is on its way",
        "document.querySelector('#flight-rows tr') === null",
    )
    .await;
    chart
}

/// The operator searches, opens an entry, withdraws its value and gives it another policy, all by keyboard.
async fn act_by_keyboard(ada: &Window) {
    ada.tab_to("#search").await;
    ada.type_text("trend").await;
    ada.until_text("#matches", "1 of").await;
    ada.tab_to(&of_trend(".toggle")).await;
    ada.type_text(ENTER).await;
    ada.tab_to(&of_trend("input[name=key]")).await;
    ada.type_text("max-temperature").await;
    ada.type_text(ENTER).await;
    confirm(ada, "Invalidate this key of trend?").await;
    ada.until_text("#outcome", "The value is removed.").await;
    ada.until(
        "no trend is kept",
        &says(&of_trend("[data-field=values]"), "0"),
    )
    .await;

    ada.tab_to(&of_trend("textarea[name=policy]")).await;
    ada.choose_all().await;
    ada.type_text(r#"{"policy":"lru","cache_type":"global","max_size":1}"#)
        .await;
    ada.tab_to(&of_trend("form[data-action=set-policy] button"))
        .await;
    ada.type_text(ENTER).await;
    confirm(ada, "Swap the policy of trend?").await;
    ada.until_text(&of_trend("[data-field=policy]"), "lru · of 1")
        .await;
    assert_eq!(ada.errors().await, [""; 0]);
    assert_eq!(ada.requests_elsewhere().await, [""; 0]);
}

/// The dialog has the focus on what does nothing; the next control is what does it.
async fn confirm(ada: &Window, question: &str) {
    ada.until_text("#confirm[open] #confirm-question", question)
        .await;
    assert_eq!(ada.look("document.activeElement.id").await, "confirm-no");
    ada.tab_to("#confirm-yes").await;
    ada.type_text(ENTER).await;
    ada.until(
        "the dialog is closed",
        "!document.getElementById('confirm').open",
    )
    .await;
}

/// What the operator has withdrawn is there for nobody any more.
async fn withdrawn_for_all(bob: &Window) {
    assert_eq!(bob.errors().await, [""; 0]);
    assert_eq!(bob.requests_elsewhere().await, [""; 0]);
    bob.go("/").await;
    bob.until_text("#trend", "Start the analysis of daily high")
        .await;
}

/// The operator comes by a site that would like the store to be cleared: another port is another origin, but the same site
/// for cookies; another name is another site.
async fn other_sites_do_nothing(server: &Server, ada: &Window) {
    let elsewhere = Elsewhere::serve(server.address()).await;
    let inspector = ada.open_tab().await;
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/", elsewhere.address.port());
        ada.go_elsewhere(&url).await;
        ada.until(
            "scripts got no further",
            "document.title === 'sent, refused'",
        )
        .await;
        ada.click("button").await;
        ada.until_text("main", "This form was sent from another site.")
            .await;
    }
    ada.look_at(&inspector).await;
    assert_eq!(ada.look(KEPT).await, 1, "nothing was cleared");
}

/// What was kept for a session goes with it, and the stream of an operator, too.
async fn sign_out(ada: &Window, bob: &Window, chart: &Value) {
    let sessions = |number| says("[data-uid=window-curve] [data-field=scopes]", number);
    ada.until("both have a window", &sessions("2")).await;
    bob.click("form[action='/sign-out'] button").await;
    bob.until_at("/sign-in").await;
    ada.until("the window of one is forgotten", &sessions("1"))
        .await;

    let inspector = ada.open_tab().await;
    ada.look_at(chart).await;
    ada.until_text("#trend .provenance strong", "Waited").await;
    ada.click("form[action='/sign-out'] button").await;
    ada.until_at("/sign-in").await;
    ada.look_at(&inspector).await;
    ada.until_text("#connection", "Refused").await;
}

fn of_trend(selector: &str) -> String {
    format!("[data-uid=trend] {selector}")
}

/// Whether an element says just this.
fn says(selector: &str, text: &str) -> String {
    format!(
        "document.querySelector({}).textContent === {}",
        json!(selector),
        json!(text)
    )
}

/// How many values the opening has, as the inspector tells just now.
const KEPT: &str = "fetch('api/snapshot').then((reply) => reply.json())
    .then(({ entries }) => entries.find(({ uid }) => uid === 'overview').values)";

const AGE: &str = "document.querySelector('#flight-rows td:nth-child(2)').textContent";
