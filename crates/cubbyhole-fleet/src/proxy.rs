//! Something between a node and a server that does what networks do.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::free_port;

/// What a [`Proxy`] does with what passes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Everything passes at once.
    Pass,
    /// Nothing passes, and nobody is told.
    Swallow,
    /// Everything is late.
    Delay(Duration),
    /// Everything comes in pieces of this size.
    Split(usize),
    /// Connections end after so many bytes from the server, in the middle of whatever that is.
    Truncate(usize),
    /// Connections end at once.
    Refuse,
}

/// A network between a client and a server, on loopback. It ends when it is dropped, with its connections.
#[derive(Debug)]
pub struct Proxy {
    /// Where clients connect to.
    pub port: u16,
    mode: watch::Sender<Mode>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Makes a proxy to a port, through which everything passes. It runs in the runtime of whoever makes it.
    pub async fn to(port: u16) -> Self {
        let own = free_port();
        let listener = TcpListener::bind(("127.0.0.1", own)).await.unwrap();
        let mode = watch::Sender::new(Mode::Pass);
        let target = SocketAddr::from(([127, 0, 0, 1], port));
        let task = tokio::spawn(accept(listener, target, mode.subscribe()));
        Self {
            port: own,
            mode,
            task,
        }
    }

    /// Returns where it is, for a client of Redis.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Does something else from now on, with connections that stand too.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        connections.spawn(connect(client, target, mode.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(client: TcpStream, target: SocketAddr, mode: watch::Receiver<Mode>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // When one way ends the connection ends.
    tokio::select! {
        () = pass(from_client, to_server, mode.clone(), false) => {}
        () = pass(from_server, to_client, mode, true) => {}
    }
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut mode: watch::Receiver<Mode>,
    is_answer: bool,
) {
    let mut bytes = [0; 16 * 1024];
    let mut passed = 0;
    loop {
        let now = *mode.borrow_and_update();
        if now == Mode::Refuse {
            return;
        }
        let read = tokio::select! {
            _ = mode.changed() => continue,
            read = from.read(&mut bytes), if now != Mode::Swallow => read,
        };
        let Some(read @ 1..) = read.ok() else { return };
        let mut piece = &bytes[..read];
        match now {
            Mode::Delay(late) => tokio::time::sleep(late).await,
            Mode::Truncate(most) if is_answer && passed + read > most => {
                let _ = to.write_all(&piece[..most.saturating_sub(passed)]).await;
                return;
            }
            Mode::Split(size) => {
                while piece.len() > size {
                    let (first, rest) = piece.split_at(size);
                    if to.write_all(first).await.is_err() || to.flush().await.is_err() {
                        return;
                    }
                    tokio::task::yield_now().await;
                    piece = rest;
                }
            }
            _ => {}
        }
        passed += read;
        if to.write_all(piece).await.is_err() {
            return;
        }
    }
}
