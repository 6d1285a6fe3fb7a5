//! Erases people of Acme by the command line, as a script does.

use serde_json::Value;

use super::command::Said;
use super::home::Home;

/// Plans the erasure of a person; further settings stand before the command.
pub fn plan(home: &Home, settings: &[&str], email: &str) -> Said {
    let command = ["--json", "erase", "plan", "--account", "Acme", "--email", email];
    home.run(&[settings, &command[..]].concat())
}

/// Agrees to a plan and runs the erasure.
pub fn confirm(home: &Home, settings: &[&str], planned: &Value) -> Said {
    confirm_in(home, "Acme", settings, planned)
}

/// The same in that account.
pub fn confirm_in(home: &Home, account: &str, settings: &[&str], planned: &Value) -> Said {
    let text = |name: &str| planned[name].as_str().expect("a plan has it");
    let command = [
        "--json",
        "erase",
        "confirm",
        "--account",
        account,
        "--erasure",
        text("erasure"),
        "--plan-hash",
        text("planHash"),
    ];
    home.run(&[settings, &command[..]].concat())
}

/// Plans and runs an erasure that ends well; gives the plan and what the command said at the end.
pub fn erase(home: &Home, settings: &[&str], email: &str) -> (Value, Value) {
    let planned = plan(home, settings, email).well().json();
    let ended = confirm(home, settings, &planned).well().json();
    (planned, ended)
}
