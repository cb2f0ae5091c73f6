//! A page that is open while replicas change from one build of the app to the next finds all its files.

use tempfile::TempDir;

use crate::harness::{
    browser::Request,
    test_app::{TestApp, folder_with},
};

/// The files of a build besides its start page.
fn files(build: usize) -> [String; 4] {
    let hash = format!("0123456789abcde{build}");
    let [index, lazy, styles] =
        [format!("/index-{hash}.js"), format!("/lazy-{hash}.js"), format!("/assets/styles-{hash}.css")];
    // A hash that reads like a word.
    let word = if build == 1 { "Original" } else { "Homepage" };
    [index, lazy, styles, format!("/assets/chunk-{word}.js")]
}

fn build(number: usize) -> TempDir {
    let names = files(number).map(|name| name.trim_start_matches('/').to_owned());
    let content = number.to_string();
    let mut all: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), content.as_bytes())).collect();
    all.push(("index.html", content.as_bytes()));
    folder_with(&all)
}

/// Two replicas behind a balancer that asks each in turn.
struct Fleet {
    replicas: [TestApp; 2],
    turn: usize,
}

impl Fleet {
    fn ask(&mut self, path: &str) -> (u16, String) {
        self.turn += 1;
        let request = Request::get(path).header("Accept", "text/html,*/*");
        let answer = self.replicas[self.turn % 2].send(&request);
        (answer.status, answer.text().to_owned())
    }

    /// The builds whose pages are sent, and the files that are missing of the builds of these pages.
    fn look(&mut self, open: &mut Vec<usize>) -> Vec<String> {
        for _ in 0..2 {
            let build = self.ask("/todos").1.parse().unwrap();
            if !open.contains(&build) {
                open.push(build);
            }
        }
        let mut missing = Vec::new();
        for path in open.iter().flat_map(|build| files(*build)) {
            // Each replica is asked for each file.
            let answers = [self.ask(&path), self.ask(&path)];
            missing.extend(answers.into_iter().filter(|(status, _)| *status != 200).map(|_| path.clone()));
        }
        missing
    }
}

/// Rolls through `steps`, one replica after the other; returns the files that were missing on the way.
fn roll(steps: &[(&TempDir, Option<&TempDir>)]) -> Vec<String> {
    let start = |(app, other): (&TempDir, Option<&TempDir>)| {
        let mut settings = vec![("BFF_SPA_DIR", app.path().to_str().unwrap())];
        settings.extend(other.map(|other| ("BFF_SPA_PREVIOUS", other.path().to_str().unwrap())));
        TestApp::with_demo(&settings)
    };
    let mut fleet = Fleet { replicas: [start(steps[0]), start(steps[0])], turn: 0 };
    let mut open = Vec::new();
    let mut missing = fleet.look(&mut open);
    for step in &steps[1..] {
        for replica in 0..2 {
            fleet.replicas[replica] = start(*step);
            missing.extend(fleet.look(&mut open));
        }
    }
    assert_eq!(open, [1, 2], "pages of both builds were open");
    missing
}

#[test]
fn no_file_is_missing_while_replicas_roll_in_two_steps() {
    let (first, second) = (build(1), build(2));
    let missing = roll(&[(&first, None), (&first, Some(&second)), (&second, Some(&first))]);
    assert_eq!(missing, [""; 0]);
    // In one step a page of the next build asks a replica that does not have it yet.
    assert_ne!(roll(&[(&first, None), (&second, Some(&first))]), [""; 0]);
}
