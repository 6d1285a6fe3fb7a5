//! The workbook lane as text: what the parts of an XLSX file say, row by row, the same bytes for the same rows.
//!
//! Written here because no library fits: those that write in constant memory keep the rows in plain files while they do
//! (`rust_xlsxwriter` 0.102), need an output that seeks, or compress in ways that a later version may change. There is no
//! formula in it, and text stays text also when somebody edits the cell. Whoever verifies writes the rows anew and
//! compares. Pure; knows nothing of files.

use std::borrow::Cow;

use data_encoding::BASE64;
use serde_json::Value;

use super::encode::push_instant;
use super::table::{Field, FieldKind, Table};
use crate::cell::Cell;

/// Rows of a sheet, its header among them, as spreadsheets have it.
pub(super) const SHEET_ROWS: u32 = 1_048_576;

/// Bytes of a sheet after which the next one begins; sheets have no 64-bit form.
pub(super) const SHEET_BYTES: u64 = 2 << 30;

/// Characters of a cell, in UTF-16 as spreadsheets count.
const CELL_UNITS: usize = 32_767;

/// What a text ends with that was cut off.
const CUT: &str = "… [cut off here; the other formats have the whole text]";

/// Numbers with more digits are text, because spreadsheets round them.
const DIGITS: i64 = 999_999_999_999_999;

/// What a sheet ends with.
pub(super) const SHEET_END: &str = "</sheetData></worksheet>\n";

const SHEET_START: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
    <worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews>\
    <sheetView workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/>\
    </sheetView></sheetViews><sheetData>\n";

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
enum Content<'a> {
    Nothing,
    Number(i64),
    Text(Cow<'a, str>),
}

/// Writes the rows of one table.
pub(super) struct Sheet {
    /// `A`, `B` and so on, for each field.
    columns: Vec<String>,
}

impl Sheet {
    pub(super) fn new(table: &Table) -> Self {
        Sheet {
            columns: (0..table.fields.len()).map(column).collect(),
        }
    }

    /// What a sheet begins with, its header row included.
    pub(super) fn start(&self, table: &Table) -> Vec<u8> {
        let mut out = SHEET_START.as_bytes().to_vec();
        let names = table
            .fields
            .iter()
            .map(|field| Content::Text(Cow::Borrowed(field.name.as_str())));
        self.push(&mut out, 1, "2", names);
        out
    }

    /// Appends a row with the number that it has in its sheet, from 2; gives how many texts were cut off.
    pub(super) fn push_row(&self, out: &mut Vec<u8>, table: &Table, number: u32, row: &[Cell]) -> u64 {
        let cells = table.fields.iter().zip(row).map(|(_, cell)| of_cell(cell));
        self.push(out, number, "1", cells)
    }

    /// The same from the values of another lane.
    pub(super) fn push_values(&self, out: &mut Vec<u8>, table: &Table, number: u32, row: &[Value]) {
        let cells = table
            .fields
            .iter()
            .zip(row)
            .map(|(field, value)| of_value(field, value));
        self.push(out, number, "1", cells);
    }

    fn push<'a>(
        &self,
        out: &mut Vec<u8>,
        number: u32,
        style: &str,
        cells: impl Iterator<Item = Content<'a>>,
    ) -> u64 {
        let number = number.to_string();
        let mut cut_cells = 0;
        push_all(out, &["<row r=\"", &number, "\">"]);
        for (column, content) in self.columns.iter().zip(cells) {
            let start = ["<c r=\"", column, &number];
            match content {
                Content::Nothing => continue,
                Content::Number(value) => {
                    push_all(out, &start);
                    push_all(out, &["\"><v>", &value.to_string(), "</v></c>"]);
                }
                Content::Text(text) => {
                    let kept = fitting(&text);
                    cut_cells += u64::from(kept.is_some());
                    push_all(out, &start);
                    push_all(
                        out,
                        &[
                            "\" s=\"",
                            style,
                            "\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
                        ],
                    );
                    push_text(out, kept.unwrap_or(&text));
                    push_all(out, &[if kept.is_some() { CUT } else { "" }, "</t></is></c>"]);
                }
            }
        }
        out.extend_from_slice(b"</row>\n");
        cut_cells
    }
}

/// Where a sheet lies in the workbook, from 1.
pub(super) fn sheet_path(number: u32) -> String {
    format!("xl/worksheets/sheet{number}.xml")
}

/// The parts of a workbook beside its sheets, in the order in which they follow them.
pub(super) fn parts(table: &Table, sheets: u32) -> Vec<(&'static str, String)> {
    const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let each = |text: &dyn Fn(u32) -> String| (1..=sheets).map(text).collect::<String>();
    let overrides = each(&|number| {
        let path = sheet_path(number);
        format!("<Override PartName=\"/{path}\" ContentType=\"{KIND}.worksheet+xml\"/>")
    });
    let relations = each(&|number| {
        let path = sheet_path(number);
        let target = path.strip_prefix("xl/").unwrap_or(&path);
        format!("<Relationship Id=\"s{number}\" Type=\"{OFFICE}/worksheet\" Target=\"{target}\"/>")
    });
    let names = each(&|number| {
        let name = sheet_name(&table.name, number);
        format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"s{number}\"/>")
    });
    let style = |font: u8| {
        format!(
            "<xf numFmtId=\"49\" fontId=\"{font}\" fillId=\"0\" borderId=\"0\" xfId=\"0\" quotePrefix=\"1\"/>"
        )
    };
    let plain = "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"";
    vec![
        (
            "[Content_Types].xml",
            format!(
                "{XML}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
                 ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
                 <Override PartName=\"/xl/workbook.xml\" ContentType=\"{KIND}.sheet.main+xml\"/>\
                 <Override PartName=\"/xl/styles.xml\" ContentType=\"{KIND}.styles+xml\"/>{overrides}</Types>\n"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"w\" \
                 Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>\n"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{XML}<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}<Relationship Id=\"t\" \
                 Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>\n"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "{XML}<styleSheet xmlns=\"{MAIN}\"><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>\
                 <font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill>\
                 <patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
                 <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
                 <cellStyleXfs count=\"1\">{plain}/></cellStyleXfs>\
                 <cellXfs count=\"3\">{plain} xfId=\"0\"/>{}{}</cellXfs>\
                 <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>\n",
                style(0),
                style(1)
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{XML}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{names}</sheets></workbook>\n"
            ),
        ),
    ]
}

/// 31 characters at most, as spreadsheets have it.
fn sheet_name(table: &str, number: u32) -> String {
    match number {
        1 => table.chars().take(31).collect(),
        _ => format!("{} {number}", table.chars().take(24).collect::<String>()),
    }
}

fn column(mut position: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (position % 26) as u8));
        if position < 26 {
            return letters.into_iter().rev().collect();
        }
        position = position / 26 - 1;
    }
}

fn of_cell(cell: &Cell) -> Content<'_> {
    match cell {
        Cell::Null => Content::Nothing,
        Cell::Bool(flag) => of_flag(*flag),
        Cell::Int(number) => of_number(*number),
        Cell::Text(text) => of_text(Cow::Borrowed(text)),
        Cell::Uuid(id) => Content::Text(id.hyphenated().to_string().into()),
        Cell::Instant(at) => {
            let mut text = Vec::new();
            push_instant(&mut text, *at);
            of_text(String::from_utf8_lossy(&text).into_owned().into())
        }
        // As the text of the exact lane reads.
        Cell::Json(value) if value.is_null() => Content::Nothing,
        Cell::Json(value) => Content::Text(value.to_string().into()),
        Cell::Bytes(bytes) => of_text(BASE64.encode(bytes).into()),
    }
}

fn of_value<'a>(field: &Field, value: &'a Value) -> Content<'a> {
    match (&field.kind, value) {
        (_, Value::Null) => Content::Nothing,
        (FieldKind::Json, value) => Content::Text(value.to_string().into()),
        (FieldKind::Integer, Value::String(digits)) => match digits.parse() {
            Ok(number) => of_number(number),
            Err(_) => of_text(Cow::Borrowed(digits)),
        },
        (_, Value::Bool(flag)) => of_flag(*flag),
        (_, Value::Number(number)) => number.as_i64().map_or(Content::Nothing, of_number),
        (_, Value::String(text)) => of_text(Cow::Borrowed(text)),
        (_, Value::Array(_) | Value::Object(_)) => Content::Nothing,
    }
}

/// As text: LibreOffice makes the formula `TRUE()` of a cell that says it is a boolean.
fn of_flag(flag: bool) -> Content<'static> {
    Content::Text(Cow::Borrowed(if flag { "true" } else { "false" }))
}

fn of_number(number: i64) -> Content<'static> {
    match (-DIGITS..=DIGITS).contains(&number) {
        true => Content::Number(number),
        false => Content::Text(number.to_string().into()),
    }
}

/// An empty text and none look the same in a sheet, as in the CSV lane.
fn of_text(text: Cow<'_, str>) -> Content<'_> {
    match text.is_empty() {
        true => Content::Nothing,
        false => Content::Text(text),
    }
}

/// The beginning of a text that is too long for a cell.
fn fitting(text: &str) -> Option<&str> {
    // No character takes more units of UTF-16 than bytes of UTF-8.
    if text.len() <= CELL_UNITS || text.encode_utf16().count() <= CELL_UNITS {
        return None;
    }
    let mut units = CUT.encode_utf16().count();
    let end = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > CELL_UNITS
    });
    end.map(|(end, _)| &text[..end])
}

/// Appends text: what XML cannot say is written as `_xHHHH_`, as spreadsheets do, and what looks like that is escaped.
fn push_text(out: &mut Vec<u8>, text: &str) {
    for (at, character) in text.char_indices() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            // A line of the sheet is a row.
            '\n' => out.extend_from_slice(b"&#10;"),
            '\t' => out.extend_from_slice(b"&#9;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.extend_from_slice(format!("_x{:04X}_", u32::from(character)).as_bytes());
            }
            '_' if is_escape(&text.as_bytes()[at..]) => out.extend_from_slice(b"_x005F_"),
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn is_escape(text: &[u8]) -> bool {
    matches!(text, [b'_', b'x', digits @ .., ] if digits.len() >= 5
        && digits[..4].iter().all(u8::is_ascii_hexdigit) && digits[4] == b'_')
}

fn push_all(out: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_spreadsheets() {
        let names = [0, 25, 26, 51, 52, 701, 702].map(column);
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn text_that_xml_cannot_say_is_escaped_and_so_is_the_escape() {
        let mut out = Vec::new();
        push_text(&mut out, "a<&>\0\r\n\t_x0041_ _x_ \u{ffff}");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a&lt;&amp;&gt;_x0000__x000D_&#10;&#9;_x005F_x0041_ _x_ _xFFFF_"
        );
    }

    #[test]
    fn a_text_is_cut_where_a_cell_ends_and_never_inside_a_character() {
        assert_eq!(fitting(&"é".repeat(CELL_UNITS)), None);
        let long = "🙂".repeat(CELL_UNITS / 2 + 1);
        let kept = fitting(&long).unwrap();
        let units = kept.encode_utf16().count() + CUT.encode_utf16().count();
        assert!((CELL_UNITS - 1..=CELL_UNITS).contains(&units), "{units}");
    }
}
