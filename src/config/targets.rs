//! The addresses to which bundles may be handed: beginnings of URLs, compared as URLs and not as texts, so that what looks
//! like the beginning of one and leads elsewhere is none.
//!
//! Must not know what is sent there, nor how.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Code, Refusal, quote};

/// The longest target, in characters.
const LONGEST: usize = 4_096;

/// Parts of a path that a receiver may read as another place than the one that was compared.
const ASTRAY: [&str; 5] = ["..", "%2e", "%2f", "%5c", "\\"];

/// The addresses to which bundles may be handed; with none, to nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferTargets {
    allowed: Vec<Url>,
}

impl TransferTargets {
    /// Reads the beginnings of URLs that the setting names. Plain http is for this machine itself.
    pub fn parse(given: &[String]) -> Result<TransferTargets, Refusal> {
        let allowed = given.iter().map(|text| {
            let invalid = |why: &str| {
                let message = format!("transfer-targets: {}: {why}", quote(text));
                Refusal::new(Code::InvalidSetting, message)
            };
            let url = address(text).map_err(invalid)?;
            if url.query().is_some() {
                return Err(invalid("a beginning of addresses has no question mark"));
            }
            match url.scheme() {
                "https" => Ok(url),
                "http" if is_this_machine(&url) => Ok(url),
                "http" => Err(invalid("http is for this machine itself; write https://…")),
                _ => Err(invalid("write it like https://receiver.example/bundles/")),
            }
        });
        Ok(TransferTargets {
            allowed: allowed.collect::<Result<_, _>>()?,
        })
    }

    /// The URL of a target, if bundles may be handed there.
    ///
    /// Errors: `BAD_USER_INPUT` for what is no such URL, `TARGET_NOT_ALLOWED` for every other.
    pub fn allow(&self, target: &str) -> Result<Url, Refusal> {
        let url = read_target(target)?;
        if self.allowed.is_empty() {
            let message = "this gateway hands bundles to nobody; whoever runs it names receivers in its setting \
                           transfer-targets";
            return Err(Refusal::new(Code::TargetNotAllowed, message).at(["target"]));
        }
        if self.allowed.iter().any(|allowed| begins(allowed, &url)) {
            return Ok(url);
        }
        let message = "this gateway hands no bundles there; whoever runs it names receivers in its setting \
                       transfer-targets";
        Err(Refusal::new(Code::TargetNotAllowed, message).at(["target"]))
    }
}

/// A target as it is given, whether it is allowed or not. Errors: `BAD_USER_INPUT`.
pub fn read_target(text: &str) -> Result<Url, Refusal> {
    address(text).map_err(|why| {
        // Not quoted: what stands behind a question mark may be a secret.
        Refusal::new(Code::BadUserInput, format!("the target cannot be used: {why}")).at(["target"])
    })
}

/// A URL that says where it leads, and nothing else.
fn address(text: &str) -> Result<Url, &'static str> {
    if text.chars().count() > LONGEST {
        return Err("it is longer than 4096 characters");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("it has blanks");
    }
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    if ASTRAY.iter().any(|astray| path.contains(astray)) {
        return Err("its path may have no .. and no encoded dots or slashes");
    }
    let url =
        Url::parse(text).map_err(|_| "that is no URL; write it like https://receiver.example/bundles/")?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err("write it like https://receiver.example/bundles/");
    }
    if !url.username().is_empty() || url.password().is_some() || has_user(text) {
        return Err("it may not hold a user or a password");
    }
    if url.fragment().is_some() {
        return Err("it may have no # in it");
    }
    Ok(url)
}

/// Also an empty user, which a URL that was read does not show any more.
fn has_user(text: &str) -> bool {
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
    authority
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|authority| authority.contains('@'))
}

/// Whether a URL begins with an allowed one: the same origin, and a path that is the allowed one or lies below it.
fn begins(allowed: &Url, url: &Url) -> bool {
    let of = |url: &Url| {
        let host = url.host_str().map(str::to_owned);
        (url.scheme().to_owned(), host, url.port_or_known_default())
    };
    if of(allowed) != of(url) {
        return false;
    }
    let rest = url.path().strip_prefix(allowed.path());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || allowed.path().ends_with('/'))
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(given: &[&str]) -> TransferTargets {
        let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
        TransferTargets::parse(&given).unwrap()
    }

    #[test]
    fn a_target_is_allowed_by_origin_and_whole_parts_of_the_path() {
        let targets = targets(&[
            "https://receiver.example/in",
            "https://folder.example/in/",
            "https://all.example",
            "http://127.0.0.1:8080/",
        ]);
        let cases = [
            ("https://receiver.example/in", Ok(())),
            ("https://RECEIVER.example:443/in?sig=a%2Fb", Ok(())),
            ("https://receiver.example/in/deeper", Ok(())),
            ("https://receiver.example/inbox", Err(Code::TargetNotAllowed)),
            ("https://receiver.example/", Err(Code::TargetNotAllowed)),
            ("https://receiver.example:8443/in", Err(Code::TargetNotAllowed)),
            ("http://receiver.example/in", Err(Code::TargetNotAllowed)),
            (
                "https://receiver.example.evil.example/in",
                Err(Code::TargetNotAllowed),
            ),
            ("https://receiver.example./in", Err(Code::TargetNotAllowed)),
            ("https://folder.example/in/a", Ok(())),
            ("https://folder.example/in", Err(Code::TargetNotAllowed)),
            ("https://all.example/anything", Ok(())),
            ("http://127.0.0.1:8080/x", Ok(())),
            ("http://127.1:8080/x", Ok(())),
            ("http://127.0.0.1:8081/x", Err(Code::TargetNotAllowed)),
            ("http://localhost:8080/x", Err(Code::TargetNotAllowed)),
            ("https://receiver.example/in/../out", Err(Code::BadUserInput)),
            ("https://receiver.example/in/%2e%2E/out", Err(Code::BadUserInput)),
            ("https://receiver.example/in/..%2fout", Err(Code::BadUserInput)),
            ("https://receiver.example/in\\..\\out", Err(Code::BadUserInput)),
            ("https://all.example@receiver.example/in", Err(Code::BadUserInput)),
            ("https://user:word@receiver.example/in", Err(Code::BadUserInput)),
            ("https://@receiver.example/in", Err(Code::BadUserInput)),
            ("https://receiver.example/in#part", Err(Code::BadUserInput)),
            ("ftp://receiver.example/in", Err(Code::BadUserInput)),
            ("file:///in", Err(Code::BadUserInput)),
            ("receiver.example/in", Err(Code::BadUserInput)),
            ("https://receiver.example/ in", Err(Code::BadUserInput)),
            ("", Err(Code::BadUserInput)),
        ];
        for (target, expected) in cases {
            let allowed = targets.allow(target).map(|_| ()).map_err(|refusal| refusal.code);
            assert_eq!(allowed, expected, "{target}");
        }
    }

    #[test]
    fn without_the_setting_nothing_is_allowed_and_the_refusal_names_it() {
        let refused = TransferTargets::default()
            .allow("https://receiver.example/")
            .unwrap_err();
        assert_eq!(refused.code, Code::TargetNotAllowed);
        assert!(refused.message.contains("transfer-targets"), "{refused}");
    }

    #[test]
    fn the_setting_takes_https_and_for_this_machine_http() {
        for (text, is_taken) in [
            ("https://receiver.example", true),
            ("http://127.0.0.1:8080/in", true),
            ("http://[::1]:8080/", true),
            ("http://localhost/", true),
            ("http://receiver.example/", false),
            ("http://10.0.0.1/", false),
            ("https://user@receiver.example/", false),
            ("https://receiver.example/?a", false),
            ("https://receiver.example/../", false),
            ("receiver.example", false),
        ] {
            let parsed = TransferTargets::parse(&[text.to_owned()]);
            assert_eq!(parsed.is_ok(), is_taken, "{text}");
            if let Err(refusal) = parsed {
                assert!(refusal.message.contains("transfer-targets"), "{refusal}");
            }
        }
    }
}
