//! Public keys from a PEM file or a URL, for `verify`. Trusts whoever named the place, and the place's TLS.

use std::path::Path;
use std::time::Duration;

use crate::bundle::PublicKey;
use crate::error::{Code, Refusal, Result, quote};
use crate::location::Location;

/// More public keys than any ring has versions.
const LARGEST: usize = 64 * 1024;

/// Every key of a PEM file or of a URL that gives one; text around the keys is skipped.
pub(super) async fn read(location: &str) -> Result<Vec<PublicKey>> {
    let text = match Location::parse(location)? {
        Location::Path(path) => read_file(&path)?,
        Location::Url { url, .. } => fetch(&url).await?,
    };
    let keys = PublicKey::all_from_pem(&text).ok_or_else(|| {
        invalid(format!(
            "--key: {} holds no Ed25519 public key in PEM",
            quote(location)
        ))
    })?;
    Ok(keys)
}

fn read_file(path: &Path) -> Result<String> {
    let bytes =
        std::fs::read(path).map_err(|error| invalid(format!("--key: {}: {error}", path.display())))?;
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= LARGEST => Ok(text),
        _ => Err(invalid(format!("--key: {} is no PEM file", path.display())).into()),
    }
}

async fn fetch(url: &str) -> Result<String> {
    let failed = |reason: &str| invalid(format!("--key: {}: {reason}", quote(url)));
    let parsed = reqwest::Url::parse(url).map_err(|_| failed("this is no URL"))?;
    // A key that came over an open network proves nothing.
    let is_here = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match parsed.scheme() {
        "https" => {}
        "http" if is_here => {}
        _ => return Err(failed("give an https URL; plain http is for this machine alone").into()),
    }
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|_| failed("no client can be made"))?;
    let mut answer = client
        .get(parsed)
        .send()
        .await
        .map_err(|_| failed("nobody answers there"))?;
    if !answer.status().is_success() {
        return Err(failed(&format!("the answer is {}", answer.status().as_u16())).into());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| failed("the answer broke off"))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(failed("the answer is too large for public keys").into());
        }
    }
    String::from_utf8(bytes).map_err(|_| failed("the answer is no text").into())
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidSetting, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_file_counts_and_the_text_between_them_is_skipped() {
        let one = PublicKey::from_bytes(
            &ed25519_dalek::SigningKey::from_bytes(&[1; 32])
                .verifying_key()
                .to_bytes(),
        )
        .unwrap();
        let two = PublicKey::from_bytes(
            &ed25519_dalek::SigningKey::from_bytes(&[2; 32])
                .verifying_key()
                .to_bytes(),
        )
        .unwrap();
        let text = format!(
            "key 2, since 2026\n{}\nkey 1\n{}",
            two.to_pem().unwrap(),
            one.to_pem().unwrap()
        );
        assert_eq!(PublicKey::all_from_pem(&text), Some(vec![two, one]));
    }

    #[test]
    fn text_without_a_key_or_with_a_broken_one_is_none() {
        let begin = "-----BEGIN PUBLIC KEY-----";
        let broken = format!("{begin}\nAAAA\n-----END PUBLIC KEY-----\n");
        for text in ["", "hello", broken.as_str(), begin] {
            assert_eq!(PublicKey::all_from_pem(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_key_over_an_open_network_is_not_taken() {
        let refused = read("http://keys.example/key.pem").await.unwrap_err();
        assert!(refused.to_string().contains("https"), "{refused}");
    }
}
