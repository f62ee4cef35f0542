//! What the service tells whoever watches it: text that Prometheus reads.

mod process;

use std::time::Duration;

use cubbyhole::{CacheStore, LoadTimes, StoreMetrics};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

/// The numbers of one store and of this process. Its recorder is its own and not that of the whole program, so that each
/// of several services in one program tells of itself.
#[derive(Debug)]
pub(crate) struct Exposition {
    recorder: PrometheusRecorder,
    store: StoreMetrics,
}

impl Exposition {
    pub(crate) fn new(store: CacheStore) -> Result<Self, BuildError> {
        let durations = Matcher::Full("cubbyhole.load.duration".to_owned());
        let recorder = PrometheusBuilder::new()
            .with_recommended_naming(true)
            .set_buckets_for_metric(durations, &buckets())?
            .build_recorder();
        metrics::with_local_recorder(&recorder, || {
            StoreMetrics::describe();
            process::describe();
        });
        let store = StoreMetrics::new(store);
        Ok(Self { recorder, store })
    }

    /// The numbers of now.
    pub(crate) fn text(&self) -> String {
        metrics::with_local_recorder(&self.recorder, || {
            self.store.publish();
            process::publish();
        });
        self.recorder.handle().render()
    }
}

/// One bucket for each doubling: every other bound of the store's, from what is hardly worth keeping up to more than the
/// longest job. A quantile is right to within its bucket, and an entry costs twenty-odd series.
fn buckets() -> Vec<f64> {
    LoadTimes::bounds()
        .step_by(2)
        .filter(|bound| (SHORTEST..LONGEST).contains(bound))
        .map(|bound| bound.as_secs_f64())
        .collect()
}

const SHORTEST: Duration = Duration::from_micros(100);
const LONGEST: Duration = Duration::from_secs(100);

#[cfg(test)]
mod tests {
    use cubbyhole::{CachePolicy, CachedRegistryEntry};

    use super::*;

    #[test]
    fn buckets_double_and_cut_none_of_the_stores() {
        let buckets = buckets();
        assert_eq!((buckets[0], buckets.len()), (0.000_128, 20));
        assert!(buckets[19] > 60.0);
        let bounds: Vec<f64> = LoadTimes::bounds()
            .map(|bound| bound.as_secs_f64())
            .collect();
        assert!(buckets.iter().all(|bucket| bounds.contains(bucket)));
    }

    #[tokio::test]
    async fn two_services_in_one_program_tell_each_of_itself() {
        let expositions = [(); 2].map(|()| {
            let store = CacheStore::new();
            (store.clone(), Exposition::new(store).unwrap())
        });
        let entry = CachedRegistryEntry::<u8>::new("one", CachePolicy::keep_all());
        let asked = expositions[0].0.get(&entry, "key").await;
        assert_eq!(asked.unwrap(), None);
        let texts = expositions.map(|(_, exposition)| exposition.text());
        assert!(texts[0].contains("cubbyhole_hits_total{kind=\"entry\",uid=\"one\"} 0"));
        assert!(!texts[1].contains("cubbyhole_hits_total{"), "{}", texts[1]);
    }
}
