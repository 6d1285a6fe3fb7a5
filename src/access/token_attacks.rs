//! The attacks on tokens of our own, as tables: what is changed, and the reason it is refused for.

use jsonwebtoken::{EncodingKey, Header as LibraryHeader};

use super::*;

/// What is done | the member | its new value as JSON, or nothing to remove it | the reason.
const ON_THE_HEADER: &str = r#"
alg none                 | alg | "none"                             | Algorithm
alg None                 | alg | "None"                             | Algorithm
alg of another family    | alg | "ES256"                            | Algorithm
alg of a shared secret   | alg | "HS256"                            | Algorithm
alg in lower case        | alg | "eddsa"                            | Algorithm
alg missing              | alg |                                    | Header("alg")
alg a list               | alg | ["EdDSA"]                          | Header("alg")
kid unknown              | kid | "other"                            | UnknownKey { issuer: Own, key_id: "other" }
kid a path               | kid | "../../dev/null"                   | UnknownKey { issuer: Own, key_id: "../../dev/null" }
kid SQL                  | kid | "' OR 1=1 --"                      | UnknownKey { issuer: Own, key_id: "' OR 1=1 --" }
kid in capitals          | kid | "OWN"                              | UnknownKey { issuer: Own, key_id: "OWN" }
kid of a retired key     | kid | "retired"                          | RetiredKey
kid missing              | kid |                                    | Header("kid")
kid a number             | kid | 1                                  | Header("kid")
crit                     | crit | ["exp"]                           | Header("crit")
crit empty               | crit | []                                | Header("crit")
a key of its own         | jwk | {"kty":"OKP","crv":"Ed25519","x":"AAAA"} | Header("jwk")
a key set of its own     | jku | "https://evil.example/keys"        | Header("jku")
a certificate by URL     | x5u | "https://evil.example/cert"        | Header("x5u")
a certificate            | x5c | ["MIIB"]                           | Header("x5c")
a payload not encoded    | b64 | false                              | Header("b64")
a token in a token       | cty | "JWT"                              | Header("cty")
encrypted                | enc | "A256GCM"                          | Header("enc")
compressed               | zip | "DEF"                              | Header("zip")
typ missing              | typ |                                    | Header("typ")
typ of another kind      | typ | "dpop+jwt"                         | Header("typ")
typ an access token      | typ | "at+jwt"                           | Header("typ")
typ a number             | typ | 1                                  | Header("typ")
"#;

/// The same for the claims. Now is 1800000000, and the good token lives until 1800000600.
const ON_THE_CLAIMS: &str = r#"
exp missing              | exp |                                    | Claim("exp")
exp text                 | exp | "1800000600"                       | Claim("exp")
exp a fraction           | exp | 1800000600.5                       | Claim("exp")
exp a round fraction     | exp | 1800000600.0                       | Claim("exp")
exp negative             | exp | -1                                 | Claim("exp")
exp beyond all time      | exp | 18446744073709551615               | Claim("exp")
exp true                 | exp | true                               | Claim("exp")
exp a list               | exp | [1800000600]                       | Claim("exp")
expired                  | exp | 1799999970                         | Time("exp")
expired long ago         | exp | 1799999941                         | Time("exp")
a life of a year         | exp | 1831536000                         | Claim("sub, jti or exp")
nbf text                 | nbf | "0"                                | Claim("nbf")
nbf a list               | nbf | [0]                                | Claim("nbf")
nbf in the future        | nbf | 1800000031                         | Time("nbf")
iat text                 | iat | "now"                              | Claim("iat")
iat in the future        | iat | 1800000031                         | Time("iat")
iat after exp            | iat | 1800000600                         | Time("iat")
iat missing              | iat |                                    | Claim("iat")
iss missing              | iss |                                    | Claim("iss")
iss unknown              | iss | "https://evil.example"             | UnknownIssuer
iss in capitals          | iss | "Postern"                          | UnknownIssuer
iss a list               | iss | ["postern"]                        | Claim("iss")
aud missing              | aud |                                    | Claim("aud")
aud of another           | aud | "postern-gateway"                  | Signature
aud others               | aud | ["a","b"]                          | Signature
aud an empty list        | aud | []                                 | Claim("aud")
aud a list in a list     | aud | [["postern"]]                      | Claim("aud")
aud a number             | aud | 1                                  | Claim("aud")
aud an object            | aud | {"postern":true}                   | Claim("aud")
sub missing              | sub |                                    | Claim("sub")
sub empty                | sub | ""                                 | Claim("sub")
sub an address           | sub | "ana@example.test"                 | Claim("sub")
sub spelled otherwise    | sub | "01900000000070008000000000000001" | Claim("sub")
sub of nobody            | sub | "00000000-0000-0000-0000-000000000000" | Claim("sub, jti or exp")
sub a number             | sub | 7                                  | Claim("sub")
jti missing              | jti |                                    | Claim("sub, jti or exp")
account a word           | account | "acme"                         | Claim("account")
account a list           | account | []                             | Claim("account")
groups text              | groups | "owner"                         | Claim("groups")
groups of numbers        | groups | [1]                             | Claim("groups")
a group without a name   | groups | [""]                            | Claim("groups")
email_verified text      | email_verified | "true"                  | Claim("email_verified")
"#;

#[test]
fn every_attack_on_the_header_is_refused_for_its_reason() {
    refused(ON_THE_HEADER, |name, value| {
        let key = if value == "retired" {
            SigningKey::from_bytes(&[4; 32])
        } else {
            own_key()
        };
        signed_by(
            &key,
            &changed(header(), name, value).to_string(),
            &payload().to_string(),
        )
    });
}

#[test]
fn every_attack_on_the_claims_is_refused_for_its_reason() {
    refused(ON_THE_CLAIMS, with_claim);
}

/// Walks a table; says which of its lines are not refused, or not for their reason.
fn refused(table: &str, token: impl Fn(&str, Value) -> String) {
    let mut wrong = Vec::new();
    for line in table.trim().lines() {
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [attack, name, value, reason] = cells[..] else {
            panic!("not four cells: {line}")
        };
        let value = if value.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(value).unwrap()
        };
        let outcome = check(&token(name, value));
        if format!("{outcome:?}") != format!("Err({reason})") {
            wrong.push(format!("{attack}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_and_lists_have_a_length() {
    let groups = |count: usize| json!(vec!["g"; count]);
    assert!(check(&with_claim("groups", groups(100))).is_ok());
    assert!(check(&with_claim("aud", json!(["else", "postern"]))).is_ok());
    let cases = [
        ("groups", groups(101)),
        ("groups", json!(["g".repeat(101)])),
        ("jti", "j".repeat(256).into()),
        ("sub", "s".repeat(256).into()),
        ("aud", json!(vec!["postern"; 17])),
    ];
    for (claim, value) in cases {
        assert_eq!(check(&with_claim(claim, value)), Err(Unverified::Claim(claim)));
    }
    let header = changed(header(), "kid", "k".repeat(129).into());
    assert_eq!(
        check(&signed(&header, &payload())),
        Err(Unverified::Header("kid"))
    );
}

#[test]
fn what_has_not_the_form_of_a_token_is_refused_before_its_signature() {
    let (header, payload) = (header().to_string(), payload().to_string());
    let good = signed_by(&own_key(), &header, &payload);
    assert!(check(&good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let (first, second, third) = (parts[0], parts[1], parts[2]);
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none","kid":"own","typ":"JWT"}"#);
    let sub_twice = payload.replacen('{', r#"{"sub":"01900000-0000-7000-8000-000000000009","#, 1);
    let sub_twice_escaped = sub_twice.replacen("sub", "s\\u0075b", 1);
    let alg_twice = header.replacen('{', r#"{"alg":"none","#, 1);
    let cases = [
        ("empty", String::new()),
        ("one part", first.to_owned()),
        ("two parts", format!("{first}.{second}")),
        ("four parts", format!("{good}.AAAA")),
        ("no signature", format!("{first}.{second}.")),
        ("alg none and no signature", format!("{none}.{second}.")),
        ("padding", format!("{first}==.{second}.{third}")),
        ("white space", format!(" {good}")),
        ("too long", format!("{good}{}", "A".repeat(LONGEST))),
        ("payload no object", signed_by(&own_key(), &header, "[]")),
        ("payload cut", signed_by(&own_key(), &header, &payload[..40])),
        (
            "payload with more behind",
            signed_by(&own_key(), &header, &format!("{payload}{{}}")),
        ),
        ("header no JSON", signed_by(&own_key(), "x", &payload)),
        ("a claim twice", signed_by(&own_key(), &header, &sub_twice)),
        (
            "a claim twice, once escaped",
            signed_by(&own_key(), &header, &sub_twice_escaped),
        ),
        (
            "a header member twice",
            signed_by(&own_key(), &alg_twice, &payload),
        ),
    ];
    for (attack, token) in cases {
        assert_eq!(check(&token), Err(Unverified::Malformed), "{attack}");
    }
}

#[test]
fn a_signature_that_is_not_the_keys_over_this_very_text_is_refused() {
    let good = signed(&header(), &payload());
    let parts: Vec<&str> = good.split('.').collect();
    let (first, second, third) = (parts[0], parts[1], parts[2]);
    let other = BASE64URL_NOPAD.encode(payload().to_string().replace("001", "003").as_bytes());
    let stranger = SigningKey::from_bytes(&[5; 32]);
    let cases = [
        ("payload of another", format!("{first}.{other}.{third}")),
        (
            "signature of another",
            signed_by(&stranger, &header().to_string(), &payload().to_string()),
        ),
        ("signature cut", good[..good.len() - 4].to_owned()),
        ("signature longer", format!("{good}AAAA")),
        ("signature not base64url", format!("{first}.{second}.+/==")),
        (
            "signature of zeros",
            format!("{first}.{second}.{}", "A".repeat(86)),
        ),
        ("a line break behind", format!("{good}\n")),
    ];
    for (attack, token) in cases {
        assert_eq!(check(&token), Err(Unverified::Signature), "{attack}");
    }
}

#[test]
fn a_claim_that_is_null_is_refused_and_not_counted_as_absent() {
    for claim in [
        "exp",
        "nbf",
        "iat",
        "iss",
        "aud",
        "sub",
        "jti",
        "account",
        "groups",
        "email_verified",
        "email",
    ] {
        let mut claims = payload();
        claims[claim] = Value::Null;
        assert_eq!(check(&signed(&header(), &claims)), Err(Unverified::Claim(claim)));
    }
}

#[test]
fn a_public_key_is_never_taken_as_a_shared_secret() {
    let public = own_key().verifying_key();
    let pem = ed25519_dalek::pkcs8::EncodePublicKey::to_public_key_pem(&public, Default::default()).unwrap();
    let secrets = [
        public.as_bytes().to_vec(),
        pem.into_bytes(),
        BASE64URL_NOPAD.encode(public.as_bytes()).into_bytes(),
    ];
    for secret in secrets {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = LibraryHeader {
                kid: Some("own".into()),
                ..LibraryHeader::new(algorithm)
            };
            let token =
                jsonwebtoken::encode(&header, &payload(), &EncodingKey::from_secret(&secret)).unwrap();
            assert_eq!(check(&token), Err(Unverified::Algorithm));
        }
    }
}
