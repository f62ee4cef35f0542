//! What the command line asks for.

/// What to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Command {
    /// Serve the dashboard: on this port, or if none was chosen on the usual one or any that is free.
    Serve {
        /// The port that was chosen.
        port: Option<u16>,
    },
    /// Check the dashboard and end.
    Check,
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
    /// Two arguments ask for two things.
    #[error("--check chooses a free port by itself: leave --port out")]
    PortOfCheck,
}

impl Command {
    /// The answer to `--help`.
    pub const HELP: &str = "\
Serves a dashboard of Seattle's weather on the loopback interface.

    cargo run --release -p cubbyhole-dashboard [-- OPTION...]

    --port N   serve on port N (0: any that is free); without it, on 8080 or any that is free
    --check    start on a free port, drive it over HTTP as many users at once, and exit with 1
               if anybody saw anything that was not theirs, or anything was computed twice
    --help     say this";

    /// Reads the arguments, the program's own name left out.
    ///
    /// # Errors
    ///
    /// [`ArgsError`] says what was not understood.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, ArgsError> {
        let mut arguments = arguments.into_iter();
        let (mut port, mut check) = (None, false);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--help" | "-h" => return Ok(Self::Help),
                "--check" => check = true,
                "--port" => port = Some(read_port(arguments.next())?),
                other => match other.strip_prefix("--port=") {
                    Some(text) => port = Some(read_port(Some(text.to_owned()))?),
                    None => return Err(ArgsError::Unknown(argument)),
                },
            }
        }
        match (check, port) {
            (false, port) => Ok(Self::Serve { port }),
            (true, None) => Ok(Self::Check),
            (true, Some(_)) => Err(ArgsError::PortOfCheck),
        }
    }
}

fn read_port(text: Option<String>) -> Result<u16, ArgsError> {
    let text = text.ok_or(ArgsError::NoPort)?;
    text.parse()
        .map_err(|_not_a_number| ArgsError::NotAPort(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, ArgsError> {
        Command::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_can_be_asked_for() {
        assert_eq!(read(""), Ok(Command::Serve { port: None }));
        assert_eq!(read("--port 80"), Ok(Command::Serve { port: Some(80) }));
        assert_eq!(read("--port=0"), Ok(Command::Serve { port: Some(0) }));
        assert_eq!(read("--check"), Ok(Command::Check));
        assert_eq!(read("--check --help"), Ok(Command::Help));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let message = |line| read(line).unwrap_err().to_string();
        assert_eq!(message("--chekc"), "unknown argument `--chekc`: see --help");
        assert!(message("--port").starts_with("--port needs a number"));
        assert!(message("--port 70000").starts_with("`70000` is not a port"));
        assert!(message("--port --check").starts_with("`--check` is not a port"));
        assert!(message("--check --port 1").starts_with("--check chooses a free port"));
    }
}
