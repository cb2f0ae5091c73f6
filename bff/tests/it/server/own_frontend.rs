//! The page on other front ends: its commands are run. Its app is built and developed by the browser tests.

use std::{fs, os::unix::fs::symlink, process::Command};

use bff::{
    Config,
    config::Source,
    spa::{ANSWER_MAX, READS_MAX, WAIT_MAX},
};
use front_fixture::page;

use crate::harness::{
    browser::Request,
    documentation::settings_of,
    program::Program,
    test_app::{TestApp, folder_with},
};

const PAGE: &str = "docs/own-frontend.md";

#[test]
fn the_commands_of_curl_on_the_page_sign_in_and_change_something() {
    let program = Program::start(&[("DEMO_DB", ":memory:")]);
    let folder = tempfile::tempdir().unwrap();
    let commands = page::block(PAGE, "sh", "curl -c jar");
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

#[test]
fn the_elements_of_the_page_are_filled_within_the_limits_that_it_names() {
    let elements = page::block(PAGE, "html", "data-bff");
    let folder = folder_with(&[("index.html", elements.as_bytes())]);
    let app = TestApp::filling_pages(None, None, &[("BFF_SPA_DIR", folder.path().to_str().unwrap())]);
    let open = Request::get("/").header("Accept", "text/html").header("Sec-Fetch-Site", "none");
    let answer = app.send(&open);
    for told in [">{\"signIn\":\"form\"}</script>", ">{\"todos\":[{\"id\":1,"] {
        assert!(answer.text().contains(told), "{}", answer.text());
    }
    let text = page::text(PAGE);
    assert_eq!(READS_MAX, 8);
    for limit in [
        format!("within {} ms", WAIT_MAX.as_millis()),
        format!("larger than {} KiB", ANSWER_MAX / 1024),
        "behind the eighth".to_owned(),
    ] {
        assert!(text.contains(&limit), "{limit}");
    }
}

#[test]
fn a_roll_by_links_misses_no_file_of_either_build() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for build in ["42", "43"] {
        fs::create_dir(at(&format!("build-{build}"))).unwrap();
        for name in ["index.html".to_owned(), format!("main-{build}000000000000ab.js")] {
            fs::write(at(&format!("build-{build}")).join(name), build).unwrap();
        }
    }
    symlink("build-42", at("current")).unwrap();
    let (current, other) = (at("current").display().to_string(), at("other").display().to_string());
    let settings =
        [("DEMO_DB", ":memory:"), ("BFF_SPA_DIR", current.as_str()), ("BFF_SPA_PREVIOUS", other.as_str())];
    let mut program = Program::start(&settings);
    let block = page::block(PAGE, "sh", "ln -sfn");
    let steps: Vec<&str> = block.lines().filter(|line| line.starts_with("ln ")).collect();
    assert_eq!(steps.len(), 2, "{block}");
    for (step, page) in steps.into_iter().zip(["42", "43"]) {
        let own = step
            .replace("/srv/app", &folder.path().display().to_string())
            .replace("systemctl reload bff", &format!("kill -HUP {}", program.child.id()));
        assert!(Command::new("sh").args(["-ec", &own]).status().unwrap().success(), "{own}");
        program.wait_for_log("SIGHUP: routes, app, certificates and secrets were read again");
        let ask = |path: &str| Request::get(path).header("Accept", "text/html").send(program.port);
        assert_eq!(ask("/").text(), page);
        for build in ["42", "43"] {
            assert_eq!(ask(&format!("/main-{build}000000000000ab.js")).text(), build, "{step}");
        }
    }
    program.stop();
}

#[test]
fn every_setting_in_the_commands_of_the_pages_is_accepted() {
    let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/../routes.example.toml");
    let mut commands = 0;
    for page in [PAGE, "docs/deploy.md", "docs/production.md"] {
        for mut settings in page::blocks(page, "sh").iter().flat_map(|block| settings_of(block)) {
            settings.retain(|(name, _)| name != "BFF_ROUTES");
            settings.push(("BFF_ROUTES".to_owned(), routes.to_owned()));
            let given = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Config::from_source(&Source::of(given))
                .unwrap_or_else(|err| panic!("{page}: {settings:?}: {err:?}"));
            commands += 1;
        }
    }
    assert!(commands >= 9, "{commands}");
}
