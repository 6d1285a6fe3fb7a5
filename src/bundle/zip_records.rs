//! The records of a ZIP as bytes: headers, directory and end, each in the short form where it will do.
//!
//! Nothing in them differs from run to run. Pure.

use super::deflate::Sums;

const LOCAL: u32 = 0x0403_4b50;
pub(super) const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;

/// 1980-01-01 00:00:00, the first time that a ZIP can name. The time of a file would be other bytes for the same data.
const DOS_DATE: u16 = 0x0021;
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;
pub(super) const HAS_DESCRIPTOR: u16 = 1 << 3;
pub(super) const PLAIN_VERSION: u16 = 20;
pub(super) const LARGE_VERSION: u16 = 45;
const MADE_ON_UNIX: u16 = 3 << 8;
const REGULAR_FILE: u32 = 0o100_644 << 16;

/// An entry that was written.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) offset: u64,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) version: u16,
    pub(super) sums: Sums,
}

#[expect(clippy::too_many_arguments, reason = "the fields of the header, in its order")]
pub(super) fn local_header(
    name: &str,
    flags: u16,
    method: u16,
    version: u16,
    crc32: u32,
    packed: u32,
    bytes: u32,
    extra: u16,
) -> Vec<u8> {
    let mut header = Vec::with_capacity(64 + name.len());
    push32(&mut header, LOCAL);
    push16(&mut header, version);
    push_common(&mut header, (flags, method), crc32, packed, bytes);
    push16(&mut header, name.len() as u16);
    push16(&mut header, extra);
    header.extend_from_slice(name.as_bytes());
    header
}

fn push_common(header: &mut Vec<u8>, (flags, method): (u16, u16), crc32: u32, packed: u32, bytes: u32) {
    push16(header, flags);
    push16(header, method);
    push16(header, 0);
    push16(header, DOS_DATE);
    push32(header, crc32);
    push32(header, packed);
    push32(header, bytes);
}

pub(super) fn central_header(entry: &Entry) -> Vec<u8> {
    let mut large = Vec::new();
    let mut clip = |number: u64| {
        u32::try_from(number)
            .ok()
            .filter(|number| *number != u32::MAX)
            .unwrap_or_else(|| {
                push64(&mut large, number);
                u32::MAX
            })
    };
    // In this order, which is that of the 64-bit field.
    let (bytes, packed, offset) = (
        clip(entry.sums.bytes),
        clip(entry.sums.packed),
        clip(entry.offset),
    );
    let version = if large.is_empty() {
        entry.version
    } else {
        LARGE_VERSION
    };
    let mut header = Vec::with_capacity(96 + entry.name.len());
    push32(&mut header, CENTRAL);
    push16(&mut header, MADE_ON_UNIX | version);
    push16(&mut header, version);
    let kind = (entry.flags, entry.method);
    push_common(&mut header, kind, entry.sums.crc32, packed, bytes);
    push16(&mut header, entry.name.len() as u16);
    push16(
        &mut header,
        if large.is_empty() {
            0
        } else {
            large.len() as u16 + 4
        },
    );
    push16(&mut header, 0);
    push16(&mut header, 0);
    push16(&mut header, 0);
    push32(&mut header, REGULAR_FILE);
    push32(&mut header, offset);
    header.extend_from_slice(entry.name.as_bytes());
    if !large.is_empty() {
        push16(&mut header, 1);
        push16(&mut header, large.len() as u16);
        header.extend_from_slice(&large);
    }
    header
}

pub(super) fn end_records(entries: u64, start: u64, size: u64) -> Vec<u8> {
    let mut end = Vec::with_capacity(98);
    let limit = u64::from(u32::MAX);
    if entries >= u64::from(u16::MAX) || start >= limit || size >= limit {
        push32(&mut end, END_64);
        push64(&mut end, 44);
        push16(&mut end, MADE_ON_UNIX | LARGE_VERSION);
        push16(&mut end, LARGE_VERSION);
        push32(&mut end, 0);
        push32(&mut end, 0);
        push64(&mut end, entries);
        push64(&mut end, entries);
        push64(&mut end, size);
        push64(&mut end, start);
        push32(&mut end, LOCATOR_64);
        push32(&mut end, 0);
        push64(&mut end, start + size);
        push32(&mut end, 1);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    push32(&mut end, END);
    push16(&mut end, 0);
    push16(&mut end, 0);
    push16(&mut end, count);
    push16(&mut end, count);
    push32(&mut end, u32::try_from(size).unwrap_or(u32::MAX));
    push32(&mut end, u32::try_from(start).unwrap_or(u32::MAX));
    push16(&mut end, 0);
    end
}

pub(super) fn push16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn push32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

pub(super) fn push64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_offsets_beyond_four_gibibytes_take_the_long_form() {
        let large = 5 << 30;
        let sums = Sums {
            sha256: [0; 32],
            crc32: 1,
            bytes: large,
            packed: 7,
        };
        let header = central_header(&Entry {
            name: "n".into(),
            offset: large + 1,
            flags: 0,
            method: DEFLATED,
            version: PLAIN_VERSION,
            sums,
        });
        assert_eq!(&header[20..28], &[7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(&header[47..51], &[1, 0, 16, 0]);
        assert_eq!(header[51..59], large.to_le_bytes());
        assert_eq!(header[59..67], (large + 1).to_le_bytes());
        let end = end_records(3, large, 100);
        assert_eq!(end.len(), 56 + 20 + 22);
        assert_eq!(end[48..56], large.to_le_bytes());
        assert_eq!(
            end[64..72],
            (large + 100).to_le_bytes(),
            "the locator points at the long end record"
        );
    }
}
