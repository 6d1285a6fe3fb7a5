//! Programs that a test needs besides Rust. A test that cannot have one is left out loudly, or fails under
//! `POSTERN_TEST_ALL=1` (ruling 36).

use std::io::Write;
use std::path::PathBuf;

/// The program of that name on the PATH; `None`, said loudly, where it is not installed.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = setting("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    found
}

/// Says that a part of the tests is left out; fails instead where nothing may be left out.
pub fn skipped(why: &str) {
    assert!(
        setting("POSTERN_TEST_ALL").as_deref() != Some("1"),
        "POSTERN_TEST_ALL=1, but {why}"
    );
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Written directly: what a passing test prints by eprintln! is swallowed.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}

/// An environment variable of the test run.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are set up by variables, not by the program's settings"
)]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
