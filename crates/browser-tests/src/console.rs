//! The browser's complaints, and those among them that a scene has announced.

use serde_json::Value;

/// Complaints of the browser, and which of them belong to the scene.
#[derive(Debug, Default)]
pub(crate) struct Console {
    /// Everything that was written, complaint or not.
    written: String,
    entries: Vec<String>,
    expected: Vec<String>,
    tolerated: Vec<String>,
}

impl Console {
    /// Takes entries of the browser's log in. What is no error and no report is no complaint.
    pub(crate) fn take_in(&mut self, raw: &[Value]) {
        for entry in raw {
            let message = entry["message"].as_str().unwrap_or_default();
            self.written.push_str(message);
            self.written.push('\n');
            let severe = entry["level"] == "SEVERE";
            if severe || message.contains("Content Security Policy") || message.contains("Trusted Type") {
                let source = entry["source"].as_str().unwrap_or_default();
                self.entries.push(format!("{source}: {message}"));
            }
        }
    }

    /// Everything that was written so far.
    pub(crate) fn written(&self) -> String {
        self.written.clone()
    }

    /// From now on the scene expects entries that contain `part`, at least one.
    pub(crate) fn expect(&mut self, part: String) {
        self.expected.push(part);
    }

    /// From now on entries that contain `part` belong to the scene, if there are any.
    pub(crate) fn tolerate(&mut self, part: String) {
        self.tolerated.push(part);
    }

    /// Complaints that were not announced, and announcements that were not met.
    pub(crate) fn problems(&self) -> Vec<String> {
        let surprises = self
            .entries
            .iter()
            .filter(|entry| !self.expected.iter().chain(&self.tolerated).any(|part| entry.contains(part)))
            .map(|entry| format!("unexpected in the console: {entry}"));
        let missing = self
            .expected
            .iter()
            .filter(|part| !self.entries.iter().any(|entry| entry.contains(part.as_str())))
            .map(|part| format!("expected in the console and missing: {part}"));
        surprises.chain(missing).collect()
    }
}
