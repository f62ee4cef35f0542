//! Very many tasks that wait for one load.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Program, ask, tell};
use crate::contenders::flights::{Flights, FlightsVisitor, Load, visit_flights};
use crate::heap::{heap, processor_time};
use crate::measure::{cells_of, interleave, thread_counts, threads_name};
use crate::table::{Cell, Column, Table, percentile, thousands};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut racers = Racers::default();
    visit_flights(&mut racers);
    let allocations = racers.0.iter().map(|(contender, _)| {
        let found = ask(
            Program::Counting,
            &["single_flight", contender].map(str::to_owned),
        )?;
        Ok(Cell::number(found.get("allocations").copied()))
    });
    let allocations = allocations.collect::<Result<Vec<_>>>()?;
    let mut tables = Vec::new();
    for threads in thread_counts() {
        // A round is short: more of them than elsewhere.
        let said = interleave(racers.0.len(), options.size(41, 11), |at| {
            Ok((racers.0[at].1)(&runtime(threads)))
        })?;
        let mut table = table(&racers, &said);
        table.title = format!("Single flight, {}", threads_name(threads));
        table.push(Column::new("allocations a waiter"), allocations.clone());
        tables.push(table);
    }
    Ok(tables)
}

const WAITERS: usize = 10_000;

/// Those who compute once for all, and what has each of them do so.
#[derive(Default)]
struct Racers(Vec<Racer>);

type Racer = (&'static str, fn(&Runtime) -> Seen);

impl FlightsVisitor for Racers {
    fn visit<F: Flights>(&mut self) {
        self.0.push((F::NAME, wait_for_one::<F>));
    }
}

/// What one round has shown.
struct Seen {
    loads: f64,
    /// Nanoseconds from the first spawn to the last wake, less the load.
    beyond: f64,
    /// Nanoseconds that the processors have worked, where the system says so.
    worked: Option<f64>,
    wake_median: f64,
    wake_slow: f64,
    polls: f64,
}

fn table(racers: &Racers, said: &[Vec<Seen>]) -> Table {
    let mut table = Table::of(racers.0.iter().map(|(contender, _)| *contender));
    table.about = format!(
        "{} tasks ask for one key, which takes 10 ms to load. *Beyond the load* is from the first spawn to the last \
         wake, less the load, during which most begin to wait. So the cost of a waiter is what the processors have \
         worked in all, divided by the tasks: spawning and ending them is in it. A wake is from the end of the load to \
         the task having its value. A waiter that is woken once is polled twice. Allocations are those beyond the \
         tasks'.",
        thousands(WAITERS)
    );
    let most = |figure: fn(&Seen) -> f64| {
        let most = |rounds: &Vec<Seen>| Cell::Number(rounds.iter().map(figure).fold(0.0, f64::max));
        said.iter().map(most).collect::<Vec<_>>()
    };
    table.push(Column::new("loads, at most"), most(|seen| seen.loads));
    table.push(
        Column::plotted("ms beyond the load"),
        cells_of(said, |seen| Some(seen.beyond / 1e6)),
    );
    table.push(
        Column::plotted("ns a waiter"),
        cells_of(said, |seen| Some(seen.worked? / WAITERS as f64)),
    );
    table.push(
        Column::new("µs to wake, median"),
        cells_of(said, |seen| Some(seen.wake_median)),
    );
    table.push(
        Column::plotted("µs to wake, 99 %"),
        cells_of(said, |seen| Some(seen.wake_slow)),
    );
    table.push(
        Column::new("polls a waiter, at most"),
        most(|seen| seen.polls),
    );
    table
}

fn runtime(threads: usize) -> Runtime {
    let mut builder = if threads == 1 {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    let runtime = builder.worker_threads(threads).enable_time().build();
    runtime.expect("a runtime starts")
}

fn wait_for_one<F: Flights>(runtime: &Runtime) -> Seen {
    // The cache of a function is the same for ever: each round has a key of its own.
    static ROUND: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let round = ROUND.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let key: Arc<str> = format!("load {round}").into();
    let (cache, load) = (Arc::new(F::build()), Arc::new(Load::default()));
    let loading = Arc::clone(&load);
    let worked = worked(runtime);
    let (started, woken) = runtime.block_on(async move {
        tokio::spawn(async move {
            let started = Instant::now();
            let mut waiting = Vec::with_capacity(WAITERS);
            for _ in 0..WAITERS {
                let (cache, load, key) =
                    (Arc::clone(&cache), Arc::clone(&loading), Arc::clone(&key));
                waiting.push(tokio::spawn(async move {
                    let asked = pin!(cache.get_or_load(&key, load));
                    let (_value, polls) = Polled { asked, polls: 0 }.await;
                    (Instant::now(), polls)
                }));
            }
            let mut woken = Vec::with_capacity(WAITERS);
            for waiter in waiting {
                woken.push(waiter.await.expect("the waiter ends"));
            }
            (started, woken)
        })
        .await
        .expect("the round ends")
    });
    let worked = self::worked(runtime)
        .zip(worked)
        .map(|(now, then)| (now - then).as_nanos() as f64);
    let (load_began, load_ended) = load.times().expect("there was a load");
    let last = woken.iter().map(|(at, _)| *at).max().unwrap_or(load_ended);
    let beyond = (last - started).saturating_sub(load_ended - load_began);
    let mut wakes: Vec<f64> = woken
        .iter()
        .map(|(at, _)| at.saturating_duration_since(load_ended).as_nanos() as f64 / 1_000.0)
        .collect();
    wakes.sort_by(f64::total_cmp);
    Seen {
        loads: load.count() as f64,
        beyond: beyond.as_nanos() as f64,
        worked,
        wake_median: percentile(&wakes, 0.5),
        wake_slow: percentile(&wakes, 0.99),
        polls: woken.iter().map(|(_, polls)| *polls).max().unwrap_or(0) as f64,
    }
}

/// The time that the threads of the runtime have worked.
fn worked(runtime: &Runtime) -> Option<Duration> {
    // The system counts the time of a thread when that goes to sleep.
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(2)).await });
    processor_time()
}

/// Counts how often a future is polled.
struct Polled<'a, F> {
    asked: Pin<&'a mut F>,
    polls: u32,
}

impl<F: Future> Future for Polled<'_, F> {
    type Output = (F::Output, u32);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.polls += 1;
        let polls = self.polls;
        self.asked
            .as_mut()
            .poll(context)
            .map(|output| (output, polls))
    }
}

/// In the program whose allocator counts: the allocations of a waiter beyond those of its task.
pub(crate) fn run_child(contender: &str) -> Result {
    let mut count = Count {
        contender,
        done: false,
    };
    visit_flights(&mut count);
    if count.done {
        Ok(())
    } else {
        Err(format!("there is no contender `{contender}`").into())
    }
}

struct Count<'a> {
    contender: &'a str,
    done: bool,
}

impl FlightsVisitor for Count<'_> {
    fn visit<F: Flights>(&mut self) {
        if F::NAME != self.contender {
            return;
        }
        self.done = true;
        let runtime = runtime(1);
        wait_for_one::<F>(&runtime);
        let before = heap();
        wait_for_one::<F>(&runtime);
        let between = heap();
        if let Some((before, between)) = before.zip(between) {
            let allocations = (between.allocations - before.allocations) as f64;
            // One for each task.
            tell("allocations", allocations / WAITERS as f64 - 1.0);
        }
    }
}
