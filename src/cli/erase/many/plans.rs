//! The file that `erase plan --file` leaves: a line of JSON for each person, without addresses. Read line by line, after a
//! look at the whole of it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use uuid::Uuid;

use crate::cli::erase::erasure_id;
use crate::error::{Code, Fault, Refusal, Result};
use crate::work::installation::Installation;

/// A file of plans.
pub(super) struct Plans {
    path: PathBuf,
    /// How many erasures it names.
    pub(super) count: u64,
    /// The people's lines for whom nothing could be planned, but should have been.
    pub(super) unplanned: Vec<u64>,
}

/// A plan that the file names.
pub(super) struct Plan {
    /// The line of the people's file.
    pub(super) line: u64,
    /// The erasure.
    pub(super) erasure: Uuid,
    /// The hash to agree to.
    pub(super) hash: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    line: u64,
    state: String,
    erasure: Option<String>,
    plan_hash: Option<String>,
}

impl Plans {
    /// Looks at every line. Errors: `INVALID_FILE`, with the line at fault.
    pub(super) fn open(path: &Path, installation: &Installation) -> Result<Plans> {
        let mut plans = Plans {
            path: path.to_owned(),
            count: 0,
            unplanned: Vec::new(),
        };
        for (number, line) in plans.lines()? {
            let line = read(number, line?)?;
            match plan(installation, number, &line)? {
                Some(_) => plans.count += 1,
                // Whoever is unknown, or named before, needs none.
                None if ["UNKNOWN", "DUPLICATE"].contains(&line.state.as_str()) => {}
                None => plans.unplanned.push(line.line),
            }
        }
        if plans.count == 0 && plans.unplanned.is_empty() {
            let message = "--file: it names no erasure; take the lines that erase plan --file gives";
            return Err(Refusal::new(Code::InvalidFile, message).into());
        }
        Ok(plans)
    }

    /// Every plan, in the order of the file.
    pub(super) fn each<'a>(
        &self,
        installation: &'a Installation,
    ) -> Result<impl Iterator<Item = Result<Plan>> + use<'a>> {
        Ok(self.lines()?.filter_map(move |(number, line)| {
            let line = line.and_then(|line| read(number, line));
            line.and_then(|line| plan(installation, number, &line))
                .transpose()
        }))
    }

    fn lines(&self) -> Result<impl Iterator<Item = (u64, Result<String>)> + use<>> {
        let context = format!("read {}", self.path.display());
        let file = File::open(&self.path).map_err(|error| Fault::io(context.clone(), error))?;
        let lines = (1_u64..).zip(BufReader::new(file).lines());
        Ok(lines.filter_map(move |(number, line)| match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some((number, Ok(line))),
            Err(error) => Some((number, Err(Fault::io(context.clone(), error).into()))),
        }))
    }
}

fn wrong(number: u64) -> Refusal {
    let message = format!("--file: line {number} is none that erase plan --file gives");
    Refusal::new(Code::InvalidFile, message)
}

fn read(number: u64, line: String) -> Result<Line> {
    serde_json::from_str(&line).map_err(|_| wrong(number).into())
}

fn plan(installation: &Installation, number: u64, line: &Line) -> Result<Option<Plan>> {
    let (Some(erasure), Some(hash)) = (&line.erasure, &line.plan_hash) else {
        return Ok(None);
    };
    Ok(Some(Plan {
        line: line.line,
        erasure: erasure_id(installation, erasure).map_err(|_| wrong(number))?,
        hash: hash.clone(),
    }))
}
