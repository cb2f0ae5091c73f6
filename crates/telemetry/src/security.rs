//! Security events: sign-ins, ended sessions and refusals, each with its reason (OWASP ASVS 5.0, V16.3).
//!
//! Each event is one line with `target` `bff::security` and a stable `event`. Refusals that come often are counted beyond
//! some lines, and the count is a line of its own. No line holds a token, a cookie or a
//! password. Text that a stranger chose is cut and freed of control characters, so that no line can be forged.

use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    metrics,
    refusals::{Origin, Refusals, Untold},
};

/// `target` of the events.
const SECURITY: &str = "bff::security";

/// The most characters that are logged of a text that a stranger chose.
const TEXT_MAX: usize = 128;

/// The pause between two looks for refusals whose period has ended.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The refusals of this process; like the log, there is one.
static REFUSALS: LazyLock<Mutex<Refusals>> = LazyLock::new(Mutex::default);

/// The client that caused an event.
#[derive(Debug, Clone, Copy)]
pub struct EventSource<'a> {
    /// The request's id.
    pub request_id: &'a str,
    /// The client's address.
    pub address: Option<IpAddr>,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// It was not used for too long, or is too old.
    Expired,
    /// The person signed out.
    SignedOut,
    /// The person ended it from another one.
    EndedByUser,
    /// Another sign-in took its place: in the same browser, or of a person with too many sessions.
    Replaced,
    /// Its refresh token is dead.
    RefreshRefused,
    /// The OpenID provider ended it.
    EndedByProvider,
    /// Its renewed tokens do not fit into its cookie, or its claims are over their limit.
    TooLarge,
    /// The person fits no rule of admission any more.
    NotAdmitted,
    /// The provider has renewed its tokens with those of another person.
    AnotherPerson,
}

impl SessionEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::SignedOut => "signed_out",
            Self::EndedByUser => "ended_by_user",
            Self::Replaced => "replaced",
            Self::RefreshRefused => "refresh_refused",
            Self::EndedByProvider => "ended_by_provider",
            Self::TooLarge => "too_large",
            Self::NotAdmitted => "not_admitted",
            Self::AnotherPerson => "another_person",
        }
    }
}

/// The reason why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It came from another site.
    Origin,
    /// It calls the server by a name that is not the server's.
    Host,
    /// Its path is ambiguous.
    Path,
    /// It came too often.
    RateLimit,
    /// It does not parse as HTTP.
    Syntax,
}

/// Logs that a person signed in.
pub fn signed_in(user: &str, handle: &str, source: EventSource<'_>) {
    let EventSource { request_id, address } = source;
    let user = printable(user);
    metrics::happened("sign_in");
    tracing::info!(target: SECURITY, event = "sign_in", user = &*user, session = handle, address = address.map(tracing::field::display), request_id, "signed in");
}

/// Logs a failed sign-in. `name` is the name that was typed, where there was one.
pub fn sign_in_failed(name: &str, reason: &str, source: EventSource<'_>) {
    let EventSource { request_id, address } = source;
    let (user, reason) = (printable(name), printable(reason));
    metrics::happened("sign_in_failed");
    tracing::warn!(target: SECURITY, event = "sign_in_failed", user = &*user, reason = &*reason, address = address.map(tracing::field::display), request_id, "sign-in failed");
}

/// Logs a refused request to end sessions: of the OpenID provider, or of a stranger in its place.
pub fn logout_refused(reason: &str, source: EventSource<'_>) {
    let EventSource { request_id, address } = source;
    let reason = printable(reason);
    metrics::happened("logout_refused");
    if !leaves_a_line("logout_refused", address) {
        return;
    }
    tracing::warn!(target: SECURITY, event = "logout_refused", reason = &*reason, address = address.map(tracing::field::display), request_id, "logout token refused");
}

/// Logs the end of a session.
pub fn session_ended(user: &str, handle: &str, reason: SessionEnd) {
    let user = printable(user);
    metrics::happened("session_end");
    tracing::info!(target: SECURITY, event = "session_end", user = &*user, session = handle, reason = reason.as_str(), "session ended");
}

/// Logs a session that no key of ours opens. The caller logs it once a minute at most.
pub fn session_unreadable() {
    metrics::happened("session_unreadable");
    tracing::warn!(target: SECURITY, event = "session_unreadable", "a stored session does not open: it was tampered with, or BFF_SESSION_KEY differs between replicas");
}

/// Logs a refused request, unless its kind has left many lines for this address lately; `detail` tells more.
pub fn refused(what: Refused, detail: &str, source: EventSource<'_>) {
    let EventSource { request_id, address } = source;
    let detail = printable(detail);
    let event = match what {
        Refused::Origin => "refused_origin",
        Refused::Host => "refused_host",
        Refused::Path => "refused_path",
        Refused::RateLimit => "rate_limited",
        Refused::Syntax => "refused_syntax",
    };
    metrics::happened(event);
    if !leaves_a_line(event, address) {
        return;
    }
    tracing::warn!(target: SECURITY, event, detail = &*detail, address = address.map(tracing::field::display), request_id, "refused");
}

/// Whether an event from there leaves a line; those that do not are counted, and told later.
pub(super) fn leaves_a_line(event: &'static str, address: Option<IpAddr>) -> bool {
    refusals(|refusals| refusals.take(event, address, Instant::now()))
}

/// Logs from time to time how many refusals left no line. It never ends.
pub async fn tell_counted() -> ! {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        tell(refusals(|refusals| refusals.end(Instant::now(), false)));
    }
}

/// Logs what [`tell_counted`] would log later; to be called before the process ends.
pub fn tell_all_counted() {
    tell(refusals(|refusals| refusals.end(Instant::now(), true)));
}

fn refusals<T>(work: impl FnOnce(&mut Refusals) -> T) -> T {
    // No code panics while it holds the lock; were one to, the counts would still be whole.
    work(&mut REFUSALS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn tell(untold: Vec<Untold>) {
    for Untold { origin: Origin { event, address }, count } in untold {
        tracing::warn!(target: SECURITY, event, count, address = address.map(tracing::field::display), "refused: {count} more of this kind within a minute");
    }
}

/// `text`, cut and without control characters (CR and LF among them) and the marks that turn the direction of text.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    printable_within(text, TEXT_MAX)
}

/// [`printable`], cut to `max` characters.
#[must_use]
pub fn printable_within(text: &str, max: usize) -> Cow<'_, str> {
    let is_plain =
        |c: char| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_short_and_ascii = text.len() <= max && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_short_and_ascii || text.len() <= max && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    text.chars().take(max).map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_35_what_a_stranger_chose_cannot_forge_a_line() {
        assert_eq!(printable("ada"), "ada");
        assert_eq!(printable("ada\r\n07:12 INFO signed in"), "ada\u{fffd}\u{fffd}07:12 INFO signed in");
        assert_eq!(printable("a\u{202e}b\u{1b}[31m"), "a\u{fffd}b\u{fffd}[31m");
        assert_eq!(printable(&"ü".repeat(4000)).chars().count(), TEXT_MAX);
    }
}
