//! The source of what is cached, for several processes: versions that only rise, and when each was made.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use hashbrown::HashMap;

use super::history::text;
use super::player::names;

/// The source, served on a port for as long as the process lives.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    versions: HashMap<String, u64>,
    reads: HashMap<String, u64>,
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

    /// Returns the texts of the last versions of everything, in the order in which a player reads.
    pub(crate) fn texts(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let last = |name: &String| state.versions.get(name).copied().unwrap_or(0);
        names().map(|name| text(&name, last(&name))).collect()
    }

    /// Says how often something was read.
    pub(crate) fn reads(&self, name: &str) -> u64 {
        self.state
            .lock()
            .unwrap()
            .reads
            .get(name)
            .copied()
            .unwrap_or(0)
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut answers = stream.try_clone().ok()?;
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        let (verb, name) = line.split_once(' ')?;
        let version = state.lock().unwrap().answer(verb, name);
        writeln!(answers, "{version}").ok()?;
    }
    None
}

impl State {
    fn answer(&mut self, verb: &str, name: &str) -> u64 {
        if verb == "read" {
            *self.reads.entry_ref(name).or_default() += 1;
        }
        let version = self.versions.entry_ref(name).or_default();
        if verb == "bump" {
            *version += 1;
        }
        *version
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
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: Mutex::new(BufReader::new(stream)),
        })
    }

    pub(crate) fn read(&self, name: &str) -> u64 {
        self.ask("read", name)
    }

    /// Makes a new version, and returns it.
    pub(crate) fn bump(&self, name: &str) -> u64 {
        self.ask("bump", name)
    }

    fn ask(&self, verb: &str, name: &str) -> u64 {
        let mut stream = self.stream.lock().unwrap();
        writeln!(stream.get_mut(), "{verb} {name}").unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }
}
