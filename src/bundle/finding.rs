//! What can be wrong with a bundle, each with a stable word. Messages name files, columns and lines, never a value.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::quote;

/// Findings of one code in one file that are reported one by one; a broken lane would else fill the report.
const PER_FILE: u64 = 5;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// The stable words for what can be wrong with a bundle or a receipt.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The word in reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $word,)* }
            }
        }
    };
}

codes! {
    /// The file is not a ZIP, or its directory contradicts itself.
    ZipUnreadable = "ZIP_UNREADABLE";
    /// There are bytes before, between or behind the entries that belong to none.
    ZipExtraBytes = "ZIP_EXTRA_BYTES";
    /// An entry's own header says something else than the directory.
    ZipHeadersDiffer = "ZIP_HEADERS_DIFFER";
    /// An entry has an extra field that could give it another name or meaning.
    ZipExtraField = "ZIP_EXTRA_FIELD";
    /// More entries than the limit.
    ZipTooManyEntries = "ZIP_TOO_MANY_ENTRIES";
    /// More unpacked bytes than the limit.
    ZipTooLarge = "ZIP_TOO_LARGE";
    /// An entry unpacks to implausibly much.
    ZipRatio = "ZIP_RATIO";
    /// A name that could lead outside of the folder it is unpacked to, or that some systems cannot have.
    ZipNameUnsafe = "ZIP_NAME_UNSAFE";
    /// Two entries with the same name.
    ZipNameTwice = "ZIP_NAME_TWICE";
    /// Two entries whose names differ by case alone, or one name that is the folder of another.
    ZipNameClash = "ZIP_NAME_CLASH";
    /// An entry that is a symbolic link, a folder or another thing that is no file.
    ZipNotAFile = "ZIP_NOT_A_FILE";
    /// An encrypted entry.
    ZipEncrypted = "ZIP_ENCRYPTED";
    /// An entry that is neither stored nor deflated.
    ZipMethod = "ZIP_METHOD";
    /// An entry that does not unpack to the size and CRC that it promises.
    ZipCorrupt = "ZIP_CORRUPT";
    /// A file that every bundle has, or that a manifest or the descriptor names, is not there.
    FileMissing = "FILE_MISSING";
    /// A file that nothing names.
    FileUndeclared = "FILE_UNDECLARED";
    /// A descriptor, receipt, manifest or schema larger than the limit.
    FileTooLarge = "FILE_TOO_LARGE";
    /// `bagit.txt` is not that of a BagIt 1.0 bag in UTF-8.
    BagDeclaration = "BAG_DECLARATION";
    /// `bag-info.txt` lacks a line or has one that cannot be read.
    BagInfo = "BAG_INFO";
    /// `Payload-Oxum` is not the size and number of the files under `data/`.
    BagOxum = "BAG_OXUM";
    /// A line of a manifest cannot be read or names a file twice.
    ManifestLine = "MANIFEST_LINE";
    /// A file's SHA-256 is not the one in the manifest.
    ManifestSum = "MANIFEST_SUM";
    /// A file at the top has another SHA-256 than in the tag manifest.
    TagManifestSum = "TAG_MANIFEST_SUM";
    /// `datapackage.json` cannot be read or describes something that no bundle has.
    DescriptorInvalid = "DESCRIPTOR_INVALID";
    /// A lane's SHA-256 is not the one in the descriptor.
    DescriptorSum = "DESCRIPTOR_SUM";
    /// A lane's size is not the one in the descriptor.
    DescriptorBytes = "DESCRIPTOR_BYTES";
    /// A table lacks a lane that the others have.
    LaneMissing = "LANE_MISSING";
    /// A JSON Schema says something else than the descriptor.
    SchemaDiffers = "SCHEMA_DIFFERS";
    /// The CSV begins with a byte order mark.
    CsvByteOrderMark = "CSV_BYTE_ORDER_MARK";
    /// A CSV record does not end in CRLF.
    CsvLineEnd = "CSV_LINE_END";
    /// A CSV field is not quoted, or a quote stands where none may.
    CsvQuoting = "CSV_QUOTING";
    /// The CSV header is not the descriptor's fields.
    CsvHeader = "CSV_HEADER";
    /// A CSV record has more or fewer cells than the header.
    CsvCells = "CSV_CELLS";
    /// A CSV cell that a spreadsheet would run, or one with an apostrophe that nothing calls for.
    CsvEscape = "CSV_ESCAPE";
    /// Text that is not UTF-8.
    NotUtf8 = "NOT_UTF8";
    /// A line or record larger than the limit.
    LineTooLong = "LINE_TOO_LONG";
    /// A line that is not one JSON object, or lacks its line end.
    NdjsonLine = "NDJSON_LINE";
    /// The JSON lane is not one array with an object on each line.
    JsonArray = "JSON_ARRAY";
    /// An object without a key that every row has.
    JsonKeyMissing = "JSON_KEY_MISSING";
    /// An object with a key that the schema does not know.
    JsonKeyUnknown = "JSON_KEY_UNKNOWN";
    /// An object with the same key twice.
    JsonKeyTwice = "JSON_KEY_TWICE";
    /// A workbook cannot be looked into, or has other parts than its sheets and what they need.
    XlsxParts = "XLSX_PARTS";
    /// A sheet does not begin, go on or end as every sheet does.
    XlsxSheet = "XLSX_SHEET";
    /// A value of another type than its field.
    ValueType = "VALUE_TYPE";
    /// No value where one is required.
    ValueRequired = "VALUE_REQUIRED";
    /// A word that is not among the field's words.
    ValueWord = "VALUE_WORD";
    /// An instant that is none, or has no zone, or another than UTC.
    ValueInstant = "VALUE_INSTANT";
    /// Two lanes do not say the same; of CSV and XLSX, an empty string and null are taken as one.
    LanesDiffer = "LANES_DIFFER";
    /// Two rows with the same key.
    KeyTwice = "KEY_TWICE";
    /// A reference to a row that is not in the bundle.
    KeyDangling = "KEY_DANGLING";
    /// Keys were not checked, because there are more rows than the limit.
    KeyUnchecked = "KEY_UNCHECKED";
    /// `receipt.json` cannot be read or lacks what every receipt has.
    ReceiptInvalid = "RECEIPT_INVALID";
    /// The receipt is not in canonical form (RFC 8785).
    ReceiptNotCanonical = "RECEIPT_NOT_CANONICAL";
    /// Rows expected, rows written and rows found are not the same number.
    ReceiptCounts = "RECEIPT_COUNTS";
    /// A file of a bundle of several was not given.
    VolumeMissing = "VOLUME_MISSING";
    /// A file is not the one that the last file of the bundle names, or is of another bundle.
    VolumeDiffers = "VOLUME_DIFFERS";
    /// A signature or the key beside it is not there.
    SignatureMissing = "SIGNATURE_MISSING";
    /// A signature was not made by that key over that file.
    SignatureInvalid = "SIGNATURE_INVALID";
    /// The file was signed by a key that is not among the trusted ones.
    SignerUntrusted = "SIGNER_UNTRUSTED";
    /// `signatures/key.pem` is not an Ed25519 public key.
    KeyInvalid = "KEY_INVALID";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable word.
    pub code: Code,
    /// The entry it is about, at most 100 characters of its name; empty for the ZIP as a whole.
    pub file: String,
    /// Line or record, from 1; the header of a CSV is record 1.
    pub line: Option<u64>,
    /// For people: what is wrong, without a value from the file.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.file.is_empty() {
            write!(f, " {}", self.file)?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Findings as they come up, with a bound on how many are kept.
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    /// How many there were beyond those kept.
    pub(super) more: u64,
    limit: usize,
    counts: BTreeMap<(Code, String), u64>,
}

impl Findings {
    pub(super) fn new(limit: usize) -> Self {
        Findings {
            kept: Vec::new(),
            more: 0,
            limit,
            counts: BTreeMap::new(),
        }
    }

    /// Something about the ZIP or a file as a whole.
    pub(super) fn file(&mut self, code: Code, file: &str, message: impl Into<String>) {
        self.add(code, file, None, message.into());
    }

    /// Something about one line or record.
    pub(super) fn line(&mut self, code: Code, file: &str, line: u64, message: impl Into<String>) {
        self.add(code, file, Some(line), message.into());
    }

    fn add(&mut self, code: Code, file: &str, line: Option<u64>, message: String) {
        let file = quote(file);
        if self.kept.len() >= self.limit {
            self.more += 1;
            return;
        }
        let count = self.counts.entry((code, file.clone())).or_default();
        *count += 1;
        if *count > PER_FILE {
            self.more += 1;
            return;
        }
        self.kept.push(Finding {
            code,
            file,
            line,
            message,
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }

    #[test]
    fn a_million_findings_are_counted_and_not_kept() {
        let mut findings = Findings::new(200);
        for line in 0..1_000_000 {
            findings.line(Code::ValueType, "data/csv/a.csv", line, "x");
        }
        assert_eq!((findings.kept.len(), findings.more), (5, 999_995));
    }
}
