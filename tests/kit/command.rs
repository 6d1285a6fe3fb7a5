//! Runs the real program as a script would: arguments in; exit code, stdout and stderr out.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::home::Home;
use super::tool::setting;

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
    arguments: String,
}

impl Said {
    /// Fails unless the command ended well; gives what it said.
    pub fn well(self) -> Said {
        assert_eq!(
            self.code, 0,
            "postern {}\n{}\n{}",
            self.arguments, self.stdout, self.stderr
        );
        self
    }

    /// Fails unless the command ended with that exit code.
    pub fn with_code(self, code: i32) -> Said {
        assert_eq!(
            self.code, code,
            "postern {}\n{}\n{}",
            self.arguments, self.stdout, self.stderr
        );
        self
    }

    /// What it said on stdout, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("postern {}: {error}\n{}", self.arguments, self.stdout))
    }

    /// The code of the failure that it reported with `--json`.
    pub fn failure(&self) -> String {
        let failure = self.stderr.lines().find_map(|line| {
            let value: Value = serde_json::from_str(line).ok()?;
            Some(value["error"]["code"].as_str()?.to_owned())
        });
        failure.unwrap_or_else(|| panic!("postern {} reported no failure\n{}", self.arguments, self.stderr))
    }
}

/// The program, without any setting of the test run's own.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("POSTERN_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    // What a failing test prints should say where the program panicked, if it did.
    command.env(
        "RUST_BACKTRACE",
        setting("RUST_BACKTRACE").unwrap_or_else(|| "1".into()),
    );
    command
}

/// Runs the program with these arguments alone.
pub fn run(arguments: &[&str]) -> Said {
    finish(program(), arguments)
}

impl Home {
    /// The program, told to work here.
    pub fn program(&self) -> Command {
        let mut command = program();
        command.current_dir(self.folder()).arg("--data").arg(self.data());
        if let Some(url) = self.database_url() {
            command.args(["--database-url", url]);
        }
        if let Some(url) = self.reader_url() {
            command.args(["--reader-database-url", url]);
        }
        command
    }

    /// Runs a command here.
    pub fn run(&self, arguments: &[&str]) -> Said {
        finish(self.program(), arguments)
    }
}

fn finish(mut command: Command, arguments: &[&str]) -> Said {
    let output = command.args(arguments).output().expect("the program can be run");
    let text = |bytes| String::from_utf8(bytes).expect("the program says UTF-8");
    let said = Said {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        arguments: arguments.join(" "),
    };
    assert!(
        !said.stderr.contains("panicked at"),
        "postern {}\n{}",
        said.arguments,
        said.stderr
    );
    said
}
