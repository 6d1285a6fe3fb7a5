//! The lines that make the unzipped bundle a BagIt 1.0 bag. Plain text out of plain values.

use uuid::Uuid;

use super::closing::Closing;
use super::deflate::hex;
use crate::clock::Instant;

/// `bagit.txt`, to the byte.
pub(super) const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Who a bundle is about, why it was made and where it can be checked; what README, descriptor and `bag-info.txt` say.
#[derive(Clone, Debug)]
pub struct About {
    /// Name of the package: lower-case ASCII letters, digits, `-` and `_`, as `subscriber-export`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// The export's id.
    pub request_id: Uuid,
    /// When it was written.
    pub created: Instant,
    /// The moment that the data shows, when there is one for all tables.
    pub snapshot: Option<Instant>,
    /// Who hands the data over.
    pub organisation: String,
    /// Whose data it is, in words: "the account Acme", "the subscriber ana@example.test".
    pub subject: String,
    /// Why it was made, in words: "a request for access under article 15 of the GDPR".
    pub reason: String,
    /// How long the link lives that it is downloaded from.
    pub link_until: Option<Instant>,
    /// Where the public key is published.
    pub key_address: Option<String>,
}

/// `bag-info.txt`.
pub(super) fn bag_info(closing: &Closing<'_>, payload_bytes: u64, payload_files: usize) -> String {
    let about = closing.about;
    let volume = closing.volume.map(|volume| volume.bag_lines(about.request_id));
    format!(
        "{}Bag-Software-Agent: Postern {}\nBagging-Date: {}\nExternal-Description: {}\nExternal-Identifier: {}\n\
         Payload-Oxum: {payload_bytes}.{payload_files}\nSource-Organization: {}\n",
        volume.unwrap_or_default(),
        env!("CARGO_PKG_VERSION"),
        about.created.format("%Y-%m-%d"),
        one_line(&about.title),
        about.request_id,
        one_line(&about.organisation),
    )
}

/// The lines of a manifest, in the form that `sha256sum -c` reads. Takes them sorted by path.
pub(super) fn manifest<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8; 32])>) -> String {
    files
        .into_iter()
        .map(|(path, sum)| format!("{}  {path}\n", hex(sum)))
        .collect()
}

/// A name comes from people and must not add lines of its own.
pub(super) fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_line_end_does_not_become_a_line_of_its_own() {
        assert_eq!(
            one_line(" Acme\r\nPayload-Oxum: 0.0\n"),
            "Acme  Payload-Oxum: 0.0"
        );
    }
}
