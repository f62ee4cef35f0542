//! The steps of `cargo xtask ci`, in the order in which it runs them.

use crate::report::Report;
use crate::workspace::Workspace;
use crate::{
    Result, bench, deny, doc, examples, features, fmt, guard, guide, layers, lint, msrv, shuttle,
    test, tidy,
};

/// What a step does.
pub(crate) type Run = fn(&Workspace) -> Result<Report>;

/// A command of its own that is also a step of `ci`.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: Run,
    pub(crate) flag: Option<Flag>,
}

/// Another thing that a step can do on request; `ci` never does it.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: Run,
}

/// A command that is no step of `ci`: it takes long, or a quiet machine, and arguments of its own.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: RunTool,
}

/// What a tool does with the arguments that follow its name.
pub(crate) type RunTool = fn(&Workspace, &[String]) -> Result;

/// Every tool.
pub(crate) const TOOLS: &[Tool] = &[Tool {
    name: "bench",
    takes: "[--quick] [--report] [scenario…]",
    about: "what our operations cost, beside other caches; `bench help` lists the scenarios",
    run: bench::run,
}];

/// Every step. `ci` runs them from the first to the last.
pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "the code is formatted",
        run: fmt::check,
        flag: Some(Flag {
            name: "--fix",
            about: "format the code",
            run: fmt::fix,
        }),
    },
    Step::new(
        "lint",
        "no compiler or clippy warning in any target",
        lint::run,
    ),
    Step::new(
        "test",
        "unit, integration and documentation tests",
        test::run,
    ),
    Step {
        name: "guard",
        about: "instructions and allocations of our operations are those committed",
        run: guard::check,
        flag: Some(Flag {
            name: "--bless",
            about: "write the figures of today, to be committed",
            run: guard::bless,
        }),
    },
    Step::new(
        "shuttle",
        "the store under many interleavings of its threads",
        shuttle::run,
    ),
    Step::new("doc", "the documentation builds without warnings", doc::run),
    Step::new(
        "guide",
        "the guide builds, and compiles with the caches that it compares with",
        guide::run,
    ),
    Step {
        name: "layers",
        about: "each crate depends only on what its layer may see",
        run: layers::check,
        flag: Some(Flag {
            name: "--print",
            about: "print the graph of our crates as Markdown",
            run: layers::print,
        }),
    },
    Step::new(
        "features",
        "each crate builds alone, with no, each and all features",
        features::run,
    ),
    Step::new("examples", "every example runs to its end", examples::run),
    Step::new(
        "deny",
        "licences, sources and duplicate versions of dependencies",
        deny::run,
    ),
    Step::new(
        "msrv",
        "the minimum Rust version is what the dependencies force",
        msrv::run,
    ),
    Step::new(
        "tidy",
        "house rules for files, documents and READMEs",
        tidy::run,
    ),
];

impl Step {
    const fn new(name: &'static str, about: &'static str, run: Run) -> Self {
        Self {
            name,
            about,
            run,
            flag: None,
        }
    }
}
