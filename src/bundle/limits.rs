//! How much a bundle may ask of whoever reads it. The writer keeps the same limits, so that what it writes can be
//! verified.

/// Bytes of one line of NDJSON or one record of CSV, at most.
pub(super) const LINE_BYTES: usize = 16 << 20;

/// Files of rows in one bundle, at most: fewer than the entries that are read.
pub(super) const MOST_FILES: usize = 190_000;

/// JSON values in one line or one metadata file, at most: a parsed value takes many times its text.
const JSON_VALUES: usize = 1 << 20;

/// What a verification is willing to spend. Memory stays below roughly 200 MiB with the defaults, whatever the file.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Entries in the ZIP.
    pub entries: usize,
    /// Bytes of all entries together, unpacked.
    pub unpacked_bytes: u64,
    /// Unpacked bytes for one packed byte, for entries above 16 MiB. Deflate itself allows 1032.
    pub ratio: u64,
    /// Bytes of a file that is read whole: descriptor, receipt, manifests, schemas.
    pub metadata_bytes: u64,
    /// Keys held in memory at once; larger tables are read several times.
    pub keys: usize,
    /// How often a table is read for its keys.
    pub key_passes: usize,
    /// Findings that are reported one by one.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            entries: 200_000,
            unpacked_bytes: 1 << 40,
            ratio: 500,
            metadata_bytes: 16 << 20,
            // Just under the point where a hash table of 2^21 places would double.
            keys: 1_800_000,
            key_passes: 256,
            findings: 200,
        }
    }
}

/// Whether parsing this JSON would take memory out of proportion to its size. Counts the characters that begin or
/// separate values, also inside strings, which errs on the safe side; short texts need no count.
pub(super) fn is_too_intricate(json: &[u8]) -> bool {
    json.len() > JSON_VALUES
        && json
            .iter()
            .filter(|byte| matches!(byte, b',' | b'[' | b'{' | b':'))
            .count()
            > 4 * JSON_VALUES
}
