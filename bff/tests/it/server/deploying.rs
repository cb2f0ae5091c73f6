//! The page on deploying: every configuration in it is run.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use front_fixture::{Front, check_nginx, page, unused_port};
use saphyr::{LoadableYamlNode as _, Yaml};

use crate::harness::{
    browser::Request,
    documentation::{production_command, start},
    keys::KEY_A,
    own_tls::write_certificate,
    program::{Program, port_of, terminate, wait},
    redis_server::RedisServer,
    test_app::folder_with,
    upstream::Upstream,
};

const PAGE: &str = "docs/deploy.md";

/// An upstream that says which client it was told of.
fn told_of() -> Upstream {
    Upstream::scripted(|connection, request| {
        let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with("x-forwarded-for:"));
        let body = line.and_then(|line| Some(line.split_once(':')?.1.trim())).unwrap_or_default().to_owned();
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    })
}

/// A configuration without the lines of TLS, on `port` and in front of `server`.
fn plain(block: &str, port: u16, server: u16) -> String {
    let own = block
        .replace("listen 443 ssl http2;", &format!("listen 127.0.0.1:{port};"))
        .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"))
        .replace("127.0.0.1:3000", &format!("127.0.0.1:{server}"));
    own.lines().filter(|line| !line.contains("ssl_certificate")).collect::<Vec<_>>().join("\n")
}

/// Asks `port` for `path` by the public name, and says that the client is another.
fn ask(port: u16, host: &str, path: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
    );
    let answer = crate::harness::browser::raw(port, request.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_owned()
}

#[test]
fn every_configuration_of_nginx_is_one_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    write_certificate(folder.path());
    let at = |name: &str| folder.path().join(name).display().to_string();
    let mut checked = 0;
    for page in [PAGE, "docs/production.md"] {
        for block in page::blocks(page, "nginx") {
            check_nginx(
                &block
                    .replace("/etc/nginx/app.pem", &at("cert.pem"))
                    .replace("/etc/nginx/app.key", &at("key.pem")),
            );
            checked += 1;
        }
    }
    assert_eq!(checked, 3);
}

#[test]
fn nginx_and_caddy_of_the_page_tell_people_apart() {
    let upstream = told_of();
    let command = production_command("docs/production.md", "BFF_TRUSTED_PROXIES", "127.0.0.1");
    let program = start(&command, &upstream.url(), &[]);
    let port = unused_port();
    let nginx = plain(&page::block(PAGE, "nginx", "upstream bff"), port, program.port);
    let front = Front::nginx(&nginx, port);
    assert_eq!(ask(port, "app.example.com", "/api/server/todos"), "127.0.0.1", "{}", front.log());
    drop(front);

    let port = unused_port();
    let caddy = page::block(PAGE, "caddyfile", "reverse_proxy")
        .replace("app.example.com {", &format!("http://app.example.com:{port} {{"))
        .replace("127.0.0.1:3000", &format!("127.0.0.1:{}", program.port));
    let front = Front::caddy(&caddy, port);
    assert_eq!(ask(port, "app.example.com", "/api/server/todos"), "127.0.0.1", "{}", front.log());
    program.stop();
}

#[test]
fn the_server_below_a_path_starts_as_the_page_says_and_nginx_leads_there() {
    let upstream = told_of();
    let command = production_command(PAGE, "BFF_PUBLIC_URL", "https://example.com/app");
    let program = start(&command, &upstream.url(), &[]);
    let other = Upstream::ok("the other server");
    let port = unused_port();
    let block = page::block(PAGE, "nginx", "location /app/");
    let block = plain(&block, port, program.port).replace("http://127.0.0.1:8000", &other.url());
    let front = Front::nginx(&block, port);
    assert_eq!(ask(port, "example.com", "/app/api/server/todos"), "127.0.0.1", "{}", front.log());
    assert_eq!(ask(port, "example.com", "/api/server/todos"), "the other server");
    program.stop();
}

#[test]
fn haproxy_of_the_page_balances_three_replicas() {
    let upstream = told_of();
    let command = production_command("docs/production.md", "BFF_TRUSTED_PROXIES", "127.0.0.1");
    let replicas: Vec<Program> = (0..3).map(|_| start(&command, &upstream.url(), &[])).collect();
    let port = unused_port();
    let text = page::text(PAGE);
    let block = text.split("```\n").find(|block| block.contains("backend bff")).unwrap();
    let mut own = block.replace("bind :443 ssl crt /etc/haproxy/app.pem", &format!("bind 127.0.0.1:{port}"));
    for (replica, address) in replicas.iter().zip(["10.0.0.11:3000", "10.0.0.12:3000", "10.0.0.13:3000"]) {
        own = own.replace(address, &format!("127.0.0.1:{}", replica.port));
    }
    let front = Front::haproxy(&own, port);
    for _ in 0..6 {
        assert_eq!(ask(port, "app.example.com", "/api/server/todos"), "127.0.0.1", "{}", front.log());
    }
    drop(front);
    for (number, replica) in replicas.into_iter().enumerate() {
        let log = replica.stop();
        assert_eq!(log.matches("GET /todos 200").count(), 2, "replica {number}: {log}");
    }
}

#[test]
fn the_unit_of_systemd_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let unit = page::block(PAGE, "ini", "[Service]");
    let limit: u64 = value(&unit, "TimeoutStopSec").parse().unwrap();
    assert!(limit > 25, "it is more than BFF_DRAIN_TIMEOUT");
    let unit = unit.replace("/usr/local/bin/bff", env!("CARGO_BIN_EXE_bff"));
    let file = folder.path().join("bff.service");
    fs::write(&file, unit).unwrap();
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else {
        // Systems without systemd run no units.
        return assert!(!Path::new("/lib/systemd/systemd").exists());
    };
    let said = String::from_utf8_lossy(&verified.stderr);
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("bff.service")).collect();
    assert!(verified.status.success() && about_it.is_empty(), "{said}");
}

/// The value of a unit's setting.
fn value<'a>(unit: &'a str, name: &str) -> &'a str {
    let line = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("no {name} in {unit}"))
}

/// The file tree of the page's container: the program, the libraries that it names, and nothing else.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = env!("CARGO_BIN_EXE_bff");
    let libraries = Command::new("ldd").arg(program).output().unwrap();
    let libraries = String::from_utf8(libraries.stdout).unwrap();
    let files = libraries.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from);
    for file in files {
        let copy = tree.path().join(file.strip_prefix("/").unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, copy).unwrap();
    }
    fs::copy(program, tree.path().join("bff")).unwrap();
    tree
}

#[test]
fn the_container_starts_with_nothing_but_the_program_and_its_libraries() {
    let container = page::block(PAGE, "dockerfile", "FROM");
    assert!(container.contains("ENTRYPOINT [\"/bff\"]"), "{container}");
    let settings = container.lines().find_map(|line| line.strip_prefix("ENV ")).unwrap();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        // Nobody else may change the root of a file system.
        return;
    }
    let tree = tree();
    let mut command = Command::new("chroot");
    command.arg("--userspec=65532:65532").arg(tree.path()).arg("/bff").env_clear();
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    for (name, value) in settings.split_whitespace().filter_map(|word| word.split_once('=')) {
        command.env(name, value);
    }
    // Of this machine: a free port of loopback, and a database without a folder.
    command.env("BFF_LISTEN", "127.0.0.1:0").env("DEMO_DB", ":memory:").env("BFF_HOSTS", "app.test");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let port = port_of(&mut child);
    assert_eq!(Request::get("/api/server/todos/1").send(port).status, 200);
    terminate(&child);
    assert!(wait(&mut child).success());
}

/// The environment that a pod beside a service named `bff` gets.
const SERVICE: [(&str, &str); 7] = [
    ("BFF_SERVICE_HOST", "10.0.171.239"),
    ("BFF_SERVICE_PORT", "80"),
    ("BFF_SERVICE_PORT_HTTP", "80"),
    ("BFF_PORT", "tcp://10.0.171.239:80"),
    ("BFF_PORT_80_TCP", "tcp://10.0.171.239:80"),
    ("BFF_PORT_80_TCP_PORT", "80"),
    ("BFF_PORT_80_TCP_ADDR", "10.0.171.239"),
];

#[test]
fn the_pod_of_the_manifest_starts_and_its_probes_are_answered() {
    let block = page::block(PAGE, "yaml", "kind: Deployment");
    let documents = Yaml::load_from_str(&block).unwrap();
    let [deployment, service] = &documents[..] else { panic!("{} documents", documents.len()) };
    let template = &deployment["spec"]["template"];
    let (pod, container) = (&template["spec"], &template["spec"]["containers"][0]);
    assert_eq!(service["metadata"]["name"].as_str(), Some("bff"), "its variables are those of SERVICE");
    assert_eq!(service["spec"]["selector"]["app"].as_str(), template["metadata"]["labels"]["app"].as_str());
    assert_eq!(service["spec"]["ports"][0]["targetPort"].as_str(), container["ports"][0]["name"].as_str());
    assert!(pod["terminationGracePeriodSeconds"].as_integer().unwrap() > 25, "BFF_DRAIN_TIMEOUT");

    let redis = RedisServer::start();
    let upstream = Upstream::ok("{}");
    let files = folder_with(&[
        ("routes.toml", b"[[route]]\npath = \"/todos\"\n"),
        ("session-key", KEY_A.as_bytes()),
        ("redis-url", redis.url().as_bytes()),
    ]);
    let mut settings: Vec<(String, String)> = SERVICE.map(|(name, value)| (name.into(), value.into())).into();
    for variable in container["env"].as_vec().unwrap() {
        let (name, value) =
            (variable["name"].as_str().unwrap(), variable.as_mapping_get("value").and_then(Yaml::as_str));
        let own = match (name, value) {
            ("BFF_LISTEN", Some(value)) => {
                let port = container["ports"][0]["containerPort"].as_integer().unwrap();
                assert!(value.ends_with(&format!(":{port}")), "{value}");
                "127.0.0.1:0".to_owned()
            }
            ("BFF_METRICS_LISTEN", Some("$(POD_IP):9464")) => "127.0.0.1:0".to_owned(),
            ("API_URL", Some(_)) => upstream.url(),
            (_, Some(value)) if value.starts_with('/') => {
                let name = Path::new(value).file_name().unwrap();
                files.path().join(name).display().to_string()
            }
            (_, Some(value)) => value.to_owned(),
            (_, None) => "127.0.0.1".to_owned(),
        };
        settings.push((name.to_owned(), own));
    }
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let program = Program::start(&settings);
    for probe in ["readinessProbe", "livenessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().unwrap();
        assert_eq!(Request::get(path).send(program.port).status, 200, "{probe}");
    }
    program.stop();
}
