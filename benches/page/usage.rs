//! How much processor time processes have had, as Linux counts it for each of their threads. Knows no gateway.

use std::fs;
use std::time::Duration;

/// The time that all threads of a process have had so far; `None` where the system does not say.
pub fn processor_time(process: u32) -> Option<Duration> {
    let mut nanoseconds = 0_u64;
    for thread in fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten() {
        // A thread may end between being listed and being read.
        if let Ok(line) = fs::read_to_string(thread.path().join("schedstat")) {
            nanoseconds += line.split(' ').next()?.parse::<u64>().ok()?;
        }
    }
    Some(Duration::from_nanos(nanoseconds))
}

/// The same of several processes together.
pub fn processor_times(processes: &[u32]) -> Option<Duration> {
    processes.iter().map(|process| processor_time(*process)).sum()
}

/// Whether the process runs on this machine under that name; a server's processes may be elsewhere.
pub fn is_here(process: u32, name: &str) -> bool {
    fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|comm| comm.trim() == name)
}
