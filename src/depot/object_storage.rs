//! Opens object storage that speaks S3, by a URL like `s3://BUCKET/FOLDER`. Knows nothing of what is kept there.
//!
//! Who is let in, where, and by which address is said in the variables that every program for S3 reads:
//! `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL` and the others.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, RetryConfig};

use crate::depot::{fault, name};
use crate::error::{Code, Fault, Refusal, Result, quote};

/// How long one step is tried again before it has failed; whole attempts are repeated by who writes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often one step is tried again.
const RETRIES: usize = 4;

/// Opens the storage and looks whether it lets us in. Errors: a refusal for a URL that is none, and for a storage that
/// says no; one that is away is only warned of, because it may be back when something is written.
pub(super) async fn open(url: &str) -> Result<Arc<dyn ObjectStore>> {
    open_with(AmazonS3Builder::from_env(), url).await
}

/// As [`open`], with whatever the builder says already.
pub(super) async fn open_with(builder: AmazonS3Builder, url: &str) -> Result<Arc<dyn ObjectStore>> {
    let (bucket, prefix) = place(url)?;
    // Fails where somebody was first, who took the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let retry = RetryConfig {
        max_retries: RETRIES,
        retry_timeout: PATIENCE,
        ..RetryConfig::default()
    };
    let store = builder
        .with_bucket_name(bucket)
        .with_retry(retry)
        .build()
        .map_err(|error| unusable(&error.to_string()))?;
    let store: Arc<dyn ObjectStore> = match prefix {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, name::checked(prefix)?)),
    };
    let first = store.list(None).next().await;
    if let Some(Err(error)) = first {
        match fault::of("look into the storage", error) {
            crate::error::Error::Fault(Fault::DepotUnavailable(reason)) => {
                tracing::warn!(%reason, "the storage of bundles cannot be reached yet");
            }
            error => return Err(unusable(&error.to_string()).into()),
        }
    }
    Ok(store)
}

/// Bucket and folder.
fn place(url: &str) -> Result<(&str, &str), Refusal> {
    let rest = url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    let is_bucket = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if bucket.is_empty()
        || !bucket.chars().all(is_bucket)
        || (!prefix.is_empty() && name::checked(prefix).is_err())
    {
        return Err(Refusal::new(
            Code::InvalidSetting,
            format!(
                "--depot: {} is no place of object storage; write it like s3://BUCKET/FOLDER",
                quote(url)
            ),
        ));
    }
    Ok((bucket, prefix))
}

fn unusable(reason: &str) -> Refusal {
    Refusal::new(
        Code::InvalidSetting,
        format!(
            "--depot: the storage cannot be used: {}; check the bucket and the variables AWS_ACCESS_KEY_ID, \
             AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL",
            quote(reason)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_bucket_and_perhaps_a_folder() {
        let cases = [
            ("s3://bundles", Some(("bundles", ""))),
            ("s3://bundles/", Some(("bundles", ""))),
            ("s3://bundles/a/b/", Some(("bundles", "a/b"))),
            ("s3://", None),
            ("s3:bundles", None),
            ("s3:///a", None),
            ("s3://user:password@host/a", None),
            ("s3://bundles/../a", None),
            ("s3://bundles/a?x=1", None),
        ];
        for (url, expected) in cases {
            assert_eq!(place(url).ok(), expected, "{url}");
        }
    }
}
