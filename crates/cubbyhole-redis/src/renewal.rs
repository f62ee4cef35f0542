//! Leases that are held are kept alive.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use tokio::task::JoinSet;

use crate::node::{Node, millis};
use crate::place::CellName;
use crate::token::Token;

/// The leases that this node holds.
#[derive(Debug, Default)]
pub(crate) struct Renewals(Mutex<HashMap<u64, Holding>>);

/// A lease that is held.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) cell: Arc<CellName>,
    pub(crate) key: Box<str>,
    pub(crate) token: Token,
}

/// How many are renewed at the same time.
const AT_ONCE: usize = 64;

impl Renewals {
    pub(crate) fn hold(&self, holding: Holding) {
        self.holdings().insert(holding.token.count, holding);
    }

    pub(crate) fn end(&self, token: Token) {
        self.holdings().remove(&token.count);
    }

    fn all(&self) -> Vec<Holding> {
        self.holdings().values().cloned().collect()
    }

    fn holdings(&self) -> MutexGuard<'_, HashMap<u64, Holding>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Renews every lease in each third of its time, for ever.
pub(crate) async fn keep_renewing(node: Arc<Node>) {
    loop {
        tokio::time::sleep(node.config.lease / 3).await;
        node.health.connected().await;
        renew_all(&node).await;
    }
}

async fn renew_all(node: &Arc<Node>) {
    let mut running = JoinSet::new();
    for holding in node.renewals.all() {
        if running.len() >= AT_ONCE {
            running.join_next().await;
        }
        let node = Arc::clone(node);
        running.spawn(async move { renew(&node, &holding).await });
    }
    while running.join_next().await.is_some() {}
}

async fn renew(node: &Node, holding: &Holding) {
    let names = holding.cell.key(&holding.key);
    let mut call = node.scripts.renew.prepare_invoke();
    call.key(names.lease)
        .arg(holding.token.to_string())
        .arg(millis(node.config.lease));
    if let Ok(false) = node.ask::<bool>(&call).await {
        node.renewals.end(holding.token);
    }
}
