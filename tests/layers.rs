//! Keeps the shape of the house: who may use whom, how long a file is, that each says what it is for.

use std::fs;
use std::path::{Path, PathBuf};

/// The rows of `ARCHITECTURE.md`, top first. A module uses rows below its own.
const ROWS: &[&[&str]] = &[
    &["cli"],
    &["http"],
    &["api"],
    &["work"],
    &["bundle", "store"],
    &["depot", "keys"],
    &["access"],
    &["plan"],
    &["catalog"],
    &[
        "config",
        "clock",
        "cell",
        "address",
        "id",
        "error",
        "fail_point",
        "location",
        "remembered",
    ],
];

/// Files longer than the ceiling, each with the reason. This list may only shrink.
const LONG: &[(&str, &str)] = &[];

const CEILING: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "entities", "tests", "benches", "examples"] {
        if root.join(folder).exists() {
            walk(&root.join(folder), &mut found);
        }
    }
    found
        .iter_mut()
        .for_each(|(path, _)| *path = path.strip_prefix(root).unwrap().to_path_buf());
    found.sort();
    found
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// The modules that a source text names after `crate::`, outside comments.
fn used(text: &str) -> Vec<String> {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or("");
            used.extend(
                group
                    .split(',')
                    .filter_map(|part| part.trim().split("::").next().map(str::to_owned)),
            );
        } else {
            used.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    used.retain(|name| !name.is_empty());
    used.sort();
    used.dedup();
    used
}

#[test]
fn a_module_uses_only_the_rows_below_its_own() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let Ok(inside) = path.strip_prefix("src") else {
            continue;
        };
        let module = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = row(&module) else {
            broken.push(format!("{}: the module {module} is in no row", path.display()));
            continue;
        };
        let is_ground_floor = own == ROWS.len() - 1;
        for name in used(&text) {
            match row(&name) {
                Some(other) if name == module || other > own || (is_ground_floor && other == own) => {}
                Some(_) => broken.push(format!("{}: {module} may not use {name}", path.display())),
                None => broken.push(format!("{}: crate::{name} is in no row", path.display())),
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "files without a module comment: {silent:?}");
}

#[test]
fn no_file_is_longer_than_the_ceiling() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        let listed = LONG.iter().any(|(long, _)| Path::new(long) == path);
        if lines > CEILING && !listed {
            wrong.push(format!("{}: {lines} lines, ceiling {CEILING}", path.display()));
        }
        if lines <= CEILING && listed {
            wrong.push(format!("{}: is short now; take it off the list", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_unfinished_is_left_in_the_code() {
    let marks = ["todo!(", "unimplemented!(", "FIX\u{4d}E", "#[ignor\u{65}"];
    let mut found = Vec::new();
    for (path, text) in sources()
        .into_iter()
        .filter(|(path, _)| path != Path::new("tests/layers.rs"))
    {
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                found.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}
