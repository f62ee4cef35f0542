//! Cells and leases with a flaw.

use std::future::{pending, poll_fn};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use cubbyhole_core::{
    CellEvent, CellListener, SharedTier, TierAnswer, TierCell, TierDone, TierError,
    TierInvalidation, TierLanding, TierLease, TierState, TierValue, TierWait,
};
use cubbyhole_testkit::{ManualFleet, ManualTier, block_on};

use super::listener::Bent;
use super::{Flaw, HOME, Shared};

pub(super) struct BrokenCell {
    pub(super) shared: Arc<Shared>,
    pub(super) tier: Arc<ManualTier>,
    pub(super) cell: Arc<dyn TierCell>,
    pub(super) id: String,
    pub(super) listener: Weak<dyn CellListener>,
    /// It hears for as long as the cell is there.
    pub(super) _bent: Arc<Bent<dyn CellListener>>,
}

impl BrokenCell {
    fn has(&self, flaw: Flaw) -> bool {
        self.shared.has(flaw)
    }

    fn key<'a>(&self, key: &'a str) -> &'a str {
        let end = key.find('\0').filter(|_| self.has(Flaw::KeysEndAtNul));
        &key[..end.unwrap_or(key.len())]
    }

    fn lease(&self, key: &str, lease: Box<dyn TierLease>) -> Box<dyn TierLease> {
        Box::new(BrokenLease {
            shared: Arc::clone(&self.shared),
            cell: Arc::clone(&self.cell),
            key: key.to_owned(),
            lease: Some(lease),
        })
    }

    fn wait(&self, wait: TierWait) -> TierWait {
        match self.shared.flaw {
            Flaw::WaitsForEver => Box::pin(pending()),
            Flaw::DoesNotWait => Box::pin(async { TierLanding::AskAgain }),
            Flaw::GivingUpAWaitTakes => {
                let takes = Takes(self.shared.fleet.clone());
                Box::pin(async move {
                    let _takes = takes;
                    wait.await
                })
            }
            _ => wait,
        }
    }

    /// Returns whether somebody brings another value of the entry.
    fn leases_another(&self) -> bool {
        self.has(Flaw::LeasesTheEntry) && self.shared.fleet.lease_of(HOME, "k").is_some()
    }
}

/// Takes the lease from whoever has it, when it is dropped.
struct Takes(ManualFleet);

impl Drop for Takes {
    fn drop(&mut self) {
        let _ = self.0.lose_lease(HOME, "k");
    }
}

/// Deletes when it is dropped, unless it is taken out.
struct Deletes(Option<Arc<dyn TierCell>>);

impl Drop for Deletes {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            drop(cell.delete("k"));
        }
    }
}

#[async_trait]
impl TierCell for BrokenCell {
    async fn get(&self, key: &str) -> Result<Option<TierValue>, TierError> {
        if self.has(Flaw::GivingUpAReadDeletes) {
            let mut deletes = Deletes(Some(Arc::clone(&self.cell)));
            once().await;
            deletes.0 = None;
        }
        let found = self.cell.get(self.key(key)).await;
        if found.is_err() && self.has(Flaw::ShowsIdsInErrors) {
            return Err(TierError::Refused(format!("nothing of {}", self.id)));
        }
        let found = found?;
        if found.is_none() && self.has(Flaw::FindsWhatIsNotThere) {
            return Ok(Some(TierValue::default()));
        }
        Ok(found)
    }

    async fn get_or_lease(&self, key: &str) -> Result<TierAnswer, TierError> {
        Ok(match self.cell.get_or_lease(self.key(key)).await? {
            TierAnswer::Found(value) => TierAnswer::Found(value),
            TierAnswer::Leased(lease) => TierAnswer::Leased(self.lease(key, lease)),
            TierAnswer::Busy(_) if self.has(Flaw::LeasesToAll) => {
                TierAnswer::Leased(self.take_lease(key).await?)
            }
            TierAnswer::Busy(wait) => TierAnswer::Busy(self.wait(wait)),
        })
    }

    async fn try_lease(&self, key: &str) -> Result<Option<Box<dyn TierLease>>, TierError> {
        let there = self.has(Flaw::LeasesNoValueThatIsThere) && self.get(key).await?.is_some();
        let lasts = self.has(Flaw::LeasesLastForEver) && self.shared.cut.load(Ordering::Relaxed);
        if there || lasts || self.leases_another() {
            return Ok(None);
        }
        let lease = self.cell.try_lease(self.key(key)).await?;
        Ok(lease.map(|lease| self.lease(key, lease)))
    }

    async fn take_lease(&self, key: &str) -> Result<Box<dyn TierLease>, TierError> {
        let lease = self.cell.take_lease(self.key(key)).await?;
        Ok(self.lease(key, lease))
    }

    fn delete(&self, key: &str) -> TierDone {
        self.shared.invalidated.store(true, Ordering::Relaxed);
        let away = self.tier.status().state == TierState::Away;
        match self.shared.flaw {
            Flaw::ForgetsWhileAway if away => return Box::pin(async { Err(TierError::Away) }),
            Flaw::DeletesNothing => return Box::pin(async { Ok(()) }),
            Flaw::DeletesTheEntry => {
                let (kind, uid) = (HOME.kind, HOME.uid);
                return self.tier.invalidate(TierInvalidation::Entry { kind, uid });
            }
            Flaw::IsLazy => {
                let (cell, key) = (Arc::clone(&self.cell), key.to_owned());
                return Box::pin(async move { cell.delete(&key).await });
            }
            Flaw::TellsItself => {
                if let Some(listener) = self.listener.upgrade() {
                    listener.hear(CellEvent::Deleted { key });
                }
            }
            _ => {}
        }
        self.cell.delete(self.key(key))
    }
}

struct BrokenLease {
    shared: Arc<Shared>,
    cell: Arc<dyn TierCell>,
    key: String,
    lease: Option<Box<dyn TierLease>>,
}

impl BrokenLease {
    fn has(&self, flaw: Flaw) -> bool {
        self.shared.has(flaw)
    }

    /// Returns what a flaw makes of a value.
    fn bend(&self, mut value: TierValue) -> TierValue {
        match self.shared.flaw {
            Flaw::EndsBytesAtNul => value.bytes = until_nul(value.bytes),
            Flaw::LosesTags => value.tags.clear(),
            Flaw::LosesLifetimes => value.lifetime = None,
            Flaw::RoundsLifetimesUp => value.lifetime = value.lifetime.map(rounded_up),
            _ => {}
        }
        value
    }

    /// Stores a value whoever has the lease.
    async fn force(&self, value: TierValue) -> Result<bool, TierError> {
        let lease = self.cell.take_lease(&self.key).await?;
        lease.publish(value).await
    }
}

fn until_nul(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().take_while(|byte| *byte != 0).collect()
}

fn rounded_up(lifetime: Duration) -> Duration {
    Duration::from_secs(lifetime.as_secs().saturating_add(1))
}

#[async_trait]
impl TierLease for BrokenLease {
    async fn publish(mut self: Box<Self>, value: TierValue) -> Result<bool, TierError> {
        let invalidated = self.shared.invalidated.load(Ordering::Relaxed);
        if self.has(Flaw::StoresNothing) {
            return Ok(true);
        }
        if self.has(Flaw::RefusesForEver) && invalidated {
            return Ok(false);
        }
        let Some(lease) = self.lease.take() else {
            return Ok(false);
        };
        if self.has(Flaw::PublishesInTwoSteps) {
            lease.publish(TierValue::new(vec![0])).await?;
            once().await;
            return self.force(value).await;
        }
        let value = self.bend(value);
        let stored = lease.publish(value.clone()).await?;
        match self.shared.flaw {
            Flaw::ForcesItsWay if !stored => return self.force(value).await,
            Flaw::TellsOfTheRefused if !stored => {
                self.force(value).await?;
                self.cell.delete(&self.key).await?;
            }
            Flaw::KeepsThePublished => std::mem::forget(self.cell.try_lease(&self.key).await?),
            _ => {}
        }
        Ok(stored)
    }

    async fn fail(mut self: Box<Self>, message: &str) {
        match self.lease.take() {
            Some(lease) if self.has(Flaw::KeepsTheFailed) => std::mem::forget(lease),
            Some(lease) if self.has(Flaw::FailsWithoutAWord) => drop(lease),
            Some(lease) => lease.fail(message).await,
            None => {}
        }
    }
}

impl Drop for BrokenLease {
    fn drop(&mut self) {
        if self.has(Flaw::KeepsTheDropped) {
            std::mem::forget(self.lease.take());
        }
        if self.has(Flaw::GivesBackWhatIsLost) {
            drop(block_on(self.cell.take_lease(&self.key)));
        }
    }
}

/// Waits once.
async fn once() {
    let mut is_first = true;
    poll_fn(|cx| {
        if !std::mem::take(&mut is_first) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
