//! A weather station that is asked over the network: simulated, so that it can be made slow or broken from the page.
//!
//! What it measures is drawn from the data set by the number of the reading, so that the same reading
//! is the same everywhere. Its delays go by the clock of the store: who moves that one by hand moves both.

mod delay;
mod health;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cubbyhole::Clock;
use jiff::civil::Date;
use serde::Serialize;

use self::delay::Delay;
pub(crate) use self::health::{Health, UnknownHealth};
use crate::data::Dataset;

/// The station.
pub(crate) struct Station {
    data: Arc<Dataset>,
    clock: Arc<dyn Clock>,
    /// How long it takes when it is well.
    usual: Duration,
    health: Mutex<Health>,
    asked: AtomicU64,
}

/// What the station measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reading {
    /// Which time the station was asked.
    pub(crate) number: u64,
    /// The day of the data set whose weather it is.
    pub(crate) like: Date,
    /// In degrees Celsius.
    pub(crate) temperature: f64,
    /// In metres a second.
    pub(crate) wind: f64,
    /// When it was taken, by the clock of the store.
    #[serde(skip)]
    pub(crate) at: Duration,
}

/// The station answered that it is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the station is broken")]
pub(crate) struct StationError;

impl Station {
    /// What a reading takes when the station is slow.
    pub(crate) const SLOW: Duration = Duration::from_secs(2);

    pub(crate) fn new(data: Arc<Dataset>, clock: Arc<dyn Clock>, usual: Duration) -> Self {
        Self {
            data,
            clock,
            usual,
            health: Mutex::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Asks the station what the weather is.
    pub(crate) async fn read(&self) -> Result<Reading, StationError> {
        let health = self.health();
        // It runs from before the reading is counted, so that whoever sees the count can wait it out.
        let delay = Delay::new(
            &*self.clock,
            match health {
                Health::Slow => Self::SLOW,
                Health::Well | Health::Broken => self.usual,
                Health::Silent => Duration::MAX,
            },
        );
        let number = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        delay.over().await;
        if health == Health::Broken {
            return Err(StationError);
        }
        Ok(self.measure(number))
    }

    /// How often it was asked, and answered or not.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    pub(crate) fn health(&self) -> Health {
        *self.lock()
    }

    /// Makes the station well, slow, silent or broken for those who ask from now on.
    pub(crate) fn set_health(&self, health: Health) {
        *self.lock() = health;
    }

    /// How long ago a reading was taken.
    pub(crate) fn age(&self, reading: &Reading) -> Duration {
        self.clock.now().saturating_sub(reading.at)
    }

    fn measure(&self, number: u64) -> Reading {
        let days = self.data.days();
        let index = number.wrapping_mul(STRIDE) % days.len().max(1) as u64;
        let day = usize::try_from(index)
            .ok()
            .and_then(|index| days.get(index));
        let hours = (number % 24) as f64;
        let warmth = (hours / 24.0 * std::f64::consts::PI).sin();
        Reading {
            number,
            like: day.map_or(Date::ZERO, |day| day.date),
            temperature: day.map_or(0.0, |day| {
                day.temp_min + (day.temp_max - day.temp_min) * warmth
            }),
            wind: day.map_or(0.0, |day| day.wind),
            at: self.clock.now(),
        }
    }

    /// A panic while it was locked leaves it whole: every change is a single step.
    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Station")
            .field("health", &self.health())
            .field("asked", &self.asked())
            .finish_non_exhaustive()
    }
}

/// From one reading to the next; a prime, so that the days do not come around soon.
const STRIDE: u64 = 37;

#[cfg(test)]
mod tests {
    use cubbyhole::ManualClock;

    use super::*;

    fn station(clock: &ManualClock) -> Arc<Station> {
        let data = Arc::new(Dataset::seattle().unwrap());
        Arc::new(Station::new(data, Arc::new(clock.clone()), Duration::ZERO))
    }

    #[tokio::test]
    async fn the_same_reading_is_the_same_everywhere_and_the_next_is_another() {
        let clock = ManualClock::new();
        let (here, there) = (station(&clock), station(&clock));
        let first = here.read().await.unwrap();
        assert_eq!(there.read().await.unwrap(), first);
        let second = here.read().await.unwrap();
        assert_eq!((second.number, here.asked()), (2, 2));
        assert_ne!(second.like, first.like);
        let days = Dataset::seattle().unwrap();
        let day = days.between(first.like, first.like).first().unwrap();
        assert!((day.temp_min..=day.temp_max).contains(&first.temperature));
    }

    #[tokio::test]
    async fn a_broken_station_says_so_and_counts() {
        let station = station(&ManualClock::new());
        station.set_health(Health::Broken);
        assert_eq!(station.read().await, Err(StationError));
        assert_eq!(station.asked(), 1);
        station.set_health(Health::Well);
        assert_eq!(station.read().await.unwrap().number, 2);
    }

    #[tokio::test]
    async fn a_slow_station_answers_later_by_the_clock() {
        let clock = ManualClock::new();
        let station = station(&clock);
        station.set_health(Health::Slow);
        let reading = tokio::spawn({
            let station = Arc::clone(&station);
            async move { station.read().await }
        });
        while station.asked() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Station::SLOW / 2);
        tokio::task::yield_now().await;
        assert!(!reading.is_finished());
        clock.advance(Station::SLOW / 2);
        let reading = reading.await.unwrap().unwrap();
        clock.advance(Duration::from_secs(3));
        assert_eq!(station.age(&reading), Duration::from_secs(3));
    }
}
