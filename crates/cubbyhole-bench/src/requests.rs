//! Requests: each a future in the scope of somebody, that reads some keys.

use std::sync::Arc;
use std::time::Instant;

use crate::contenders::{Contender, World};
use crate::measure::{Round, block_on, on_threads};
use crate::workload::{Random, keys, scope_id, value};

/// What the requests of a scenario are like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) world: World,
    /// Keys in each registry entry and scope.
    pub(crate) keys: usize,
    pub(crate) gets_per_request: usize,
    /// Requests of each thread in a round.
    pub(crate) requests: usize,
    /// Whether each request brings the text of its id, and not an id that was made before.
    pub(crate) new_ids: bool,
    /// Whether each request is a task of its own.
    pub(crate) spawned: bool,
}

/// A world with everything stored that will be asked for.
pub(crate) struct Requests<C: Contender> {
    cache: Arc<C>,
    callers: Arc<Callers<C>>,
    shape: Shape,
    seed: u64,
}

/// Who asks, and for what.
struct Callers<C: Contender> {
    scopes: Vec<C::Scope>,
    ids: Vec<String>,
    keys: Arc<[String]>,
}

impl<C: Contender> Requests<C> {
    pub(crate) fn new(shape: Shape) -> Self {
        let world = shape.world;
        let ids: Vec<String> = (0..world.scopes).map(scope_id).collect();
        let callers = Arc::new(Callers {
            scopes: ids.iter().map(|id| C::scope(id)).collect(),
            ids,
            keys: keys(shape.keys),
        });
        let cache = Arc::new(C::build(&world));
        block_on(load(
            Arc::clone(&cache),
            Arc::clone(&callers),
            world.entries.max(1),
        ));
        cache.is_loaded();
        Self {
            cache,
            callers,
            shape,
            seed: 0,
        }
    }

    pub(crate) const fn set_gets_per_request(&mut self, gets: usize, requests: usize) {
        self.shape.gets_per_request = gets;
        self.shape.requests = requests;
    }

    pub(crate) const fn set_new_ids(&mut self, new_ids: bool) {
        self.shape.new_ids = new_ids;
    }

    /// Does the requests of a round on each of `threads` threads.
    ///
    /// Returns the nanoseconds of a get; or of a request, if each is a task of its own.
    pub(crate) fn ask_on(&mut self, threads: usize) -> f64 {
        self.seed += 1;
        let (cache, callers, shape, seed) = (&self.cache, &self.callers, self.shape, self.seed);
        let took = on_threads(threads, |thread| {
            let random = Random::new(seed * 16 + thread as u64);
            let (cache, callers) = (Arc::clone(cache), Arc::clone(callers));
            async move {
                let mut random = random;
                ask(&cache, &callers, shape, &mut random, shape.requests / 10).await;
                let started = Instant::now();
                let hits = ask(&cache, &callers, shape, &mut random, shape.requests).await;
                let took = started.elapsed();
                let asked = shape.requests * shape.gets_per_request;
                // A cache with probabilities for a policy may have refused a few.
                assert!(
                    hits * 100 >= asked * 95,
                    "{}: {hits} hits of {asked}",
                    C::name()
                );
                took
            }
        });
        let gets = if shape.spawned {
            1
        } else {
            shape.gets_per_request
        };
        took.as_nanos() as f64 / (shape.requests * gets) as f64
    }
}

/// Stores every key of every entry in every scope, entry by entry, as requests of different functions come in.
async fn load<C: Contender>(cache: Arc<C>, callers: Arc<Callers<C>>, entries: usize) {
    for entry in 0..entries {
        for (number, scope) in callers.scopes.iter().enumerate() {
            C::within(scope.clone(), async {
                for key in &*callers.keys {
                    cache.set(entry, key, value(number)).await;
                }
            })
            .await;
        }
    }
}

impl<C: Contender> Round for Requests<C> {
    fn run(&mut self, threads: usize) -> f64 {
        self.ask_on(threads)
    }
}

/// Makes requests one after the other, and returns how many gets were hits.
async fn ask<C: Contender>(
    cache: &Arc<C>,
    callers: &Arc<Callers<C>>,
    shape: Shape,
    random: &mut Random,
    requests: usize,
) -> usize {
    let mut hits = 0;
    for _ in 0..requests {
        let caller = random.below(callers.scopes.len());
        let scope = if shape.new_ids {
            C::scope(&callers.ids[caller])
        } else {
            callers.scopes[caller].clone()
        };
        if shape.spawned {
            let (cache, callers, mut random) =
                (Arc::clone(cache), Arc::clone(callers), random.clone());
            let request = async move {
                C::within(scope, request(&*cache, &callers, shape, &mut random)).await
            };
            hits += tokio::spawn(request).await.unwrap_or_default();
        } else {
            hits += C::within(scope, request(&**cache, callers, shape, random)).await;
        }
    }
    hits
}

/// One request. Returns how many of its gets were hits.
#[inline]
async fn request<C: Contender>(
    cache: &C,
    callers: &Callers<C>,
    shape: Shape,
    random: &mut Random,
) -> usize {
    let mut hits = 0;
    for _ in 0..shape.gets_per_request {
        let entry = random.below(shape.world.entries.max(1));
        let key = &callers.keys[random.below(callers.keys.len())];
        hits += usize::from(cache.get(entry, key).await.is_some());
    }
    hits
}
