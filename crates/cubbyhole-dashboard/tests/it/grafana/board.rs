//! A dashboard as queries, and what is wrong with them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::exposition::Exposition;
use super::promql::{self, Selector};

/// The panels and the variables of a dashboard.
pub(super) struct Board {
    panels: Vec<Panel>,
    /// Each with the label that it lists.
    variables: Vec<(Query, String)>,
}

struct Panel {
    title: String,
    has_description: bool,
    targets: Vec<Target>,
}

struct Target {
    queries: Vec<Query>,
    /// The labels that its legend shows.
    legend: Vec<String>,
}

/// One metric that is asked for.
pub(super) struct Query {
    text: String,
    selector: Selector,
}

impl Board {
    pub(super) fn read(dashboard: &Value) -> Result<Self, String> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let panels = list(&dashboard["panels"]).into_iter();
        let variables = list(&dashboard["templating"]["list"]).into_iter();
        Ok(Self {
            panels: panels
                .filter(|panel| panel["type"] != "row")
                .map(|panel| Panel::read(&panel))
                .collect::<Result<_, _>>()?,
            variables: variables
                .filter(|variable| variable["type"] == "query")
                .map(|variable| listed(&text(&variable["query"]["query"])))
                .collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn queries(&self) -> impl Iterator<Item = &Query> {
        let targets = self.panels.iter().flat_map(|panel| &panel.targets);
        targets.flat_map(|target| &target.queries)
    }
}

impl Panel {
    fn read(panel: &Value) -> Result<Self, String> {
        let targets = panel["targets"]
            .as_array()
            .ok_or("a panel without queries")?;
        Ok(Self {
            title: text(&panel["title"]),
            has_description: !text(&panel["description"]).is_empty(),
            targets: targets.iter().map(Target::read).collect::<Result<_, _>>()?,
        })
    }
}

impl Target {
    fn read(target: &Value) -> Result<Self, String> {
        let legend = text(&target["legendFormat"]);
        let labels = legend.split("{{").skip(1);
        Ok(Self {
            queries: queries(&text(&target["expr"]))?,
            legend: labels
                .filter_map(|rest| rest.split("}}").next())
                .map(str::to_owned)
                .collect(),
        })
    }
}

impl Query {
    pub(super) fn metric(&self) -> &str {
        &self.selector.metric
    }

    fn uses(&self, function: &str) -> bool {
        self.selector.functions.iter().any(|used| used == function)
    }

    /// The labels that it goes by.
    fn labels(&self) -> BTreeSet<&str> {
        let matched = self.selector.matchers.iter().map(|(label, ..)| &**label);
        let grouped = self.selector.groups.iter().map(String::as_str);
        matched.chain(grouped).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn queries(text: &str) -> Result<Vec<Query>, String> {
    let selectors = promql::read(text)?.into_iter();
    let queries = selectors.map(|selector| Query {
        text: text.to_owned(),
        selector,
    });
    Ok(queries.collect())
}

/// `label_values(selector, label)`
fn listed(variable: &str) -> Result<(Query, String), String> {
    let inside = variable.strip_prefix("label_values(");
    let inside = inside.and_then(|rest| rest.strip_suffix(')'));
    let pair = inside.and_then(|inside| inside.rsplit_once(", "));
    let (selector, label) = pair.ok_or_else(|| format!("no list of values: {variable}"))?;
    let query = queries(selector)?.pop().ok_or("an empty query")?;
    Ok((query, label.to_owned()))
}

/// What is wrong with a dashboard, given what a service told.
pub(super) fn faults(board: &Board, told: &Exposition) -> Vec<String> {
    let mut faults = Vec::new();
    for panel in &board.panels {
        if panel.title.is_empty() {
            faults.push("a panel without a title".to_owned());
        }
        if !panel.has_description {
            faults.push(format!("{} is without a description", panel.title));
        }
    }
    for query in board.queries() {
        of_metric(query, told, &mut faults);
        of_functions(query, told, &mut faults);
    }
    for target in board.panels.iter().flat_map(|panel| &panel.targets) {
        of_legend(target, &mut faults);
    }
    for (query, label) in &board.variables {
        of_metric(query, told, &mut faults);
        of_label(query, label, told, &mut faults);
    }
    faults
}

fn of_metric(query: &Query, told: &Exposition, faults: &mut Vec<String>) {
    let metric = query.metric();
    if !told.has(metric) {
        faults.push(format!("there is no metric {metric}: {}", query.text));
        return;
    }
    for label in query.labels() {
        of_label(query, label, told, faults);
    }
    for (label, sign, value) in &query.selector.matchers {
        let values = told.values(metric, label);
        if sign == "=" && !values.is_some_and(|values| values.contains(value)) {
            faults.push(format!("no {label} is `{value}`: {}", query.text));
        }
    }
}

fn of_label(query: &Query, label: &str, told: &Exposition, faults: &mut Vec<String>) {
    let metric = query.metric();
    if !OF_THE_SCRAPE.contains(&label) && told.values(metric, label).is_none() {
        faults.push(format!("{metric} has no label {label}: {}", query.text));
    }
}

fn of_functions(query: &Query, told: &Exposition, faults: &mut Vec<String>) {
    let (metric, text) = (query.metric(), &query.text);
    let over_time = query.uses("rate") || query.uses("increase");
    if over_time != query.selector.range.is_some() {
        faults.push(format!(
            "`rate` takes a range, and nothing else does: {text}"
        ));
    }
    if over_time != told.is_counter(metric) {
        let says = if over_time {
            "is no counter"
        } else {
            "is a counter, and no number of now"
        };
        faults.push(format!("{metric} {says}: {text}"));
    }
    let has_buckets = told.values(metric, "le").is_some();
    if has_buckets && !query.selector.groups.contains("le") {
        faults.push(format!("{metric} is not kept apart by le: {text}"));
    }
    if query.uses("histogram_quantile") && !has_buckets {
        faults.push(format!("{metric} has no buckets: {text}"));
    }
}

/// A legend shows labels that the query has kept.
fn of_legend(target: &Target, faults: &mut Vec<String>) {
    for label in &target.legend {
        for query in &target.queries {
            let kept = query.selector.groups.contains(label)
                || (query.selector.groups.is_empty() && OF_THE_SCRAPE.contains(&&**label));
            if !kept {
                faults.push(format!(
                    "the legend shows {label}, which is not kept: {}",
                    query.text
                ));
            }
        }
    }
}

/// What Prometheus adds to every sample: it knows where it scraped it.
const OF_THE_SCRAPE: [&str; 2] = ["instance", "job"];
