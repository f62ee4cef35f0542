//! What happened, and whether it may have happened: no value of another, and none that is too old.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use hashbrown::HashMap;

/// One thing that happened in one node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// Whoever asked for `name` from `began` on got `text`.
    Read {
        node: String,
        began: Duration,
        name: String,
        text: String,
    },
    /// All nodes had been told at `at` that `name` had got this version before.
    Told {
        node: String,
        at: Duration,
        name: String,
        version: u64,
    },
    /// The node itself had asked at `at` for `name` to be invalidated, when it had this version.
    Asked {
        node: String,
        at: Duration,
        name: String,
        version: u64,
    },
}

/// As one line, for a pipe.
impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, node, at, name, text) = match self {
            Self::Read {
                node,
                began,
                name,
                text,
            } => ("read", node, began, name, text.clone()),
            Self::Told {
                node,
                at,
                name,
                version,
            } => ("told", node, at, name, version.to_string()),
            Self::Asked {
                node,
                at,
                name,
                version,
            } => ("asked", node, at, name, version.to_string()),
        };
        write!(f, "{verb} {node} {} {name} {text}", at.as_micros())
    }
}

impl FromStr for Event {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let read = || {
            let parts: Vec<&str> = line.split(' ').collect();
            let &[verb, node, at, name, text] = parts.as_slice() else {
                return None;
            };
            let at = Duration::from_micros(at.parse().ok()?);
            let (node, name) = (node.to_owned(), name.to_owned());
            Some(match verb {
                "read" => Self::Read {
                    node,
                    began: at,
                    name,
                    text: text.to_owned(),
                },
                "told" => Self::Told {
                    node,
                    at,
                    name,
                    version: text.parse().ok()?,
                },
                "asked" => Self::Asked {
                    node,
                    at,
                    name,
                    version: text.parse().ok()?,
                },
                _ => return None,
            })
        };
        read().ok_or_else(|| format!("no event: {line}"))
    }
}

/// The text of a value, from which everybody can see whose it is.
pub(crate) fn text(name: &str, version: u64) -> String {
    format!("{name}@{version}")
}

/// Says what is wrong with a history. `bound` is how long a copy may be stale.
pub(crate) fn check(events: &[Event], bound: Duration) -> Result<usize, String> {
    let mut told: HashMap<&str, Vec<(Duration, u64)>> = HashMap::new();
    let mut asked: HashMap<(&str, &str), Vec<(Duration, u64)>> = HashMap::new();
    for event in events {
        match event {
            Event::Told {
                at, name, version, ..
            } => told.entry(name).or_default().push((*at, *version)),
            Event::Asked {
                node,
                at,
                name,
                version,
            } => {
                asked.entry((node, name)).or_default().push((*at, *version));
            }
            Event::Read { .. } => {}
        }
    }
    let mut reads = 0;
    for event in events {
        let Event::Read {
            node,
            began,
            name,
            text,
        } = event
        else {
            continue;
        };
        reads += 1;
        let version = text
            .strip_prefix(name.as_str())
            .and_then(|rest| rest.strip_prefix('@'));
        let version: u64 = version
            .and_then(|version| version.parse().ok())
            .ok_or_else(|| format!("{node} asked for {name} and got {text}"))?;
        let limit = began.saturating_sub(bound);
        let fleet = least(told.get(name.as_str()), limit);
        let own = least(asked.get(&(node.as_str(), name.as_str())), *began);
        if version < fleet.max(own) {
            return Err(format!(
                "{node} got {text} at {began:?}; the fleet had {fleet}, itself {own}"
            ));
        }
    }
    Ok(reads)
}

/// The highest version of those up to a time.
fn least(versions: Option<&Vec<(Duration, u64)>>, until: Duration) -> u64 {
    let versions = versions.into_iter().flatten();
    let old = versions.filter(|(at, _)| *at < until);
    old.map(|(_, version)| *version).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Event, check, text};

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn read(seconds: u64, text: &str) -> Event {
        Event::Read {
            node: "n".into(),
            began: at(seconds),
            name: "a".into(),
            text: text.into(),
        }
    }

    fn told(seconds: u64, version: u64) -> Event {
        Event::Told {
            node: "m".into(),
            at: at(seconds),
            name: "a".into(),
            version,
        }
    }

    #[test]
    fn wrong_histories_are_found() {
        let bound = at(5);
        assert_eq!(
            check(
                &[told(1, 2), read(5, &text("a", 1)), read(7, &text("a", 2))],
                bound
            ),
            Ok(2)
        );
        assert!(
            check(&[told(1, 2), read(7, &text("a", 1))], bound).is_err(),
            "too old"
        );
        assert!(
            check(&[read(7, &text("b", 1))], bound).is_err(),
            "of another"
        );
        let asked = Event::Asked {
            node: "n".into(),
            at: at(6),
            name: "a".into(),
            version: 2,
        };
        assert!(
            check(&[asked, read(7, &text("a", 1))], bound).is_err(),
            "its own"
        );
    }

    #[test]
    fn events_are_read_back() {
        for event in [read(1, "a@1"), told(2, 3)] {
            assert_eq!(event.to_string().parse(), Ok(event));
        }
    }
}
