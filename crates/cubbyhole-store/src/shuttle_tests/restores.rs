//! What is invalidated while values are brought back does not come back, and what is set meanwhile wins.

use std::sync::Arc;

use cubbyhole_scope::CacheScope;
use shuttle::future::block_on;

use super::{Subject, by_user, explore, thread, thread_of};
use crate::SavedValue;

/// Brings a value back while something else is done, and says what there has to be in the end.
fn restore_races_with(act: fn(&Subject), expected: Option<u32>) {
    explore(move || {
        let subject = Subject::new(by_user("values"));
        let restore = Arc::new(subject.store.begin_restore(&subject.entry).unwrap());
        let putting = Arc::clone(&restore);
        let put = thread(move || {
            let values = vec![SavedValue::new("other", 3), SavedValue::new("k", 1)];
            putting.put(&CacheScope::user("ada"), values).unwrap()
        });
        let acting = subject.clone();
        let acted = thread_of("ada", move || act(&acting));
        acted.join().unwrap();
        let restored = put.join().unwrap();
        assert_eq!(restored.values + restored.superseded, 2);
        drop(restore);
        let found = thread_of("ada", {
            let subject = subject.clone();
            move || subject.get("k")
        });
        assert_eq!(found.join().unwrap(), expected);
        subject.check_books(&["ada"]);
    });
}

#[test]
fn a_value_that_is_deleted_meanwhile_does_not_come_back() {
    restore_races_with(
        |subject| {
            let _ = subject.delete("k");
        },
        None,
    );
}

#[test]
fn a_value_that_is_set_meanwhile_wins() {
    restore_races_with(|subject| subject.set("k", 2), Some(2));
}

#[test]
fn nothing_comes_back_to_a_scope_that_is_dropped_meanwhile() {
    let drop_scope = |subject: &Subject| {
        block_on(subject.store.drop_scope(&CacheScope::user("ada")));
    };
    restore_races_with(drop_scope, None);
}

#[test]
fn nothing_comes_back_that_is_cleared_meanwhile() {
    restore_races_with(Subject::clear, None);
}

#[test]
fn nothing_comes_back_whose_tag_is_invalidated_meanwhile() {
    explore(move || {
        let subject = Subject::new(by_user("values"));
        let restore = subject.store.begin_restore(&subject.entry).unwrap();
        let put = thread(move || {
            let mut value = SavedValue::new("k", 1);
            value.tags = vec!["red".into()];
            restore.put(&CacheScope::user("ada"), vec![value]).unwrap();
        });
        let invalidating = subject.clone();
        let invalidated = thread(move || invalidating.store.invalidate_tag("red"));
        invalidated.join().unwrap();
        put.join().unwrap();
        let found = thread_of("ada", {
            let subject = subject.clone();
            move || subject.get("k")
        });
        assert_eq!(found.join().unwrap(), None);
        subject.check_books(&["ada"]);
    });
}
