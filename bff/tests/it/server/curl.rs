//! The page on other front ends: what it says of programs without a browser.

use std::process::Command;

use front_fixture::page;

use crate::harness::program::Program;

#[test]
fn the_commands_of_curl_on_the_page_sign_in_and_change_something() {
    let program = Program::start(&[("DEMO_DB", ":memory:")]);
    let folder = tempfile::tempdir().unwrap();
    let commands = page::block("docs/own-frontend.md", "sh", "curl -c jar");
    let commands = commands.replace("127.0.0.1:3000", &format!("127.0.0.1:{}", program.port));
    let output = Command::new("sh").args(["-ec", &commands]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<serde_json::Value> =
        serde_json::Deserializer::from_str(&said).into_iter().map(Result::unwrap).collect();
    let [signed_in, session, todo] = &answers[..] else { panic!("{said}") };
    assert_eq!(signed_in["user"]["username"], "ada", "{said}");
    assert_eq!(session["user"]["username"], "ada", "{said}");
    assert_eq!(todo["todo"], "Written by curl", "{said}");
    program.stop();
}
