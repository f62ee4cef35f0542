//! Where Chromium and its driver are, if they are.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;

/// Chromium and what drives it.
#[derive(Debug, PartialEq)]
pub(super) struct Programs {
    pub(super) chromium: PathBuf,
    pub(super) driver: PathBuf,
}

impl Programs {
    /// Finds both; none if they are not installed, which is said where everybody sees it.
    pub(super) fn find() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let found = Self::find_in(&path);
        if let Err(missing) = &found {
            let line = skipped(missing, env::var_os("CI").is_some()) + "\n";
            // Not by a macro: what those say, the harness keeps to itself while tests pass.
            io::stderr().write_all(line.as_bytes()).unwrap();
        }
        found.ok()
    }

    fn find_in(path: &OsStr) -> Result<Self, String> {
        let find = |names: &[&str]| {
            let mut places = env::split_paths(path)
                .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
            let found = places.find(|place| place.is_file());
            found.ok_or_else(|| format!("{} is not installed", names[0]))
        };
        Ok(Self {
            chromium: find(&["chromium", "chromium-browser", "google-chrome", "chrome"])?,
            driver: find(&["chromedriver"])?,
        })
    }
}

/// What is said when a test is skipped. Where it must not be, this fails.
fn skipped(missing: &str, is_ci: bool) -> String {
    let line = format!("skipped: the test with a browser, because {missing}");
    assert!(!is_ci, "{line}; `.ci/run` installs it");
    line
}

#[test]
fn what_is_missing_is_named() {
    let missing = Programs::find_in(OsStr::new("/nowhere")).unwrap_err();
    assert_eq!(missing, "chromium is not installed");
    assert_eq!(
        skipped(&missing, false),
        "skipped: the test with a browser, because chromium is not installed"
    );
}

#[test]
#[should_panic(expected = "because chromium is not installed; `.ci/run` installs it")]
fn nothing_is_skipped_where_everything_has_to_hold() {
    skipped("chromium is not installed", true);
}
