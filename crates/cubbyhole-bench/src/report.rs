//! The page, its tables and its plots.

mod svg;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::arguments::Options;
use crate::contenders::expiring::{Expiring, ExpiringVisitor, visit_expiring};
use crate::contenders::flights::{Flights, FlightsVisitor, visit_flights};
use crate::contenders::{Contender, Visitor, visit_scoped, visit_shared};
use crate::table::{Cell, Table, readable};
use crate::{Result, machine};

/// A table for the terminal.
pub(crate) fn plain(table: &Table) -> String {
    let mut lines = vec![
        std::iter::once(String::new())
            .chain(table.columns.iter().map(|column| column.name.clone()))
            .collect::<Vec<_>>(),
    ];
    for row in &table.rows {
        let cells = row.cells.iter().map(spelled);
        lines.push(
            std::iter::once(row.contender.clone())
                .chain(cells)
                .collect(),
        );
    }
    let mut text = format!("\n{}\n", table.title);
    for line in &lines {
        for (at, cell) in line.iter().enumerate() {
            let width = |line: &Vec<String>| line.get(at).map_or(0, |cell| cell.chars().count());
            let width = lines.iter().map(width).max().unwrap_or(0);
            let gap = width - cell.chars().count();
            if at == 0 {
                write!(text, "  {cell}{:gap$}", "").unwrap_or_default();
            } else {
                write!(text, "  {:gap$}{cell}", "").unwrap_or_default();
            }
        }
        text = text.trim_end().to_owned();
        text.push('\n');
    }
    text
}

fn spelled(cell: &Cell) -> String {
    match cell {
        Cell::Spread { spread, ratio } => {
            let (median, low, high) = (
                readable(spread.median),
                readable(spread.low),
                readable(spread.high),
            );
            let range = if low == high {
                String::new()
            } else {
                format!(" ({low} to {high})")
            };
            let ratio = ratio
                .map(|ratio| format!(" × {}", readable(ratio)))
                .unwrap_or_default();
            format!("{median}{range}{ratio}")
        }
        Cell::Number(number) => readable(*number),
        Cell::Text(text) => text.clone(),
        Cell::Nothing => "–".to_owned(),
    }
}

/// Writes the page and its plots, in a folder beside it.
pub(crate) fn write(path: &Path, options: &Options, tables: &[Table], took: Duration) -> Result {
    let folder = path.with_extension("");
    std::fs::create_dir_all(&folder)?;
    remove_plots(&folder)?;
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut page = introduction(options, took);
    for table in tables {
        page.push_str(&section(table));
        for (at, column) in table.columns.iter().enumerate() {
            if !column.plot {
                continue;
            }
            let file = format!("{}.svg", slug(&format!("{} {}", table.title, column.name)));
            std::fs::write(folder.join(&file), svg::bars(table, at))?;
            writeln!(page, "![{}: {}]({name}/{file})\n", table.title, column.name)?;
        }
    }
    if options.scenarios.is_empty() {
        page.push_str(&contenders());
    }
    std::fs::write(path, page)?;
    eprintln!("written: {}", path.display());
    Ok(())
}

/// Removes the plots of an earlier run, which may have had other names.
fn remove_plots(folder: &Path) -> Result {
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn introduction(options: &Options, took: Duration) -> String {
    let mut page = format!(
        "# Performance\n\n\
         What cubbyhole costs, beside the caches that would be picked instead.\n\
         This page was written by `{}`, in {} s; nothing on it was edited by hand.\n\n\
         Contenders take turns: each round measures all of them, in another order.\n\
         What is timed has {} rounds or more; a figure is their median, with the quartiles in brackets.\n\
         After it is the ratio to ours, which is the median of the ratios in each round; above 1, we cost less.\n\
         A figure without brackets was counted, or measured once.\n\
         Only ratios mean anything on another machine.\n\n",
        options.command,
        took.as_secs(),
        options.rounds()
    );
    if options.quick {
        page.push_str("**A quick run**: few rounds and smaller worlds; not for publication.\n\n");
    }
    page.push_str("| machine | |\n| --- | --- |\n");
    for (name, text) in machine::describe() {
        writeln!(page, "| {name} | {text} |").unwrap_or_default();
    }
    let versions: Vec<String> = machine::versions()
        .into_iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    writeln!(page, "| versions | {} |\n", versions.join(", ")).unwrap_or_default();
    page
}

fn section(table: &Table) -> String {
    let mut text = format!("## {}\n\n{}\n\n", table.title, table.about);
    text.push_str("| |");
    for column in &table.columns {
        write!(text, " {} |", column.name).unwrap_or_default();
    }
    text.push_str("\n| --- |");
    text.push_str(&" ---: |".repeat(table.columns.len()));
    text.push('\n');
    for row in &table.rows {
        write!(text, "| {} |", row.contender).unwrap_or_default();
        for cell in &row.cells {
            write!(text, " {} |", spelled(cell)).unwrap_or_default();
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

/// How each contender is used.
fn contenders() -> String {
    let mut list = HowList::default();
    visit_scoped(&mut list);
    visit_shared(&mut list);
    visit_flights(&mut list);
    visit_expiring(&mut list);
    let mut text = String::from(
        "## How each is used\n\n\
         *A* is one big cache, whose key is made of the registry entry, the scope and the key.\n\
         *B* is an instance for each registry entry and scope, found by the scope in a `DashMap` of each entry: the \
         only way in which these can give each scope a policy of its own, and a scope is dropped by removing its \
         instances.\n\
         Who is asking is in a task-local for all.\n\
         All use the system's allocator, and hash with hashbrown's default hasher, foldhash, wherever a hasher can be \
         chosen; where it cannot, it is said below.\n\n",
    );
    for (name, how) in list.0 {
        writeln!(text, "- {name}: {how}.").unwrap_or_default();
    }
    text
}

#[derive(Default)]
struct HowList(Vec<(String, String)>);

impl HowList {
    fn add(&mut self, name: &str, how: &str) {
        let name = name.trim_end_matches("/A").trim_end_matches("/B");
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) if known.contains(how) => {}
            Some((_, known)) => {
                known.push_str("; ");
                known.push_str(how);
            }
            None => self.0.push((name.to_owned(), how.to_owned())),
        }
    }
}

impl Visitor for HowList {
    fn visit<C: Contender>(&mut self) {
        self.add(&C::name(), C::how());
    }
}

impl FlightsVisitor for HowList {
    fn visit<F: Flights>(&mut self) {
        self.add(F::NAME, F::HOW);
    }
}

impl ExpiringVisitor for HowList {
    fn visit<E: Expiring>(&mut self) {
        self.add(E::NAME, E::HOW);
    }
}

/// A name for a file.
fn slug(text: &str) -> String {
    let text = text.replace('µ', "u");
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Row, Spread};

    fn table() -> Table {
        let row = |contender: &str, median: f64, ratio| Row {
            contender: contender.to_owned(),
            cells: vec![
                Cell::Spread {
                    spread: Spread {
                        median,
                        low: median - 1.0,
                        high: median + 1.0,
                    },
                    ratio,
                },
                Cell::Nothing,
            ],
        };
        Table {
            title: "A title".to_owned(),
            about: "About.".to_owned(),
            columns: vec![Column::plotted("ns a get"), Column::new("bytes")],
            rows: vec![
                row("cubbyhole", 100.0, Some(1.0)),
                row("a < b", 250.0, Some(2.5)),
            ],
            ..Table::default()
        }
    }

    #[test]
    fn section_is_a_markdown_table() {
        let text = section(&table());
        assert!(
            text.contains("| | ns a get | bytes |\n| --- | ---: | ---: |\n"),
            "{text}"
        );
        assert!(
            text.contains("| a < b | 250 (249 to 251) × 2.50 | – |"),
            "{text}"
        );
    }

    #[test]
    fn columns_of_the_terminal_line_up() {
        let text = plain(&table());
        let ends: Vec<usize> = text
            .lines()
            .filter(|line| line.contains(" to "))
            .map(|line| line.chars().count())
            .collect();
        assert_eq!(ends[0], ends[1], "{text}");
    }

    #[test]
    fn plot_has_a_bar_for_each_row_and_escapes_names() {
        let text = svg::bars(&table(), 0);
        assert_eq!(text.matches("class=\"bar").count(), 2, "{text}");
        assert!(text.contains("a &lt; b") && !text.contains("a < b"));
        assert!(svg::bars(&table(), 1).matches("class=\"bar").count() == 0);
    }

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(
            slug("Hot get: µs a get, 2 threads"),
            "hot-get-us-a-get-2-threads"
        );
    }
}
