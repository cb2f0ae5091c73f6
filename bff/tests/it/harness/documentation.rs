//! Commands that the pages of the repository tell people to run.

use std::{fs, path::Path};

use super::{keys::KEY_A, program::Program};

/// The settings of a command, by their variables.
pub type Settings = Vec<(String, String)>;

/// The settings of every command of a page that starts the server in production. Its key is one of ours.
pub fn production_commands(page: &str) -> Vec<Settings> {
    let commands = commands(page).into_iter().filter(|command| command.contains("BFF_PROFILE=production"));
    let settings = |command: String| {
        let command = command.replace("$(openssl rand -hex 32)", KEY_A);
        let pairs = command.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.map(|(variable, value)| (variable.to_owned(), value.to_owned())).collect()
    };
    commands.map(settings).collect()
}

/// The settings of the one such command of this page that sets `variable` to something that begins with `value`.
pub fn production_command(page: &str, variable: &str, value: &str) -> Settings {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(page);
    let mut commands = production_commands(&fs::read_to_string(path).unwrap());
    commands
        .retain(|settings| settings.iter().any(|(name, given)| name == variable && given.starts_with(value)));
    assert_eq!(commands.len(), 1, "{page}");
    commands.remove(0)
}

/// Starts what a page says, in front of `upstream` and with these settings of this machine.
pub fn start(command: &Settings, upstream: &str, own: &[(&str, &str)]) -> Program {
    let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/../routes.example.toml");
    let mut settings: Vec<(&str, &str)> =
        command.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The last one of a name counts.
    settings.extend([("API_URL", upstream), ("BFF_ROUTES", routes), ("BFF_LISTEN", "127.0.0.1:0")]);
    settings.extend(own);
    Program::start(&settings)
}

/// The settings of each command of a block of code that has some. Values may stand in double quotes.
pub fn settings_of(block: &str) -> Vec<Settings> {
    let block = block.replace("\\\n", "").replace("$(openssl rand -hex 32)", KEY_A);
    let mut commands = Vec::new();
    for line in block.lines().filter(|line| !line.starts_with('#')) {
        let mut settings = Settings::new();
        let mut rest = line;
        while let Some((before, behind)) = rest.split_once('=') {
            let name = before.rsplit(' ').next().unwrap_or_default();
            let (value, behind) = match behind.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => behind.split_once(' ').unwrap_or((behind, "")),
            };
            if name.starts_with("BFF_") || name == "API_URL" {
                settings.push((name.to_owned(), value.to_owned()));
            }
            rest = behind;
        }
        if !settings.is_empty() {
            commands.push(settings);
        }
    }
    commands
}

/// The code blocks of a page, each with a backslash at a line's end taken for what the shell takes it for.
fn commands(page: &str) -> Vec<String> {
    let mut blocks = page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
    let mut commands = Vec::new();
    for block in blocks.by_ref() {
        commands.extend(block.replace("\\\n", "").lines().map(str::to_owned));
    }
    commands
}
