//! `tidy`: house rules for files, documents and READMEs.
//!
//! Each rule is a function from the [`Tree`] to [`Problem`]s; [`RULES`] lists them.
//! The test at the end runs them all, so that plain `cargo test` does too.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use crate::Result;
use crate::report::Report;
use crate::workspace::Workspace;

mod code;
mod documents;
mod guide;
mod links;
mod manifest;
mod readme;
mod tree;

use tree::Tree;

/// A rule: what it finds wrong in the tree.
type Rule = fn(&Tree) -> Vec<Problem>;

const RULES: &[Rule] = &[
    code::files_open_with_documentation,
    code::no_trailing_whitespace,
    code::no_tabs,
    code::no_ignored_tests,
    code::nothing_left_for_later,
    documents::crates_of_the_architecture_exist,
    documents::every_crate_is_in_the_architecture,
    documents::paths_exist,
    documents::tests_exist,
    documents::semantics_names_its_tests,
    guide::every_page_is_in_the_book_and_compiled,
    guide::code_is_run,
    guide::links_stay_in_the_book,
    links::resolve,
    readme::front_page_is_the_facades,
    readme::versions_are_current,
    readme::examples_exist,
];

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    path: PathBuf,
    /// Counted from 1; 0 for the file as a whole.
    line: usize,
    message: String,
}

impl Problem {
    fn of_file(path: &Path, message: impl Into<String>) -> Self {
        Self::of_line(path, 0, message)
    }

    fn of_line(path: &Path, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_path_buf(),
            line,
            message: message.into(),
        }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            message,
        } = self;
        match line {
            0 => write!(f, "{}: {message}", path.display()),
            _ => write!(f, "{}:{line}: {message}", path.display()),
        }
    }
}

pub(crate) fn run(workspace: &Workspace) -> Result<Report> {
    let tree = Tree::read(workspace.root())?;
    let problems = problems(&tree);
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        Ok(Report::of(format!(
            "{} rules over {} files",
            RULES.len(),
            tree.texts().count()
        )))
    } else {
        Err(format!("{} places are not tidy", problems.len()).into())
    }
}

fn problems(tree: &Tree) -> Vec<Problem> {
    let mut problems: Vec<Problem> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    problems.sort_unstable();
    problems
}

#[cfg(test)]
mod tests {
    use crate::workspace::Workspace;

    #[test]
    fn the_repository_is_tidy() {
        if let Err(error) = super::run(&Workspace::here().unwrap()) {
            panic!("{error}; they are listed above, and by `cargo xtask tidy`");
        }
    }
}
