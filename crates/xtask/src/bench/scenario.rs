//! The scenarios: what is asked for, and of which servers.

/// A server that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// The product, with its normal features on.
    Bff,
    /// actix-web in front of awc, and nothing else.
    Bare,
    /// nginx with connections to the upstream kept, and nothing else.
    Nginx,
    /// nginx doing what the product does: log, id, limit, the same added fields.
    NginxSameWork,
}

impl Peer {
    pub(super) const ALL: [Self; 4] = [Self::Bff, Self::Bare, Self::Nginx, Self::NginxSameWork];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bff => "bff",
            Self::Bare => "actix-web + awc",
            Self::Nginx => "nginx",
            Self::NginxSameWork => "nginx, same work",
        }
    }
}

/// One kind of request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenario {
    /// By which it is chosen on the command line.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) body: Option<&'static str>,
    /// A field of this scenario alone.
    pub(super) field: Option<(&'static str, &'static str)>,
    pub(super) connections: usize,
    pub(super) peers: &'static [Peer],
    /// Whether it is asked in the name of a session.
    pub(super) session: bool,
    /// Whether the servers compress.
    pub(super) compressed: bool,
    /// A part of the product's answer, in lower case.
    pub(super) expect: &'static str,
    /// Whether `--quick` measures it.
    pub(super) quick: bool,
}

/// Fields that a browser sends with a request for data.
pub(super) const FIELDS: [(&str, &str); 8] = [
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
    ),
    ("Accept", "application/json"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Accept-Language", "en-US,en;q=0.9"),
    ("Referer", "http://127.0.0.1/todos"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Dest", "empty"),
];

/// The type of everything that is sent.
pub(super) const CONTENT_TYPE: (&str, &str) = ("Content-Type", "application/json");

impl Scenario {
    /// The fields of its requests. `cookie` names the session.
    pub(super) fn fields<'a>(&'a self, cookie: &'a str) -> Vec<(&'a str, &'a str)> {
        let own = self.field.map(|(name, _)| name);
        let mut fields: Vec<_> = FIELDS.into_iter().filter(|(name, _)| Some(*name) != own).collect();
        fields.extend(self.field);
        if self.body.is_some() {
            fields.push(CONTENT_TYPE);
        }
        if self.session {
            fields.push(("Cookie", cookie));
        }
        fields
    }
}

const READ: Scenario = Scenario {
    name: "",
    title: "",
    method: "GET",
    path: "",
    body: None,
    field: None,
    connections: 64,
    peers: &Peer::ALL,
    session: false,
    compressed: false,
    expect: "http/1.1 200",
    quick: false,
};

/// Ten reads in one request.
const BATCH: &str = r#"{"requests":[{"url":"/one/1","method":"GET"},{"url":"/one/2","method":"GET"},{"url":"/one/3","method":"GET"},{"url":"/one/4","method":"GET"},{"url":"/one/5","method":"GET"},{"url":"/one/6","method":"GET"},{"url":"/one/7","method":"GET"},{"url":"/one/8","method":"GET"},{"url":"/one/9","method":"GET"},{"url":"/one/10","method":"GET"}]}"#;

/// Everything that is measured. The path of the asset is known once the app is built.
pub(super) const SCENARIOS: [Scenario; 15] = [
    Scenario {
        name: "list",
        title: "uncached list, 2.5 KB",
        path: "/api/server/list",
        quick: true,
        expect: "cache-status: bff; fwd=uri-miss\r",
        ..READ
    },
    Scenario {
        name: "list-1",
        title: "the same, 1 connection",
        path: "/api/server/list",
        connections: 1,
        expect: "cache-status: bff; fwd=uri-miss\r",
        ..READ
    },
    Scenario { name: "one", title: "one todo, 90 B", path: "/api/server/one/7", expect: "\"id\":7", ..READ },
    Scenario {
        name: "create",
        title: "create",
        method: "POST",
        path: "/api/server/add",
        body: Some(r#"{"todo":"Write down what has to be done","completed":false,"userId":26}"#),
        quick: true,
        expect: "http/1.1 201",
        ..READ
    },
    Scenario {
        name: "not-modified",
        title: "304 by ETag",
        path: "/api/server/tagged",
        field: Some(("If-None-Match", "W/\"a1b2c3\"")),
        expect: "http/1.1 304",
        ..READ
    },
    Scenario {
        name: "large",
        title: "1 MB, 16 connections",
        path: "/api/server/large",
        connections: 16,
        quick: true,
        expect: "content-length: 1048576",
        ..READ
    },
    Scenario {
        name: "hit",
        title: "cache hit, 2.5 KB",
        path: "/api/server/cached",
        quick: true,
        peers: CACHES,
        expect: "cache-status: bff; hit",
        ..READ
    },
    Scenario {
        name: "hit-1",
        title: "the same, 1 connection",
        path: "/api/server/cached",
        connections: 1,
        peers: CACHES,
        expect: "cache-status: bff; hit",
        ..READ
    },
    Scenario {
        name: "list-gzip",
        title: "uncached list, gzip",
        path: "/api/server/list",
        peers: CACHES,
        field: Some(("Accept-Encoding", "gzip")),
        compressed: true,
        expect: "content-encoding: gzip",
        ..READ
    },
    Scenario {
        name: "hit-gzip",
        title: "cache hit, gzip",
        path: "/api/server/cached",
        peers: CACHES,
        field: Some(("Accept-Encoding", "gzip")),
        compressed: true,
        expect: "content-encoding: gzip",
        ..READ
    },
    Scenario {
        name: "session-hit",
        title: "cache hit in a session",
        path: "/api/server/session/cached",
        peers: &[Peer::Bff],
        session: true,
        expect: "cache-status: bff; hit",
        ..READ
    },
    Scenario {
        name: "session-list",
        title: "uncached list in a session, token attached",
        path: "/api/server/session/list",
        peers: &[Peer::Bff],
        session: true,
        expect: "cache-status: bff; fwd=bypass",
        ..READ
    },
    Scenario {
        name: "batch",
        title: "batch of 10 todos",
        method: "POST",
        path: "/api/server/batch",
        body: Some(BATCH),
        peers: &[Peer::Bff],
        expect: "\"id\":7",
        ..READ
    },
    Scenario {
        name: "page",
        title: "start page, gzip",
        path: "/",
        peers: FILES,
        field: Some(("Accept-Encoding", "gzip")),
        expect: "http/1.1 200",
        ..READ
    },
    Scenario {
        name: "asset",
        title: "wasm asset, gzip",
        path: "",
        peers: FILES,
        field: Some(("Accept-Encoding", "gzip")),
        expect: "content-encoding: gzip",
        ..READ
    },
];

/// Those that cache, and compress.
const CACHES: &[Peer] = &[Peer::Bff, Peer::Nginx, Peer::NginxSameWork];
/// Those that serve the app.
const FILES: &[Peer] = &[Peer::Bff, Peer::Nginx];
