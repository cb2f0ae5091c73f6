//! Cost as work grows: processor time of one request with few and with many routes, entries, callers, sessions, items.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::ask;
use super::load::{self, Script};
use super::peers::{ROUTES, Stage};
use super::process::Process;
use super::scenario::{CONTENT_TYPE, FIELDS};
use super::table::median;
use crate::step::Progress;

/// How often each size is measured, and for how long.
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(3);

/// Addresses that a limiter tells apart come from here.
const TRUSTED: (&str, &str) = ("BFF_TRUSTED_PROXIES", "127.0.0.0/8");

/// One kind of work.
struct Growth {
    title: &'static str,
    sizes: &'static [usize],
    /// The server, made ready for that size, and the load.
    prepare: fn(&Stage, usize) -> Result<(Process, Script)>,
    /// Units of work in one request. So many requests at a time that about 64 units are under way.
    units: fn(usize) -> usize,
}

/// Units of work that are under way at a time.
const UNDER_WAY: usize = 64;

const GROWTHS: [Growth; 5] = [
    Growth { title: "routes", sizes: &[1, 100, 10_000], prepare: routes, units: |_| 1 },
    Growth { title: "cache entries", sizes: &[1, 1_000, 1_000_000], prepare: entries, units: |_| 1 },
    // The limiter keeps 200,000 callers at the most: the last size measures how it makes room.
    Growth {
        title: "callers under the limit",
        sizes: &[1, 1_000, 1_000_000],
        prepare: callers,
        units: |_| 1,
    },
    Growth { title: "sessions", sizes: &[1, 1_000, 100_000], prepare: sessions, units: |_| 1 },
    Growth { title: "items of a batch, for each", sizes: &[1, 10, 100], prepare: items, units: |size| size },
];

/// Measures everything, and returns the table.
///
/// # Errors
/// When a server does not start or answers with an error.
pub(super) fn measure(stage: &Stage, progress: &Progress) -> Result<String> {
    let mut table = String::from("| grows | sizes | CPU µs each | slope, log to log |\n|---|---|---|---|\n");
    for growth in &GROWTHS {
        let mut points = Vec::new();
        for size in growth.sizes {
            let name = format!("{}: {size}", growth.title);
            let cost = progress.step(&name, "", |_| cost(stage, growth, *size))?;
            points.push((*size as f64, cost));
        }
        let sizes: Vec<String> = growth.sizes.iter().map(ToString::to_string).collect();
        let costs: Vec<String> = points.iter().map(|(_, cost)| format!("{cost:.1}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {:.3} |",
            growth.title,
            sizes.join(", "),
            costs.join(", "),
            slope(&points)
        );
    }
    Ok(table)
}

fn cost(stage: &Stage, growth: &Growth, size: usize) -> Result<f64> {
    let (server, script) = (growth.prepare)(stage, size)?;
    let units = (growth.units)(size);
    let connections = (UNDER_WAY / units).max(1);
    let mut costs = Vec::new();
    load::run(&stage.folder, &server.address, &script, connections, TIME)?;
    for _ in 0..ROUNDS {
        let before = server.cpu_nanos();
        let load = load::run(&stage.folder, &server.address, &script, connections, TIME)?;
        let used = server.cpu_nanos().saturating_sub(before);
        costs.push(used as f64 / 1e3 / load.requests / units as f64);
    }
    Ok(median(&costs))
}

/// The slope of the best line through the logarithms: 0 where size costs nothing, 1 where cost is in proportion.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, cost)| (size.ln(), cost.ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), (size, cost)| (x + size / count, y + cost / count));
    let up: f64 = logs.iter().map(|(size, cost)| (size - x) * (cost - y)).sum();
    let across: f64 = logs.iter().map(|(size, _)| (size - x).powi(2)).sum();
    up / across
}

/// So many routes beside the one that is asked for.
fn routes(stage: &Stage, size: usize) -> Result<(Process, Script)> {
    let mut table = ROUTES.to_owned();
    for number in 0..size {
        // Writing to a string cannot fail.
        let _ = write!(table, "\n[[route]]\npath = \"/other-{number}/{{id}}/part-{number}\"\n");
    }
    let file = stage.folder.join("many-routes.toml");
    std::fs::write(&file, table).with_context(|| format!("writing {}", file.display()))?;
    let server = stage.bff(&[("BFF_ROUTES", "many-routes.toml")])?;
    Ok((server, Script::new("GET", "return wrk.format(nil, '/api/server/one/' .. math.random(1, 100))")))
}

/// A cache that holds so many answers; the load asks for them at random.
fn entries(stage: &Stage, size: usize) -> Result<(Process, Script)> {
    let server = stage.bff(&[("BFF_CACHE_MAX", "8GiB")])?;
    let path = |number: usize| format!("/api/server/cached-one/{number}");
    ask::each(&server.address, size, |number| ask::text("GET", &path(number), &FIELDS, ""))?;
    let any = format!("return wrk.format(nil, '/api/server/cached-one/' .. math.random(1, {size}))");
    Ok((server, Script::new("GET", &any)))
}

/// So many addresses, told by a trusted proxy.
fn callers(stage: &Stage, size: usize) -> Result<(Process, Script)> {
    let server = stage.bff(&[TRUSTED])?;
    let request = |number: usize| {
        let [_, a, b, c] = u32::try_from(number).unwrap_or_default().to_be_bytes();
        let address = format!("10.{a}.{b}.{c}");
        ask::text("GET", "/api/server/cached", &[("X-Forwarded-For", address.as_str())], "")
    };
    ask::each(&server.address, size, request)?;
    let any = format!(
        "local c = math.random(1, {size}); wrk.headers['X-Forwarded-For'] = string.format('10.%d.%d.%d', \
         math.floor(c / 65536), math.floor(c / 256) % 256, c % 256); return wrk.format(nil, '/api/server/cached')"
    );
    Ok((server, Script::new("GET", &any)))
}

/// So many sessions, each of another person; the load goes in the name of one.
fn sessions(stage: &Stage, size: usize) -> Result<(Process, Script)> {
    let server = stage.bff(&[("BFF_LOGIN_LIMIT", "off"), ("BFF_SESSIONS", "200000")])?;
    let fields = [("Sec-Fetch-Site", "same-origin"), CONTENT_TYPE];
    let person = |number: usize| format!("{{\"username\":\"u{number}\",\"password\":\"p\"}}");
    ask::each(&server.address, size, |number| ask::text("POST", "/bff/login", &fields, &person(number)))?;
    let cookie = super::peers::sign_in(&server.address)?;
    let any =
        format!("wrk.headers['Cookie'] = '{cookie}'; return wrk.format(nil, '/api/server/session/cached')");
    Ok((server, Script::new("GET", &any)))
}

/// Batches of so many items.
fn items(stage: &Stage, size: usize) -> Result<(Process, Script)> {
    let server = stage.bff(&[("BFF_BATCH_MAX", "100")])?;
    let item = |number: usize| format!("{{\"url\":\"/one/{number}\",\"method\":\"GET\"}}");
    let items: Vec<String> = (1..=size).map(item).collect();
    let body = format!("{{\"requests\":[{}]}}", items.join(","));
    let batch = ask::text("POST", "/api/server/batch", &[FIELDS.as_slice(), &[CONTENT_TYPE]].concat(), &body);
    let good = ask::once(&server.address, &batch)?.matches("\"status\":200").count();
    ensure!(good == size, "{good} of {size} items were answered");
    let script = format!("return wrk.format(nil, '/api/server/batch', nil, '{body}')");
    Ok((server, Script::new("POST", &script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_exponent_of_the_growth() {
        let points = |exponent: f64| [1.0, 10.0, 100.0].map(|size: f64| (size, 5.0 * size.powf(exponent)));
        for exponent in [0.0, 0.5, 1.0] {
            assert!((slope(&points(exponent)) - exponent).abs() < 1e-9);
        }
    }
}
