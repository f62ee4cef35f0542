//! The dashboard for Grafana asks for what there is: each of its queries is held against what a service told Prometheus.

mod board;
mod exposition;
mod promql;

use cubbyhole_testkit::{ManualClock, ManualFleet};
use serde_json::{Value, json};

use self::board::{Board, Query, faults};
use self::exposition::Exposition;
use crate::server::Server;

fn file(path: &str) -> String {
    let path = format!("{}/../../docs/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&file("grafana/cubbyhole.json")).unwrap()
}

/// What a service of a fleet tells after some traffic.
async fn told() -> Exposition {
    let fleet = ManualFleet::new(ManualClock::new());
    let server = Server::in_fleet(fleet.node()).await;
    let client = server.sign_in("ada").await;
    assert_eq!(client.get("/").await.unwrap().status, 200);
    let text = server.stranger().get("/metrics").await.unwrap().text;
    server.stop().await;
    Exposition::read(&text).unwrap()
}

#[tokio::test]
async fn every_query_asks_for_what_there_is() {
    let (board, told) = (Board::read(&dashboard()).unwrap(), told().await);
    assert_eq!(faults(&board, &told), Vec::<String>::new());
    assert!(board.queries().count() > 20);
}

#[tokio::test]
async fn all_that_is_told_is_shown() {
    let (board, told) = (Board::read(&dashboard()).unwrap(), told().await);
    let shown: Vec<&str> = board.queries().map(Query::metric).collect();
    for family in told.families() {
        let is_of = |metric: &&str| told.family_of(metric) == Some(family);
        assert!(shown.iter().any(is_of), "no panel shows {family}");
    }
}

/// `cubbyhole.load.failures`, a counter, is `cubbyhole_load_failures_total` to Prometheus.
fn prometheus_name(row: &str) -> String {
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let (name, kind, unit) = (cells[1].trim_matches('`'), cells[2], cells[3]);
    let unit = if unit == "count" {
        String::new()
    } else {
        format!("_{unit}")
    };
    let total = if kind == "counter" { "_total" } else { "" };
    format!("{}{unit}{total}", name.replace('.', "_"))
}

#[tokio::test]
async fn all_that_is_documented_is_told_under_the_name_that_prometheus_has_for_it() {
    let (page, told) = (file("observability.md"), told().await);
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `cubbyhole."))
        .collect();
    assert!(rows.len() > 10);
    for row in rows {
        let name = prometheus_name(row);
        assert!(told.families().any(|family| family == name), "{name}");
    }
}

#[tokio::test]
async fn a_query_for_what_there_is_not_is_noticed() {
    let told = told().await;
    let text = file("grafana/cubbyhole.json");
    let noticed = |from: &str, to: &str, fault: &str| {
        assert!(text.contains(from), "{from}");
        let changed: Value = serde_json::from_str(&text.replace(from, to)).unwrap();
        let faults = match Board::read(&changed) {
            Ok(board) => faults(&board, &told),
            Err(error) => vec![error],
        };
        let found = faults.iter().any(|found| found.contains(fault));
        assert!(found, "{from} -> {to}: {faults:?}");
    };
    noticed(
        "cubbyhole_hits_total",
        "cubbyhole_hit_total",
        "no metric cubbyhole_hit_total",
    );
    noticed("by (reason)", "by (why)", "has no label why");
    noticed("{{reason}}", "{{why}}", "the legend shows why");
    noticed(
        "cause=\\\"evicted\\\"",
        "cause=\\\"thrown\\\"",
        "no cause is `thrown`",
    );
    noticed(
        "sum by (le) (rate",
        "sum by (uid) (rate",
        "is not kept apart by le",
    );
    noticed(
        "sum by (le) (rate(cubbyhole_load_duration_seconds_bucket",
        "sum by (le) (rate(cubbyhole_load_duration_seconds_sum",
        "cubbyhole_load_duration_seconds_sum has no buckets",
    );
    noticed(
        "rate(cubbyhole_loads_total",
        "rate(cubbyhole_entries",
        "cubbyhole_entries is no counter",
    );
    noticed("[$__rate_interval]", "", "takes a range");
    noticed("rate(", "fate(", "`fate`");
    noticed("\"Hits\"", "\"\"", "without a title");
    noticed(
        "\"description\": \"Lookups that found a value",
        "\"d\": \"",
        "without a description",
    );
    noticed(
        "label_values(cubbyhole_hits_total, job)",
        "label_values(cubbyhole_hits_total, pod)",
        "has no label pod",
    );
}

#[test]
fn it_is_a_dashboard_that_grafana_10_reads() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(36));
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&Value> = variables.iter().map(|variable| &variable["name"]).collect();
    assert_eq!(names, ["datasource", "job", "kind", "uid", "tier"]);
    assert_eq!(variables[0]["type"], "datasource");
    let source = json!({ "type": "prometheus", "uid": "${datasource}" });
    let panels = dashboard["panels"].as_array().unwrap();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert_eq!(panel["datasource"], source);
    }
}

#[test]
fn panels_lie_beside_each_other_and_under_their_row() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut taken = std::collections::BTreeSet::new();
    let mut ids = std::collections::BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "two of one id");
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(side("x") + side("w") <= 24);
        for x in side("x")..side("x") + side("w") {
            for y in side("y")..side("y") + side("h") {
                assert!(taken.insert((x, y)), "{} lies on another", panel["title"]);
            }
        }
    }
    let rows = panels.iter().filter(|panel| panel["type"] == "row");
    let titles: Vec<&Value> = rows.map(|row| &row["title"]).collect();
    let expected = [
        "Traffic",
        "Loads",
        "In flight",
        "Contents",
        "Removals",
        "Shared between processes",
        "Process",
    ];
    assert_eq!(titles, expected);
}
