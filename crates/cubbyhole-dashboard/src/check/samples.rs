//! What was asked and answered, and the table of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use super::{Browser, CheckError, Claims};
use crate::answer::Source;
use crate::times::Times;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) user: String,
    pub(super) session: String,
    pub(super) path: String,
    pub(super) status: StatusCode,
    pub(super) source: String,
    pub(super) scope: String,
    /// Whom the value was computed for, as its computation found in its scope.
    pub(super) owner: Value,
    pub(super) computation: Option<u64>,
    /// The taste in the value, if there is one.
    pub(super) taste: Option<f64>,
    /// What the client measured.
    pub(super) took: Duration,
    /// What the service measured: without the way there and back.
    pub(super) inside: Duration,
}

impl Sample {
    pub(super) fn route(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// All that was asked and answered.
#[derive(Debug, Default)]
pub(super) struct Samples(Vec<Sample>);

impl Samples {
    pub(super) fn add(&mut self, samples: impl IntoIterator<Item = Sample>) {
        self.0.extend(samples);
    }

    fn by_route(&self) -> BTreeMap<&str, Vec<&Sample>> {
        let mut routes: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
        for sample in &self.0 {
            routes.entry(sample.route()).or_default().push(sample);
        }
        routes
    }

    fn by_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<20} {:>8} {:>9} {:>9}",
            "inside the service", "answers", "p50", "p99"
        )?;
        for source in Source::ALL {
            let from = self
                .0
                .iter()
                .filter(|sample| sample.source == source.name());
            let times: Times = from.map(|sample| sample.inside).collect();
            writeln!(
                f,
                "{:<20} {:>8} {:>9} {:>9}",
                source.name(),
                times.len(),
                times.percentile(50),
                times.percentile(99),
            )?;
        }
        Ok(())
    }
}

/// The numbers of the service must be those that its users saw.
pub(super) async fn compare_with_service(
    crowd: &[Browser],
    samples: &Samples,
    claims: &mut Claims,
) -> Result<(), CheckError> {
    let Some(browser) = crowd.first() else {
        return Ok(());
    };
    let store = browser.client.get("/api/store").await?.json();
    let entries = store["entries"].as_array().cloned().unwrap_or_default();
    let routes = samples.by_route();
    for (uid, route) in ENTRIES {
        let entry = entries.iter().find(|entry| entry["uid"] == uid);
        let counted = entry.map(|entry| &entry["computed"]);
        let seen = routes.get(route).map_or(0, |samples| computations(samples));
        claims.equal(
            "the service computed what its users saw computed, and nothing else",
            &counted,
            &Some(&Value::from(seen)),
        );
    }
    Ok(())
}

fn computations(samples: &[&Sample]) -> usize {
    samples
        .iter()
        .filter_map(|sample| sample.computation)
        .collect::<BTreeSet<_>>()
        .len()
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<20} {:>8} {:>12} {:>6} {:>7} {:>7} {:>9} {:>9}",
            "route", "requests", "computations", "saved", "cached", "waited", "p50", "p99"
        )?;
        for (route, samples) in self.by_route() {
            let from = |source| {
                samples
                    .iter()
                    .filter(|sample| sample.source == source)
                    .count()
            };
            let answered = samples
                .iter()
                .filter(|sample| sample.computation.is_some())
                .count();
            let computations = computations(&samples);
            let times: Times = samples.iter().map(|sample| sample.took).collect();
            writeln!(
                f,
                "{route:<20} {:>8} {computations:>12} {:>6} {:>7} {:>7} {:>9} {:>9}",
                samples.len(),
                answered - computations,
                from("cached"),
                from("waited"),
                times.percentile(50),
                times.percentile(99),
            )?;
        }
        self.by_source(f)
    }
}

/// Which entry is behind which route.
const ENTRIES: [(&str, &str); 7] = [
    ("overview", "/api/overview"),
    ("monthly-means", "/api/monthly"),
    ("transitions", "/api/transitions"),
    ("window-curve", "/api/window"),
    ("good-days", "/api/good-days"),
    ("trend", "/api/trend"),
    ("report", "/api/report/collect"),
];
