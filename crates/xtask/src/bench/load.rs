//! Load: wrk as fast as the server answers, oha at a fixed rate whether or not it answers.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::process::{LOAD_CORE, pinned};
use super::scenario::{CONTENT_TYPE, FIELDS, Scenario};

/// The results of one run of wrk.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Load {
    pub(super) requests: f64,
    pub(super) per_second: f64,
    /// Microseconds.
    pub(super) p50: f64,
    /// Microseconds.
    pub(super) p99: f64,
}

/// What wrk sends, in its own language.
pub(super) struct Script(String);

impl Script {
    /// Requests that `request` makes, the body of a function in Lua.
    pub(super) fn new(method: &str, request: &str) -> Self {
        let mut script = Self(format!("math.randomseed(os.time())\nwrk.method = {method:?}\n"));
        script.fields(&FIELDS);
        if method == "POST" {
            script.fields(&[CONTENT_TYPE]);
        }
        script.0.push_str(&format!("request = function() {request} end\n"));
        script
    }

    /// The requests of a scenario, always the same. `cookie` names the session.
    pub(super) fn of(scenario: &Scenario, cookie: &str) -> Self {
        let mut script = Self(format!("wrk.method = {:?}\n", scenario.method));
        if let Some(body) = scenario.body {
            script.0.push_str(&format!("wrk.body = [[{body}]]\n"));
        }
        script.fields(&scenario.fields(cookie));
        script
    }

    /// Lets every client wait after each answer, so many milliseconds in the mean.
    pub(super) fn with_pause(mut self, mean: f64) -> Self {
        // wrk takes whole milliseconds.
        self.0.push_str(&format!("delay = function() return math.floor({mean:.3} + math.random()) end\n"));
        self
    }

    fn fields(&mut self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            self.0.push_str(&format!("wrk.headers[{name:?}] = [[{value}]]\n"));
        }
    }
}

/// Asks for a scenario's answer over and over, for that long.
///
/// # Errors
/// When an answer is an error, or a connection breaks.
pub(super) fn wrk(
    folder: &Path,
    address: &str,
    scenario: &Scenario,
    cookie: &str,
    time: Duration,
) -> Result<Load> {
    let url = format!("{address}{}", scenario.path);
    run(folder, &url, &Script::of(scenario, cookie), scenario.connections, time)
        .with_context(|| scenario.name.to_owned())
}

/// Sends what a script says, for that long.
///
/// # Errors
/// When an answer is an error, or a connection breaks.
pub(super) fn run(
    folder: &Path,
    url: &str,
    script: &Script,
    connections: usize,
    time: Duration,
) -> Result<Load> {
    let file = folder.join("load.lua");
    std::fs::write(&file, &script.0).context("writing the script of wrk")?;
    let output = pinned(LOAD_CORE, Path::new("wrk"))
        .args(["--threads", "1", "--latency", "--timeout", "10s"])
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={}s", time.as_secs().max(1)))
        .arg("--script")
        .arg(&file)
        .arg(format!("http://{url}"))
        .output()
        .context("running wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx or 3xx") || text.contains("Socket errors") || !output.status.success() {
        bail!("wrk printed: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    parse_wrk(&text).with_context(|| format!("wrk printed: {text}"))
}

fn parse_wrk(text: &str) -> Option<Load> {
    let after = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Load {
        requests: requests.parse().ok()?,
        per_second: after("Requests/sec:")?.parse().ok()?,
        p50: micros(after("50%")?)?,
        p99: micros(after("99%")?)?,
    })
}

/// A time such as `1.05ms`, in microseconds.
fn micros(text: &str) -> Option<f64> {
    let units = [("us", 1.0), ("µs", 1.0), ("ns", 1e-3), ("ms", 1e3), ("m", 60e6), ("s", 1e6), ("sec", 1e6)];
    let end = text.find(|byte: char| !byte.is_ascii_digit() && byte != '.')?;
    let (number, unit) = text.split_at(end);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    Some(number.parse::<f64>().ok()? * factor)
}

/// Waits of clients that come at a fixed rate, whether or not the server keeps up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waits {
    /// Requests with an answer. Fewer than were due say that the load could not keep its rate.
    pub(super) answered: f64,
    /// Microseconds.
    pub(super) p50: f64,
    /// Microseconds.
    pub(super) p99: f64,
}

/// Asks so many times a second for that long. A wait counts from the moment at which the request was due.
///
/// # Errors
/// When an answer is an error, or none comes.
pub(super) fn oha(
    program: &Path,
    address: &str,
    scenario: &Scenario,
    cookie: &str,
    rate: f64,
    time: Duration,
) -> Result<Waits> {
    let mut command = pinned(LOAD_CORE, program);
    command
        .args(["--no-tui", "--latency-correction", "--disable-compression", "-c", "64", "-q"])
        .arg(format!("{rate:.0}"))
        .args(["-z", &format!("{}s", time.as_secs().max(1)), "-m", scenario.method]);
    for (name, value) in scenario.fields(cookie) {
        command.args(["-H", &format!("{name}: {value}")]);
    }
    if let Some(body) = scenario.body {
        command.args(["-d", body]);
    }
    let output = command.arg(format!("http://{address}{}", scenario.path)).output().context("running oha")?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_oha(&text)
        .with_context(|| format!("oha printed: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn parse_oha(text: &str) -> Option<Waits> {
    let percentile = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name))?;
        micros(&line.trim().strip_prefix("in ")?.replace(' ', ""))
    };
    let mut statuses = text.lines().map(str::trim).filter(|line| line.ends_with(" responses"));
    let good = statuses.next().filter(|line| line.starts_with("[20"))?;
    // A second row is another status.
    let only = statuses.next().is_none();
    let answered = good.split_whitespace().nth(1).filter(|_| only)?.parse().ok()?;
    Some(Waits { answered, p50: percentile("50.00%")?, p99: percentile("99.00%")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_wrk_are_read() {
        let text = "Running 3s test\n  Latency Distribution\n     50%    1.05ms\n     75%    1.10ms\n     90%  900.00us\n     \
                    99%    2.00s\n  12345 requests in 3.00s, 33.00MB read\nRequests/sec:   4115.00\n";
        let expected = Load { requests: 12345.0, per_second: 4115.0, p50: 1050.0, p99: 2_000_000.0 };
        assert_eq!(parse_wrk(text), Some(expected));
    }

    #[test]
    fn the_percentiles_of_oha_are_read() {
        let text = "  50.00% in 0.2000 ms\n  99.00% in 0.0015 sec\nStatus code distribution:\n  [200] 70 responses\n";
        assert_eq!(parse_oha(text), Some(Waits { answered: 70.0, p50: 200.0, p99: 1500.0 }));
    }
}
