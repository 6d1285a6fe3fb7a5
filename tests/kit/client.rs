//! Requests to a gateway, and what came back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Sends requests to one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    /// Where the gateway is, without a slash at the end.
    pub url: String,
    client: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `data` of an answer without errors.
    pub fn data(&self) -> Value {
        let body = self.json();
        assert!(
            self.status == 200 && body.get("errors").is_none(),
            "{}: {}",
            self.status,
            self.text()
        );
        body["data"].clone()
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        let body = self.json();
        let code = body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error: {body}"));
        code.to_owned()
    }
}

impl Client {
    /// For the gateway at that address.
    pub fn new(url: String) -> Client {
        // Needed to make a client at all; fails where another test was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client can be made");
        Client { url, client }
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    /// The same; `None` when the gateway is gone before the answer is whole.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        read(self.client.get(format!("{}{path}", self.url))).await.ok()
    }

    /// Gets a path with a token.
    pub async fn get_as(&self, token: &str, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.url)).bearer_auth(token))
            .await
    }

    /// Gets a part of what a path gives, if it is still what `etag` names.
    pub async fn get_range(&self, token: &str, path: &str, range: &str, etag: Option<&str>) -> Answer {
        let mut request = self
            .client
            .get(format!("{}{path}", self.url))
            .bearer_auth(token)
            .header("range", range);
        if let Some(etag) = etag {
            request = request.header("if-range", etag);
        }
        self.send(request).await
    }

    /// Runs a GraphQL document with variables as somebody; without a token as nobody.
    pub async fn graphql(&self, token: &str, query: &str, variables: Value) -> Answer {
        self.send(self.graphql_request(token, query, variables)).await
    }

    /// The same; `None` when the gateway is gone before the answer is whole.
    pub async fn try_graphql(&self, token: &str, query: &str, variables: Value) -> Option<Answer> {
        read(self.graphql_request(token, query, variables)).await.ok()
    }

    fn graphql_request(&self, token: &str, query: &str, variables: Value) -> reqwest::RequestBuilder {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = self.request(reqwest::Method::POST, "/graphql");
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        request.header("content-type", "application/json").body(body)
    }

    /// A request that the test completes itself.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// The host and port of the gateway, for those who speak to it without HTTP.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        read(request)
            .await
            .expect("the gateway answers, and the answer comes whole")
    }
}

async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await?.to_vec();
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// Waits until something holds, asking again and again; fails when it does not within the time.
pub async fn wait_until(what: &str, time: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < time, "not within {time:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
