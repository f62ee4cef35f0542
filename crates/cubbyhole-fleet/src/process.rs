//! Processes that are told what to do over pipes, and say what they have done.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::PATIENCE;

/// What the lines of a process begin with, among those of a test harness.
const MARK: &str = "@";

/// A process that takes orders. Killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    orders: ChildStdin,
    answers: UnboundedReceiver<String>,
}

impl Process {
    /// Starts a process, which takes its orders by [`next_order`] and answers by [`say`].
    pub fn start(program: &mut Command) -> Self {
        let pipes = program.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let (said, answers) = unbounded_channel();
        let output = child.stdout.take().unwrap();
        // A thread of its own: no process waits because nobody listens to it yet.
        thread::spawn(move || listen(output, &said));
        Self {
            orders: child.stdin.take().unwrap(),
            answers,
            child,
        }
    }

    /// Gives an order: one line.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Returns the next line that it says.
    ///
    /// # Panics
    ///
    /// If the process has ended, or says nothing for [`PATIENCE`].
    ///
    /// # Cancel safety
    ///
    /// No line is lost.
    pub async fn answer(&mut self) -> String {
        let answer = timeout(PATIENCE, self.answers.recv()).await;
        let answer = answer.unwrap_or_else(|_| panic!("a process hangs"));
        answer.unwrap_or_else(|| panic!("a process has ended"))
    }

    /// Kills it as a power failure would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what a process says, until it ends or nobody wants to know.
fn listen(output: ChildStdout, said: &UnboundedSender<String>) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        // What a harness prints has no end of a line before it.
        if let Some((_, answer)) = line.split_once(MARK)
            && said.send(answer.to_owned()).is_err()
        {
            return;
        }
    }
}

/// Says a line to who has started this process.
pub fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{what}").unwrap();
    out.flush().unwrap();
}

/// Waits for the next order to this process; `None` when whoever gave them is gone.
///
/// # Cancellation
///
/// An order that comes when the future has been dropped is lost.
pub async fn next_order() -> Option<String> {
    let order = tokio::task::spawn_blocking(|| std::io::stdin().lock().lines().next());
    order.await.unwrap()?.ok()
}
