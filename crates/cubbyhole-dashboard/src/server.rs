//! Serving on the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::App;
use crate::service::Service;

/// Why the dashboard cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port}: {error}")]
pub struct ServeError {
    port: u16,
    error: io::Error,
}

impl ServeError {
    /// Returns whether somebody else listens on that port.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.error.kind() == io::ErrorKind::AddrInUse
    }
}

/// A dashboard that is being served, until this is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
    housekeeper: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
}

/// Serves `app` on a port of the loopback interface; port 0 is any that is free.
///
/// Must be called in a tokio runtime with I/O and time.
///
/// # Errors
///
/// [`ServeError`] if the port cannot be listened on.
pub async fn serve(app: &App, port: u16) -> Result<Running, ServeError> {
    let refuse = |error| ServeError { port, error };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(refuse)?;
    let address = listener.local_addr().map_err(refuse)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let (router, inspector) = app.router();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        // Stopped by a message, or by the sender being dropped: either is a stop.
        let _ = stopped.await;
        // Who watches the cache would be answered for ever.
        inspector.close();
    });
    Ok(Running {
        address,
        server: tokio::spawn(server.into_future()),
        housekeeper: tokio::spawn(keep_house(Arc::downgrade(app.service()))),
        stop: Some(stop),
    })
}

impl Running {
    /// Returns where it is served.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the requests that are under way, takes no others, and ends.
    ///
    /// # Errors
    ///
    /// What went wrong while serving.
    pub async fn stop(mut self) -> io::Result<()> {
        drop(self.stop.take());
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.housekeeper.abort();
    }
}

/// Ends and forgets what is over now and then, for as long as there is a service.
async fn keep_house(service: Weak<Service>) {
    let mut rounds = tokio::time::interval(ROUND);
    loop {
        rounds.tick().await;
        let Some(service) = service.upgrade() else {
            return;
        };
        service.keep_house(Instant::now()).await;
    }
}

/// The time between two rounds.
const ROUND: Duration = Duration::from_secs(30);
