//! The limit of open files: each connection takes one.

use crate::config::Config;

/// Open files besides connections: listeners, the log, the database of the demo, what the runtime keeps.
const OTHERS: usize = 128;

/// Fewest connections of a worker, however low the limit is.
const CONNECTIONS_MIN: usize = 64;

/// Raises the limit as far as the system allows, and lowers the default of `BFF_MAX_CONNECTIONS` to what fits below it.
/// Returns a warning where a number that was set does not fit.
pub(super) fn raise(config: &mut Config) -> Option<String> {
    let limit = usize::try_from(raised()?).unwrap_or(usize::MAX);
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = config.listen.workers.unwrap_or_else(cores);
    let each = config.listen.max_connections.saturating_add(config.upstream.connections);
    let wanted = workers.saturating_mul(each).saturating_add(OTHERS);
    if wanted <= limit {
        return None;
    }
    if config.listen.max_connections_given {
        return Some(format!(
            "BFF_MAX_CONNECTIONS: {wanted} open files are needed for the connections that are set, and the system allows \
             {limit} (ulimit -Hn)"
        ));
    }
    let fits = (limit.saturating_sub(OTHERS) / workers).saturating_sub(config.upstream.connections);
    config.listen.max_connections = fits.max(CONNECTIONS_MIN);
    None
}

/// The limit after it was raised; `None` where there is none.
#[cfg(unix)]
fn raised() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let highest = Rlimit { current: maximum, maximum };
    // Some systems say that there is no limit, and take none that high.
    if setrlimit(Resource::Nofile, highest).is_ok() { maximum } else { current }
}

#[cfg(not(unix))]
const fn raised() -> Option<u64> {
    None
}
