//! SECURITY.md line 52: secrets come from variables and files, and no message repeats one.

use std::{fs, process::Stdio};

use crate::harness::{
    keys::KEY_A,
    program::{Program, bff, port_of, terminate},
    upstream::Upstream,
};

/// What the program says and its exit code, where it does not start.
fn refused(args: &[&str], settings: &[(&str, &str)], dotenv: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".env"), dotenv).unwrap();
    let mut command = bff(&folder);
    command.args(args).envs(settings.iter().copied());
    // Past the configuration it would stop here.
    command.env("BFF_LISTEN", "127.0.0.1:0").env("BFF_SPA_DIR", folder.path().join("no-such-app"));
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn security_52_no_message_of_the_start_repeats_a_secret() {
    for (args, settings, dotenv, says) in [
        (&["hunter2"][..], &[][..], "", "argument 1"),
        (&["--listen", ":0", "redis://:hunter2@host"], &[], "", "argument 3"),
        (&["check", "hunter2"], &[], "", "argument 2"),
        (&["--sesion-key=hunter2"], &[], "", "--sesion-key"),
        (&["--session-key", "hunter2"], &[], "", "BFF_SESSION_KEY_FILE"),
        (&["--redis-url=redis://:hunter2@host"], &[], "", "REDIS_URL"),
        (&["--oidc-client-secret", "hunter2"], &[], "", "BFF_OIDC_CLIENT_SECRET"),
        (&[], &[], "BFF_LOG=info\nBFF_OIDC_CLIENT_SECRET=hunter2 and more\n", "line 2"),
        (&[], &[], "BFF_SESSION_KEY='hunter2\nBFF_LOG=info\n", "line 1"),
        (&[], &[("BFF_OIDC_ISSUER", "https://eve:hunter2@login.example")], "", "BFF_OIDC_ISSUER"),
        (&[], &[("BFF_PUBLIC_URL", "https://eve:hunter2@app.example")], "", "BFF_PUBLIC_URL"),
        (&[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://eve:hunter2@otel.example")], "", "OTEL"),
        (&[], &[("BFF_CORS_ORIGINS", "https://a.example,https://eve:hun/ter2@b.example")], "", "BFF_CORS"),
        (&[], &[("API_URL", "https://eve:hunter2@api.example")], "", "API_URL"),
        (&[], &[("API_URL", "eve:hunter2@api.example")], "", "API_URL"),
        (&[], &[("BFF_SESSION_KEY", "hunter2")], "", "BFF_SESSION_KEY"),
        (&[], &[("REDIS_URL", "redis://:hunter2@host/x"), ("BFF_SESSION_KEY", KEY_A)], "", "REDIS_URL"),
    ] {
        let (code, said) = refused(args, settings, dotenv);
        assert_eq!(code, Some(2), "{args:?} {settings:?}: {said}");
        assert!(said.contains(says), "{says} is not told: {said}");
        assert!(!said.contains("hunter2") && !said.contains("ter2@"), "{said}");
    }
}

#[test]
fn security_52_a_secret_comes_out_of_the_file_that_a_variable_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, format!("{KEY_A}\n")).unwrap();
    let path = file.to_str().unwrap();
    let upstream = Upstream::ok("{}");
    let settings = [("BFF_SESSION_STORE", "cookie"), ("BFF_SESSION_KEY_FILE", path)];
    Program::before(&upstream.url(), &settings).stop();

    fs::write(&file, "hunter2").unwrap();
    let (_, said) = refused(&[], &settings, "");
    assert!(said.contains("BFF_SESSION_KEY_FILE") && !said.contains("hunter2"), "{said}");
    let (code, said) = refused(&[], &[("BFF_SESSION_KEY_FILE", "/no/such/file")], "");
    assert!(
        code == Some(2) && said.contains("BFF_SESSION_KEY_FILE") && said.contains("cannot be read"),
        "{said}"
    );
    let (code, said) = refused(&[], &[("BFF_SESSION_KEY_FILE", path), ("BFF_SESSION_KEY", KEY_A)], "");
    assert!(code == Some(2) && said.contains("BFF_SESSION_KEY is given as well"), "{said}");
    let (code, said) = refused(&[], &[("BFF_LOG_FILE", path)], "");
    assert!(
        code == Some(2) && said.contains("BFF_LOG_FILE: is no setting"),
        "only secrets have files: {said}"
    );
}

#[test]
fn security_52_the_command_line_and_its_help_have_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let help = bff(&folder).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (flag, variable) in [
        ("--session-key", "BFF_SESSION_KEY"),
        ("--redis-url", "REDIS_URL"),
        ("--oidc-client-secret", "BFF_OIDC_CLIENT_SECRET"),
    ] {
        assert!(!help.contains(flag) && help.contains(&format!("{variable}_FILE")), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn security_52_an_env_file_that_all_can_write_is_told_or_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let dotenv = folder.path().join(".env");
    fs::write(&dotenv, "BFF_LOG=info\n").unwrap();
    for (mode, is_told) in [(0o644, false), (0o666, true)] {
        fs::set_permissions(&dotenv, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = bff(&folder);
        command.env("BFF_LISTEN", "127.0.0.1:0").env("DEMO_DB", ":memory:").stdin(Stdio::null());
        let mut child = command.spawn().unwrap();
        port_of(&mut child);
        terminate(&child);
        let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        assert_eq!(said.contains(".env: can be written by everybody"), is_told, "{mode:o}: {said}");

        let output = bff(&folder).env("BFF_PROFILE", "production").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(said.contains("bff: .env: can be written by everybody"), is_told, "{mode:o}: {said}");
    }
}
