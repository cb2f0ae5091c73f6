//! The binary: its output and its end.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_demo-api"));
    program.env("DEMO_LISTEN", "127.0.0.1:0").env("DEMO_DB", ":memory:");
    program
}

#[test]
fn it_says_where_it_listens_and_ends_cleanly_when_terminated() {
    let mut running = program().stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap();
    assert!(std::net::TcpStream::connect(address).is_ok());
    let kill = format!("kill -TERM {}", running.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    assert!(running.wait().unwrap().success());
}

#[test]
fn a_setting_that_cannot_be_read_stops_the_start_and_is_named() {
    let cases = [("DEMO_LISTEN", "here"), ("DEMO_SIMULATE", "maybe"), ("DEMO_RATE_LIMIT", "7")];
    for (name, value) in cases {
        let mut stopped = program().env(name, value).stderr(Stdio::piped()).spawn().unwrap();
        let mut words = String::new();
        stopped.stderr.take().unwrap().read_to_string(&mut words).unwrap();
        assert_eq!(stopped.wait().unwrap().code(), Some(1));
        assert!(words.contains(&format!("{name} is `{value}`, but must be ")), "{words}");
    }
}
