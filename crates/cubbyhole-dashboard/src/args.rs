//! What the command line asks for.

use std::iter::Peekable;

use cubbyhole::{RedisConfigError, Secret};

use crate::load::{Plan, PlanError};
use crate::redis::config;

/// What to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// Serve the dashboard: on this port, or if none was chosen on the usual one or any that is free.
    Serve {
        /// The port that was chosen.
        port: Option<u16>,
        /// The URL of the Redis that it shares with others, if it is one of a fleet; it was checked.
        redis: Option<Secret>,
    },
    /// Check the dashboard and end.
    Check,
    /// Load the dashboard, as this plan says, and end.
    Load(Plan),
    /// Say what can be asked for.
    Help,
}

/// Why the arguments were refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgsError {
    /// Nobody knows this argument.
    #[error("unknown argument `{0}`: see --help")]
    Unknown(String),
    /// `--port` is the last argument.
    #[error("--port needs a number after it, such as --port 8080")]
    NoPort,
    /// What follows `--port` is no port.
    #[error("`{0}` is not a port: write a number from 0 (any free port) to 65535")]
    NotAPort(String),
    /// `--redis` is the last argument.
    #[error("--redis needs a URL after it, such as --redis redis://127.0.0.1:6379")]
    NoRedis,
    /// What follows `--redis` cannot be connected to. A URL may have a password in it, and is not repeated.
    #[error("--redis: {0}")]
    Redis(#[from] RedisConfigError),
    /// A load cannot be like that.
    #[error("--load: {0}")]
    Load(#[from] PlanError),
    /// Two arguments ask for two things.
    #[error("--check and --load are two things: leave one out")]
    CheckAndLoad,
    /// A port was chosen, and nothing is served to others.
    #[error("--check and --load choose a free port by themselves: leave --port out")]
    PortOfCheck,
    /// A fleet was asked for where there is one process.
    #[error("--check and --load are about one process: leave --redis out")]
    RedisOfCheck,
}

impl Command {
    /// The answer to `--help`.
    pub const HELP: &str = "\
Serves a dashboard of Seattle's weather on the loopback interface.

    cargo run --release -p cubbyhole-dashboard [-- OPTION...]

    --port N   serve on port N (0: any that is free); without it, on 8080 or any that is free
    --redis URL
               share what is computed, and who is signed in, with all processes that are told the
               same Redis: redis://127.0.0.1:6379
    --check    start on a free port, drive it over HTTP as many users at once, and exit with 1
               if anybody saw anything that was not theirs, or anything was computed twice;
               without --release it computes less
    --load [SECONDS [USERS]]
               start on a free port and load it over HTTP, for a minute and with 200 users if not
               told otherwise; say what it took, and exit with 1 if an answer did not come or was
               somebody else's, or if the memory grew and grew
    --help     say this";

    /// Reads the arguments, the program's own name left out.
    ///
    /// # Errors
    ///
    /// [`ArgsError`] says what was not understood.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgsError> {
        let mut arguments = arguments.into_iter().peekable();
        let (mut port, mut redis, mut check, mut load) = (None, None, false, None);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--check" => check = true,
                "--load" => load = Some(read_plan(&mut arguments)?),
                "--port" => port = Some(read_port(arguments.next())?),
                "--redis" => redis = Some(read_redis(arguments.next())?),
                other => match other.split_once('=') {
                    Some(("--port", text)) => port = Some(read_port(Some(text.to_owned()))?),
                    Some(("--redis", text)) => redis = Some(read_redis(Some(text.to_owned()))?),
                    _ => return Err(ArgsError::Unknown(argument)),
                },
            }
        }
        match (check, load, port, redis) {
            (false, None, port, redis) => Ok(Self::Serve { port, redis }),
            (true, None, None, None) => Ok(Self::Check),
            (false, Some(plan), None, None) => Ok(Self::Load(plan)),
            (true, Some(_), ..) => Err(ArgsError::CheckAndLoad),
            (_, _, Some(_), _) => Err(ArgsError::PortOfCheck),
            (.., Some(_)) => Err(ArgsError::RedisOfCheck),
        }
    }
}

/// Reads what follows `--load`, up to the next option.
fn read_plan(arguments: &mut Peekable<impl Iterator<Item = String>>) -> Result<Plan, PlanError> {
    let mut number = || arguments.next_if(|text| !text.starts_with("--"));
    let (seconds, users) = (number(), number());
    Plan::read(seconds.as_deref(), users.as_deref())
}

fn read_port(text: Option<String>) -> Result<u16, ArgsError> {
    let text = text.ok_or(ArgsError::NoPort)?;
    text.parse()
        .map_err(|_not_a_number| ArgsError::NotAPort(text))
}

fn read_redis(text: Option<String>) -> Result<Secret, ArgsError> {
    let url = Secret::new(text.ok_or(ArgsError::NoRedis)?);
    config(url.clone()).check()?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, ArgsError> {
        Command::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_can_be_asked_for() {
        let serve = |port| Ok(Command::Serve { port, redis: None });
        assert_eq!(read(""), serve(None));
        assert_eq!(read("--port 80"), serve(Some(80)));
        assert_eq!(read("--port=0"), serve(Some(0)));
        let fleet = Command::Serve {
            port: Some(81),
            redis: Some(Secret::new("redis://localhost:6379")),
        };
        for line in [
            "--redis redis://localhost:6379 --port 81",
            "--port=81 --redis=redis://localhost:6379",
        ] {
            assert_eq!(read(line), Ok(fleet.clone()));
        }
        assert_eq!(read("--check"), Ok(Command::Check));
        assert_eq!(read("--check --help"), Ok(Command::Help));
        assert_eq!(read("--load"), Ok(Command::Load(Plan::USUAL)));
        let plan = Plan::read(Some("5"), Some("9")).unwrap();
        assert_eq!(read("--load 5 9"), Ok(Command::Load(plan)));
        let plan = Plan::read(Some("5"), None).unwrap();
        assert_eq!(read("--load 5"), Ok(Command::Load(plan)));
    }

    #[test]
    fn a_redis_that_cannot_be_is_refused_and_its_password_is_not_shown() {
        let message = |line| read(line).unwrap_err().to_string();
        assert!(message("--redis").starts_with("--redis needs a URL"));
        let refused = message("--redis http://:hunter2@localhost");
        assert!(refused.starts_with("--redis: the url has the scheme \"http\""));
        assert!(refused.contains("allowed: redis://"), "{refused}");
        assert!(!refused.contains("hunter2"));
        assert!(message("--redis localhost").contains("has no scheme"));
        let shown = format!("{:?}", read("--redis redis://:hunter2@localhost"));
        assert!(!shown.contains("hunter2"));
        for line in [
            "--check --redis redis://localhost",
            "--load --redis redis://localhost",
        ] {
            assert!(message(line).contains("leave --redis out"));
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let message = |line| read(line).unwrap_err().to_string();
        assert_eq!(message("--chekc"), "unknown argument `--chekc`: see --help");
        assert!(message("--port").starts_with("--port needs a number"));
        assert!(message("--port 70000").starts_with("`70000` is not a port"));
        assert!(message("--port --check").starts_with("`--check` is not a port"));
        assert!(message("--load 0").starts_with("--load: `0` is no length of a load"));
        assert!(message("--load 1 all").starts_with("--load: `all` is no number of users"));
        assert_eq!(message("--load 1 2 3"), "unknown argument `3`: see --help");
        assert!(message("--check --load").contains("are two things"));
        for line in ["--check --port 1", "--load --port 1"] {
            assert!(message(line).contains("choose a free port by themselves"));
        }
    }
}
