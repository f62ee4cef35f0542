//! What can be asked for, and how it is spelled.

use std::fmt::Write;

use crate::steps::{Run, RunTool, STEPS, TOOLS};

/// A command line that was understood.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Ci,
    Step(Run),
    Tool(RunTool, Vec<String>),
}

/// Finds the command that `arguments` ask for, or says what is wrong with them.
pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    if let [name, rest @ ..] = arguments
        && let Some(tool) = TOOLS.iter().find(|tool| tool.name == name)
    {
        return Ok(Command::Tool(tool.run, rest.to_vec()));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        [] | ["help" | "--help" | "-h"] => Ok(Command::Help),
        ["ci"] => Ok(Command::Ci),
        ["ci" | "help", argument, ..] => {
            Err(format!("unknown argument `{argument}`: it takes none"))
        }
        [name, ref rest @ ..] => parse_step(name, rest),
    }
}

fn parse_step(name: &str, rest: &[&str]) -> Result<Command, String> {
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        let tools = TOOLS.iter().map(|tool| tool.name);
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).chain(tools).collect();
        return Err(format!(
            "unknown command `{name}`; known are: help, ci, {}",
            known.join(", ")
        ));
    };
    match (rest, &step.flag) {
        ([], _) => Ok(Command::Step(step.run)),
        ([given], Some(flag)) if *given == flag.name => Ok(Command::Step(flag.run)),
        ([given, ..], Some(flag)) => Err(format!(
            "unknown argument `{given}`: `{name}` takes only `{}`",
            flag.name
        )),
        ([given, ..], None) => Err(format!("unknown argument `{given}`: `{name}` takes none")),
    }
}

/// The list of commands.
pub(crate) fn text() -> String {
    let mut text = String::from("cargo xtask <command>\n\n");
    line(&mut text, "help", "this list");
    line(
        &mut text,
        "ci",
        "every step below, in this order, with the time each took",
    );
    text.push('\n');
    for step in STEPS {
        line(&mut text, step.name, step.about);
        if let Some(flag) = &step.flag {
            line(
                &mut text,
                &format!("{} {}", step.name, flag.name),
                flag.about,
            );
        }
    }
    text.push_str("\non request, and never part of ci:\n");
    for tool in TOOLS {
        line(&mut text, tool.name, tool.about);
        line(&mut text, "", tool.takes);
    }
    text
}

fn line(text: &mut String, name: &str, about: &str) {
    writeln!(text, "  {name:<16} {about}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::{Command, parse, text};
    use crate::steps::{STEPS, TOOLS};

    fn parse_words(words: &[&str]) -> Result<Command, String> {
        parse(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn help_lists_every_step() {
        let text = text();
        for step in STEPS {
            assert!(
                text.contains(&format!("\n  {} ", step.name)),
                "{} is not in the help",
                step.name
            );
        }
    }

    #[test]
    fn no_command_is_a_call_for_help() {
        assert!(matches!(parse_words(&[]), Ok(Command::Help)));
    }

    #[test]
    fn every_step_and_flag_is_understood() {
        for step in STEPS {
            assert!(
                matches!(parse_words(&[step.name]), Ok(Command::Step(_))),
                "{}",
                step.name
            );
            if let Some(flag) = &step.flag {
                assert!(matches!(
                    parse_words(&[step.name, flag.name]),
                    Ok(Command::Step(_))
                ));
            }
        }
    }

    #[test]
    fn tools_take_their_arguments_unseen() {
        for tool in TOOLS {
            assert!(text().contains(&format!("\n  {} ", tool.name)));
            let Ok(Command::Tool(_, arguments)) = parse_words(&[tool.name, "--any", "thing"])
            else {
                panic!("{} is not understood", tool.name);
            };
            assert_eq!(arguments, ["--any", "thing"]);
        }
    }

    #[test]
    fn unknown_command_names_the_known_ones() {
        let mistake = parse_words(&["lnit"]).unwrap_err();
        assert!(mistake.contains("`lnit`"), "{mistake}");
        for step in STEPS {
            assert!(mistake.contains(step.name), "{mistake}");
        }
    }

    #[test]
    fn unknown_argument_names_what_is_taken() {
        assert!(
            parse_words(&["fmt", "--fxi"])
                .unwrap_err()
                .contains("takes only `--fix`")
        );
        assert!(
            parse_words(&["lint", "--fix"])
                .unwrap_err()
                .contains("takes none")
        );
        assert!(
            parse_words(&["ci", "--fast"])
                .unwrap_err()
                .contains("`--fast`")
        );
    }
}
