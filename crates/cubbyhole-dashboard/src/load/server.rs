//! The dashboard in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::LoadError;

/// Serves until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    child: Child,
    /// Open, so that the child can say more.
    _says: BufReader<ChildStdout>,
}

impl Server {
    pub(super) fn start() -> Result<Self, LoadError> {
        let failed = |error: std::io::Error| LoadError::Start(error.to_string());
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        let command = command.args(["--port", "0"]).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let said = child.stdout.take();
        let mut says = BufReader::new(said.ok_or_else(|| nothing_said(""))?);
        let mut line = String::new();
        says.read_line(&mut line).map_err(failed)?;
        Ok(Self {
            address: address_in(&line).ok_or_else(|| nothing_said(&line))?,
            child,
            _says: says,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already if this fails.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.trim().rsplit("http://").next()?.parse().ok()
}

fn nothing_said(line: &str) -> LoadError {
    LoadError::Start(format!("it said `{}` and no address", line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_what_the_program_says() {
        let said = "Seattle, day by day: http://127.0.0.1:8080\n";
        assert_eq!(address_in(said), Some(([127, 0, 0, 1], 8080).into()));
        assert_eq!(address_in(""), None);
    }
}
