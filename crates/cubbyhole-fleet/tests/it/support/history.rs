//! What happened, and whether it may have happened: no value of another, none that is too old, none that never was.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

/// One thing that happened in one process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) node: String,
    pub(crate) at: Duration,
    pub(crate) name: String,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// Whoever asked for it got this text, so many times, and for the last time from `at` on.
    Read { text: String, times: u64 },
    /// All processes had been told at `at` that it had got this version before.
    Told { version: u64 },
    /// This process had asked at `at` for it to be invalidated, when it had this version.
    Asked { version: u64 },
}

/// As one line, for a pipe.
impl Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            node,
            at,
            name,
            what,
        } = self;
        write!(f, "{node} {} {name} ", at.as_micros())?;
        match what {
            What::Read { text, times } => write!(f, "read {text} {times}"),
            What::Told { version } => write!(f, "told {version}"),
            What::Asked { version } => write!(f, "asked {version}"),
        }
    }
}

impl FromStr for Event {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        read(line).ok_or_else(|| format!("no event: {line}"))
    }
}

fn read(line: &str) -> Option<Event> {
    let parts: Vec<&str> = line.split(' ').collect();
    let (&[node, at, name], what) = parts.split_first_chunk()?;
    let what = match what {
        ["read", text, times] => What::Read {
            text: (*text).to_owned(),
            times: times.parse().ok()?,
        },
        ["told", version] => What::Told {
            version: version.parse().ok()?,
        },
        ["asked", version] => What::Asked {
            version: version.parse().ok()?,
        },
        _ => return None,
    };
    Some(Event {
        node: node.to_owned(),
        at: Duration::from_micros(at.parse().ok()?),
        name: name.to_owned(),
        what,
    })
}

/// The text of a value, from which everybody can see whose it is.
pub(crate) fn text(name: &str, version: u64) -> String {
    format!("{name}@{version}")
}

/// Versions, and since when.
type Versions = Vec<(Duration, u64)>;

/// What may not be older, of each name.
#[derive(Default)]
struct Limits<'a> {
    told: BTreeMap<&'a str, Versions>,
    asked: BTreeMap<(&'a str, &'a str), Versions>,
}

impl<'a> Limits<'a> {
    fn of(events: &'a [Event]) -> Self {
        let mut limits = Self::default();
        for Event {
            node,
            at,
            name,
            what,
        } in events
        {
            let versions = match what {
                What::Read { .. } => continue,
                What::Told { version } => (limits.told.entry(name).or_default(), version),
                What::Asked { version } => (limits.asked.entry((node, name)).or_default(), version),
            };
            versions.0.push((*at, *versions.1));
        }
        limits
    }
}

/// Says how much each process read, or what is wrong. `bound` is how long a copy may be stale, and `newest` the version
/// that a name has in the end.
pub(crate) fn check(
    events: &[Event],
    bound: Duration,
    newest: impl Fn(&str) -> u64,
) -> Result<BTreeMap<&str, u64>, String> {
    let limits = Limits::of(events);
    let mut reads = BTreeMap::new();
    for event in events {
        let What::Read { text, times } = &event.what else {
            continue;
        };
        let Event { node, at, name, .. } = event;
        *reads.entry(node.as_str()).or_default() += times;
        let version = version(name, text)
            .filter(|version| *version <= newest(name))
            .ok_or_else(|| format!("{node} asked for {name} and got {text}"))?;
        let fleet = least(limits.told.get(name.as_str()), at.saturating_sub(bound));
        let own = least(limits.asked.get(&(node.as_str(), name.as_str())), *at);
        if version < fleet.max(own) {
            return Err(format!(
                "{node} got {text} at {at:?}; the fleet had {fleet}, itself {own}"
            ));
        }
    }
    Ok(reads)
}

/// The version in a text, if it is one of this name.
fn version(name: &str, text: &str) -> Option<u64> {
    text.strip_prefix(name)?.strip_prefix('@')?.parse().ok()
}

/// The highest version of those up to a time.
fn least(versions: Option<&Versions>, until: Duration) -> u64 {
    let versions = versions.into_iter().flatten();
    let old = versions.filter(|(at, _)| *at < until);
    old.map(|(_, version)| *version).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Event, What, check, text};

    fn event(node: &str, seconds: u64, what: What) -> Event {
        Event {
            node: node.into(),
            at: Duration::from_secs(seconds),
            name: "a".into(),
            what,
        }
    }

    fn read(seconds: u64, text: String) -> Event {
        event("n", seconds, What::Read { text, times: 2 })
    }

    fn is_fine(events: &[Event]) -> bool {
        check(events, Duration::from_secs(5), |_| 2).is_ok()
    }

    #[test]
    fn wrong_histories_are_found() {
        let told = || event("m", 1, What::Told { version: 2 });
        let asked = || event("n", 6, What::Asked { version: 2 });
        let [old, new] = [1, 2].map(|version| text("a", version));
        assert!(is_fine(&[told(), read(5, old.clone()), read(7, new)]));
        assert!(!is_fine(&[told(), read(7, old.clone())]), "too old");
        assert!(!is_fine(&[read(7, text("b", 1))]), "of another");
        assert!(!is_fine(&[asked(), read(7, old)]), "its own");
        assert!(!is_fine(&[read(7, text("a", 3))]), "never was");
    }

    #[test]
    fn reads_are_counted() {
        let events = [read(1, text("a", 1)), read(2, text("a", 2))];
        let reads = check(&events, Duration::ZERO, |_| 2).unwrap();
        assert_eq!(reads.into_iter().collect::<Vec<_>>(), [("n", 4)]);
    }

    #[test]
    fn events_are_read_back() {
        let asked = event("n", 3, What::Asked { version: 3 });
        let told = event("m", 2, What::Told { version: 3 });
        for event in [read(1, "a@1".to_owned()), told, asked] {
            assert_eq!(event.to_string().parse(), Ok(event));
        }
    }
}
