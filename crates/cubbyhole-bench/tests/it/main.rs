//! The programs from outside: what their children tell, and what they say to a wrong word.

#![allow(
    clippy::unwrap_used,
    reason = "this is all test code, helper functions included, and a panic is how a test fails"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

const PLAIN: &str = env!("CARGO_BIN_EXE_cubbyhole-bench");
const COUNTING: &str = env!("CARGO_BIN_EXE_cubbyhole-bench-heap");

/// Runs a program with `words` and a line of input for each of `rounds`.
fn run(program: &str, words: &[&str], rounds: usize) -> Output {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let questions = "\n".repeat(rounds);
    // The input is closed then: a child that serves ends.
    let mut input = process.stdin.take().unwrap();
    input.write_all(questions.as_bytes()).unwrap();
    drop(input);
    process.wait_with_output().unwrap()
}

/// The figures of a name that a child has told.
fn told(output: &Output, name: &str) -> Vec<f64> {
    assert!(output.status.success(), "{output:?}");
    let text = str::from_utf8(&output.stdout).unwrap();
    let figures = text.lines().filter_map(|line| line.split_once('='));
    figures
        .filter(|(known, _)| *known == name)
        .map(|(_, figure)| figure.parse().unwrap())
        .collect()
}

#[test]
fn bytes_of_stored_scopes_are_told_by_the_program_that_counts() {
    let words = ["child", "memory", "cubbyhole", "1000", "2"];
    let (plain, counting) = (run(PLAIN, &words, 0), run(COUNTING, &words, 0));
    assert!(told(&plain, "live").is_empty());
    // Two values of 64 bytes in each scope, at least.
    assert!(told(&counting, "live")[0] > 1_000.0 * 128.0);
    assert!(told(&plain, "created")[0] > 0.0);
}

#[test]
fn scopes_are_dropped_whenever_it_is_asked_for() {
    let output = run(PLAIN, &["child", "drop_scope", "cubbyhole", "100"], 3);
    let medians = told(&output, "median");
    assert_eq!(medians.len(), 3, "{output:?}");
    assert!(medians.iter().all(|median| *median > 0.0));
    let unable = run(PLAIN, &["child", "drop_scope", "bare hashbrown", "100"], 3);
    assert!(told(&unable, "median").is_empty());
}

#[test]
fn operations_and_waiters_have_their_allocations_counted() {
    for (contender, operation, allocations) in [
        ("cubbyhole", "a hit", 0.0),
        ("bare hashbrown", "a set", 1.0),
    ] {
        let words = ["child", "cost", contender, operation, "80"];
        assert_eq!(
            told(&run(COUNTING, &words, 0), "allocations"),
            [allocations],
            "{contender}"
        );
    }
    let waiting = run(
        COUNTING,
        &["child", "single_flight", "bare watch channel"],
        0,
    );
    assert!(told(&waiting, "allocations")[0] < 1.0);
}

#[test]
fn wrong_words_are_answered_with_the_right_ones() {
    for (words, answer) in [
        (&["hot_gte"][..], "hot_get"),
        (&["guard", "--belss"], "--bless"),
        (
            &["child", "memory", "nobody", "1", "1"],
            "there is no contender `nobody`",
        ),
        (
            &["child", "cost", "cubbyhole", "a hti", "8"],
            "there is no operation `a hti`",
        ),
        (&["child", "dance"], "no child does `dance`"),
    ] {
        let output = run(PLAIN, words, 0);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(answer), "{said}");
    }
}
