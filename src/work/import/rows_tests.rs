//! What the splitter makes of rows of every shape.

use super::*;

/// A reader that gives a few bytes at a time, so that every boundary falls inside something.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let take = self.1.min(self.0.len()).min(out.len());
        out[..take].copy_from_slice(&self.0[..take]);
        self.0 = &self.0[take..];
        Ok(take)
    }
}

type Read1 = (u64, Result<Vec<String>, RejectReason>);

fn read(bytes: &[u8], step: usize) -> Vec<Read1> {
    let mut rows = Rows::new(Dribble(bytes, step), b',');
    let mut row = RowText::default();
    let mut all = Vec::new();
    while rows.next(&mut row).unwrap() {
        let cells = || (0..row.len()).map(|index| row.cell(index).into_owned()).collect();
        all.push((row.line, row.flaw.map_or_else(|| Ok(cells()), Err)));
    }
    all
}

fn good(line: u64, cells: &[&str]) -> Read1 {
    (line, Ok(cells.iter().map(|cell| cell.to_string()).collect()))
}

#[test]
fn rows_of_every_shape_are_split_and_know_their_physical_line() {
    use RejectReason::*;
    let cases: Vec<(&[u8], Vec<Read1>)> = vec![
        (b"", vec![]),
        (b"\n\r\n\r", vec![]),
        (b"a,b", vec![good(1, &["a", "b"])]),
        (b"a,b\n", vec![good(1, &["a", "b"])]),
        (b"a,\r\n,b\r\n", vec![good(1, &["a", ""]), good(2, &["", "b"])]),
        (
            b"a\rb\r\n\nc",
            vec![good(1, &["a"]), good(2, &["b"]), good(4, &["c"])],
        ),
        (b"\"a\",\"\"", vec![good(1, &["a", ""])]),
        (
            b"\"a,\"\"b\"\"\n,c\",d\ne",
            vec![good(1, &["a,\"b\"\n,c", "d"]), good(3, &["e"])],
        ),
        (b"\"a\r\nb\"\r\nc", vec![good(1, &["a\r\nb"]), good(3, &["c"])]),
        (b"5\" pipe,=1+1", vec![good(1, &["5\" pipe", "=1+1"])]),
        (b"a,b,c\nd", vec![good(1, &["a", "b", "c"]), good(2, &["d"])]),
        (b"a\0,b\nc", vec![(1, Err(NulCharacter)), good(2, &["c"])]),
        (b"Jos\xe9\nc", vec![(1, Err(NotText)), good(2, &["c"])]),
        (b"\"a\"x,b\nc", vec![(1, Err(TextAfterQuote)), good(2, &["c"])]),
        (
            b"a,\"b\nc,d\ne",
            vec![(1, Err(UnclosedQuote)), good(2, &["c", "d"]), good(3, &["e"])],
        ),
        (
            b"a,\"b\r\nc,\"d\"\r\ne",
            vec![(1, Err(UnclosedQuote)), good(2, &["c", "d"]), good(3, &["e"])],
        ),
        (b"a\nb,\"c", vec![good(1, &["a"]), (2, Err(UnclosedQuote))]),
    ];
    for (bytes, expected) in cases {
        for step in [1, 2, 3, 1000] {
            assert_eq!(
                read(bytes, step),
                expected,
                "{:?} by {step}",
                String::from_utf8_lossy(bytes)
            );
        }
    }
}

#[test]
fn a_row_that_is_too_long_costs_itself_alone() {
    let long = "x".repeat(LONGEST_ROW + 5);
    let inside_quotes = format!("\"{}\n{}", "x".repeat(10), "y".repeat(LONGEST_ROW));
    let cases = [
        (
            format!("a\n{long}\nb"),
            vec![good(1, &["a"]), (2, Err(RejectReason::TooLong)), good(3, &["b"])],
        ),
        (
            format!("\"{long}\",c\nb"),
            vec![(1, Err(RejectReason::TooLong)), good(2, &["b"])],
        ),
        (
            format!("{inside_quotes}\nb"),
            vec![
                (1, Err(RejectReason::TooLong)),
                good(2, &[&"y".repeat(LONGEST_ROW)]),
                good(3, &["b"]),
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text.as_bytes(), 10_000), expected);
    }
}

#[test]
fn the_buffer_does_not_grow_with_the_file() {
    let mut rows = Rows::new(io::repeat(b'x').take(20 << 20).chain(&b"\nb"[..]), b',');
    let mut row = RowText::default();
    assert!(rows.next(&mut row).unwrap());
    assert_eq!(row.flaw, Some(RejectReason::TooLong));
    assert!(rows.next(&mut row).unwrap());
    assert_eq!((row.line, row.cell(0).as_ref()), (2, "b"));
    assert!(
        rows.buffer.capacity() <= 4 * LONGEST_ROW,
        "{}",
        rows.buffer.capacity()
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_split_the_same_way_however_they_arrive(
        bytes in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r\0\xe9".to_vec()), 0..40)
    ) {
        let at_once = read(&bytes, 1000);
        for step in [1, 2, 5] {
            proptest::prop_assert_eq!(&read(&bytes, step), &at_once);
        }
        let lines: Vec<u64> = at_once.iter().map(|row| row.0).collect();
        proptest::prop_assert!(lines.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn what_the_csv_crate_writes_is_read_back(
        table in proptest::collection::vec(proptest::collection::vec("[a,\"\n\r é']{0,6}", 2..5), 1..6)
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for cells in &table {
            writer.write_record(cells).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let back: Vec<_> = read(&bytes, 7).into_iter().map(|row| row.1.unwrap()).collect();
        proptest::prop_assert_eq!(back, table);
    }
}
