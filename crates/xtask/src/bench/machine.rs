//! Where and with what was measured.

use std::process::Command;

/// Date, processor, kernel and versions, in one line each.
pub(super) fn description() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = first_line("sh", &["-c", "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"]);
    let rows = [
        ("date", first_line("date", &["-u", "+%Y-%m-%d"])),
        ("processor", format!("{}, {cores} cores", processor.trim())),
        ("kernel", first_line("uname", &["-srm"])),
        // BBR paces what is streamed over loopback, and decides over large answers more than any server does.
        ("congestion control", first_line("cat", &["/proc/sys/net/ipv4/tcp_congestion_control"])),
        ("rustc", first_line("rustc", &["--version"])),
        ("nginx", first_line("sh", &["-c", "PATH=$PATH:/usr/sbin nginx -v 2>&1"])),
        ("wrk", first_line("sh", &["-c", "wrk -v 2>&1"])),
        ("commit", first_line("git", &["describe", "--always", "--dirty"])),
    ];
    let rows: Vec<String> = rows.iter().map(|(name, value)| format!("| {name} | {value} |")).collect();
    format!("| | |\n|---|---|\n{}", rows.join("\n"))
}

/// Date and commit in one line, for a table that is measured apart from the others.
pub(super) fn when() -> String {
    let date = first_line("date", &["-u", "+%Y-%m-%d"]);
    format!("Measured on {date}, commit {}.\n", first_line("git", &["describe", "--always", "--dirty"]))
}

fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").trim().to_owned()
}
