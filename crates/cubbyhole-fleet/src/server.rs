//! A server of its own for a test or a measurement, on a free port, which ends with it.

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::{Client, FromRedisValue};

use crate::PATIENCE;

/// A `redis-server`. Killed when it is dropped, by a panic too, or when this process is killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Kills the server when this process is killed before it can.
    watchdog: Child,
    /// Where it listens, on loopback.
    pub port: u16,
    /// A folder of its own, in which it runs. It is gone when the server is dropped.
    pub folder: PathBuf,
    arguments: Vec<String>,
}

/// Arguments of a server that keeps nothing.
const PLAIN: [&str; 4] = ["--save", "", "--appendonly", "no"];

impl Server {
    /// Starts a server that keeps nothing on disk, and waits until it answers.
    ///
    /// `None` where there is no `redis-server`, with a line on standard error that says so; where `CI` is set, that is
    /// a failure.
    ///
    /// # Panics
    ///
    /// If the server does not start; where `CI` is set, also if there is none.
    ///
    /// # Cancellation
    ///
    /// Dropping the future ends the server.
    pub async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// Starts a server with more arguments, as [`start`](Self::start) does.
    pub async fn start_with(arguments: &[&str]) -> Option<Self> {
        Self::start_as(&[&PLAIN, arguments].concat()).await
    }

    /// Starts a Sentinel that watches a master under the name `main`, and is enough to decide alone.
    pub async fn start_sentinel(master: &Self) -> Option<Self> {
        let file = master.folder.join("sentinel.conf");
        let master = master.port;
        let text = format!(
            "sentinel monitor main 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds main 500\n\
             sentinel failover-timeout main 2000\n"
        );
        fs::write(&file, text).unwrap();
        Self::start_as(&[file.to_str().unwrap(), "--sentinel"]).await
    }

    async fn start_as(arguments: &[&str]) -> Option<Self> {
        is_installed().then_some(())?;
        // Somebody else may take the port before the server does: then another is tried.
        for _ in 0..20 {
            let mut server = Self::spawn(arguments);
            if server.is_up().await {
                return Some(server);
            }
        }
        panic!("redis-server does not start");
    }

    fn spawn(arguments: &[&str]) -> Self {
        let port = free_port();
        let folder = folder(port);
        let arguments: Vec<String> = arguments.iter().map(|&it| it.to_owned()).collect();
        let child = run(port, &folder, &arguments);
        Self {
            watchdog: watch(&child),
            child,
            port,
            folder,
            arguments,
        }
    }

    /// Waits until this very process answers.
    async fn is_up(&mut self) -> bool {
        let started = tokio::time::Instant::now();
        while started.elapsed() < PATIENCE {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return false;
            }
            let mut info = redis::cmd("INFO");
            let answer: Option<String> = self.ask(info.arg("server")).await;
            if let Some(answer) = answer {
                return answer.contains(&format!("process_id:{}", self.child.id()));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        false
    }

    /// Returns where it is, for a client.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Asks the server something, on a connection of its own. `None` if no answer comes, or one of another type.
    pub async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Option<T> {
        let client = Client::open(self.url()).unwrap();
        let connection = client.get_multiplexed_async_connection().await;
        command.query_async(&mut connection.ok()?).await.ok()
    }

    /// Asks with words that stand between single spaces, and expects an answer.
    pub async fn tell<T: FromRedisValue>(&self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        for word in words {
            command.arg(word);
        }
        self.ask(&command).await.unwrap()
    }

    /// Returns the names of all keys.
    pub async fn keys(&self) -> Vec<String> {
        self.tell("KEYS *").await
    }

    /// Kills the server as a power failure would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same port, after it was killed, and waits until it answers.
    pub async fn restart(&mut self) {
        for _ in 0..20 {
            self.child = run(self.port, &self.folder, &self.arguments);
            end(&mut self.watchdog);
            self.watchdog = watch(&self.child);
            if self.is_up().await {
                return;
            }
        }
        panic!("redis-server does not start again");
    }

    /// Sends a signal, by its name: `STOP` and `CONT`.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.watchdog);
        end(&mut self.child);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Ends a process, which may have ended already.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Starts a process that waits until this one is gone, and ends a server then.
fn watch(server: &Child) -> Child {
    let script = format!("read -r _; kill -9 {}", server.id());
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn run(port: u16, folder: &Path, arguments: &[String]) -> Child {
    let port = port.to_string();
    Command::new("redis-server")
        .args(arguments)
        .args(["--port", &port, "--bind", "127.0.0.1", "--dir"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Returns a port on loopback that nobody listens at now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn folder(port: u16) -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let id = std::process::id();
    let folder = std::env::temp_dir().join(format!("cubbyhole-fleet-{id}-{number}-{port}"));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Says whether there is a `redis-server`. Where there has to be one, its absence is a failure.
fn is_installed() -> bool {
    let asked = Command::new("redis-server").arg("--version").output();
    if asked.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "redis-server is not installed, and this is CI"
    );
    let name = std::thread::current();
    let name = name.name().unwrap_or("what needs one");
    // Not `eprintln!`: what a test that passes prints is not shown.
    let _ = writeln!(
        io::stderr(),
        "skipped {name}: redis-server is not installed"
    );
    false
}
