//! The check that `--check` runs.

use cubbyhole_dashboard::Pace;
use cubbyhole_dashboard::check::check;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_check_finds_nothing_wrong() {
    let report = check(Pace::Quick).await.unwrap();
    assert!(report.passed(), "{report}");
}
