//! The scope of the code that is running on this thread, at this moment.
//!
//! A scope is a value that is put here while a future is polled, or a closure called, and taken
//! back afterwards, as `tokio::task_local!` does it. That macro is not used because this crate
//! needs three things that it does not give: a scope may be entered while the outer one is being
//! read (tokio's panics), a future may settle its scope when it is first polled (tokio's is fixed
//! when the future is made) without cloning it at each poll, and entering never panics, not even
//! in the destructor of a thread-local.
//!
//! Whoever reads is lent the outermost scope, and for that time it cannot be moved out. A scope
//! entered meanwhile goes to a second place, whose readers get a clone; so that one is never lent,
//! and two places are enough for any depth.

use std::cell::RefCell;
use std::mem::{self, ManuallyDrop};

use crate::ScopeContext;

struct Running {
    context: RefCell<Option<ScopeContext>>,
    /// The scope entered while `context` is lent; it comes before it.
    while_lent: RefCell<Option<ScopeContext>>,
}

thread_local! {
    // Outside of every scope both are empty, so at the end of the thread there is nothing to drop:
    // without a destructor this can be read at any time, and at the cost of an address.
    static RUNNING: ManuallyDrop<Running> = const {
        ManuallyDrop::new(Running {
            context: RefCell::new(None),
            while_lent: RefCell::new(None),
        })
    };
}

/// Calls `f` with the scope of the running code.
#[inline]
pub(crate) fn read<R>(f: impl FnOnce(&ScopeContext) -> R) -> R {
    RUNNING.with(|running| {
        let while_lent = running.while_lent.borrow().clone();
        if let Some(context) = while_lent {
            return f(&context);
        }
        match &*running.context.borrow() {
            Some(context) => f(context),
            None => f(&ScopeContext::anonymous()),
        }
    })
}

/// Calls `f` in the scope of exactly `context`, which is moved out for that time and back
/// afterwards, also when `f` panics.
pub(crate) fn run_in<R>(context: &mut ScopeContext, f: impl FnOnce() -> R) -> R {
    RUNNING.with(|running| {
        let place = match running.context.try_borrow_mut() {
            Ok(_) => &running.context,
            Err(_) => &running.while_lent,
        };
        let _restore = Restore {
            place,
            outer: place.replace(Some(mem::take(context))),
            context,
        };
        f()
    })
}

/// Ends a scope: brings the outer one back, and gives the inner one back to its owner.
///
/// Neither borrow of its place can fail. Scopes and readers are calls on one thread, so those that
/// began in this scope have ended with it.
struct Restore<'a> {
    place: &'a RefCell<Option<ScopeContext>>,
    outer: Option<ScopeContext>,
    context: &'a mut ScopeContext,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if let Some(inner) = self.place.replace(self.outer.take()) {
            *self.context = inner;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> ScopeContext {
        ScopeContext::anonymous().user(id)
    }

    fn is(id: &str) -> bool {
        read(|context| *context == user(id))
    }

    #[test]
    fn scope_is_moved_in_and_back() {
        let mut context = user("ada");
        assert_eq!(run_in(&mut context, || read(Clone::clone)), user("ada"));
        assert_eq!(context, user("ada"));
        assert_eq!(read(Clone::clone), ScopeContext::anonymous());
    }

    #[test]
    fn scope_may_be_entered_while_the_outer_one_is_read() {
        run_in(&mut user("ada"), || {
            read(|ada| {
                run_in(&mut user("bob"), || {
                    assert!(is("bob"));
                    read(|bob| {
                        run_in(&mut user("eve"), || {
                            assert!(is("eve"));
                            assert_eq!((ada, bob), (&user("ada"), &user("bob")));
                        });
                    });
                    assert!(is("bob"));
                });
                assert!(is("ada"));
            });
            assert!(is("ada"));
        });
    }

    #[test]
    fn scope_entered_while_nobody_is_read_ends() {
        read(|nobody| {
            run_in(&mut user("ada"), || assert!(is("ada")));
            assert_eq!(*nobody, ScopeContext::anonymous());
        });
        assert_eq!(read(Clone::clone), ScopeContext::anonymous());
    }

    #[test]
    fn panic_while_lent_restores_both_places() {
        run_in(&mut user("ada"), || {
            let mut bob = user("bob");
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                read(|_| run_in(&mut bob, || panic!("in bob's scope")));
            }));
            assert!(caught.is_err());
            assert_eq!(bob, user("bob"));
            assert!(is("ada"));
            run_in(&mut bob, || assert!(is("bob")));
        });
    }
}
