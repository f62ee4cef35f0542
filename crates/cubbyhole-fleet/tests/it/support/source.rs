//! The source of what is cached, for several processes: versions that only rise.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use std::collections::BTreeMap;

use super::catalogue::Place;
use super::history::text;

/// The source, served on a port for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State(BTreeMap<String, Record>);

#[derive(Debug, Default)]
struct Record {
    version: u64,
    reads: u64,
    /// How many change it now. Whoever sets what it has become does so alone: of two who set one name, the later one is
    /// right, and nobody could say which that is.
    changing: u64,
    is_alone: bool,
}

impl Source {
    pub(crate) fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let state = Arc::clone(&source.state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&state);
                thread::spawn(move || serve(stream, &state));
            }
        });
        source
    }

    /// Returns the texts of the newest versions of everything, in the order of places.
    pub(crate) fn texts(&self) -> Vec<String> {
        let names = Place::each().map(Place::name);
        names.map(|name| text(&name, self.newest(&name))).collect()
    }

    pub(crate) fn newest(&self, name: &str) -> u64 {
        self.record(name, |record| record.version)
    }

    /// Says how often something was read.
    pub(crate) fn reads(&self, name: &str) -> u64 {
        self.record(name, |record| record.reads)
    }

    fn record(&self, name: &str, number: impl FnOnce(&Record) -> u64) -> u64 {
        self.state.lock().unwrap().0.get(name).map_or(0, number)
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        let (verb, name) = line.split_once(' ')?;
        let answer = state.lock().unwrap().answer(verb, name);
        // In one piece: what follows a piece waits until that has been acknowledged.
        answers.write_all(format!("{answer}\n").as_bytes()).ok()?;
    }
    None
}

impl State {
    /// Returns the version; 0 if it may not be changed now.
    fn answer(&mut self, verb: &str, name: &str) -> u64 {
        let record = self.0.entry(name.to_owned()).or_default();
        match verb {
            "read" => record.reads += 1,
            "change" if !record.begin(false) => return 0,
            "change-alone" if !record.begin(true) => return 0,
            "changed" => {
                record.changing -= 1;
                record.is_alone = false;
            }
            _ => {}
        }
        record.version
    }
}

impl Record {
    /// Begins a change, with a new version, unless somebody else is in the way.
    fn begin(&mut self, is_alone: bool) -> bool {
        let is_free = !self.is_alone && (!is_alone || self.changing == 0);
        if is_free {
            self.changing += 1;
            self.is_alone = is_alone;
            self.version += 1;
        }
        is_free
    }
}

/// A connection to the source.
#[derive(Debug)]
pub(crate) struct Reader {
    stream: Mutex<BufReader<TcpStream>>,
}

impl Reader {
    pub(crate) fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        let stream = Mutex::new(BufReader::new(stream));
        Ok(Self { stream })
    }

    pub(crate) fn read(&self, name: &str) -> u64 {
        self.ask("read", name)
    }

    /// Makes a new version, and returns it, unless somebody else is in the way.
    pub(crate) fn change(&self, name: &str, is_alone: bool) -> Option<u64> {
        let verb = if is_alone { "change-alone" } else { "change" };
        Some(self.ask(verb, name)).filter(|version| *version > 0)
    }

    /// Lets others change it.
    pub(crate) fn changed(&self, name: &str) {
        self.ask("changed", name);
    }

    fn ask(&self, verb: &str, name: &str) -> u64 {
        let mut stream = self.stream.lock().unwrap();
        let question = format!("{verb} {name}\n");
        stream.get_mut().write_all(question.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }
}
