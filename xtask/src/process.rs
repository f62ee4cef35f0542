//! Other programs: announced before they run, and a failure when they fail.

use std::fmt::{self, Display};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// How often a running program is asked whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// A program with its arguments, one by one: no shell reads them.
#[derive(Debug)]
pub(crate) struct Process {
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    directory: PathBuf,
}

impl Process {
    pub(crate) fn new(program: impl Into<PathBuf>, directory: &Path) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: directory.to_path_buf(),
        }
    }

    pub(crate) fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(ToString::to_string));
        self
    }

    pub(crate) fn environment(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Runs to the end, with the terminal as its output.
    pub(crate) fn run(&self) -> Result {
        self.announce();
        let status = self
            .command()
            .status()
            .map_err(|error| self.not_started(&error))?;
        self.expect_success(status)
    }

    /// Runs to the end, or kills the program when `limit` has passed.
    pub(crate) fn run_within(&self, limit: Duration) -> Result {
        self.announce();
        let mut child = self.spawn(self.command().stdin(Stdio::null()))?;
        let started = Instant::now();
        while started.elapsed() < limit {
            if let Some(status) = child.try_wait()? {
                return self.expect_success(status);
            }
            pause();
        }
        child.kill()?;
        child.wait()?;
        Err(format!("`{self}` was still running after {} s", limit.as_secs()).into())
    }

    /// Runs to the end; each line of its output is shown and given to `look`.
    pub(crate) fn run_and_watch(&self, mut look: impl FnMut(&str)) -> Result {
        self.announce();
        let mut child = self.spawn(self.command().stdout(Stdio::piped()))?;
        if let Some(output) = child.stdout.take() {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while output.read_until(b'\n', &mut line)? > 0 {
                std::io::stdout().write_all(&line)?;
                look(&String::from_utf8_lossy(&line));
                line.clear();
            }
        }
        self.expect_success(child.wait()?)
    }

    /// Runs to the end and returns what it printed.
    pub(crate) fn read(&self) -> Result<String> {
        self.announce();
        let mut command = self.command();
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.not_started(&error))?;
        self.expect_success(output.status)?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Runs to the end, shows what it said, its errors too, and returns it.
    pub(crate) fn read_all(&self) -> Result<String> {
        self.announce();
        let output = self
            .command()
            .output()
            .map_err(|error| self.not_started(&error))?;
        let mut said = output.stdout;
        said.extend(output.stderr);
        std::io::stderr().write_all(&said)?;
        self.expect_success(output.status)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// Whether it runs and succeeds; nothing is shown.
    pub(crate) fn succeeds(&self) -> bool {
        self.command()
            .output()
            .is_ok_and(|output| output.status.success())
    }

    fn announce(&self) {
        eprintln!("$ {self}");
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn spawn(&self, command: &mut Command) -> Result<Child> {
        Ok(command.spawn().map_err(|error| self.not_started(&error))?)
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        format!("cannot run `{self}`: {error}")
    }

    fn expect_success(&self, status: ExitStatus) -> Result {
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{self}` failed: {status}").into())
        }
    }
}

impl Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}={} ", quoted(value))?;
        }
        let program = self
            .program
            .strip_prefix(&self.directory)
            .unwrap_or(&self.program);
        match program.file_stem() {
            Some(stem) if stem == "cargo" => f.write_str("cargo")?,
            _ => write!(f, "{}", program.display())?,
        }
        for argument in &self.arguments {
            write!(f, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process runs on real time: no clock of ours moves it"
)]
fn pause() {
    std::thread::sleep(POLL);
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::Process;

    fn process(program: &str) -> Process {
        Process::new(program, Path::new("."))
    }

    #[test]
    fn shown_as_it_would_be_typed() {
        let process = process("/opt/rust/bin/cargo")
            .environment("RUSTFLAGS", "--cfg shuttle")
            .arguments(&["test", "--release"]);
        assert_eq!(
            process.to_string(),
            "RUSTFLAGS=\"--cfg shuttle\" cargo test --release"
        );
    }

    #[test]
    fn missing_program_is_named() {
        let error = process("no-such-program-here")
            .run()
            .unwrap_err()
            .to_string();
        assert!(error.contains("no-such-program-here"), "{error}");
        assert!(!process("no-such-program-here").succeeds());
    }

    #[cfg(unix)]
    #[test]
    fn failure_is_an_error() {
        assert!(process("true").run().is_ok());
        assert!(process("false").run().is_err());
        assert!(
            process("false")
                .run_within(Duration::from_secs(60))
                .is_err()
        );
    }

    #[cfg(unix)]
    #[test]
    fn program_that_does_not_end_is_stopped() {
        let error = process("sleep")
            .argument("600")
            .run_within(Duration::ZERO)
            .unwrap_err();
        assert!(error.to_string().contains("still running"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn errors_are_read_too() {
        let process = process("cat").arguments(&["/dev/null", "no-such-file-here"]);
        assert!(process.read_all().is_err());
        let process = self::process("printf").argument("a");
        assert_eq!(process.read_all().unwrap(), "a");
    }

    #[cfg(unix)]
    #[test]
    fn every_line_is_watched() {
        let mut lines = Vec::new();
        let process = process("printf").argument("a\\nb\\n");
        process
            .run_and_watch(|line| lines.push(line.trim_end().to_owned()))
            .unwrap();
        assert_eq!(lines, ["a", "b"]);
    }
}
