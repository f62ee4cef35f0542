//! Measuring: contenders in turns, several rounds, on one thread or more.

use std::cell::Cell as Slot;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::table::{Cell, Spread};

/// A contender with its world built, ready to be measured as often as asked.
pub(crate) trait Round {
    /// Does a fixed piece of work on `threads` threads, and returns what it cost (see the scenario).
    fn run(&mut self, threads: usize) -> f64;
}

/// The figures of one contender, a round each.
pub(crate) type Figures = Vec<f64>;

/// A contender on its way through the rounds.
pub(crate) type Racer = (String, Box<dyn Round>);

/// Measures all contenders in turns: a machine that slows down for a while slows down all of them.
///
/// Each round begins with another contender, and every other round goes backwards.
pub(crate) fn interleave(racers: &mut [Racer], rounds: usize, threads: usize) -> Vec<Figures> {
    let mut figures = vec![Figures::with_capacity(rounds); racers.len()];
    let count = racers.len();
    for round in 0..rounds {
        for turn in 0..count {
            let turn = if round % 2 == 0 {
                turn
            } else {
                count - 1 - turn
            };
            let at = (turn + round) % count;
            let cost = racers[at].1.run(threads);
            figures[at].push(cost);
        }
        eprint!(".");
    }
    figures
}

/// Makes a cell of each contender's figures, with its ratio to the first one's (ours).
pub(crate) fn cells(figures: &[Figures]) -> Vec<Cell> {
    let ours = figures.first().map_or(&[][..], |ours| ours);
    figures
        .iter()
        .map(|figures| {
            let mut ratios: Vec<f64> = figures
                .iter()
                .zip(ours)
                .map(|(theirs, ours)| theirs / ours)
                .collect();
            ratios.sort_by(f64::total_cmp);
            Cell::Spread {
                spread: Spread::of(figures),
                ratio: Some(crate::table::percentile(&ratios, 0.5)),
            }
        })
        .collect()
}

thread_local! {
    static WORKER: Slot<usize> = const { Slot::new(0) };
}

/// Returns the number of the thread among those that [`on_threads`] started.
#[inline]
pub(crate) fn worker() -> usize {
    WORKER.get()
}

/// Runs a task on each of `threads` threads at once, each with a runtime of its own, and returns the longest time that
/// one said it took.
pub(crate) fn on_threads<F>(threads: usize, task: impl Fn(usize) -> F + Sync) -> Duration
where
    F: Future<Output = Duration> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(threads));
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|number| {
                let (barrier, task) = (Arc::clone(&barrier), &task);
                scope.spawn(move || {
                    WORKER.set(number);
                    let runtime = runtime();
                    barrier.wait();
                    runtime.block_on(async { tokio::spawn(task(number)).await })
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .expect("the thread ends")
                    .expect("the task ends")
            })
            .max()
            .unwrap_or_default()
    })
}

/// Runs a task to its end on this thread.
pub(crate) fn block_on<F>(task: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    runtime().block_on(async { tokio::spawn(task).await.expect("the task ends") })
}

/// Polls a future that never waits.
pub(crate) fn poll_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("an operation of a cache in this process waits"),
    }
}

/// A runtime on this thread.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime starts")
}

/// The numbers of threads to measure with: 1, and 2 where there are two processors.
pub(crate) fn thread_counts() -> Vec<usize> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    if processors > 1 { vec![1, 2] } else { vec![1] }
}

/// How a number of threads is spelled.
pub(crate) fn threads_name(threads: usize) -> String {
    if threads == 1 {
        "1 thread".to_owned()
    } else {
        format!("{threads} threads")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Cell, Racer, Round, cells, interleave};

    struct Named(usize, Rc<RefCell<Vec<usize>>>);

    impl Round for Named {
        fn run(&mut self, threads: usize) -> f64 {
            self.1.borrow_mut().push(self.0);
            ((self.0 + 1) * threads) as f64
        }
    }

    #[test]
    fn everybody_has_a_turn_in_every_round_and_is_first_in_some() {
        let log = Rc::default();
        let mut racers: Vec<Racer> = (0..3)
            .map(|number| -> Racer {
                (number.to_string(), Box::new(Named(number, Rc::clone(&log))))
            })
            .collect();
        let figures = interleave(&mut racers, 6, 2);
        assert!(figures.iter().all(|figures| figures.len() == 6));
        let log = log.borrow();
        let rounds: Vec<_> = log.chunks(3).collect();
        for number in 0..3 {
            assert!(rounds.iter().all(|round| round.contains(&number)));
            assert!(rounds.iter().any(|round| round[0] == number), "{rounds:?}");
        }
        let ratios: Vec<_> = cells(&figures)
            .iter()
            .map(|cell| match cell {
                Cell::Spread { ratio, .. } => *ratio,
                _ => None,
            })
            .collect();
        assert_eq!(ratios, [Some(1.0), Some(2.0), Some(3.0)]);
    }
}
