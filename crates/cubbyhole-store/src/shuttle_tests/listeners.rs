//! Removals that are told while others happen.

use std::sync::{Arc, Mutex};

use cubbyhole_policy::CachePolicy;

use super::{Subject, explore, thread};
use crate::CachedRegistryEntry;

#[test]
fn shuttle_e10_each_removal_is_told_once_and_in_order() {
    explore(|| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let entry = CachedRegistryEntry::new("heard", CachePolicy::keep_all())
            .on_removal(move |removal| hears.lock().unwrap().push(removal.value));
        let subject = Subject::new(entry);
        let writers: Vec<_> = [10, 20]
            .map(|first| {
                let subject = subject.clone();
                thread(move || {
                    for value in first..first + 3 {
                        subject.set("k", value);
                    }
                })
            })
            .into();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = subject.delete("k").unwrap();
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 6);
        assert_eq!(*told.last().unwrap(), last);
        for first in [10, 20] {
            let of_one: Vec<_> = told
                .iter()
                .filter(|value| (first..first + 3).contains(*value))
                .collect();
            assert!(of_one.is_sorted() && of_one.len() == 3, "{told:?}");
        }
    });
}
