//! Sending one file of a bundle to its receiver, a piece at a time, with what the receiver needs to check it. Redirects are
//! not followed: an address that is allowed must not lead to one that is not.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use futures_util::{Stream, StreamExt, stream};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Client, Method, RequestBuilder, Response, StatusCode, Url};

use super::follow::{Follow, count};
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::work::export::download::Bundle;

/// How long a receiver may take to let us in.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes that are handed to the connection at one time: small enough to see whether it moves.
const PIECE: usize = 64 * 1024;

/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;

/// A client for one transfer. Plain http is for this machine itself: it does not go by a proxy, which could read it.
pub(super) fn client(target: &Url) -> Result<Client> {
    // Another part of the process may have installed one; then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .user_agent("postern");
    let builder = match target.scheme() {
        "http" => builder.no_proxy(),
        _ => builder,
    };
    builder
        .build()
        .map_err(|error| Fault::Invariant(format!("no client for receivers: {error}")).into())
}

/// A request, with the credential that the receiver wants to be shown.
pub(super) fn request(
    client: &Client,
    method: Method,
    url: Url,
    credential: Option<&str>,
) -> Result<RequestBuilder> {
    let request = client.request(method, url);
    let Some(credential) = credential else {
        return Ok(request);
    };
    let header = HeaderValue::from_str(&format!("Bearer {credential}"));
    let mut header = header.map_err(|_| Fault::Invariant("a credential fits into a header".into()))?;
    header.set_sensitive(true);
    Ok(request.header(reqwest::header::AUTHORIZATION, header))
}

/// Sends a file with a request that is complete but for it; gives the answer when the receiver has taken it.
pub(super) async fn send(follow: &Follow<'_>, request: RequestBuilder, bundle: Bundle) -> Result<Response> {
    let broken = Arc::new(Mutex::new(None));
    let (size, before) = (bundle.object.size(), follow.sent());
    let content = content(&bundle, follow.bytes.clone(), broken.clone());
    let request = request
        .header(CONTENT_TYPE, "application/zip")
        .header(CONTENT_LENGTH, size)
        .header(
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", bundle.filename),
        )
        .header("content-digest", digest(&bundle.sha256)?)
        .body(Body::wrap_stream(content));
    let sent = answer(follow, request).await;
    // What broke off on our side is not the receiver's fault.
    let broken = broken.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (sent, broken) {
        (Err(_), Some(error)) => Err(error),
        // Whoever says yes to a file that is still on its way has not got it.
        (Ok(_), _) if follow.sent() - before < size => {
            let message = "the receiver answered before it had the whole file";
            Err(Refusal::new(Code::ReceiverRefused, message).into())
        }
        (sent, _) => sent,
    }
}

/// Sends a request, and gives the answer if it is one that says yes.
pub(super) async fn answer(follow: &Follow<'_>, request: RequestBuilder) -> Result<Response> {
    let response = follow.watch(async { request.send().await.map_err(away) }).await?;
    let status = response.status();
    follow
        .note(vec![
            ("receiver_status", i64::from(status.as_u16()).into()),
            ("bytes_done", count(follow.sent())),
        ])
        .await?;
    if status.is_success() {
        return Ok(response);
    }
    Err(refused(status))
}

/// The text of an answer, if it is no longer than a sensible one.
pub(super) async fn text(follow: &Follow<'_>, mut response: Response) -> Result<String> {
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if bytes.len() + chunk.len() > LONGEST {
                return Err(Refusal::new(Code::ReceiverRefused, "the receiver's answer has no end").into());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok::<_, Error>(String::from_utf8_lossy(&bytes).into_owned())
    };
    follow.watch(read).await
}

/// The file in pieces; `bytes` counts those that were handed on, and `broken` says why there are no more.
fn content(
    bundle: &Bundle,
    bytes: Arc<AtomicU64>,
    broken: Arc<Mutex<Option<Error>>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let read = bundle.object.read_range(0..bundle.object.size());
    read.flat_map(|read| {
        let pieces = match read {
            Ok(read) => pieces(read).into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        };
        stream::iter(pieces)
    })
    .map(move |piece| match piece {
        Ok(piece) => {
            bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
            reach(FailPoint::TransferPiece);
            Ok(piece)
        }
        Err(error) => {
            *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            Err(io::Error::other("the bundle cannot be read further"))
        }
    })
}

fn pieces(mut read: Bytes) -> Vec<Bytes> {
    let mut pieces = Vec::with_capacity(read.len() / PIECE + 1);
    while !read.is_empty() {
        pieces.push(read.split_to(read.len().min(PIECE)));
    }
    pieces
}

/// As RFC 9530 has it.
fn digest(sha256: &str) -> Result<String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(sha256.as_bytes());
    let bytes = bytes.map_err(|_| Fault::Invariant("a sum is hexadecimal".into()))?;
    Ok(format!("sha-256=:{}:", BASE64.encode(&bytes)))
}

/// The receiver was not there, or broke off. The address is left out: it may hold a secret.
fn away(error: reqwest::Error) -> Error {
    Fault::ReceiverUnavailable(error.without_url().to_string()).into()
}

/// What an answer means that does not say yes.
fn refused(status: StatusCode) -> Error {
    let number = status.as_u16();
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Fault::ReceiverUnavailable(format!("the receiver answers with {number}")).into()
        }
        _ if status.is_redirection() => Refusal::new(
            Code::ReceiverRefused,
            format!("the receiver answers with {number}, a redirect, which is not followed; name the last address as the target"),
        )
        .into(),
        _ => Refusal::new(
            Code::ReceiverRefused,
            format!("the receiver answers with {number}, and does not take the bundle"),
        )
        .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_in_small_pieces_and_a_digest_is_that_of_the_rfc() {
        let read = Bytes::from(vec![7; 2 * PIECE + 1]);
        let sizes: Vec<usize> = pieces(read).iter().map(Bytes::len).collect();
        assert_eq!(sizes, [PIECE, PIECE, 1]);
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let expected = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
        assert_eq!(digest(empty).unwrap(), expected);
    }

    #[test]
    fn what_a_receiver_may_mend_is_waited_for_and_every_other_no_is_one() {
        for (status, code) in [
            (302, Code::ReceiverRefused),
            (304, Code::ReceiverRefused),
            (401, Code::ReceiverRefused),
            (413, Code::ReceiverRefused),
            (500, Code::ReceiverRefused),
            (429, Code::ReceiverUnreachable),
            (503, Code::ReceiverUnreachable),
        ] {
            let error = refused(StatusCode::from_u16(status).unwrap());
            assert_eq!(error.code(), code, "{status}");
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}
