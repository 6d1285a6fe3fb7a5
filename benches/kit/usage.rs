//! How much processor time processes have had, as Linux counts it for each of their threads. Knows no gateway.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// The time that each of some processes or threads has had.
pub type Usage = HashMap<u32, Duration>;

/// The time that all threads of a process have had so far; `None` where the system does not say.
pub fn processor_time(process: u32) -> Option<Duration> {
    Some(threads(process)?.values().sum())
}

/// The same thread by thread: what one that ended has had is not there any more.
pub fn threads(process: u32) -> Option<Usage> {
    let mut usage = Usage::new();
    for thread in fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten() {
        // A thread may end between being listed and being read.
        if let Ok(line) = fs::read_to_string(thread.path().join("schedstat")) {
            let nanoseconds = line.split(' ').next()?.parse().ok()?;
            let number = thread.file_name().to_str()?.parse().ok()?;
            usage.insert(number, Duration::from_nanos(nanoseconds));
        }
    }
    Some(usage)
}

/// The same of a process and of all that it has started, one by one.
pub fn family(first: u32) -> Usage {
    let mut usage = Usage::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if (process == first || parent(process) == Some(first))
            && let Some(time) = processor_time(process)
        {
            usage.insert(process, time);
        }
    }
    usage
}

/// What was used between two moments; what started between them had used nothing.
pub fn between(before: &Usage, after: &Usage) -> Duration {
    let used = |(process, time): (&u32, &Duration)| {
        time.saturating_sub(before.get(process).copied().unwrap_or_default())
    };
    after.iter().map(used).sum()
}

/// Keeps what was last seen of each process: those that have ended count, too.
pub fn keep(seen: &mut Usage, now: Usage) {
    seen.extend(now);
}

/// The most memory that a process has had at once, in bytes; `None` where the system does not say.
pub fn peak_memory(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// What the processes that this one started and waited for have had, with theirs; to a hundredth of a second.
pub fn of_the_ended() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux tells of us");
    // The name stands in parentheses and may hold anything; behind it are times of ours, then of our children.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[13..15]
        .iter()
        .map(|field| field.parse::<u64>().unwrap_or_default())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn parent(process: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in parentheses and may hold anything.
    text.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
