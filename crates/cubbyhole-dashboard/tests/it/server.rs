//! A dashboard on a free port, for one test.

use std::sync::Arc;

use cubbyhole::{ManualClock, SharedTier};
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

    /// One process of a fleet.
    pub(crate) async fn in_fleet(tier: Arc<dyn SharedTier>) -> Self {
        Self::of(App::in_fleet(Pace::Quick, &tier).unwrap()).await
    }

    /// One process of a fleet whose clock is moved by hand.
    pub(crate) async fn in_manual_fleet(tier: Arc<dyn SharedTier>, clock: &ManualClock) -> Self {
        let app = App::in_fleet_with_clock(Pace::Quick, &tier, clock.clone());
        Self::of(app.unwrap()).await
    }

    /// The same browser, sent to this process.
    pub(crate) fn visit(&self, browser: &Client) -> Client {
        let client = self.stranger();
        match browser.cookie() {
            Some(cookie) => client.with_cookie(cookie),
            None => client,
        }
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

    /// Signs somebody in and gives them a role.
    pub(crate) async fn sign_in_as(&self, name: &str, role: &str) -> Client {
        let client = self.sign_in(name).await;
        let changed = client.post(&format!("/api/role?role={role}")).await;
        assert_eq!(changed.unwrap().status, 204, "{role}");
        client
    }

    pub(crate) async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}
