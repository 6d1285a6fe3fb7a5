//! Identity providers that say more than they may.

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::SigningKey;
use postern::work::founding::OPERATOR;
use serde_json::{Value, json};

use super::credentials::Token;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

/// A provider that a gateway is told to trust.
struct Provider {
    jwks: String,
    template: Token,
}

impl Provider {
    fn of(home: &Home) -> Provider {
        let key = SigningKey::from_bytes(&[9; 32]);
        let jwks = home.folder().join("provider.json");
        let public = BASE64URL_NOPAD.encode(key.verifying_key().as_bytes());
        let entry =
            json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "p1", "x": public });
        std::fs::write(&jwks, json!({ "keys": [entry] }).to_string()).expect("a file");
        let now = claims(&company::token(home, "owner@acme.test"))["iat"].clone();
        let now = now.as_i64().expect("a time");
        Provider {
            jwks: jwks.to_str().expect("a plain path").to_owned(),
            template: Token {
                header: json!({ "alg": "EdDSA", "kid": "p1", "typ": "JWT" }),
                claims: json!({ "iss": "https://id.example.test", "aud": "mail", "iat": now, "exp": now + 600 }),
                key,
            },
        }
    }

    fn flags(&self) -> Vec<&str> {
        vec![
            "--jwks",
            &self.jwks,
            "--issuer",
            "https://id.example.test",
            "--audience",
            "mail",
        ]
    }

    fn token(&self, claims: Value) -> String {
        self.template.with(json!({}), claims)
    }
}

/// What a token says.
fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("claims");
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url");
    serde_json::from_slice(&claims).expect("JSON")
}

#[tokio::test]
async fn an_identity_provider_speaks_for_those_alone_whose_address_it_has_verified() {
    for home in Home::each().await {
        company::found(&home, 20).await;
        let provider = Provider::of(&home);
        let mut gateway = Gateway::serve(&home, &provider.flags()).await;
        let id = claims(&company::token(&home, "owner@acme.test"))["sub"].clone();
        let ana = "11111111-2222-4333-8444-555555555555";
        let cases = [
            ("a subject that is a user's id", json!({ "sub": id }), 401),
            (
                "a subject that is a user's address",
                json!({ "sub": "owner@acme.test" }),
                401,
            ),
            (
                "an address not verified",
                json!({ "sub": ana, "email": "owner@acme.test" }),
                401,
            ),
            (
                "an address verified to be false",
                json!({ "sub": ana, "email": "owner@acme.test", "email_verified": false }),
                401,
            ),
            (
                "nobody's address",
                json!({ "sub": ana, "email": "nobody@acme.test", "email_verified": true }),
                401,
            ),
            (
                "another issuer",
                json!({ "sub": ana, "email": "owner@acme.test", "email_verified": true, "iss": "https://evil.example" }),
                401,
            ),
            (
                "issued as if by us",
                json!({ "sub": id, "iss": "postern", "aud": "postern", "jti": "x" }),
                401,
            ),
            (
                "the address of who runs the platform",
                json!({ "sub": "mallory", "email": OPERATOR, "email_verified": true }),
                401,
            ),
            (
                "a verified address",
                json!({ "sub": ana, "email": "Owner@Acme.test", "email_verified": true }),
                200,
            ),
            ("the same person without the address", json!({ "sub": ana }), 200),
            (
                "another person with the address",
                json!({ "sub": "mallory", "email": "owner@acme.test", "email_verified": true }),
                401,
            ),
            (
                "a group that does not exist",
                json!({ "sub": ana, "groups": ["god"] }),
                200,
            ),
        ];
        for (name, claims, status) in cases {
            let token = provider.token(claims);
            let answer = gateway
                .client
                .graphql(&token, "{ viewer { id groups account { name } } }", json!({}))
                .await;
            assert_eq!(answer.status, status, "{name}: {}", answer.text());
            if status == 200 && name.contains("group") {
                assert_eq!(answer.data()["viewer"]["groups"], json!([]), "{name}");
            } else if status == 200 {
                assert_eq!(answer.data()["viewer"]["account"]["name"], "Acme", "{name}");
            }
        }
        let newcomer = json!({ "sub": "newcomer", "email": "nobody@acme.test", "email_verified": true });
        let newcomer = provider.token(newcomer);
        let owner = company::token(&home, "owner@acme.test");
        let invite = "mutation ($group: ID!) { inviteUser(input: {email: \"Nobody@acme.test\", group: $group}) { userErrors { code } } }";
        let groups = "{ userGroups(first: 1, filter: {name: {equals: \"analyst\"}}) { nodes { id } } }";
        let group = gateway.client.graphql(&owner, groups, json!({})).await.data();
        let group = json!({ "group": group["userGroups"]["nodes"][0]["id"] });
        let invited = gateway.client.graphql(&owner, invite, group).await.data();
        assert_eq!(invited["inviteUser"]["userErrors"], json!([]));
        let comes = async |account: &str| {
            let request = gateway.client.request(reqwest::Method::POST, "/graphql");
            let request = request
                .bearer_auth(&newcomer)
                .header("content-type", "application/json")
                .header("postern-account", account);
            let body = json!({ "query": "{ viewer { groups } }" });
            gateway.client.send(request.body(body.to_string())).await
        };
        assert_eq!(
            comes("Globex").await.status,
            401,
            "not the account of the invitation"
        );
        assert_eq!(comes("Acme").await.data()["viewer"]["groups"], json!(["analyst"]));
        gateway.is_unharmed();
    }
}

#[tokio::test]
async fn an_identity_provider_that_is_bound_to_accounts_speaks_for_no_other() {
    for home in Home::each().await {
        company::found(&home, 20).await;
        let provider = Provider::of(&home);
        let mut flags = provider.flags();
        flags.extend(["--issuer-accounts", "globex,Platform"]);
        let mut gateway = Gateway::serve(&home, &flags).await;
        let cases = [
            ("owner@acme.test", 401),
            ("owner@globex.test", 200),
            ("analyst@globex.test", 200),
            (OPERATOR, 200),
        ];
        for (email, status) in cases {
            let token = provider.token(json!({ "sub": email, "email": email, "email_verified": true }));
            let answer = gateway
                .client
                .graphql(&token, "{ viewer { id } }", json!({}))
                .await;
            assert_eq!(answer.status, status, "{email}: {}", answer.text());
        }
        gateway.is_unharmed();
    }
}
