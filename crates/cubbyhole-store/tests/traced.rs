//! What `tracing` is told of computations.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cubbyhole_core::{FormatError, ManualClock, ValueFormat};
use cubbyhole_policy::{CachePolicy, CacheType};
use cubbyhole_scope::{ScopeContext, ScopeFutureExt};
use cubbyhole_store::{CacheError, CacheStore, CachedRegistryEntry};
use cubbyhole_testkit::ManualFleet;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Instrument, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// Remembers events, each with its level and the spans that it happened in.
#[derive(Clone, Default)]
struct Heard {
    events: Arc<Mutex<Vec<(Level, String)>>>,
    spans: Arc<Mutex<Vec<&'static Metadata<'static>>>>,
    inside: Arc<Mutex<Vec<u64>>>,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.spans.lock().unwrap();
        spans.push(span.metadata());
        Id::from_u64(spans.len() as u64)
    }

    fn current_span(&self) -> Current {
        match self.inside.lock().unwrap().last() {
            None => Current::none(),
            Some(&id) => {
                let metadata = self.spans.lock().unwrap()[id as usize - 1];
                Current::new(Id::from_u64(id), metadata)
            }
        }
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let inside = self.inside.lock().unwrap().clone();
        let mut fields = Fields(format!("{inside:?} "));
        event.record(&mut fields);
        let level = *event.metadata().level();
        self.events.lock().unwrap().push((level, fields.0));
    }

    fn enter(&self, span: &Id) {
        self.inside.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut inside = self.inside.lock().unwrap();
        if inside.last() == Some(&span.into_u64()) {
            inside.pop();
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn computations_are_told_in_the_span_of_who_asked() {
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(heard.clone());
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let policy = CachePolicy::lru(5)
        .unwrap()
        .with_cache_type(CacheType::User);
    let entry = CachedRegistryEntry::<u32>::new("balance", policy);
    let request = async {
        let ticking = clock.clone();
        let loader = move || async move {
            ticking.advance(Duration::from_millis(250));
            tracing::info!("loading");
            Ok::<_, std::fmt::Error>(1)
        };
        store
            .get_or_compute(&entry, "secret key", loader)
            .await
            .unwrap();
        let failing = || async { Err::<u32, _>(std::fmt::Error) };
        store
            .get_or_compute(&entry, "other", failing)
            .await
            .unwrap_err();
    };
    let ada = ScopeContext::new().user("ada@example.org");
    let span = tracing::info_span!("request");
    let number = span.id().unwrap().into_u64();
    request.in_scope(ada).instrument(span).await;
    let events = heard.events.lock().unwrap().clone();
    let levels: Vec<_> = events.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [Level::INFO, Level::DEBUG, Level::WARN]);
    for (_, text) in &events {
        assert!(
            text.starts_with(&format!("[{number}")),
            "in the span of the request: {text}"
        );
        for secret in ["ada", "secret key", "other"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(events[1].1.contains("uid=\"balance\"") && events[1].1.contains("duration=0.25"));
    assert!(events[2].1.contains("error="));
}

/// One byte a value.
struct Byte;

impl ValueFormat<u8> for Byte {
    fn encode(&self, value: &u8) -> Result<Vec<u8>, FormatError> {
        Ok(vec![*value])
    }

    fn decode(&self, bytes: &[u8]) -> Result<u8, FormatError> {
        let first = bytes.first().copied();
        first.ok_or_else(|| FormatError::new("no byte"))
    }
}

#[tokio::test(flavor = "current_thread")]
async fn panics_are_told_with_and_without_a_shared_tier() {
    async fn loader() -> Result<u8, CacheError> {
        panic!("no more of it")
    }
    let heard = Heard::default();
    let _guard = tracing::subscriber::set_default(heard.clone());
    let clock = ManualClock::new();
    let store = CacheStore::builder().clock(clock.clone()).build();
    let entry = |uid: &str| CachedRegistryEntry::<u8>::new(uid, CachePolicy::keep_all());
    let fleet = ManualFleet::new(clock);
    let shared = entry("shared").with_shared_tier(fleet.node(), Byte);
    for (entry, uid) in [(entry("unshared"), "unshared"), (shared, "shared")] {
        let failed = store.get_or_compute(&entry, "key", loader).await;
        assert!(
            matches!(failed, Err(CacheError::Panicked { .. })),
            "{failed:?}"
        );
        let events = std::mem::take(&mut *heard.events.lock().unwrap());
        let [(Level::WARN, text)] = &events[..] else {
            panic!("{uid}: {events:?}");
        };
        assert!(text.contains(&format!("uid=\"{uid}\"")), "{text}");
        assert!(text.contains("no more of it"), "{text}");
    }
}
