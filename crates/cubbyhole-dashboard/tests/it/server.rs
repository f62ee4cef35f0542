//! A dashboard on a free port, for one test.

use cubbyhole_dashboard::client::Client;
use cubbyhole_dashboard::{App, Pace, Running, serve};

pub(crate) struct Server {
    pub(crate) app: App,
    running: Running,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::of(App::new(Pace::Quick).unwrap()).await
    }

    pub(crate) async fn start_with_jobs_held() -> Self {
        Self::of(App::with_jobs_held(Pace::Quick).unwrap()).await
    }

    async fn of(app: App) -> Self {
        let running = serve(&app, 0).await.unwrap();
        Self { app, running }
    }

    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.running.address()
    }

    pub(crate) fn stranger(&self) -> Client {
        Client::new(self.running.address())
    }

    pub(crate) async fn sign_in(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let reply = client.sign_in(name).await.unwrap();
        assert_eq!(reply.status, 303, "{name}");
        client
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}
