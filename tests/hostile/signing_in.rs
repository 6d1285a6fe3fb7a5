//! Signing in as an oracle, and as a thing to try often.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Victim, code};
use crate::kit::company::PASSWORD;
use crate::kit::home::Home;

const SIGN_IN: &str = "mutation ($email: EmailAddress!, $password: String!) \
    { signIn(input: {email: $email, password: $password}) { token userErrors { code message field } } }";

#[tokio::test]
async fn signing_in_tells_nobody_who_exists() {
    for victim in Victim::each().await {
        let sign_in = async |email: &str, password: &str| {
            let started = Instant::now();
            let variables = json!({ "email": email, "password": password });
            let answer = victim.client.graphql("", SIGN_IN, variables).await;
            (answer.text(), started.elapsed())
        };
        let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
        for n in 0..9 {
            let (answer, time) = sign_in(&format!("nobody{n}@acme.test"), "wrong").await;
            let (other, other_time) = sign_in("owner@acme.test", &format!("wrong {n}")).await;
            assert!(answer.contains("UNAUTHENTICATED"), "{answer}");
            assert_eq!(answer, other, "who exists gets another answer");
            unknown.push(time);
            wrong.push(other_time);
        }
        // The operator has no password at all.
        assert!(
            sign_in("operator@postern.example", "")
                .await
                .0
                .contains("UNAUTHENTICATED")
        );
        let (unknown, wrong) = (median(unknown), median(wrong));
        let ratio = unknown.as_secs_f64() / wrong.as_secs_f64();
        assert!(
            (0.5..2.0).contains(&ratio),
            "{unknown:?} for an unknown user, {wrong:?} for a wrong password"
        );
        let (good, _) = sign_in("owner@acme.test", PASSWORD).await;
        assert!(good.contains("\"token\":\"ey"), "{good}");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn guessing_passwords_is_limited_in_rate_by_address_and_by_client() {
    let mut victim = Victim::at(Home::embedded()).await;
    let sign_in = async |email: &str, password: &str| {
        let variables = json!({ "email": email, "password": password });
        victim.client.graphql("", SIGN_IN, variables).await
    };
    let mut refused = None;
    for n in 0..12 {
        let answer = sign_in("owner@acme.test", &format!("guess {n}")).await;
        if code(&answer) == "RATE_LIMITED" {
            refused = Some(n);
            break;
        }
    }
    let tries = refused.expect("guessing is never stopped");
    assert_eq!(tries, 10);
    assert_eq!(
        code(&sign_in("OWNER@Acme.test ", PASSWORD).await),
        "RATE_LIMITED",
        "spelled otherwise"
    );
    let over_many_addresses = async {
        for n in 0..60 {
            if code(&sign_in(&format!("user{n}@acme.test"), "123456").await) == "RATE_LIMITED" {
                return n;
            }
        }
        panic!("a client may guess for ever");
    };
    let (tries, ()) = tokio::join!(over_many_addresses, victim.serves_others("guesses"));
    assert!((30..60).contains(&tries), "{tries}");
    victim.is_unharmed();
}
