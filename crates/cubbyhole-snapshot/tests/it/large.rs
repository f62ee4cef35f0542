//! A hundred thousand values, and the memory that they take on their way.

use cubbyhole_policy::CachePolicy;

use crate::support::{Folder, Process, entry};

const COUNT: u32 = 100_000;

#[test]
fn hundred_thousand_values_take_memory_in_proportion() {
    let folder = Folder::new("large");
    let numbers = entry(CachePolicy::lru(200_000).unwrap());
    let (before, after) = (Process::new(), Process::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        for number in 0..COUNT {
            let _ = before
                .store
                .set(&numbers, &number.to_string(), number)
                .await;
        }
    });
    // Made beforehand: what is measured is what saving and loading take.
    let (save, load) = (before.snapshot(&numbers), after.snapshot(&numbers));
    let mut saved = None;
    let memory = allocation_counter::measure(|| saved = save.save_blocking(folder.file()).ok());
    let saved = saved.unwrap();
    assert_eq!(saved.values, u64::from(COUNT));
    // 24 bytes for each key in the list, and a few batches.
    let per_value = memory.bytes_max / u64::from(COUNT);
    assert!(per_value < 40, "{per_value} bytes a value to save");
    assert!(
        saved.bytes / u64::from(COUNT) < 60,
        "{} bytes in the file",
        saved.bytes
    );

    let mut loaded = None;
    let memory = allocation_counter::measure(|| loaded = load.load_blocking(folder.file()).ok());
    assert_eq!(loaded.unwrap().values, u64::from(COUNT));
    // The file, the values, and the store.
    let per_value = memory.bytes_max / u64::from(COUNT);
    assert!(per_value < 600, "{per_value} bytes a value to load");
    let stats = after.store.stats();
    assert_eq!(
        stats.of(numbers.store_key()).unwrap().entries,
        u64::from(COUNT)
    );
}
