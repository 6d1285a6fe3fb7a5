//! What is read of a file: a plain file, a gzip file, or an entry of a ZIP. Can be opened more than once.
//!
//! Watches what a decompressor gives out, because a kilobyte can say that it is a gigabyte. Must not know what
//! the bytes are.

use std::io::{self, Read, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};

use super::failure;
use super::source::Source;
use crate::error::{Code, Refusal, Result, quote};

/// A stream of bytes that can move to another thread.
pub type Bytes = Box<dyn Read + Send>;

/// How far reading has come, in bytes of the file on disk.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What compressed input may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all files that are read, uncompressed.
    pub total_bytes: u64,
    /// Entries of an archive.
    pub entries: usize,
    /// Uncompressed bytes for each compressed one, once a mebibyte has come out.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            total_bytes: 32 << 30,
            entries: 20_000,
            ratio: 200,
        }
    }
}

/// Below this, no ratio is suspicious.
pub const RATIO_COUNTS_FROM: u64 = 1 << 20;

/// A file, or a file in an archive.
#[derive(Clone, Debug)]
pub struct Input {
    /// As it stands in messages and beside rows.
    pub name: Arc<str>,
    /// Bytes on disk.
    pub size: u64,
    source: Source,
    form: Form,
    limits: Limits,
}

#[derive(Clone, Debug)]
enum Form {
    Plain,
    Gzip,
    Entry(Place),
}

/// Where the content of an archive's entry lies, and what it must turn out to be.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Offset of the content in the archive.
    pub start: u64,
    /// Its length there.
    pub compressed: u64,
    /// Its length when taken out.
    pub uncompressed: u64,
    /// Its CRC-32 when taken out.
    pub checksum: u32,
    /// Stored as it is, or deflated.
    pub is_deflated: bool,
}

impl Input {
    /// A file that is no archive, gzip or not.
    pub fn file(source: &Source, limits: Limits) -> Result<Input> {
        let name = match source.file_name() {
            "" => source.shown().to_owned(),
            name => quote(name),
        };
        let mut start = [0; 2];
        let mut file = source.open()?;
        let read = read_up_to(&mut file, &mut start).map_err(|error| failure(&name, error))?;
        let is_gzip = start[..read] == [0x1f, 0x8b];
        Ok(Input {
            name: name.into(),
            size: source.size()?,
            source: source.clone(),
            form: if is_gzip { Form::Gzip } else { Form::Plain },
            limits,
        })
    }

    /// An entry of an archive.
    pub fn entry(archive: &Source, name: &str, place: Place, limits: Limits) -> Input {
        Input {
            name: quote(name).into(),
            size: place.compressed,
            source: archive.clone(),
            form: Form::Entry(place),
            limits,
        }
    }

    /// The bytes from the beginning. `progress` counts what is read of the file on disk.
    pub fn open(&self, progress: &Progress) -> Result<Bytes> {
        let mut file = self.source.open()?;
        let consumed = Progress::default();
        let counts = [progress.clone(), consumed.clone()];
        let guard = |decoder: Bytes, place: Option<Place>| Guarded {
            decoder,
            name: self.name.clone(),
            limits: self.limits,
            place,
            consumed,
            produced: 0,
            checksum: Crc::new(),
        };
        Ok(match self.form {
            Form::Plain => Box::new(Counted { inner: file, counts }),
            Form::Gzip => {
                let decoder = MultiGzDecoder::new(Counted { inner: file, counts });
                Box::new(guard(Box::new(decoder), None))
            }
            Form::Entry(place) => {
                let sought = file.seek(SeekFrom::Start(place.start));
                sought.map_err(|error| failure(&self.name, error))?;
                let inner = file.take(place.compressed);
                let counted = Counted { inner, counts };
                let decoder: Bytes = match place.is_deflated {
                    true => Box::new(DeflateDecoder::new(counted)),
                    false => Box::new(counted),
                };
                Box::new(guard(decoder, Some(place)))
            }
        })
    }
}

/// Reads until the buffer is full or the input ends.
pub fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

struct Counted<R> {
    inner: R,
    counts: [Progress; 2],
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        for count in &self.counts {
            count.0.fetch_add(read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

/// What comes out of a decompressor, as long as it is plausible and what was announced.
struct Guarded {
    decoder: Bytes,
    name: Arc<str>,
    limits: Limits,
    place: Option<Place>,
    consumed: Progress,
    produced: u64,
    checksum: Crc,
}

impl Guarded {
    fn refuse(&self, words: &str) -> io::Error {
        io::Error::other(Refusal::new(Code::InvalidFile, format!("{} {words}", self.name)))
    }

    fn check(&self) -> io::Result<()> {
        let produced = self.produced;
        let most = self.consumed.bytes().max(1).saturating_mul(self.limits.ratio);
        if produced > RATIO_COUNTS_FROM && produced > most {
            return Err(
                self.refuse("grows more than it may when it is unpacked; if it is no bomb, unpack it first")
            );
        }
        if produced > self.limits.total_bytes {
            return Err(self.refuse("is larger when unpacked than the limit"));
        }
        if self.place.is_some_and(|place| produced > place.uncompressed) {
            return Err(self.refuse("is damaged: it is longer than the archive says"));
        }
        Ok(())
    }

    fn check_end(&self) -> io::Result<()> {
        let Some(place) = self.place else { return Ok(()) };
        if self.produced != place.uncompressed || self.checksum.sum() != place.checksum {
            return Err(self.refuse("is damaged: it is not what the archive says"));
        }
        Ok(())
    }
}

impl Read for Guarded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(out).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                self.refuse("is damaged: it cannot be unpacked")
            }
            _ => error,
        })?;
        self.produced += read as u64;
        self.check()?;
        match (read, self.place) {
            (0, _) => self.check_end()?,
            (_, Some(_)) => self.checksum.update(&out[..read]),
            (_, None) => {}
        }
        Ok(read)
    }
}
