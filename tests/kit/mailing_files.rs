//! Builds files as other platforms export them, with everything that real ones get wrong. All people are made up.
//!
//! Knows nothing of Postern, so that it can say what is in a file without asking the code that reads it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file on disk, and what is in it.
pub struct MailingFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Rows that can be taken.
    pub good: usize,
    /// Rows that cannot: the file inside the archive (or the file's own name) and the line on which the row starts.
    pub bad: Vec<(String, u64)>,
    /// Different people in the good rows.
    #[allow(
        dead_code,
        reason = "the tests of the readers, which share this file, look at it"
    )]
    pub people: usize,
}

/// A CSV that counts its lines and rows while it is written.
struct Csv {
    name: String,
    bytes: Vec<u8>,
    good: usize,
    bad: Vec<(String, u64)>,
}

impl Csv {
    fn new(name: &str, header: &[&str]) -> Self {
        let mut csv = Csv {
            name: name.to_owned(),
            bytes: Vec::new(),
            good: 0,
            bad: Vec::new(),
        };
        csv.cells(header);
        csv
    }

    fn cells(&mut self, cells: &[&str]) {
        let quoted: Vec<String> = cells
            .iter()
            .map(|cell| match cell.contains(['"', ',', '\n', '\r']) {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell.to_string(),
            })
            .collect();
        self.bytes.extend_from_slice(quoted.join(",").as_bytes());
        self.bytes.push(b'\n');
    }

    /// A row that can be taken, filled up with empty cells.
    fn good(&mut self, columns: usize, cells: &[&str]) {
        let mut row = cells.to_vec();
        row.resize(columns, "");
        self.cells(&row);
        self.good += 1;
    }

    /// A row that is well formed and still cannot be taken.
    fn bad(&mut self, columns: usize, cells: &[&str]) {
        self.good(columns, cells);
        self.good -= 1;
        let breaks = cells.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        let line = self.lines() - breaks as u64;
        self.bad.push((self.name.clone(), line));
    }

    /// Bytes that are no row, on one line.
    fn broken(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.bytes.push(b'\n');
        let line = self.lines();
        self.bad.push((self.name.clone(), line));
    }

    fn lines(&self) -> u64 {
        self.bytes.iter().filter(|byte| **byte == b'\n').count() as u64
    }
}

const OWN: [&str; 9] = [
    "Email Address",
    "First Name",
    "Last Name",
    "Address",
    "Phone Number",
    "Birthday",
    "Größe",
    "Größe",
    "=Interests",
];

const OPT_IN: [&str; 13] = [
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "CONFIRM_TIME",
    "CONFIRM_IP",
    "LATITUDE",
    "LONGITUDE",
    "GMTOFF",
    "DSTOFF",
    "TIMEZONE",
    "CC",
    "REGION",
    "LAST_CHANGED",
];

const LAST: [&str; 4] = ["LEID", "EUID", "NOTES", "TAGS"];

/// An audience of Mailchimp: four files; one person is in two of them.
pub fn mailchimp_zip(folder: &Path) -> MailingFile {
    let path = folder.join("audience_export_0a1b2c3d4e.zip");
    let files = [subscribed(), unsubscribed(), cleaned(), nonsubscribed()];
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    for file in &files {
        zip.start_file(&file.name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&file.bytes).unwrap();
    }
    zip.finish().unwrap();
    let good = files.iter().map(|file| file.good).sum();
    MailingFile {
        path,
        good,
        bad: files.into_iter().flat_map(|file| file.bad).collect(),
        people: good - 1,
    }
}

fn name(status: &str) -> String {
    format!("{status}_email_audience_export_0a1b2c3d4e.csv")
}

fn subscribed() -> Csv {
    let header = [&OWN[..], &OPT_IN, &LAST].concat();
    let width = header.len();
    let mut csv = Csv::new(&name("subscribed"), &header);
    let row = |email, first, phone, note, times: [&'static str; 4], id, tags| {
        let own = [
            email,
            first,
            "Ünal",
            "1 Main St, Springfield",
            phone,
            "02/29",
            "42",
            "XL",
            note,
        ];
        let opt_in = [
            "4",
            times[0],
            times[1],
            times[2],
            times[3],
            "52.5",
            "13.4",
            "1",
            "2",
            "Europe/Berlin",
            "DE",
            "BE",
            "2024-01-02 03:04:05",
        ];
        [&own[..], &opt_in, &["1001", id, "called twice", tags]].concat()
    };
    let proof = [
        "2020-02-03 04:05:06",
        "192.0.2.7",
        "2020-02-03 05:00:00",
        "192.0.2.7",
    ];
    let by_server = [
        "2020-02-03 04:05:06",
        "127.0.0.1",
        "2020-02-03 04:05:06",
        "127.0.0.1",
    ];
    let dirty = [
        "2020/02/03 04:05:06",
        "192.0.2.8",
        "2020-02-03 04:05:06",
        "2020-02-03 04:05:06",
    ];
    csv.good(
        width,
        &row(
            "Ana@Example.Test",
            "Ana",
            "'+49 30 901820",
            "Hats",
            proof,
            "e1",
            "\"VIP\",\"Winter, 2024\"",
        ),
    );
    csv.good(
        width,
        &row(
            "bob+news@example.test",
            "Bob \"Bobby\"",
            "+1 555 0100",
            "line one\nline, two",
            by_server,
            "e2",
            "",
        ),
    );
    csv.good(
        width,
        &row(
            "chloé@bücher.example",
            "Chloé",
            "",
            "=HYPERLINK(\"http://x.example.test\")",
            dirty,
            "e3",
            "\"say \"\"hi\"\"\"",
        ),
    );
    csv.good(width, &row("dan@example.test", "", "", "", proof, "", ""));
    csv.bytes.extend_from_slice(b"\n\n");
    csv.good(width, &["eve@example.test", "+Eve", "-Adams"]);
    csv.bad(width, &["not an address", "No", "At"]);
    csv.bad(width, &["", "No", "Address"]);
    csv.bad(
        width,
        &["fay@example.test, gus@example.test", "Two", "In one,\ntwo lines"],
    );
    csv.broken(b"hal@example.test,too,few");
    csv.broken(format!("ida@example.test{}", ",".repeat(width)).as_bytes());
    csv.broken(&[b"jan@example.test,N\0L", ",".repeat(width - 2).as_bytes()].concat());
    csv.broken(&[b"jos\xe9@example.test", ",".repeat(width - 1).as_bytes()].concat());
    csv.broken(&[b"kim@example.test,\"K\"im", ",".repeat(width - 2).as_bytes()].concat());
    csv.broken(&[b"lea@example.test,\"Lea", ",".repeat(width - 2).as_bytes()].concat());
    csv.good(width, &["mia@example.test", "Mia", "García", "", "'n/a"]);
    csv.good(width, &["o'neil@example.test", "Órla"]);
    csv
}

fn unsubscribed() -> Csv {
    // As witnessed: two of the names come twice.
    let block = [
        "UNSUB_TIME",
        "UNSUB_CAMPAIGN_TITLE",
        "UNSUB_CAMPAIGN_ID",
        "UNSUB_REASON",
        "UNSUB_CAMPAIGN_ID",
        "UNSUB_REASON",
    ];
    let header = [&OWN[..], &OPT_IN, &block, &LAST].concat();
    let width = header.len();
    let mut csv = Csv::new(&name("unsubscribed"), &header);
    let mut row = vec!["pia@example.test", "Pia"];
    row.resize(OWN.len() + OPT_IN.len(), "");
    row.extend([
        "2023-03-04 05:06:07",
        "Spring",
        "c77",
        "OTHER",
        "",
        "moved away",
        "1002",
        "e4",
    ]);
    csv.good(width, &row);
    // The same person as in the other file, but for capitals.
    csv.good(width, &["ana@example.test", "Ana"]);
    csv.good(width, &["quy@example.test", "Quý"]);
    csv.bad(width, &["quy@localhost", "Quý"]);
    csv
}

fn cleaned() -> Csv {
    let block = ["CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"];
    let header = [&OWN[..], &OPT_IN, &block, &LAST].concat();
    let mut csv = Csv::new(&name("cleaned"), &header);
    let mut row = vec!["rex@example.test", "Rex"];
    row.resize(OWN.len() + OPT_IN.len(), "");
    row.push("2022-03-04 05:06:07");
    csv.good(header.len(), &row);
    csv.good(header.len(), &["sue@example.test"]);
    csv
}

fn nonsubscribed() -> Csv {
    let header = [&OWN[..], &OPT_IN, &LAST].concat();
    let mut csv = Csv::new(&name("nonsubscribed"), &header);
    csv.good(header.len(), &["tom@example.test", "Tom"]);
    csv.good(header.len(), &["uma@xn--bcher-kva.example", "Uma"]);
    csv.good(header.len(), &["vic@example.test.", "Vic"]);
    csv.broken(b"\"wes@example.test,never closed");
    csv
}

/// Subscribers of listmonk: one of them is somebody of [`mailchimp_zip`].
pub fn listmonk_csv(folder: &Path) -> MailingFile {
    let header = [
        "uuid",
        "email",
        "name",
        "attributes",
        "status",
        "created_at",
        "updated_at",
    ];
    let mut csv = Csv::new("subscribers.csv", &header);
    let id = |last: u8| format!("0190d9c4-5f6e-7000-8000-0000000000{last:02}");
    let made = "2024-07-22 14:58:23.123456 +0000 +0000";
    let changed = "2024-07-23 08:00:00 +0200 CEST";
    let nested =
        r#"{"city":"Köln","likes":["hats","shoes, red"],"shop":{"orders":3,"vip":true},"none":null}"#;
    let rows: [(&str, &str, &str, &str); 7] = [
        ("xia@example.test", "Xia Li", nested, "enabled"),
        ("ANA@example.test", "Ana Ünal", r#"{"city":"Berlin"}"#, "enabled"),
        ("yan@example.test", "Yan", "{}", "disabled"),
        ("zoe@example.test", "Zoë van der Berg", "", "blocklisted"),
        (
            "abe@example.test",
            "=cmd|'/c calc'!A0",
            r#"{"note":"two\nlines","shop":{"orders":"4"}}"#,
            "enabled",
        ),
        (
            "bea@example.test",
            "",
            r#"{"matrix":[[1],[2]],"big":9007199254740993}"#,
            "enabled",
        ),
        ("cyd@example.test", "Cyd", "null", "enabled"),
    ];
    for (index, (email, name, attributes, status)) in rows.iter().enumerate() {
        let id = id(index as u8);
        csv.good(
            header.len(),
            &[&id, email, name, attributes, status, made, changed],
        );
    }
    let id = id(99);
    csv.bad(
        header.len(),
        &[
            &id,
            "dee@example.test",
            "Dee",
            "{broken",
            "enabled",
            made,
            changed,
        ],
    );
    csv.bad(
        header.len(),
        &[&id, "eli@example.test", "Eli", "[1]", "enabled", made, changed],
    );
    csv.bad(
        header.len(),
        &[&id, "flo@example.test", "Flo", "{}", "sleeping", made, changed],
    );
    csv.bad(header.len(), &[&id, "gil", "Gil", "{}", "enabled", made, changed]);
    csv.broken(b"uuid,hob@example.test");
    csv.broken(b"\"ivy@example.test");
    let path = folder.join("subscribers.csv");
    std::fs::write(&path, &csv.bytes).unwrap();
    MailingFile {
        path,
        good: csv.good,
        bad: csv.bad,
        people: csv.good,
    }
}
