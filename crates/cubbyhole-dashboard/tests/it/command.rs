//! The program itself.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use cubbyhole_dashboard::client::Client;

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cubbyhole-dashboard"))
}

#[test]
fn help_says_what_can_be_asked_for() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("--port N") && text.contains("--check"));
}

#[test]
fn an_unknown_argument_is_an_error_that_names_it() {
    let output = run(&["--prot", "80"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("`--prot`"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn it_checks_itself_and_finds_nothing_wrong() {
    let output = run(&["--check"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    assert!(report.trim().ends_with(" 0 violations"), "{report}");
}

#[tokio::test]
async fn it_prints_where_it_serves() {
    let mut child = program()
        .args(["--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim()
        .rsplit("http://")
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let reply = Client::new(address).get("/healthz").await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reply.unwrap().text, "ok");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_if_it_was_chosen() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["--port", &port]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{text}"
    );
}
