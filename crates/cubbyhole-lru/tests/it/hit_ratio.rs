//! How often a true LRU hits on traffic as skewed as real traffic is.

use cubbyhole_lru::{HashedKey, InProcessCache, LruCache, LruPolicy, Removed, Retention};

#[test]
fn zipf_traffic_hits_as_it_does_on_a_true_lru() {
    let ratio = hit_ratio(100, &Zipf::new(1_000, 1.0));
    assert!((0.56..0.59).contains(&ratio), "{ratio}");
    let ratio = hit_ratio(10, &Zipf::new(50, 0.8));
    assert!((0.37..0.41).contains(&ratio), "{ratio}");
}

/// Reads, and sets what it misses, and reads what it has set.
fn hit_ratio(max_size: usize, traffic: &Zipf) -> f64 {
    const REQUESTS: u32 = 100_000;
    let cache = LruCache::new(&LruPolicy::new(max_size).unwrap());
    let (mut hits, mut random) = (0, SplitMix(7));
    for _ in 0..REQUESTS {
        let key = traffic.sample(&mut random).to_string();
        let key = HashedKey::new(&key);
        let mut removed = Removed::new();
        if cache.lookup(key, &mut removed).is_some() {
            hits += 1;
        } else {
            let _ = cache.insert(key, (), Retention::Evictable, &mut removed);
        }
    }
    assert_eq!(cache.check_invariants(), Ok(()));
    f64::from(hits) / f64::from(REQUESTS)
}

/// Ranks, of which the k-th is as likely as 1 / k to the power of the skew.
struct Zipf {
    cumulated: Vec<f64>,
}

impl Zipf {
    fn new(ranks: u32, skew: f64) -> Self {
        let weights = (1..=ranks).map(|rank| f64::from(rank).powf(-skew));
        let cumulated = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self {
            cumulated: cumulated.collect(),
        }
    }

    fn sample(&self, random: &mut SplitMix) -> usize {
        let total = self.cumulated.last().unwrap();
        let at = random.next_unit() * total;
        self.cumulated.partition_point(|&sum| sum < at)
    }
}

/// The generator of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
struct SplitMix(u64);

impl SplitMix {
    fn next_unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let upper = ((mixed ^ (mixed >> 31)) >> 32) as u32;
        f64::from(upper) / f64::from(u32::MAX)
    }
}
