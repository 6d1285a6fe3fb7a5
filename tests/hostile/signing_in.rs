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
        let mut ratios = Vec::new();
        for user in ["owner@acme.test", "owner@globex.test"] {
            let (mut unknown, mut wrong) = (Duration::MAX, Duration::MAX);
            for n in 0..9 {
                let (answer, time) = sign_in(&format!("nobody{n}@acme.test"), "wrong").await;
                let (other, other_time) = sign_in(user, &format!("wrong {n}")).await;
                assert!(answer.contains("UNAUTHENTICATED"), "{answer}");
                assert_eq!(answer, other, "who exists gets another answer");
                // The fastest ones: what the others take longer is the machine's doing.
                (unknown, wrong) = (unknown.min(time), wrong.min(other_time));
            }
            ratios.push(unknown.as_secs_f64() / wrong.as_secs_f64());
        }
        // The operator has no password at all.
        assert!(
            sign_in("operator@postern.example", "")
                .await
                .0
                .contains("UNAUTHENTICATED")
        );
        assert!(
            ratios.iter().any(|ratio| (0.5..2.0).contains(ratio)),
            "an unknown user takes {ratios:?} times as long as a wrong password"
        );
        let (good, _) = sign_in("owner@acme.test", PASSWORD).await;
        assert!(good.contains("\"token\":\"ey"), "{good}");
    }
}

#[tokio::test]
async fn guessing_passwords_is_limited_in_rate_by_address_and_by_client() {
    let mut victim = Victim::at(Home::embedded()).await;
    let sign_in = async |email: &str, password: &str| {
        let variables = json!({ "email": email, "password": password });
        victim.client.graphql("", SIGN_IN, variables).await
    };
    // Where guessing is slow, time gives some tries more: one in 30 seconds for an address, in 2 for a client.
    let started = Instant::now();
    let mut tries = 0;
    while code(&sign_in("owner@acme.test", &format!("guess {tries}")).await) != "RATE_LIMITED" {
        tries += 1;
        assert!(
            tries <= 10 + started.elapsed().as_secs() / 30,
            "guessing is never stopped"
        );
    }
    assert!(tries >= 10, "an honest user may err {tries} times only");
    assert_eq!(
        code(&sign_in("OWNER@Acme.test ", PASSWORD).await),
        "RATE_LIMITED",
        "spelled otherwise"
    );
    let over_many_addresses = async {
        let mut more = 0;
        while code(&sign_in(&format!("user{more}@acme.test"), "123456").await) != "RATE_LIMITED" {
            more += 1;
            assert!(
                tries + more <= 50 + started.elapsed().as_secs() / 2,
                "a client may guess for ever"
            );
        }
        tries + more
    };
    let (tries, ()) = tokio::join!(over_many_addresses, victim.serves_others("guesses"));
    assert!(tries >= 40, "an office may err {tries} times only");
    victim.is_unharmed();
}
