//! Which characters a file's bytes are: UTF-8 with or without a mark, UTF-16 with one, or what a mapping names.
//!
//! Never guesses an encoding, because a wrong guess puts wrong names into the data unseen. Must not know what the
//! text is about.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::failure;
use super::input::Bytes;
use crate::error::{Code, Refusal, Result, quote};

const SAMPLE: u64 = 64 * 1024;
const CHUNK: usize = 16 * 1024;

/// UTF-8 text, without a byte order mark.
pub struct Text {
    /// The bytes. If `is_decoded` is false, some of them may not be UTF-8.
    pub bytes: Bytes,
    /// Whether they were another encoding; then U+FFFD stands where the file is damaged.
    pub is_decoded: bool,
}

/// The encoding of a name, as web browsers know it.
pub fn encoding(name: &str) -> Result<&'static Encoding> {
    match Encoding::for_label(name.trim().as_bytes()) {
        Some(encoding) if encoding != encoding_rs::REPLACEMENT => Ok(encoding),
        _ => Err(invalid(format!(
            "\"{}\" is not a known encoding; known are for example utf-8, windows-1252, iso-8859-15, shift_jis",
            quote(name)
        ))),
    }
}

/// Makes UTF-8 of a file's bytes, or refuses what cannot be text in any encoding that was named.
pub fn decode(mut bytes: Bytes, named: Option<&'static Encoding>, file: &str) -> Result<Text> {
    let mut sample = Vec::new();
    let read = bytes.by_ref().take(SAMPLE).read_to_end(&mut sample);
    read.map_err(|error| failure(file, error))?;
    let is_whole = (sample.len() as u64) < SAMPLE;
    let marked = Encoding::for_bom(&sample);
    let (encoding, mark) = match marked {
        Some((encoding, mark)) => (encoding, mark),
        None => (named.unwrap_or(UTF_8), 0),
    };
    if sample.starts_with(&[0xff, 0xfe, 0, 0]) && sample.len() > 4 {
        return Err(invalid(format!(
            "{file} is UTF-32, which is not read; save it as UTF-8"
        )));
    }
    sample.drain(..mark);
    if encoding == UTF_8 {
        check(&sample, is_whole, file)?;
    }
    let bytes: Bytes = Box::new(io::Cursor::new(sample).chain(bytes));
    if encoding == UTF_8 {
        return Ok(Text {
            bytes,
            is_decoded: false,
        });
    }
    Ok(Text {
        bytes: Box::new(Decoded::new(bytes, encoding)),
        is_decoded: true,
    })
}

/// Refuses a sample in which the damage is not the exception.
fn check(sample: &[u8], is_whole: bool, file: &str) -> Result<()> {
    if let Some(encoding) = unmarked_utf16(sample) {
        return Err(invalid(format!(
            "{file} looks like UTF-16 without a byte order mark; save it as UTF-8, or import it with a mapping \
             that says encoding = \"{}\"",
            encoding.name().to_lowercase()
        )));
    }
    let mut foreign = 0;
    let mut broken = 0;
    let mut first_broken = 0;
    let lines = sample.split(|byte| *byte == b'\n').count();
    for (index, line) in sample.split(|byte| *byte == b'\n').enumerate() {
        let is_cut = index + 1 == lines && !is_whole;
        if line.is_ascii() || is_cut {
            continue;
        }
        match std::str::from_utf8(line) {
            Ok(_) => foreign += 1,
            Err(_) => {
                broken += 1;
                first_broken = if broken == 1 { index + 1 } else { first_broken };
            }
        }
    }
    if broken > foreign {
        return Err(invalid(format!(
            "{file} is not UTF-8 (first in line {first_broken}); save it as UTF-8, or import it with a mapping that \
             names its encoding, such as encoding = \"windows-1252\""
        )));
    }
    Ok(())
}

fn unmarked_utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let nuls = |start: usize| {
        sample
            .iter()
            .skip(start)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    let most = sample.len() / 4;
    if sample.len() < 4 {
        None
    } else if odd > most && even == 0 {
        Some(UTF_16LE)
    } else if even > most && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn invalid(message: String) -> crate::error::Error {
    Refusal::new(Code::InvalidFile, message).into()
}

/// A stream in another encoding, as UTF-8.
struct Decoded {
    bytes: Bytes,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    is_finished: bool,
}

impl Decoded {
    fn new(bytes: Bytes, encoding: &'static Encoding) -> Self {
        Decoded {
            bytes,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: vec![0; CHUNK],
            output: Vec::new(),
            given: 0,
            is_finished: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let read = self.bytes.read(&mut self.input)?;
        let input = &self.input[..read];
        // Three bytes of UTF-8 for each byte of any encoding, and a few for what the decoder held back.
        self.output.resize(input.len() * 3 + 16, 0);
        let (_, _, written, _) = self.decoder.decode_to_utf8(input, &mut self.output, read == 0);
        self.output.truncate(written);
        self.given = 0;
        self.is_finished = read == 0;
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.is_finished {
            self.refill()?;
        }
        let ready = &self.output[self.given..];
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], named: Option<&str>) -> Result<String> {
        let named = named.map(encoding).transpose()?;
        let mut text = decode(Box::new(io::Cursor::new(bytes.to_vec())), named, "people.csv")?;
        let mut out = Vec::new();
        text.bytes.read_to_end(&mut out).unwrap();
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn every_encoding_that_is_marked_or_named_is_read() {
        let long = "Jürgen Ünal €\n".repeat(10_000);
        let cases: Vec<(Vec<u8>, Option<&str>, &str)> = vec![
            (b"".to_vec(), None, ""),
            (b"\xef\xbb\xbfa".to_vec(), None, "a"),
            ("é".as_bytes().to_vec(), None, "é"),
            (utf16("\u{feff}aé€", u16::to_le_bytes), None, "aé€"),
            (utf16("\u{feff}aé€", u16::to_be_bytes), None, "aé€"),
            (utf16("aé", u16::to_le_bytes), Some("utf-16le"), "aé"),
            (b"Jos\xe9 \x80".to_vec(), Some("windows-1252"), "José €"),
            (b"\xef\xbb\xbf\xc3\xa9".to_vec(), Some("windows-1252"), "é"),
            (utf16(&format!("\u{feff}{long}"), u16::to_le_bytes), None, &long),
            (b"good\nJos\xe9\n\xc3\xa9".to_vec(), None, "good\nJos\u{fffd}\né"),
        ];
        for (bytes, named, expected) in cases {
            assert_eq!(read(&bytes, named).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_utf8_and_not_named_is_refused_with_the_way_out() {
        let unmarked = utf16("name,email\n", u16::to_le_bytes);
        let cases: [(&[u8], Option<&str>, &str); 4] = [
            (
                b"name\nJos\xe9\n",
                None,
                "people.csv is not UTF-8 (first in line 2)",
            ),
            (&unmarked, None, "encoding = \"utf-16le\""),
            (b"\xff\xfe\0\0a\0\0\0", None, "UTF-32"),
            (b"a", Some("klingon"), "\"klingon\" is not a known encoding"),
        ];
        for (bytes, named, expected) in cases {
            let message = read(bytes, named).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
