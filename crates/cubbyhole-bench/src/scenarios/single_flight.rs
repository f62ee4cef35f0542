//! Very many tasks that wait for one load.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::arguments::Options;
use crate::child::{Program, ask, tell};
use crate::contenders::flights::{Flights, FlightsVisitor, Load, visit_flights};
use crate::heap::heap;
use crate::measure::{Figures, cells, thread_counts, threads_name};
use crate::table::{Cell, Column, Row, Table, percentile};

pub(super) fn run(options: &Options) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for threads in thread_counts() {
        let mut found = Found {
            threads,
            rows: Vec::new(),
        };
        for _ in 0..options.size(15, 5) {
            visit_flights(&mut found);
            eprint!(".");
        }
        tables.push(found.table()?);
    }
    Ok(tables)
}

const WAITERS: usize = 10_000;

struct Found {
    threads: usize,
    rows: Vec<(String, Vec<Seen>)>,
}

/// What one round has shown.
struct Seen {
    loads: f64,
    nanoseconds_a_waiter: f64,
    wake_median: f64,
    wake_slow: f64,
    polls: f64,
}

impl FlightsVisitor for Found {
    fn visit<F: Flights>(&mut self) {
        let seen = wait_for_one::<F>(&runtime(self.threads));
        match self.rows.iter_mut().find(|(name, _)| name == F::NAME) {
            Some((_, rounds)) => rounds.push(seen),
            None => self.rows.push((F::NAME.to_owned(), vec![seen])),
        }
    }
}

impl Found {
    fn table(&self) -> Result<Table> {
        let mut table = Table {
            title: format!("Single flight, {}", threads_name(self.threads)),
            about: format!(
                "{WAITERS} tasks ask for one key, which takes 10 ms to load. The cost of a waiter is the time from the \
                 first spawn to the last wake, less the load, by {WAITERS}. A wake is from the end of the load to \
                 the task having its value. A waiter that is woken once is polled twice. Allocations are those \
                 beyond the tasks'."
            ),
            ..Table::default()
        };
        let columns: [Measure; 4] = [
            ("ns a waiter beyond the load", |seen| {
                seen.nanoseconds_a_waiter
            }),
            ("µs to wake, median", |seen| seen.wake_median),
            ("µs to wake, 99 %", |seen| seen.wake_slow),
            ("loads", |seen| seen.loads),
        ];
        table.rows = self
            .rows
            .iter()
            .map(|(contender, _)| Row {
                contender: contender.clone(),
                cells: Vec::new(),
            })
            .collect();
        for (name, figure) in columns {
            table.columns.push(if name.starts_with("ns") {
                Column::plotted(name)
            } else {
                Column::new(name)
            });
            let figures: Vec<Figures> = self
                .rows
                .iter()
                .map(|(_, rounds)| rounds.iter().map(figure).collect())
                .collect();
            for ((row, cell), figures) in table.rows.iter_mut().zip(cells(&figures)).zip(&figures) {
                let most = figures.iter().copied().fold(0.0, f64::max);
                row.cells.push(if name == "loads" {
                    Cell::Number(most)
                } else {
                    cell
                });
            }
        }
        table.columns.push(Column::new("polls a waiter, at most"));
        table.columns.push(Column::new("allocations a waiter"));
        for (row, (name, rounds)) in table.rows.iter_mut().zip(&self.rows) {
            let polls = rounds.iter().map(|seen| seen.polls).fold(0.0, f64::max);
            row.cells.push(Cell::Number(polls));
            let words = ["single_flight".to_owned(), name.clone()];
            let allocations = ask(Program::Counting, &words)?.get("allocations").copied();
            row.cells
                .push(allocations.map_or(Cell::Nothing, Cell::Number));
        }
        Ok(table)
    }
}

/// The name of a column, and its figure of one round.
type Measure = (&'static str, fn(&Seen) -> f64);

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
        nanoseconds_a_waiter: beyond.as_nanos() as f64 / WAITERS as f64,
        wake_median: percentile(&wakes, 0.5),
        wake_slow: percentile(&wakes, 0.99),
        polls: woken.iter().map(|(_, polls)| *polls).max().unwrap_or(0) as f64,
    }
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
