//! Many clients before an upstream that does everything wrong, while others hold what they can: every request is accounted
//! for, none gets another's answer, and all is given back.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::ChildStderr,
    thread,
    time::{Duration, Instant},
};

use crate::harness::{
    browser::{Request, connect, read},
    polling::wait_until,
    program::{Program, terminate, wait},
    upstream::Upstream,
};

/// Clients at once.
const CLIENTS: usize = 200;

/// Requests of each, one after the other.
const REQUESTS: usize = 8;

/// What the upstream does, by the first part of a path, and the statuses that may come of it. It answers with the path.
const DEEDS: [(&str, &[u16]); 8] = [
    ("ok", &[200]),
    ("kept", &[200]),
    ("drip", &[200]),
    ("stall", &[504]),
    ("reset", &[502]),
    ("flap", &[502]),
    ("cut", &[200]),
    ("nonsense", &[502]),
];

/// Length of an answer that is cut.
const CUT: usize = 200_000;

/// Past the time for which a connection to the upstream may be kept.
const PAST_KEEPING: Duration = Duration::from_millis(1200);

/// Most bytes by which a second round may raise the memory that the first has left.
const GROWTH_MAX: u64 = 24 * 1024 * 1024;

fn upstream() -> Upstream {
    Upstream::scripted(|connection, request| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let deed = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let head = |fields: &str, length: usize| {
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{fields}Content-Length: {length}\r\n\r\n")
        };
        match deed {
            "stall" => thread::sleep(Duration::from_millis(4500)),
            "reset" => {
                let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Le");
                return false;
            }
            "flap" => return false,
            "nonsense" => {
                let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
                return false;
            }
            "cut" => {
                let _ = connection.write_all(head("", CUT).as_bytes());
                let _ = connection.write_all(path.as_bytes());
                return false;
            }
            "drip" => {
                let _ = connection.write_all(head("", path.len()).as_bytes());
                for byte in path.as_bytes() {
                    thread::sleep(Duration::from_millis(5));
                    if connection.write_all(&[*byte]).is_err() {
                        return false;
                    }
                }
                return true;
            }
            "kept" => {
                let answer = head("Cache-Control: max-age=60\r\n", path.len()) + &path;
                return connection.write_all(answer.as_bytes()).is_ok();
            }
            "large" => {
                let _ = connection.write_all(head("", 64 * 1024 * 1024).as_bytes());
                while connection.write_all(&[b'x'; 64 * 1024]).is_ok() {}
                return false;
            }
            _ => {}
        }
        connection.write_all((head("", path.len()) + &path).as_bytes()).is_ok()
    })
}

/// One client's work; the ids of its requests.
fn work(port: u16, client: usize) -> Vec<String> {
    (0..REQUESTS)
        .map(|number| {
            let (deed, allowed) = DEEDS[(client + number) % DEEDS.len()];
            // Some ask for the same at once.
            let path = match deed {
                "kept" => format!("/kept/{}", number % 3),
                _ => format!("/{deed}/{client}-{number}"),
            };
            let answer = Request::get(&format!("/api/server{path}")).send(port);
            assert!(allowed.contains(&answer.status), "{path}: {}", answer.status);
            if answer.status == 200 {
                assert_eq!(String::from_utf8_lossy(&answer.body), path);
                assert_eq!(answer.complete, deed != "cut", "{path}");
            }
            answer.header("x-request-id").unwrap().to_owned()
        })
        .collect()
}

/// Connections that are held open in every way there is, until their client is done.
fn holders(port: u16) -> Vec<TcpStream> {
    const HOST: &str = "Host: app.test\r\n";
    let held = [
        String::new(),
        "G".to_owned(),
        format!("GET /api/server/ok/half HTTP/1.1\r\n{HOST}X-Half: "),
        format!("GET /api/server/large/unread HTTP/1.1\r\n{HOST}\r\n"),
        format!(
            "POST /api/server/batch HTTP/1.1\r\n{HOST}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{{\"requests\":["
        ),
        format!("POST /bff/session HTTP/1.1\r\n{HOST}Content-Length: 100000\r\n\r\nx"),
    ];
    let mut connections = Vec::new();
    for bytes in held.iter().cycle().take(120) {
        let mut connection = connect(port);
        connection.write_all(bytes.as_bytes()).unwrap();
        connections.push(connection);
    }
    connections
}

fn open_files(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// Reads the log while the server writes it: what nobody reads is dropped.
fn gather(log: ChildStderr) -> thread::JoinHandle<Vec<String>> {
    thread::spawn(move || BufReader::new(log).lines().map(Result::unwrap).collect())
}

#[cfg(target_os = "linux")]
#[test]
fn chaos_leaves_every_request_accounted_for_and_nothing_behind() {
    let upstream = upstream();
    let settings = [
        ("BFF_RATE_LIMIT", "off"),
        ("BFF_CALLER_EXCHANGES", "1000"),
        ("BFF_CLIENT_TIMEOUT", "1s"),
        ("BFF_UPSTREAM_TIMEOUT", "3s"),
        ("BFF_IDLE_TIMEOUT", "1s"),
        ("BFF_KEEP_ALIVE", "1s"),
        ("BFF_UPSTREAM_KEEP_ALIVE", "1s"),
        ("BFF_WORKERS", "1"),
        ("BFF_LOG_FORMAT", "json"),
    ];
    let mut program = Program::before(&upstream.url(), &settings);
    let (port, id) = (program.port, program.child.id());
    let log = gather(program.child.stderr.take().unwrap());
    assert_eq!(Request::get("/api/server/ok/first").send(port).status, 200);
    let before = open_files(id);
    let mut all = Vec::new();
    let mut memory = Vec::new();
    for _ in 0..2 {
        let held = holders(port);
        let ids = thread::scope(|scope| {
            let working: Vec<_> =
                (0..CLIENTS).map(|client| scope.spawn(move || work(port, client))).collect();
            working.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        all.extend(ids);
        // Nobody has to let go for it: the server ends what is held.
        // The pool closes what it has kept for too long when it is next asked. Asking all the time would use, and keep, each
        // in turn.
        let mut asked = Instant::now();
        let mut files = || {
            if asked.elapsed() > PAST_KEEPING {
                assert_eq!(Request::get("/api/server/ok/again").send(port).status, 200);
                asked = Instant::now();
            }
            open_files(id)
        };
        wait_until(|| files() <= before, || format!("{} files are open, {before} were", open_files(id)));
        memory.push(resident(id));
        let mut half = held.into_iter().nth(1).unwrap();
        read(&mut half).problem(408, "client_timeout");
    }
    terminate(&program.child);
    assert!(wait(&mut program.child).success());
    let log = log.join().unwrap();
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for line in log.iter().filter(|line| line.contains("[API]")) {
        let id = line.split("\"request_id\":\"").nth(1).and_then(|rest| rest.split('"').next());
        *lines.entry(id.unwrap_or_else(|| panic!("{line}"))).or_default() += 1;
    }
    assert_eq!(all.len(), 2 * CLIENTS * REQUESTS);
    for id in &all {
        assert_eq!(lines.remove(id.as_str()), Some(1), "{id}");
    }
    assert!(memory[1] <= memory[0] + GROWTH_MAX, "{memory:?}");
    println!("{} requests, open files {before}, memory after each round {memory:?}", 2 * CLIENTS * REQUESTS);
}
