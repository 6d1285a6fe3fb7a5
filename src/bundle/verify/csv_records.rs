//! Records of the CSV lane, one at a time, with everything noticed that another dialect would do differently.

use std::io::{self, BufRead};

use crate::bundle::finding::Code;
use crate::bundle::limits::LINE_BYTES;

/// Cells of a record at most; no table has as many fields.
const CELLS: usize = 10_000;

/// What came next.
#[derive(Debug, PartialEq)]
pub(super) enum Record {
    /// A record; [`Records::cells`] has it, [`Records::faults`] what was odd about it.
    Read,
    /// The file cannot be read further.
    Broken(Code),
    /// No more records.
    End,
}

/// Reads one record after the other.
pub(super) struct Records<R> {
    source: R,
    text: Vec<u8>,
    ends: Vec<usize>,
    faults: Vec<Code>,
    is_started: bool,
}

#[derive(Copy, Clone, PartialEq)]
enum State {
    Start,
    Quoted,
    QuoteSeen,
    Unquoted,
    ReturnSeen,
}

/// What a byte did to the record.
enum Step {
    On(State),
    End,
    Broken(Code),
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(source: R) -> Self {
        Records {
            source,
            text: Vec::new(),
            ends: Vec::new(),
            faults: Vec::new(),
            is_started: false,
        }
    }

    /// The cells of the record read last; `None` for one that is not UTF-8.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.ends.iter().enumerate().map(|(position, end)| {
            let start = position.checked_sub(1).map_or(0, |before| self.ends[before]);
            std::str::from_utf8(&self.text[start..*end]).ok()
        })
    }

    /// What was odd about the record read last; each code once.
    pub(super) fn faults(&self) -> &[Code] {
        &self.faults
    }

    pub(super) fn next(&mut self) -> io::Result<Record> {
        self.text.clear();
        self.ends.clear();
        self.faults.clear();
        if !self.is_started {
            self.is_started = true;
            self.skip_mark()?;
        }
        let (mut state, mut length) = (State::Start, 0);
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(self.end_of_file(state, length));
            }
            let mut used = 0;
            let mut outcome = None;
            // Copied out, because stepping changes what the source is part of; a chunk is 64 KiB at most.
            for byte in chunk {
                used += 1;
                match step(state, *byte, &mut self.text, &mut self.ends, &mut self.faults) {
                    Step::On(next) => state = next,
                    Step::End => outcome = Some(Record::Read),
                    Step::Broken(code) => outcome = Some(Record::Broken(code)),
                }
                if outcome.is_some() {
                    break;
                }
            }
            length += used;
            self.source.consume(used);
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            if length > LINE_BYTES {
                return Ok(Record::Broken(Code::LineTooLong));
            }
        }
    }

    fn end_of_file(&mut self, state: State, length: usize) -> Record {
        if length == 0 {
            return Record::End;
        }
        if state == State::Quoted {
            return Record::Broken(Code::CsvQuoting);
        }
        note(&mut self.faults, Code::CsvLineEnd);
        self.ends.push(self.text.len());
        Record::Read
    }

    fn skip_mark(&mut self) -> io::Result<()> {
        if self.source.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
            self.source.consume(3);
            self.faults.push(Code::CsvByteOrderMark);
        }
        Ok(())
    }
}

fn note(faults: &mut Vec<Code>, code: Code) {
    if !faults.contains(&code) {
        faults.push(code);
    }
}

fn step(state: State, byte: u8, text: &mut Vec<u8>, ends: &mut Vec<usize>, faults: &mut Vec<Code>) -> Step {
    match (state, byte) {
        (State::Start, b'"') => return Step::On(State::Quoted),
        (State::Quoted, b'"') => return Step::On(State::QuoteSeen),
        (State::QuoteSeen, b'"') => {
            text.push(b'"');
            return Step::On(State::Quoted);
        }
        (State::Quoted, _) => {
            text.push(byte);
            return Step::On(State::Quoted);
        }
        (State::ReturnSeen, b'\n') => return Step::End,
        (State::ReturnSeen, _) => return Step::Broken(Code::CsvLineEnd),
        (State::Start | State::QuoteSeen | State::Unquoted, _) => {}
    }
    if state == State::Start {
        note(faults, Code::CsvQuoting);
    }
    match byte {
        b',' | b'\r' | b'\n' => {
            ends.push(text.len());
            if ends.len() > CELLS {
                return Step::Broken(Code::CsvCells);
            }
            match byte {
                b',' => Step::On(State::Start),
                b'\r' => Step::On(State::ReturnSeen),
                _ => {
                    note(faults, Code::CsvLineEnd);
                    Step::End
                }
            }
        }
        _ if state == State::QuoteSeen => Step::Broken(Code::CsvQuoting),
        _ => {
            text.push(byte);
            Step::On(State::Unquoted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Vec<String>>, Vec<Code>, Record) {
        let mut records = Records::new(text.as_bytes());
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        loop {
            match records.next().unwrap() {
                Record::Read => {
                    all.push(records.cells().map(|cell| cell.unwrap().to_owned()).collect());
                    faults.extend_from_slice(records.faults());
                }
                other => return (all, faults, other),
            }
        }
    }

    #[test]
    fn the_dialect_of_a_bundle_is_read_without_a_fault() {
        let (records, faults, end) = read("\"a\",\"b\"\r\n\"1,\r\n\"\"\",\"\"\r\n");
        assert_eq!(records, [["a", "b"], ["1,\r\n\"", ""]]);
        assert_eq!((faults.as_slice(), end), ([].as_slice(), Record::End));
    }

    #[test]
    fn every_other_dialect_is_noticed() {
        let cases = [
            ("\u{feff}\"a\"\r\n", vec![Code::CsvByteOrderMark], Record::End),
            (
                "\"a\"\n\"1\"\n",
                vec![Code::CsvLineEnd, Code::CsvLineEnd],
                Record::End,
            ),
            ("a\r\n", vec![Code::CsvQuoting], Record::End),
            ("\"a\",\r\n", vec![Code::CsvQuoting], Record::End),
            ("\"a\"", vec![Code::CsvLineEnd], Record::End),
            ("\"a\"b\r\n", vec![], Record::Broken(Code::CsvQuoting)),
            ("\"a\"\rb", vec![], Record::Broken(Code::CsvLineEnd)),
            ("\"a", vec![], Record::Broken(Code::CsvQuoting)),
        ];
        for (text, expected, expected_end) in cases {
            let (_, faults, end) = read(text);
            assert_eq!((faults, end), (expected, expected_end), "{text:?}");
        }
    }
}
