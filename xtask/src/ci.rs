//! `ci`: every step in order, and where the minutes went.

use std::time::{Duration, Instant};

use crate::Result;
use crate::report::{Report, Totals};
use crate::steps::{STEPS, Step};
use crate::workspace::Workspace;

/// A step that was run.
struct Ran {
    step: &'static Step,
    took: Duration,
    result: Result<Report>,
}

pub(crate) fn run(workspace: &Workspace) -> Result {
    let mut ran = Vec::new();
    for step in STEPS {
        let done = run_step(workspace, step);
        let failed = done.result.is_err();
        ran.push(done);
        if failed {
            break;
        }
    }
    print_summary(&ran);
    verdict(&ran)
}

fn run_step(workspace: &Workspace, step: &'static Step) -> Ran {
    eprintln!("\n== {}: {}", step.name, step.about);
    let started = Instant::now();
    let result = (step.run)(workspace);
    Ran {
        step,
        took: started.elapsed(),
        result,
    }
}

fn print_summary(ran: &[Ran]) {
    println!("\nstep           time  result");
    for Ran { step, took, result } in ran {
        let result = match result {
            Ok(report) => format!("ok: {report}"),
            Err(error) => format!("FAILED: {error}"),
        };
        println!("{:<10} {:>6.1} s  {result}", step.name, took.as_secs_f64());
    }
    for step in &STEPS[ran.len()..] {
        println!("{:<10} {:>6}    not run", step.name, "-");
    }
    let total: Duration = ran.iter().map(|ran| ran.took).sum();
    println!("{:<10} {:>6.1} s", "total", total.as_secs_f64());
    println!("tests: {}", tests(ran));
}

fn tests(ran: &[Ran]) -> Totals {
    let mut sum = Totals::default();
    for report in ran.iter().filter_map(|ran| ran.result.as_ref().ok()) {
        sum += report.tests.unwrap_or_default();
    }
    sum
}

fn verdict(ran: &[Ran]) -> Result {
    match ran.last() {
        Some(Ran {
            step,
            result: Err(_),
            ..
        }) => Err(format!(
            "`{name}` failed; try it alone: cargo xtask {name}",
            name = step.name
        )
        .into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ran, tests, verdict};
    use crate::Result;
    use crate::report::{Report, Totals};
    use crate::steps::STEPS;

    fn ran(result: Result<Report>) -> Ran {
        Ran {
            step: &STEPS[0],
            took: Duration::ZERO,
            result,
        }
    }

    #[test]
    fn tests_of_all_steps_are_added_up() {
        let totals = Totals {
            passed: 2,
            targets: 1,
            ..Totals::default()
        };
        let ran = [
            ran(Ok(Report::of_tests(totals))),
            ran(Ok(Report::of("x"))),
            ran(Ok(Report::of_tests(totals))),
        ];
        assert_eq!(tests(&ran).passed, 4);
    }

    #[test]
    fn failed_step_is_named() {
        assert!(verdict(&[ran(Ok(Report::default()))]).is_ok());
        let error = verdict(&[ran(Err("broken".into()))]).unwrap_err();
        assert!(error.to_string().contains(STEPS[0].name), "{error}");
    }
}
