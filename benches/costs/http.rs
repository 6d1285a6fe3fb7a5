//! A client that costs next to nothing: requests as bytes made beforehand, one connection that is kept, one answer
//! after the other. Knows of HTTP just what this gateway sends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// One connection to a gateway.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What a number of requests came to.
#[derive(Default)]
pub struct Timing {
    /// How long each answer took.
    pub latencies: Vec<Duration>,
    /// Bytes of the last answer's body.
    pub bytes: usize,
}

impl Timing {
    /// The time within which that share of the answers came.
    pub fn within(&mut self, share: f64) -> Duration {
        self.latencies.sort_unstable();
        let place = (self.latencies.len() as f64 * share) as usize;
        self.latencies
            .get(place.min(self.latencies.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

impl Connection {
    /// Connects to `host:port`.
    pub fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("the gateway listens");
        stream.set_nodelay(true).expect("an open connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("an open connection");
        Connection {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        }
    }

    /// Sends a request and reads its answer, which must be 200; gives the body.
    pub fn send(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).expect("the gateway reads");
        self.buffer.clear();
        let head = loop {
            self.fill();
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are ASCII");
        let length = content_length(text);
        let is_good = text.starts_with("HTTP/1.1 200");
        while self.buffer.len() < head + length {
            self.fill();
        }
        let body = &self.buffer[head..];
        assert!(is_good, "{}", String::from_utf8_lossy(&self.buffer));
        body
    }

    fn fill(&mut self) {
        let mut part = [0; 64 * 1024];
        let read = self.stream.read(&mut part).expect("the gateway answers");
        assert!(read > 0, "the gateway closed the connection");
        self.buffer.extend_from_slice(&part[..read]);
    }
}

fn content_length(headers: &str) -> usize {
    headers
        .lines()
        .find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        })
        .expect("the gateway says how long its answers are")
}

/// Sends a request so many times over so many connections.
pub fn repeat(address: &str, request: &[u8], times: usize, connections: usize) -> Timing {
    let each = times.div_ceil(connections);
    let timings: Vec<Timing> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| one_after_the_other(address, request, each)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no request fails"))
            .collect()
    });
    timings.into_iter().fold(Timing::default(), |mut all, one| {
        all.latencies.extend(one.latencies);
        all.bytes = one.bytes;
        all
    })
}

fn one_after_the_other(address: &str, request: &[u8], times: usize) -> Timing {
    let mut connection = Connection::open(address);
    let mut timing = Timing::default();
    for _ in 0..times {
        let started = Instant::now();
        timing.bytes = connection.send(request).len();
        timing.latencies.push(started.elapsed());
    }
    timing
}

/// A GET of a path.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// A POST of a GraphQL document with variables.
pub fn graphql(token: &str, query: &str, variables: &serde_json::Value) -> Vec<u8> {
    let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\naccept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
