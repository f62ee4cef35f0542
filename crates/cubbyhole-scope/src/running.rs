//! The scope of the code that is running on this thread, at this moment.
//!
//! A scope is a value that is put here while a future is polled, or a closure called, and taken
//! back afterwards, as `tokio::task_local!` does it. That macro is not used because this crate
//! needs three things that it does not give: a scope may be entered while the outer one is being
//! read (tokio's panics), a future may settle its scope when it is first polled (tokio's is fixed
//! when the future is made) without cloning it at each poll, and entering never panics, not even
//! in the destructor of a thread-local.
//!
//! Whoever reads is lent the scope, and for that time no other can take its place. A scope entered
//! meanwhile goes to a second place, whose readers get a clone; so what is there is never lent, and
//! two places are enough for any depth.

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};

use crate::ScopeContext;

/// Every scope in here is settled, so a context that is not can stand for "none was entered".
struct Running {
    context: RefCell<ScopeContext>,
    /// The scope entered while `context` is lent; if there is one, it comes first.
    while_lent: RefCell<ScopeContext>,
    /// Whether there is one.
    is_while_lent: Cell<bool>,
}

thread_local! {
    // Outside of every scope there is no id in here, so at the end of the thread there is nothing
    // to drop: without a destructor this can be used at any time, and at the cost of an address.
    static RUNNING: ManuallyDrop<Running> = const {
        ManuallyDrop::new(Running {
            context: RefCell::new(ScopeContext::anonymous()),
            while_lent: RefCell::new(ScopeContext::new()),
            is_while_lent: Cell::new(false),
        })
    };
}

/// Calls `f` with the scope of the running code.
#[inline]
pub(crate) fn read<R>(f: impl FnOnce(&ScopeContext) -> R) -> R {
    RUNNING.with(|running| {
        // One call of `f`, so that it is worth a copy of its code wherever this is called.
        let (clone, lent);
        let context = if running.is_while_lent.get() {
            clone = running.while_lent.borrow().clone();
            &clone
        } else {
            lent = running.context.borrow();
            &*lent
        };
        f(context)
    })
}

/// Calls `f` in the scope of exactly `context`, which must be settled. It is moved out for that
/// time, and back afterwards, also when `f` panics.
#[inline]
pub(crate) fn run_in<R>(context: &mut ScopeContext, f: impl FnOnce() -> R) -> R {
    debug_assert!(context.is_settled());
    RUNNING.with(|running| {
        let place = match running.context.try_borrow_mut() {
            Ok(_) => &running.context,
            Err(_) => &running.while_lent,
        };
        let mut exchanged = Exchanged {
            running,
            place,
            context,
        };
        exchanged.swap();
        f()
    })
}

/// A scope that is entered, and the outer one in its stead; they change places again on drop.
///
/// The borrow cannot fail: scopes and readers are calls on one thread, so those that began in this
/// scope have ended before it. No context is dropped while it lasts, so no foreign code runs in it.
struct Exchanged<'a> {
    running: &'a Running,
    place: &'a RefCell<ScopeContext>,
    context: &'a mut ScopeContext,
}

impl Exchanged<'_> {
    #[inline]
    fn swap(&mut self) {
        mem::swap(&mut *self.place.borrow_mut(), self.context);
        if !std::ptr::eq(self.place, &self.running.context) {
            let is_settled = self.place.borrow().is_settled();
            self.running.is_while_lent.set(is_settled);
        }
    }
}

impl Drop for Exchanged<'_> {
    #[inline]
    fn drop(&mut self) {
        self.swap();
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
