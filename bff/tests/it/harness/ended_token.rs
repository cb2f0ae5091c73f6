//! A session whose access token has ended, and many requests that find out at once.

use std::{sync::Barrier, thread, time::Duration};

use super::{
    browser::{Request, Response},
    test_app::TestApp,
    token_upstream::{TokenUpstream, sign_in, with},
};

/// Requests that [`all_at_once`] sends.
const MANY: usize = 100;

/// Sends the same request from many browsers of one session at once.
pub fn all_at_once(app: &TestApp, cookie: &str) -> Vec<Response> {
    let together = Barrier::new(MANY);
    thread::scope(|scope| {
        let requests = (0..MANY).map(|_| {
            scope.spawn(|| {
                together.wait();
                with(cookie, Request::get("/api/server/todos")).send(app.port)
            })
        });
        let requests: Vec<_> = requests.collect();
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    })
}

/// A server, and a session whose access token has ended: as its claims say, or (`silent`) as only the upstream knows.
pub fn with_ended_token(settings: &[(&str, &str)], silent: bool) -> (TokenUpstream, TestApp, String) {
    let upstream = TokenUpstream::start();
    let mut settings = settings.to_vec();
    settings.extend([
        ("BFF_UPSTREAM_TIMEOUT", "15s"),
        ("BFF_RATE_LIMIT", "off"),
        ("BFF_CALLER_EXCHANGES", "200"),
    ]);
    let app = TestApp::before(&upstream.upstream.url(), &settings);
    // Good for the profile, and due at once: a life of two seconds is renewed in its last quarter.
    upstream.state().life = if silent { None } else { Some(2) };
    let cookie = sign_in(&app);
    upstream.expire();
    upstream.state().life = if silent { None } else { Some(3600) };
    if silent {
        // Tokens that are a few seconds old are not suspected.
        thread::sleep(Duration::from_millis(5100));
    } else {
        thread::sleep(Duration::from_millis(2100));
    }
    (upstream, app, cookie)
}
