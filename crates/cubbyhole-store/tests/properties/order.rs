//! Whether what many threads did to one key at once could have been done by one after another.
//!
//! After Wing and Gong, "Testing and Verifying Concurrent Objects" (1993): a search for an order of all operations in
//! which none comes before one that had ended when it began, and in which each result is the right one.

use hashbrown::HashSet;

/// One operation: when it began, when it had ended, what it was and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) call: Call,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Call {
    Get(Option<u64>),
    Set(u64),
    Delete(Option<u64>),
    /// A `clear`, or the drop of the scope.
    Clear,
    /// What came of it, and what its own computation would bring.
    Compute {
        got: u64,
        own: u64,
    },
}

impl Call {
    const fn invalidates(&self) -> bool {
        matches!(self, Self::Set(_) | Self::Delete(_) | Self::Clear)
    }
}

impl Record {
    pub(crate) const fn overlaps(&self, other: &Self) -> bool {
        self.began < other.ended && other.began < self.ended
    }
}

/// Returns whether the operations have an order in which each result is right, from an empty cache on.
pub(crate) fn has_order(history: &[Record]) -> bool {
    search(history, 0, None, &mut HashSet::new())
}

fn search(
    history: &[Record],
    done: u32,
    state: Option<u64>,
    seen: &mut HashSet<(u32, Option<u64>)>,
) -> bool {
    if done.count_ones() as usize == history.len() {
        return true;
    }
    if !seen.insert((done, state)) {
        return false;
    }
    let open = |at: &usize| done & (1 << at) == 0;
    let Some(first_end) = (0..history.len())
        .filter(open)
        .map(|at| history[at].ended)
        .min()
    else {
        return true;
    };
    (0..history.len())
        .filter(open)
        .filter(|at| history[*at].began < first_end)
        .any(|at| {
            results(history, at, state)
                .into_iter()
                .any(|next| search(history, done | 1 << at, next, seen))
        })
}

/// The states that an operation may lead to, if its result is right in this state.
fn results(history: &[Record], at: usize, state: Option<u64>) -> Vec<Option<u64>> {
    match history[at].call {
        Call::Get(found) if found == state => vec![state],
        Call::Get(_) => vec![],
        Call::Set(value) => vec![Some(value)],
        Call::Delete(found) if found == state => vec![None],
        Call::Delete(_) => vec![],
        Call::Clear => vec![None],
        Call::Compute { got, .. } if state == Some(got) => vec![state],
        Call::Compute { got, .. } => {
            let Some(leader) = computing(history, got) else {
                return vec![];
            };
            let mut next = Vec::new();
            if state.is_none() && (at == leader || history[at].overlaps(&history[leader])) {
                next.push(Some(got));
            }
            // A computation that an invalidation has overtaken answers those who had joined it, and is not stored.
            let overtaken = history
                .iter()
                .any(|other| other.call.invalidates() && other.overlaps(&history[leader]));
            if overtaken && (at == leader || history[at].overlaps(&history[leader])) {
                next.push(state);
            }
            next
        }
    }
}

/// Finds who computed a value.
fn computing(history: &[Record], value: u64) -> Option<usize> {
    let is = |record: &Record| matches!(record.call, Call::Compute { own, .. } if own == value);
    history.iter().position(is)
}

/// Returns whether somebody who came after an invalidation had ended got a value whose computation had begun before
/// it began. (`computed_at` says when a computation began.)
pub(crate) fn joins_the_past(history: &[Record], computed_at: impl Fn(u64) -> Option<u64>) -> bool {
    let gets = |record: &Record| match record.call {
        Call::Get(found) => found,
        Call::Compute { got, .. } => Some(got),
        _ => None,
    };
    history.iter().any(|reader| {
        let Some(begun) = gets(reader).and_then(&computed_at) else {
            return false;
        };
        history.iter().any(|other| {
            other.call.invalidates() && begun < other.began && other.ended < reader.began
        })
    })
}

mod tests {
    use super::*;

    fn record(began: u64, ended: u64, call: Call) -> Record {
        Record { began, ended, call }
    }

    #[test]
    fn an_order_is_found_where_there_is_one() {
        let history = [
            record(1, 4, Call::Set(1)),
            record(2, 3, Call::Get(None)),
            record(5, 6, Call::Get(Some(1))),
            record(7, 10, Call::Delete(Some(1))),
            record(8, 9, Call::Get(None)),
            record(11, 14, Call::Compute { got: 2, own: 2 }),
            record(12, 13, Call::Compute { got: 2, own: 3 }),
            record(15, 16, Call::Get(Some(2))),
        ];
        assert!(has_order(&history));
    }

    #[test]
    fn a_value_that_comes_back_has_no_order() {
        let back = [
            record(1, 2, Call::Set(1)),
            record(3, 4, Call::Delete(Some(1))),
            record(5, 6, Call::Get(Some(1))),
        ];
        assert!(!has_order(&back));
        let old = [
            record(1, 2, Call::Set(1)),
            record(3, 4, Call::Set(2)),
            record(5, 6, Call::Get(Some(1))),
        ];
        assert!(!has_order(&old));
    }

    #[test]
    fn a_computation_that_was_overtaken_must_not_be_stored() {
        let mut history = vec![
            record(1, 6, Call::Compute { got: 1, own: 1 }),
            record(2, 3, Call::Clear),
            record(4, 5, Call::Get(None)),
            record(7, 8, Call::Get(None)),
        ];
        assert!(has_order(&history));
        assert!(!joins_the_past(&history, |_| Some(1)));
        history[3].call = Call::Get(Some(1));
        assert!(joins_the_past(&history, |_| Some(1)));
    }
}
