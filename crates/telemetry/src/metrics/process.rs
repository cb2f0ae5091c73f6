//! Metrics of the process itself, under the names that Prometheus' client libraries give them.
//!
//! They are read from `/proc` at a scrape, and not before. Other systems than Linux have none of them.

use prometheus::{Counter, Gauge, IntGauge, Registry};

/// The process as a scrape shows it.
pub(super) struct Process {
    cpu: Counter,
    resident: IntGauge,
    virtual_memory: IntGauge,
    open_files: IntGauge,
    files_max: IntGauge,
    start: Gauge,
    threads: IntGauge,
}

/// What there is to read of the process.
#[derive(Debug, PartialEq)]
struct Reading {
    cpu: f64,
    resident: i64,
    virtual_memory: i64,
    open_files: i64,
    files_max: i64,
    start: f64,
    threads: i64,
}

impl Process {
    /// The metrics in `registry`, as far as there is something to read.
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let process = Self {
            cpu: Counter::new(
                "process_cpu_seconds_total",
                "Seconds of processor time, of the system as well",
            )?,
            resident: IntGauge::new("process_resident_memory_bytes", "Bytes of memory that are in use")?,
            virtual_memory: IntGauge::new("process_virtual_memory_bytes", "Bytes of address space")?,
            open_files: IntGauge::new("process_open_fds", "Open files, connections among them")?,
            files_max: IntGauge::new("process_max_fds", "The most files that may be open")?,
            start: Gauge::new("process_start_time_seconds", "Start of the process, in seconds since 1970")?,
            threads: IntGauge::new("process_threads", "Threads of the process")?,
        };
        if read().is_some() {
            let Self { cpu, resident, virtual_memory, open_files, files_max, start, threads } = &process;
            registry.register(Box::new(cpu.clone()))?;
            registry.register(Box::new(start.clone()))?;
            for gauge in [resident, virtual_memory, open_files, files_max, threads] {
                registry.register(Box::new(gauge.clone()))?;
            }
        }
        Ok(process)
    }

    /// Reads the values of this moment.
    pub(super) fn look(&self) {
        let Some(reading) = read() else { return };
        // Two scrapes at once must not make a counter go back.
        self.cpu.inc_by((reading.cpu - self.cpu.get()).max(0.0));
        self.resident.set(reading.resident);
        self.virtual_memory.set(reading.virtual_memory);
        self.open_files.set(reading.open_files);
        self.files_max.set(reading.files_max);
        self.start.set(reading.start);
        self.threads.set(reading.threads);
    }
}

#[cfg(target_os = "linux")]
fn read() -> Option<Reading> {
    use rustix::{
        param::{clock_ticks_per_second, page_size},
        process::{Resource, getrlimit},
    };
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let number = |number: usize| i64::try_from(number).ok();
    // The folder that lists them is open as well.
    let open_files = std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    let of_process = read("/proc/self/stat")?;
    let of_machine = read("/proc/stat")?;
    let boot = of_machine.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())?;
    let files_max = getrlimit(Resource::Nofile).current.and_then(|max| i64::try_from(max).ok());
    Some(Reading {
        open_files: number(open_files)?,
        // Without a limit there is a number that nobody reaches.
        files_max: files_max.unwrap_or(i64::MAX),
        ..parse(&of_process, boot, clock_ticks_per_second(), number(page_size())?)?
    })
}

#[cfg(not(target_os = "linux"))]
const fn read() -> Option<Reading> {
    None
}

/// What `/proc/self/stat` says (proc_pid_stat(5)), with the moment of the machine's start, ticks of its clock in a second, and
/// bytes of a page.
#[cfg(target_os = "linux")]
#[allow(clippy::cast_precision_loss, reason = "ticks fit into the 53 bits of a float for ages")]
fn parse(stat: &str, boot: u64, ticks: u64, page: i64) -> Option<Reading> {
    // The second field is the program's name, and may hold spaces and parentheses.
    let (_, behind) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    // The first one here is the third of the whole line.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let seconds = |field: u64| field as f64 / ticks as f64;
    let bytes = |field: u64| i64::try_from(field).ok();
    Some(Reading {
        cpu: seconds(field(14)? + field(15)?),
        threads: bytes(field(20)?)?,
        start: boot as f64 + seconds(field(22)?),
        virtual_memory: bytes(field(23)?)?,
        resident: bytes(field(24)?)?.checked_mul(page)?,
        open_files: 0,
        files_max: 0,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_process_is_read_behind_its_name() {
        let line = "77 (a) b (c) S 1 77 77 0 -1 4194560 900 0 3 0 250 50 0 0 20 0 5 0 1200 9000000 2048 18446744073709551615";
        let reading = parse(line, 1_000_000, 100, 4096).unwrap();
        let expected = Reading {
            cpu: 3.0,
            resident: 2048 * 4096,
            virtual_memory: 9_000_000,
            open_files: 0,
            files_max: 0,
            start: 1_000_012.0,
            threads: 5,
        };
        assert_eq!(reading, expected);
        for broken in ["", "77 (a", "77 (a) S 1", "77 (a) S 1 77 77 0 -1 4194560 900 0 3 0 x 50"] {
            assert_eq!(parse(broken, 0, 100, 4096), None, "{broken}");
        }
    }

    #[test]
    fn this_process_can_be_read() {
        let reading = read().unwrap();
        assert!(reading.threads >= 1 && reading.open_files >= 3, "{reading:?}");
        assert!(reading.files_max >= reading.open_files && reading.resident > 100_000, "{reading:?}");
        assert!(reading.virtual_memory >= reading.resident && reading.start > 1e9, "{reading:?}");
    }
}
