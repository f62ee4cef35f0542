//! Measuring: contenders in turns, several rounds, on one thread or more.

use std::cell::Cell as Slot;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::table::{Cell, Spread};

/// A contender with its world built, ready to be asked as often as needed.
pub(crate) trait Round<Q = usize> {
    /// Does a fixed piece of work, and returns what it cost; what `question` means is the scenario's.
    fn run(&mut self, question: Q) -> f64;
}

/// The figures of one contender, a round each.
pub(crate) type Figures = Vec<f64>;

/// A contender on its way through the rounds.
pub(crate) type Racer<Q = usize> = (String, Box<dyn Round<Q>>);

/// Asks `count` contenders in turns, and returns what each of them has said, a round each.
///
/// A machine that slows down for a while slows down all of them: each round begins with another contender, and every
/// other round goes backwards.
pub(crate) fn interleave<T>(
    count: usize,
    rounds: usize,
    mut ask: impl FnMut(usize) -> Result<T>,
) -> Result<Vec<Vec<T>>> {
    let mut said: Vec<Vec<T>> = (0..count).map(|_| Vec::with_capacity(rounds)).collect();
    for round in 0..rounds {
        for turn in 0..count {
            let at = in_turn(round, turn, count);
            said[at].push(ask(at)?);
        }
        eprint!(".");
    }
    Ok(said)
}

/// Whose turn it is.
const fn in_turn(round: usize, turn: usize, count: usize) -> usize {
    let turn = if round.is_multiple_of(2) {
        turn
    } else {
        count - 1 - turn
    };
    (turn + round) % count
}

/// Puts the questions to the racers, all of them in each turn. Returns the figures of each question, by racer.
pub(crate) fn race<Q: Copy>(
    racers: &mut [Racer<Q>],
    rounds: usize,
    questions: &[Q],
) -> Vec<Vec<Figures>> {
    let mut figures = vec![vec![Figures::with_capacity(rounds); racers.len()]; questions.len()];
    for round in 0..rounds {
        for turn in 0..racers.len() {
            let at = in_turn(round, turn, racers.len());
            for turn in 0..questions.len() {
                let question = in_turn(round, turn, questions.len());
                figures[question][at].push(racers[at].1.run(questions[question]));
            }
        }
        eprint!(".");
    }
    figures
}

/// Does pieces of work on all processors at once: only for what counts and does not time.
pub(crate) fn side_by_side<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    let result = work(at);
                    let mut done = done.lock().expect("nobody has panicked");
                    done.push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody has panicked");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Makes a cell of each contender's figures, with its ratio to the first one's (ours).
pub(crate) fn cells(figures: &[Figures]) -> Vec<Cell> {
    let ours = figures.first().map_or(&[][..], |ours| ours);
    figures.iter().map(|theirs| cell(theirs, ours)).collect()
}

/// Makes a cell of figures, with the median of their ratios to ours of the same rounds.
pub(crate) fn cell(theirs: &[f64], ours: &[f64]) -> Cell {
    if theirs.is_empty() {
        return Cell::Nothing;
    }
    let ratios: Figures = theirs
        .iter()
        .zip(ours)
        .map(|(theirs, ours)| theirs / ours)
        .collect();
    let ratio = Spread::of(&ratios).median;
    Cell::Spread {
        spread: Spread::of(theirs),
        ratio: ratio.is_finite().then_some(ratio),
    }
}

/// Makes cells of one of the figures that each round has shown; a contender without it in any round has none.
pub(crate) fn cells_of<T>(said: &[Vec<T>], figure: impl Fn(&T) -> Option<f64>) -> Vec<Cell> {
    let figures: Vec<Figures> = said
        .iter()
        .map(|rounds| {
            let figures: Option<Figures> = rounds.iter().map(&figure).collect();
            figures.unwrap_or_default()
        })
        .collect();
    cells(&figures)
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

    use super::{
        Cell, Figures, Racer, Round, cell, cells, cells_of, interleave, race, side_by_side,
    };

    struct Named(usize, Rc<RefCell<Vec<(usize, usize)>>>);

    impl Round for Named {
        fn run(&mut self, question: usize) -> f64 {
            self.1.borrow_mut().push((self.0, question));
            ((self.0 + 1) * question) as f64
        }
    }

    fn ratios(cells: &[Cell]) -> Vec<Option<f64>> {
        let ratio = |cell: &Cell| match cell {
            Cell::Spread { ratio, .. } => *ratio,
            _ => None,
        };
        cells.iter().map(ratio).collect()
    }

    #[test]
    fn everybody_has_a_turn_in_every_round_and_is_first_in_some() {
        let mut turns = Vec::new();
        let said = interleave(3, 6, |at| {
            turns.push(at);
            Ok(at * 10)
        });
        assert_eq!(said.unwrap(), [vec![0; 6], vec![10; 6], vec![20; 6]]);
        let rounds: Vec<_> = turns.chunks(3).collect();
        for at in 0..3 {
            assert!(rounds.iter().all(|round| round.contains(&at)));
            assert!(rounds.iter().any(|round| round[0] == at), "{rounds:?}");
        }
    }

    #[test]
    fn first_failure_ends_the_rounds() {
        let mut asked = 0;
        let said = interleave(2, 5, |at| {
            asked += 1;
            if at == 1 {
                Err("broken".into())
            } else {
                Ok(())
            }
        });
        assert!(said.is_err());
        assert_eq!(asked, 2);
    }

    #[test]
    fn work_that_is_done_side_by_side_keeps_its_order() {
        let done = side_by_side(100, |at| Ok(at * 2)).unwrap();
        assert_eq!(done, (0..100).map(|at| at * 2).collect::<Vec<_>>());
        let failed = side_by_side(3, |at| {
            if at == 1 {
                Err("broken".into())
            } else {
                Ok(at)
            }
        });
        assert_eq!(failed.unwrap_err().to_string(), "broken");
    }

    #[test]
    fn every_question_is_asked_in_each_turn() {
        let log = Rc::default();
        let racer = |number: usize| -> Racer {
            (number.to_string(), Box::new(Named(number, Rc::clone(&log))))
        };
        let mut racers: Vec<Racer> = (0..2).map(racer).collect();
        let figures = race(&mut racers, 4, &[1, 2]);
        assert_eq!(figures, [[[1.0; 4], [2.0; 4]], [[2.0; 4], [4.0; 4]]]);
        for turn in log.borrow().chunks(2) {
            assert!(turn[0].0 == turn[1].0 && turn[0].1 != turn[1].1, "{turn:?}");
        }
        assert_eq!(ratios(&cells(&figures[0])), [Some(1.0), Some(2.0)]);
    }

    #[test]
    fn ratio_is_the_median_of_the_ratios_of_the_rounds() {
        // The machine was ten times as slow in the last rounds: the ratio of the medians would be 0.2.
        let (ours, theirs) = ([1.0, 10.0, 10.0], [2.0, 2.0, 20.0]);
        assert_eq!(ratios(&[cell(&theirs, &ours)]), [Some(2.0)]);
        assert_eq!(
            ratios(&[cell(&[1.0], &[0.0])]),
            [None],
            "no ratio to nothing"
        );
    }

    #[test]
    fn what_was_not_measured_has_no_cell() {
        let said: [Figures; 2] = [vec![1.0, 1.0], vec![3.0, -1.0]];
        let cells = cells_of(&said, |figure| (*figure > 0.0).then_some(*figure));
        assert!(
            matches!(cells[..], [Cell::Spread { .. }, Cell::Nothing]),
            "{cells:?}"
        );
    }
}
