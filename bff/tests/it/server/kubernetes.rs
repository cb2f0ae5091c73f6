//! A pod beside services whose names begin like settings.

use crate::harness::{
    browser::Request,
    program::{Program, bff},
    upstream::Upstream,
};

/// What Kubernetes gives a pod beside a service named `bff` and one named `bff-redis`.
const SERVICES: [(&str, &str); 15] = [
    ("BFF_SERVICE_HOST", "10.96.0.10"),
    ("BFF_SERVICE_PORT", "80"),
    ("BFF_SERVICE_PORT_HTTP", "80"),
    ("BFF_PORT", "tcp://10.96.0.10:80"),
    ("BFF_PORT_80_TCP", "tcp://10.96.0.10:80"),
    ("BFF_PORT_80_TCP_PROTO", "tcp"),
    ("BFF_PORT_80_TCP_PORT", "80"),
    ("BFF_PORT_80_TCP_ADDR", "10.96.0.10"),
    ("BFF_REDIS_SERVICE_HOST", "10.96.0.11"),
    ("BFF_REDIS_SERVICE_PORT", "6379"),
    ("BFF_REDIS_PORT", "tcp://10.96.0.11:6379"),
    ("BFF_REDIS_PORT_6379_TCP", "tcp://10.96.0.11:6379"),
    ("BFF_REDIS_PORT_6379_TCP_PROTO", "tcp"),
    ("BFF_REDIS_PORT_6379_TCP_PORT", "6379"),
    ("BFF_REDIS_PORT_6379_TCP_ADDR", "10.96.0.11"),
];

#[test]
fn a_service_of_the_same_name_does_not_stop_the_start() {
    let upstream = Upstream::ok("served");
    let program = Program::before(&upstream.url(), &SERVICES);
    assert_eq!(Request::get("/api/server/a").send(program.port).text(), "served");
    program.stop();
}

#[test]
fn a_misspelt_setting_beside_a_service_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let output = bff(&folder).envs(SERVICES).env("BFF_ROUTE", "routes.toml").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = "bff: BFF_ROUTE: is no setting; did you mean BFF_ROUTES? see bff --help for those there are\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
}
