//! Packages of the distribution that the tests and the benchmark need. Another requirement takes one row in [`TESTS`] or
//! [`BENCHMARK`].

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::step::{Log, Progress};
use crate::workspace;

/// A program, the names under which distributions ship it, and the packages that hold it.
pub(crate) struct Requirement {
    programs: &'static [&'static str],
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    brew: &'static str,
}

impl Requirement {
    /// A package that has the same name in every distribution.
    const fn everywhere(programs: &'static [&'static str], package: &'static str) -> Self {
        Self { programs, apt: package, dnf: package, pacman: package, brew: package }
    }
}

const BROWSER: Requirement = Requirement::everywhere(
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    "chromium",
);

const DRIVER: Requirement = Requirement {
    programs: &["chromedriver", "chromium.chromedriver"],
    apt: "chromium-driver",
    dnf: "chromedriver",
    pacman: "chromium",
    brew: "chromedriver",
};

/// For the suite of the response cache, and the provider of the sign-in tests.
const NODE: Requirement =
    Requirement { programs: &["node"], apt: "nodejs", dnf: "nodejs", pacman: "nodejs", brew: "node" };

const NPM: Requirement =
    Requirement { programs: &["npm"], apt: "npm", dnf: "nodejs-npm", pacman: "npm", brew: "node" };

/// For the tests with replicas.
const REDIS: Requirement =
    Requirement { apt: "redis-server", ..Requirement::everywhere(&["redis-server"], "redis") };

/// For the count of instructions.
const VALGRIND: Requirement = Requirement::everywhere(&["valgrind"], "valgrind");

/// The server that the benchmark compares with, and that the pages on deploying configure. Some distributions keep it where only root looks.
const NGINX: Requirement =
    Requirement { apt: "nginx-light", ..Requirement::everywhere(&["nginx", "../sbin/nginx"], "nginx") };

/// The other server that the pages on deploying configure.
const CADDY: Requirement = Requirement::everywhere(&["caddy"], "caddy");

/// The balancer of several replicas on the page on deploying.
const HAPROXY: Requirement = Requirement::everywhere(&["haproxy", "../sbin/haproxy"], "haproxy");

const WRK: Requirement = Requirement::everywhere(&["wrk"], "wrk");
const STRACE: Requirement = Requirement::everywhere(&["strace"], "strace");
const TASKSET: Requirement = Requirement::everywhere(&["taskset"], "util-linux");

/// What the tests need.
pub(crate) const TESTS: &[&Requirement] =
    &[&BROWSER, &DRIVER, &NODE, &NPM, &REDIS, &VALGRIND, &NGINX, &CADDY, &HAPROXY];

/// What the count of instructions needs.
pub(crate) const COUNTING: &[&Requirement] = &[&VALGRIND];

/// What the benchmark needs.
pub(crate) const BENCHMARK: &[&Requirement] = &[&NGINX, &WRK, &STRACE, &TASKSET];

/// A package manager and how it is told to install without asking.
struct Manager {
    program: &'static str,
    update: Option<&'static [&'static str]>,
    install: &'static [&'static str],
    needs_root: bool,
    package: fn(&Requirement) -> &'static str,
}

const MANAGERS: [Manager; 4] = [
    Manager {
        program: "apt-get",
        update: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
        needs_root: true,
        package: |requirement| requirement.apt,
    },
    Manager {
        program: "dnf",
        update: None,
        install: &["install", "--assumeyes"],
        needs_root: true,
        package: |requirement| requirement.dnf,
    },
    Manager {
        program: "pacman",
        update: None,
        install: &["-Sy", "--noconfirm", "--needed"],
        needs_root: true,
        package: |requirement| requirement.pacman,
    },
    Manager {
        program: "brew",
        update: None,
        // Finds casks and formulae alike.
        install: &["install"],
        needs_root: false,
        package: |requirement| requirement.brew,
    },
];

/// The chromedriver to use: `CHROMEDRIVER` if it is set, else the one on `PATH`.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    std::env::var_os("CHROMEDRIVER").map(PathBuf::from).or_else(|| workspace::find_program(DRIVER.programs))
}

/// Installs the missing packages with the distribution's package manager.
///
/// # Errors
/// When something is missing and cannot be installed from here; the error names the packages and the command.
pub(crate) fn ensure(progress: &Progress, needed: &[&'static Requirement]) -> Result<()> {
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    let Some(manager) = MANAGERS.iter().find(|manager| workspace::find_program(&[manager.program]).is_some())
    else {
        let programs: Vec<&str> = missing.iter().map(|requirement| requirement.programs[0]).collect();
        bail!("{} is missing, and no known package manager is here to install it", programs.join(" and "));
    };
    let packages = packages(manager, &missing);
    let by_hand = format!("{} {} {}", manager.program, manager.install.join(" "), packages.join(" "));
    let Some(privilege) = privilege(manager) else {
        bail!(
            "the packages {} are missing, which only root may install: sudo {by_hand}",
            packages.join(" and ")
        );
    };
    let step = format!("install {}", packages.join(", "));
    progress.step(&step, "1 min", |log| install(log, privilege, manager, &packages))?;
    match self::missing(needed).first() {
        None => Ok(()),
        Some(requirement) => bail!("`{by_hand}` did not bring `{}`", requirement.programs[0]),
    }
}

/// Installs packages that only Debian's archive has under these names.
///
/// # Errors
/// When this is another system, or only root may do it.
pub(crate) fn install_debian(log: &Log, packages: &[&str]) -> Result<()> {
    let [apt, ..] = &MANAGERS;
    let (Some(_), Some(privilege)) = (workspace::find_program(&[apt.program]), privilege(apt)) else {
        bail!("it needs Debian's packages {}, and root to install them", packages.join(" "));
    };
    install(log, privilege, apt, packages)
}

fn install(log: &Log, privilege: &[&str], manager: &Manager, packages: &[&str]) -> Result<()> {
    if let Some(update) = manager.update {
        // Lists of packages that are out of date are worth a try.
        let _ = log.run(&mut command(privilege, manager.program, update, &[]));
    }
    log.run(&mut command(privilege, manager.program, manager.install, packages))
}

/// The words before a command that installs; `None`: nobody here may install.
fn privilege(manager: &Manager) -> Option<&'static [&'static str]> {
    match (manager.needs_root, is_root(), may_sudo()) {
        (false, ..) | (true, true, _) => Some(&[]),
        (true, false, true) => Some(&["sudo", "-n"]),
        (true, false, false) => None,
    }
}

fn missing(needed: &[&'static Requirement]) -> Vec<&'static Requirement> {
    let driver_is_given = std::env::var_os("CHROMEDRIVER").is_some();
    needed
        .iter()
        .copied()
        .filter(|requirement| workspace::find_program(requirement.programs).is_none())
        .filter(|requirement| !(driver_is_given && std::ptr::eq(*requirement, &DRIVER)))
        .collect()
}

fn packages(manager: &Manager, missing: &[&Requirement]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = missing.iter().map(|requirement| (manager.package)(requirement)).collect();
    packages.dedup();
    packages
}

fn command(privilege: &[&str], program: &str, args: &[&str], packages: &[&str]) -> Command {
    let words: Vec<&str> = privilege.iter().copied().chain([program]).collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).args(args).args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    succeeds(Command::new("id").arg("-u"), |output| output.trim() == "0")
}

fn may_sudo() -> bool {
    succeeds(Command::new("sudo").args(["-n", "true"]), |_| true)
}

fn succeeds(command: &mut Command, expected: impl Fn(&str) -> bool) -> bool {
    command
        .output()
        .is_ok_and(|output| output.status.success() && expected(&String::from_utf8_lossy(&output.stdout)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_holds_two_programs_is_installed_once() {
        let [apt, _, pacman, _] = &MANAGERS;
        let servers = ["caddy", "haproxy"];
        let tools =
            ["chromium", "chromium-driver", "nodejs", "npm", "redis-server", "valgrind", "nginx-light"];
        assert_eq!(packages(apt, TESTS), [&tools[..], &servers].concat());
        let tools = ["chromium", "nodejs", "npm", "redis", "valgrind", "nginx"];
        assert_eq!(packages(pacman, TESTS), [&tools[..], &servers].concat());
    }

    #[test]
    fn a_command_for_root_begins_with_sudo() {
        let command = command(&["sudo", "-n"], "apt-get", &["install", "--yes"], &["chromium"]);
        let args: Vec<_> = command.get_args().collect();
        assert_eq!(command.get_program(), "sudo");
        assert_eq!(args, ["-n", "apt-get", "install", "--yes", "chromium"]);
    }
}
