//! Single flight as a property: no request is answered later or worse than it would have been alone.
//!
//! Two things are allowed for: the time up to the head of the first answer, and a shared body, which comes as fast as
//! the upstream sends it and may break off after its first byte. All cases run together against one server, each with an
//! address of its own.

use std::{
    io::Write as _,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};

use crate::harness::{
    browser::{Request, Response, read},
    test_app::TestApp,
    upstream::Upstream,
};

/// How many cases there are.
const CASES: usize = 96;

/// The unit of every time, many times what the machine adds.
const UNIT: Duration = Duration::from_millis(250);

/// The time between two cases: a listener's queue holds 128 connections, and one that does not fit waits for a second.
const APART: Duration = Duration::from_millis(15);

/// The longest that the server waits for a head, and for an answer that is read whole, in units.
const TIMEOUT: u32 = 6;

/// The time that a busy machine may add, in units.
const SLACK: u32 = 3;

/// How one upstream answer behaves.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Units from the request to the head.
    head: u32,
    /// Units from the head to the end.
    body: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shareable,
    NoStore,
    Private,
    Chunked,
    ServerError,
    /// The connection is closed in the place of a head.
    NoHead,
    /// The connection is closed within the body.
    Broken,
}

impl Kind {
    /// Whether the head says that others may have the answer while it arrives.
    const fn is_shared(self) -> bool {
        matches!(self, Self::Shareable | Self::Broken)
    }
}

/// A client: when it comes, in units, and how the upstream answers it.
type Client = (u32, Plan);

fn clients() -> impl Strategy<Value = Vec<Client>> {
    let kind = prop_oneof![
        3 => Just(Kind::Shareable),
        2 => Just(Kind::NoStore),
        1 => Just(Kind::Private),
        2 => Just(Kind::Chunked),
        1 => Just(Kind::ServerError),
        1 => Just(Kind::NoHead),
        1 => Just(Kind::Broken),
    ];
    // At once, in time by a unit, or late by two: who is fast alone has the most to lose.
    let head = prop_oneof![3 => Just(0), 6 => 0..TIMEOUT, 1 => Just(TIMEOUT + 2)];
    let body = prop_oneof![1 => Just(0), 1 => 0..TIMEOUT, 1 => Just(TIMEOUT - 1)];
    let plan = (head, body, kind).prop_map(|(head, body, kind)| Plan { head, body, kind });
    let comes = prop_oneof![2 => Just(0), 1 => 0..=3_u32];
    prop::collection::vec((comes, plan), 2..=4)
}

impl Plan {
    /// The plan as a field of the request, which the upstream reads.
    fn field(self) -> String {
        format!("{} {} {}", self.head, self.body, self.kind as u8)
    }

    fn parse(request: &str) -> Self {
        let field = request
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("x-plan: ").map(str::to_owned));
        let numbers: Vec<u32> = field.unwrap().split(' ').map(|number| number.parse().unwrap()).collect();
        let kinds = [
            Kind::Shareable,
            Kind::NoStore,
            Kind::Private,
            Kind::Chunked,
            Kind::ServerError,
            Kind::NoHead,
            Kind::Broken,
        ];
        Self { head: numbers[0], body: numbers[1], kind: kinds[numbers[2] as usize] }
    }

    /// Answers as planned; whether the connection stays open.
    fn answer(self, connection: &mut TcpStream) -> bool {
        thread::sleep(UNIT * self.head);
        let (fields, content): (_, &[u8]) = match self.kind {
            Kind::Shareable | Kind::Broken => {
                ("Cache-Control: max-age=60\r\nContent-Length: 100000\r\n", &LONG)
            }
            Kind::NoStore => ("Cache-Control: no-store\r\nContent-Length: 100000\r\n", &LONG),
            Kind::Private => ("Cache-Control: private\r\nContent-Length: 100000\r\n", &LONG),
            Kind::Chunked => {
                ("Cache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n", b"2\r\nok\r\n0\r\n\r\n")
            }
            Kind::ServerError => {
                let _ = connection.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
                return true;
            }
            Kind::NoHead => return false,
        };
        let _ = connection.write_all(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes());
        let (first, rest) = content.split_at(1);
        let _ = connection.write_all(first);
        thread::sleep(UNIT * self.body);
        self.kind != Kind::Broken && connection.write_all(rest).is_ok()
    }

    /// Units up to the head, or up to where it is known that none comes.
    fn known(self) -> u32 {
        match self.kind {
            // A request whose connection is closed may be sent once more.
            Kind::NoHead => (2 * self.head).min(TIMEOUT),
            _ => self.head.min(TIMEOUT),
        }
    }

    /// What a request that is answered so gets when it is alone.
    const fn alone(self) -> Outcome {
        match self.kind {
            _ if self.head > TIMEOUT => Outcome::Failed,
            Kind::NoHead | Kind::ServerError => Outcome::Failed,
            Kind::Broken => Outcome::Cut,
            Kind::Shareable | Kind::NoStore | Kind::Private | Kind::Chunked => Outcome::Whole,
        }
    }
}

static LONG: [u8; 100_000] = [b'x'; 100_000];

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Whole,
    Cut,
    Failed,
}

/// An answer, with the times from its request to its first byte and to its last.
struct Answer {
    response: Response,
    first: Duration,
    last: Duration,
}

/// Asks as one client of a case.
fn ask(port: u16, case: usize, client: Client) -> Answer {
    thread::sleep(APART * u32::try_from(case).unwrap() + UNIT * client.0);
    let began = Instant::now();
    let request = Request::get(&format!("/api/server/case-{case}")).header("X-Plan", &client.1.field());
    let mut connection = request.begin(port);
    connection.peek(&mut [0]).unwrap();
    let first = began.elapsed();
    Answer { response: read(&mut connection), first, last: began.elapsed() }
}

/// The fault of an answer; `None` where it is neither later nor worse than allowed.
fn fault(own: Plan, others: &[Plan], answer: &Answer) -> Option<String> {
    let shared = || others.iter().filter(|plan| plan.kind.is_shared());
    // The time up to the head of an answer that this client may have waited for.
    let waited = others.iter().map(|plan| plan.known()).max().unwrap_or_default();
    let body = shared().map(|plan| plan.body).fold(own.body, u32::max);
    let broken = shared().any(|plan| plan.kind == Kind::Broken);
    let Answer { response, first, last } = answer;
    let alone = own.alone();
    let is_whole = response.status == 200 && (response.complete || broken);
    if alone == Outcome::Whole && !is_whole {
        return Some(format!("{} {}", response.status, response.complete));
    }
    let head = UNIT * (own.known() + waited + SLACK);
    if *first > head {
        return Some(format!("begun after {first:?} in the place of {head:?}"));
    }
    let end = head + UNIT * body;
    (*last > end).then(|| format!("ended after {last:?} in the place of {end:?}"))
}

#[test]
fn no_request_is_answered_later_or_worse_than_alone() {
    let upstream = Upstream::scripted(|connection, request| Plan::parse(request).answer(connection));
    let timeout = format!("{}ms", (UNIT * TIMEOUT).as_millis());
    let settings = [
        ("BFF_UPSTREAM_TIMEOUT", timeout.as_str()),
        ("BFF_RATE_LIMIT", "off"),
        ("BFF_CALLER_EXCHANGES", "1000"),
        ("BFF_WORKERS", "2"),
        ("BFF_REQUEST_HEADERS", "x-plan"),
    ];
    let app = TestApp::before(&upstream.url(), &settings);
    let mut runner = TestRunner::new(Config::default());
    let cases: Vec<Vec<Client>> =
        (0..CASES).map(|_| clients().new_tree(&mut runner).unwrap().current()).collect();
    let faults: Vec<String> = thread::scope(|scope| {
        let mut running = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            for (index, client) in case.iter().enumerate() {
                running.push((case, index, scope.spawn(move || ask(app.port, number, *client))));
            }
        }
        let faults = running.into_iter().filter_map(|(case, index, running)| {
            let mut others: Vec<Plan> = case.iter().map(|(_, plan)| *plan).collect();
            let own = others.remove(index);
            let fault = fault(own, &others, &running.join().unwrap())?;
            Some(format!("client {index} of {case:?}: {fault}"))
        });
        faults.collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
