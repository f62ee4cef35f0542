//! Forgetting one scope of very many.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Found, Job, Name, Named, Names, Program, Servant, serve, tell};
use crate::contenders::{Contender, World, visit_scoped};
use crate::measure::{Figures, cell, interleave, runtime};
use crate::table::{Cell, Column, Table, percentile, thousands};
use crate::workload::{keys, scope_id, value};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let scopes = options.size(1_000_000, 100_000);
    let mut names = Names::default();
    visit_scoped(&mut names);
    let mut table = Table::of(names.0.iter().map(|name| &*name.name));
    table.title = "Dropping a scope".to_owned();
    table.about = format!(
        "{} scopes have a value each ({} where an instance is too heavy). In each round {DROPS} scopes with \
         {ENTRIES} registry entries × {KEYS} values each are dropped one by one, fewer where that takes longer than \
         {} ms; the one that is dropped was stored {WAITING} scopes earlier. Each contender is in a process of its own \
         and takes turns with ours, whose figure is of all the rounds. What cannot be asked to forget a scope without \
         listing its keys is left empty.",
        thousands(scopes),
        thousands(HEAVY),
        LIMIT.as_millis()
    );
    let rounds = duels(&names.0, scopes, options.rounds())?;
    table.push(
        Column::plotted("µs a scope, median"),
        column(&rounds, "median"),
    );
    table.push(Column::new("µs, longest"), column(&rounds, "longest"));
    Ok(vec![table])
}

/// What a contender has said, a round each, and ours in the same rounds.
type Duel = (Vec<Found>, Vec<Found>);

/// Has each contender take turns with ours: a million scopes of all of them do not fit into memory at once.
fn duels(names: &[Name], scopes: usize, rounds: usize) -> Result<Vec<Duel>> {
    let [ours, others @ ..] = names else {
        return Ok(Vec::new());
    };
    let start = |name: &Name| {
        let scopes = if name.is_heavy {
            scopes.min(HEAVY)
        } else {
            scopes
        };
        let words = ["drop_scope", &name.name, &scopes.to_string()].map(str::to_owned);
        let mut servant = Servant::start(Program::Plain, &words)?;
        // The first drops of a process are not like the others.
        servant.ask()?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(servant)
    };
    let mut ours = start(ours)?;
    let mut duels = Vec::new();
    for other in others {
        let mut theirs = start(other)?;
        let said = interleave(
            2,
            rounds,
            |at| {
                if at == 0 { ours.ask() } else { theirs.ask() }
            },
        )?;
        if let Ok([our_rounds, their_rounds]) = <[_; 2]>::try_from(said) {
            duels.push((their_rounds, our_rounds));
        }
    }
    Ok(duels)
}

/// The cells of one figure: ours is of all duels, and each ratio of one.
fn column(duels: &[Duel], figure: &str) -> Vec<Cell> {
    let figures = |rounds: &[Found]| -> Figures {
        let figures = rounds.iter().filter_map(|found| found.get(figure));
        figures.copied().collect()
    };
    let ours: Figures = duels.iter().flat_map(|(_, ours)| figures(ours)).collect();
    let others = duels
        .iter()
        .map(|(theirs, ours)| cell(&figures(theirs), &figures(ours)));
    std::iter::once(cell(&ours, &ours)).chain(others).collect()
}

const ENTRIES: usize = 4;
const KEYS: usize = 8;
const DROPS: usize = 16;
/// So many scopes lie between the one that is stored and the one that is dropped.
const WAITING: usize = 64;
const HEAVY: usize = 10_000;
const LIMIT: Duration = Duration::from_millis(100);

/// In a process of its own: stores, and then drops whenever it is asked to.
pub(crate) fn run_child(contender: &str, numbers: &[usize]) -> Result {
    let &[scopes] = numbers else {
        return Err("drop_scope takes the number of scopes".into());
    };
    let mut named = Named::new(contender, Drops { scopes });
    visit_scoped(&mut named);
    named.finish()
}

struct Drops {
    scopes: usize,
}

impl Job for Drops {
    fn run<C: Contender>(&self) {
        let runtime = runtime();
        let world = World::of_scopes(ENTRIES, self.scopes, 10).dropping_scopes();
        let mut leaving = runtime.block_on(Leaving::<C>::new(&world));
        serve(|_order| {
            let mut microseconds = runtime.block_on(leaving.drop_some());
            microseconds.sort_by(f64::total_cmp);
            if let Some(longest) = microseconds.last() {
                tell("longest", *longest);
                tell("median", percentile(&microseconds, 0.5));
            }
        });
        std::mem::forget(leaving);
    }
}

/// A cache with very many scopes, of which some will be dropped.
struct Leaving<C: Contender> {
    cache: Arc<C>,
    keys: Arc<[String]>,
    waiting: VecDeque<C::Scope>,
    /// How many scopes there have been.
    made: usize,
}

impl<C: Contender> Leaving<C> {
    async fn new(world: &World) -> Self {
        let (cache, keys) = (Arc::new(C::build(world)), keys(KEYS));
        for number in 0..world.scopes {
            let scope = C::scope(&scope_id(number));
            C::within(scope, cache.set(0, &keys[0], value(number))).await;
        }
        let mut leaving = Self {
            cache,
            keys,
            waiting: VecDeque::new(),
            made: world.scopes,
        };
        for _ in 0..WAITING {
            leaving.add().await;
        }
        leaving
    }

    /// Stores all values of a new scope.
    async fn add(&mut self) {
        let scope = C::scope(&scope_id(self.made));
        C::within(scope.clone(), async {
            for entry in 0..ENTRIES {
                for key in &*self.keys {
                    self.cache.set(entry, key, value(self.made)).await;
                }
            }
        })
        .await;
        self.waiting.push_back(scope);
        self.made += 1;
    }

    /// Drops the scopes that have waited longest, and returns how many microseconds each took; none if the cache cannot.
    async fn drop_some(&mut self) -> Vec<f64> {
        let mut times = Vec::new();
        let begun = Instant::now();
        while times.len() < DROPS && begun.elapsed() < LIMIT {
            self.add().await;
            let Some(scope) = self.waiting.pop_front() else {
                break;
            };
            let started = Instant::now();
            let able = self.cache.drop_scope(&scope).await;
            let took = started.elapsed();
            if !able {
                break;
            }
            times.push(took.as_nanos() as f64 / 1_000.0);
            self.expect_gone(scope).await;
        }
        times
    }

    async fn expect_gone(&self, scope: C::Scope) {
        C::within(scope, async {
            for entry in 0..ENTRIES {
                let found = self.cache.get(entry, &self.keys[KEYS - 1]).await;
                assert!(found.is_none(), "{} still has a dropped scope", C::name());
            }
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Duel, Found, column};

    #[test]
    fn ours_is_of_all_duels_and_each_ratio_of_one() {
        let rounds = |figures: &[f64]| -> Vec<Found> {
            let found = |figure: &f64| Found::from_iter([("median".to_owned(), *figure)]);
            figures.iter().map(found).collect()
        };
        let duels: [Duel; 3] = [
            (rounds(&[2.0, 2.0]), rounds(&[1.0, 1.0])),
            (rounds(&[6.0, 6.0]), rounds(&[3.0, 3.0])),
            (vec![Found::new(); 2], rounds(&[2.0, 2.0])),
        ];
        let cells = column(&duels, "median");
        let [ours, first, second, unable] = &cells[..] else {
            panic!("{cells:?}");
        };
        assert_eq!(ours.height(), Some(2.0));
        for other in [first, second] {
            assert!(
                matches!(
                    other,
                    Cell::Spread {
                        ratio: Some(2.0),
                        ..
                    }
                ),
                "{other:?}"
            );
        }
        assert!(matches!(unable, Cell::Nothing));
    }
}
