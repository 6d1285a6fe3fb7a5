//! Measuring one gateway: what its requests cost, what the same rows cost by one statement, and how many there are a
//! second. Knows no question.

use std::time::{Duration, Instant};

use crate::bench_kit::store;
use crate::bench_kit::usage::{self, Usage};
use crate::http;
use crate::kit::home::Home;
use crate::questions::Question;
use crate::report::Cost;

/// Over how many connections a promise is about. Over one, each request wakes sleeping threads and processors, here
/// and in the server, which is the larger part of what a small request costs and says little of the gateway.
pub const CONNECTIONS: usize = 16;

/// A gateway that is measured.
pub struct Bench<'a> {
    /// Where it works.
    pub home: &'a Home,
    /// Its process.
    pub process: u32,
    /// Its `host:port`.
    pub address: String,
    /// The first process of the database's server; `None`: the gateway itself does that work.
    pub server: Option<u32>,
    /// Processor time of gateway and database while nobody asks, in seconds a second.
    pub idle: (f64, f64),
}

impl Bench<'_> {
    fn usage(&self) -> (Usage, Usage) {
        (
            usage::threads(self.process).expect("the gateway runs"),
            self.server.map(usage::family).unwrap_or_default(),
        )
    }

    /// Learns what is used while nobody asks.
    pub fn rest(&mut self) {
        let (before, started) = (self.usage(), Instant::now());
        std::thread::sleep(Duration::from_secs(3));
        let (after, time) = (self.usage(), started.elapsed().as_secs_f64());
        self.idle = (
            usage::between(&before.0, &after.0).as_secs_f64() / time,
            usage::between(&before.1, &after.1).as_secs_f64() / time,
        );
    }

    /// Sends a request so many times.
    pub fn requests(&self, request: &[u8], times: usize, connections: usize) -> Cost {
        http::repeat(&self.address, request, times / 5, connections);
        let (before, started) = (self.usage(), Instant::now());
        let timing = http::repeat(&self.address, request, times, connections);
        let throughput = timing.latencies.len() as f64 / started.elapsed().as_secs_f64();
        // The log of reads is written behind the answers, and is a part of what they cost.
        std::thread::sleep(Duration::from_millis(700));
        let (after, time) = (self.usage(), started.elapsed().as_secs_f64());
        let each = |used: Duration, idle: f64| {
            ((used.as_secs_f64() - idle * time) * 1e6 / timing.latencies.len() as f64).max(0.0)
        };
        Cost {
            gateway: each(usage::between(&before.0, &after.0), self.idle.0),
            database: each(usage::between(&before.1, &after.1), self.idle.1),
            timing,
            throughput,
        }
    }

    /// The same rows by one statement that was prepared beforehand: our processor time and the server's, in
    /// microseconds.
    pub fn floor(&self, question: &Question, times: usize) -> f64 {
        let sql = match self.server {
            Some(_) => question.on_postgres,
            None => question.on_sqlite,
        };
        let mut moments = Vec::new();
        store::repeat(self.home, sql, &question.values, times, CONNECTIONS, || {
            let ours = usage::processor_time(std::process::id()).expect("we run");
            let servers = self.server.map(usage::family).unwrap_or_default();
            moments.push((ours, servers, Instant::now()));
        });
        let [(ours, servers, started), (ours_after, servers_after, ended)] = &moments[..] else {
            unreachable!("it is told twice");
        };
        let idle = self.idle.1 * (*ended - *started).as_secs_f64();
        let used = (*ours_after - *ours).as_secs_f64() + usage::between(servers, servers_after).as_secs_f64();
        let sent = times.div_ceil(CONNECTIONS) * CONNECTIONS;
        (used - idle) * 1e6 / sent as f64
    }

    /// A question's floor and cost by turns, so many times. What else goes on in a shared machine can only add, so
    /// the cheapest of each counts.
    pub fn rounds(
        &self,
        question: &Question,
        request: &[u8],
        times: usize,
        rounds: u16,
    ) -> (f64, Cost, Vec<f64>) {
        let (mut floor, mut cost, mut all) = (f64::INFINITY, Cost::default(), Vec::new());
        for round in 0..rounds {
            floor = floor.min(self.floor(question, times));
            let now = self.requests(request, times, CONNECTIONS);
            all.push(now.gateway);
            if round == 0 || now.together() < cost.together() {
                cost = now;
            }
        }
        (floor, cost, all)
    }
}
