//! What a service told Prometheus, read line by line.

use std::collections::{BTreeMap, BTreeSet};

/// The samples by name, each with its labels and their values.
pub(super) struct Exposition {
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
}

impl Exposition {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (mut types, mut samples) = (BTreeMap::new(), BTreeMap::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or(line)?;
                types.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (name, labels) = sample(line)?;
                let known: &mut BTreeMap<_, BTreeSet<_>> = samples.entry(name).or_default();
                for (label, value) in labels {
                    known.entry(label).or_default().insert(value);
                }
            }
        }
        Ok(Self { types, samples })
    }

    pub(super) fn families(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// The metric that a name of a sample belongs to: a histogram has samples of three names.
    pub(super) fn family_of(&self, name: &str) -> Option<&str> {
        let suffixes = ["", "_bucket", "_sum", "_count"].into_iter();
        let mut bases = suffixes.filter_map(|suffix| name.strip_suffix(suffix));
        let found = bases.find_map(|base| self.types.get_key_value(base));
        found.map(|(family, _)| family.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.samples.contains_key(name)
    }

    /// Whether a number of this name only rises.
    pub(super) fn is_counter(&self, name: &str) -> bool {
        let kind = self
            .family_of(name)
            .and_then(|family| self.types.get(family));
        kind.is_some_and(|kind| kind == "counter" || kind == "histogram")
    }

    pub(super) fn values(&self, name: &str, label: &str) -> Option<&BTreeSet<String>> {
        self.samples.get(name)?.get(label)
    }
}

type Labels = Vec<(String, String)>;

/// `name{label="value",…} number`
fn sample(line: &str) -> Result<(String, Labels), String> {
    let odd = || format!("no sample: {line}");
    let (series, number) = line.rsplit_once(' ').ok_or_else(odd)?;
    number
        .parse::<f64>()
        .map_err(|error| format!("{line}: {error}"))?;
    let Some((name, labels)) = series.split_once('{') else {
        return Ok((series.to_owned(), Vec::new()));
    };
    let labels = labels.strip_suffix("\"}").ok_or_else(odd)?;
    let pairs = labels.split("\",").map(|pair| {
        let (label, value) = pair.split_once("=\"").ok_or_else(odd)?;
        Ok((label.to_owned(), value.to_owned()))
    });
    Ok((name.to_owned(), pairs.collect::<Result<_, String>>()?))
}

#[test]
fn samples_have_names_and_labels() {
    let told = Exposition::read(
        "# HELP a_seconds what it is\n# TYPE a_seconds histogram\n\
         a_seconds_bucket{uid=\"x, y\",le=\"0.5\"} 1\na_seconds_sum{uid=\"z\"} 2e3\nb 3\n",
    )
    .unwrap();
    assert_eq!(told.family_of("a_seconds_sum"), Some("a_seconds"));
    assert!(told.is_counter("a_seconds_bucket") && !told.is_counter("b"));
    assert!(
        told.values("a_seconds_bucket", "uid")
            .unwrap()
            .contains("x, y")
    );
    assert!(told.values("a_seconds_sum", "le").is_none());
    assert!(Exposition::read("a{b=\"c\"} many").is_err());
}
