//! Measuring in a process of its own: for memory that nobody else has touched, and for tools that watch a program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hashbrown::HashMap;

use crate::contenders::{Contender, Visitor};
use crate::{Result, scenarios};

/// What a child has found out, by name.
pub(crate) type Found = HashMap<String, f64>;

/// Which of the two programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Program {
    /// With the system's allocator.
    Plain,
    /// With an allocator that counts.
    Counting,
}

impl Program {
    /// Returns the path of the program, which is built beside this one.
    pub(crate) fn path(self) -> Result<PathBuf> {
        let folder = std::env::current_exe()?;
        let folder = folder.parent().unwrap_or(Path::new("."));
        let name = match self {
            Self::Plain => "cubbyhole-bench",
            Self::Counting => "cubbyhole-bench-heap",
        };
        Ok(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }
}

/// Starts a child, and reads what it has found out when it ends.
pub(crate) fn ask(program: Program, words: &[String]) -> Result<Found> {
    let output = command(program, words)?.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("`{}` failed: {}", words.join(" "), output.status).into());
    }
    read(String::from_utf8(output.stdout)?.lines())
}

fn command(program: Program, words: &[String]) -> Result<Command> {
    let mut command = Command::new(program.path()?);
    command.arg("child").args(words);
    Ok(command)
}

fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Found> {
    let mut found = Found::new();
    for line in lines {
        if let Some((name, figure)) = line.split_once('=') {
            found.insert(name.to_owned(), figure.parse()?);
        }
    }
    Ok(found)
}

/// Prints a figure for the parent.
pub(crate) fn tell(name: &str, figure: f64) {
    println!("{name}={figure}");
}

/// A child that keeps what it has built, and measures whenever it is asked to: see [`serve`].
#[derive(Debug)]
pub(crate) struct Servant {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    what: String,
}

impl Servant {
    pub(crate) fn start(program: Program, words: &[String]) -> Result<Self> {
        let mut command = command(program, words)?;
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ends = process.stdin.take().zip(process.stdout.take());
        let (questions, answers) = ends.ok_or("a child has no ends")?;
        Ok(Self {
            process,
            questions,
            answers: BufReader::new(answers),
            what: words.join(" "),
        })
    }

    /// Has it do a round.
    pub(crate) fn ask(&mut self) -> Result<Found> {
        self.order("")?;
        self.answer()
    }

    /// Has it begin with something, and does not wait: several work at the same time.
    pub(crate) fn order(&mut self, order: &str) -> Result {
        Ok(writeln!(self.questions, "{order}")?)
    }

    /// Waits until it has done what it was told.
    pub(crate) fn answer(&mut self) -> Result<Found> {
        let mut answer = String::new();
        while !answer.ends_with(END) {
            if self.answers.read_line(&mut answer)? == 0 {
                return Err(format!("`{}` ended early", self.what).into());
            }
        }
        read(answer.lines())
    }
}

/// The line after the figures of a round.
const END: &str = "end\n";

impl Drop for Servant {
    /// Stops it: tearing down what it has built would take long.
    fn drop(&mut self) {
        let _gone = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// In a [`Servant`]: does `round` whenever the parent asks for it, with the order that came along.
pub(crate) fn serve(mut round: impl FnMut(&str)) {
    for line in std::io::stdin().lines() {
        let Ok(order) = line else { break };
        round(&order);
        print!("{END}");
    }
}

/// Does what the parent asks for.
pub(crate) fn run(words: &[String]) -> Result {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["memory", contender, numbers @ ..] => scenarios::run_memory(contender, &parse(numbers)?),
        ["drop_scope", contender, numbers @ ..] => {
            scenarios::run_drop_scope(contender, &parse(numbers)?)
        }
        ["expiry", contender, numbers @ ..] => scenarios::run_expiry(contender, &parse(numbers)?),
        ["single_flight", contender] => scenarios::run_single_flight(contender),
        ["cost", contender, operation, count] => {
            scenarios::run_operation(contender, operation, count.parse()?)
        }
        #[cfg(peers)]
        ["sharing", part @ ..] => scenarios::run_sharing(part),
        other => Err(format!("no child does `{}`", other.join(" ")).into()),
    }
}

fn parse(numbers: &[&str]) -> Result<Vec<usize>> {
    Ok(numbers
        .iter()
        .map(|number| number.parse())
        .collect::<std::result::Result<_, _>>()?)
}

/// Something to do with one contender.
pub(crate) trait Job {
    fn run<C: Contender>(&self);
}

/// Does a job with the contender of a name.
pub(crate) struct Named<'a, J> {
    name: &'a str,
    job: J,
    done: bool,
}

impl<'a, J: Job> Named<'a, J> {
    pub(crate) const fn new(name: &'a str, job: J) -> Self {
        Self {
            name,
            job,
            done: false,
        }
    }

    /// Says whether there was such a contender.
    pub(crate) fn finish(self) -> Result {
        if self.done {
            Ok(())
        } else {
            Err(format!("there is no contender `{}`", self.name).into())
        }
    }
}

impl<J: Job> Visitor for Named<'_, J> {
    fn visit<C: Contender>(&mut self) {
        if C::name() == self.name {
            self.done = true;
            self.job.run::<C>();
        }
    }
}

/// The names of contenders.
#[derive(Debug, Default)]
pub(crate) struct Names(pub(crate) Vec<Name>);

/// One of them.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) is_heavy: bool,
}

impl Visitor for Names {
    fn visit<C: Contender>(&mut self) {
        self.0.push(Name {
            name: C::name(),
            is_heavy: C::is_heavy(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn figures_are_read_and_other_lines_are_not() {
        let found = read("median=1.5\nsomething said\nend".lines()).unwrap();
        assert_eq!((found.len(), found["median"]), (1, 1.5));
        assert!(read("median=fast".lines()).is_err());
    }
}
