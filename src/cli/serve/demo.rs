//! What `serve --demo` prints: where to click, who can sign in, and commands that work as they stand.
//!
//! Everything from the first line that begins with `#` is a script for `sh`; a test runs it unchanged.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::address::Address;
use crate::cli::context::Context;
use crate::cli::progress::Bar;
use crate::config::Config;
use crate::error::{Fault, Result};
use crate::store::identity;
use crate::work::demo::{self, Demo};
use crate::work::installation::Installation;
use crate::work::sign_in::token_at_the_machine;

/// Who the examples sign in as.
const WHO: &str = "owner@acme.example";

/// The account that the examples are about.
const ACCOUNT: &str = "Acme";

/// What is shown to whoever started the demo.
pub(super) struct Welcome {
    /// For people; the end of it is a script.
    pub(super) text: String,
    /// For programs.
    pub(super) value: Value,
}

/// Founds the demo, or finds it, and says what to try.
pub(super) async fn found(
    context: &Context,
    installation: &Installation,
    address: SocketAddr,
) -> Result<Welcome> {
    let demo = {
        let bar = Bar::new(&context.output, "subscribers");
        demo::found(installation, demo::SUBSCRIBERS, &bar).await?
    };
    let token = token_at_the_machine(installation, WHO, None).await?.token;
    let place = Place::find(context, address)?;
    let example = example(installation, demo.subscriber).await?;
    let commands = commands(&place, &example);
    let value = json!({
        "listening": place.url,
        "users": demo.users.iter().map(|user| json!({
            "email": user.email, "account": user.account, "group": user.group.word(), "password": user.password,
        })).collect::<Vec<_>>(),
        "token": token,
        "commands": commands.iter().map(|(title, shell)| json!({ "title": title, "shell": shell })).collect::<Vec<_>>(),
    });
    Ok(Welcome {
        text: text(&place, &demo, &token, &commands),
        value,
    })
}

/// A subscriber that is there: the well-known one, unless somebody tried the erasure before.
async fn example(installation: &Installation, known: &str) -> Result<String> {
    let account = identity::account(&installation.database, ACCOUNT).await?;
    let (account, _) = account.ok_or_else(|| Fault::Invariant("the demo has lost an account".into()))?;
    let normalized = Address::parse(known)
        .map(|address| address.normalized)
        .unwrap_or_default();
    if identity::subscriber(&installation.database, account, &normalized)
        .await?
        .is_some()
    {
        return Ok(known.to_owned());
    }
    Ok(identity::any_subscriber(&installation.database, account)
        .await?
        .unwrap_or_else(|| known.to_owned()))
}

/// Where this demo runs.
struct Place {
    url: String,
    program: String,
    /// The settings that lead to it, as they are written behind a command.
    settings: String,
}

impl Place {
    fn find(context: &Context, address: SocketAddr) -> Result<Place> {
        let program = std::env::current_exe().map_err(|error| Fault::io("find this program", error))?;
        // What listens everywhere is reached here.
        let host = match address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        };
        Ok(Place {
            url: format!("http://{host}:{}", address.port()),
            program: quoted(&program),
            settings: settings(&context.config)?,
        })
    }
}

/// The settings that lead to the demo's installation from any folder; those at their defaults are left out.
fn settings(config: &Config) -> Result<String> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(|error| Fault::io("find --data", error));
    let mut settings = format!("--data {}", quoted(&absolute(&config.data)?));
    let within = |name: &str| config.data.join(name).to_string_lossy().into_owned();
    let others = [
        (
            "--database-url",
            &config.database_url,
            format!("sqlite:{}", within("postern.sqlite")),
        ),
        ("--keys", &config.keys, within("keys")),
        ("--depot", &config.depot, within("bundles")),
    ];
    for (flag, value, usual) in others {
        if *value != usual {
            settings.push_str(&format!(" {flag} {}", quoted(Path::new(value))));
        }
    }
    if let Some(policy) = &config.policy {
        settings.push_str(&format!(" --policy {}", quoted(&absolute(policy)?)));
    }
    Ok(settings)
}

/// A path as one word of `sh`.
fn quoted(path: &Path) -> String {
    let text = PathBuf::from(path).to_string_lossy().into_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,".contains(c);
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn text(place: &Place, demo: &Demo, token: &str, commands: &[(&'static str, String)]) -> String {
    let mut text = format!("Postern's demo listens on {}\n\nUsers:\n", place.url);
    for user in &demo.users {
        text.push_str(&format!(
            "  {:<26} {:<9} {:<9} password {}\n",
            user.email,
            user.account,
            user.group.word(),
            user.password
        ));
    }
    text.push_str(&format!(
        "\nA token for {WHO}, good for some minutes:\n  {token}\n\nTry these in another terminal:\n"
    ));
    for (number, (title, shell)) in commands.iter().enumerate() {
        text.push_str(&format!("\n# {}. {title}\n{shell}\n", number + 1));
    }
    text.push_str("\n# Ctrl-C ends the demo; its data stays, and the same users exist at its next start.\n");
    text
}

/// What to try, each complete in itself.
fn commands(place: &Place, subscriber: &str) -> Vec<(&'static str, String)> {
    let Place {
        url,
        program,
        settings,
    } = place;
    let subscriber = quoted(Path::new(subscriber));
    let at = format!("{settings} --account {ACCOUNT}");
    let key = format!("--key {url}/.well-known/postern-signing-key.pem");
    let ask = format!(
        "curl --silent --show-error --fail {url}/graphql --header 'content-type: application/json' \\\n  \
         --header \"authorization: Bearer $TOKEN\" --data"
    );
    let sign_in = format!("TOKEN=$({program} token --user {WHO} {settings})");
    vec![
        (
            "A query: who am I, and the account's largest lists",
            format!("{sign_in}\n{ask} \\\n  '{}'\necho", json!({ "query": QUERY })),
        ),
        (
            "An export over GraphQL: ask for it, wait until it is ready, download it, check it",
            export_over_graphql(place, &sign_in, &ask, &key),
        ),
        (
            "The same on the command line, for one person",
            format!(
                "{program} export {at} --subscriber {subscriber} -o person.zip\n\
                 {program} verify person.zip {key}"
            ),
        ),
        (
            "An erasure: plan it, confirm that plan, check the receipt",
            format!(
                "PLAN=$({program} erase plan {at} --email {subscriber})\necho \"$PLAN\"\n\
                 {program} erase confirm {at} --receipt receipt.json \\\n  \
                 --erasure \"$(echo \"$PLAN\" | sed -n 's/^erasure *//p')\" \\\n  \
                 --plan-hash \"$(echo \"$PLAN\" | sed -n 's/^plan hash *//p')\"\n\
                 {program} verify receipt.json {key}"
            ),
        ),
    ]
}

const QUERY: &str = "{ viewer { account { name } } lists(first: 3) { nodes { name subscribedCount } } }";

const REQUEST: &str = "mutation($key: String!) { requestExport(input: {idempotencyKey: $key}) { export { id } userErrors { code message } } }";

const STATE: &str = "query($id: ID!) { node(id: $id) { ... on Export { state } } }";

fn export_over_graphql(Place { url, program, .. }: &Place, sign_in: &str, ask: &str, key: &str) -> String {
    // What stands between the quotes of sh ends them, so that the shell puts its own value there.
    let request = json!({ "query": REQUEST, "variables": { "key": "KEY" } })
        .to_string()
        .replace("\"KEY\"", "\"demo-'$(date +%s)'\"");
    let state = json!({ "query": STATE, "variables": { "id": "ID" } })
        .to_string()
        .replace("\"ID\"", "\"'$EXPORT'\"");
    format!(
        "{sign_in}\n\
         EXPORT=$({ask} \\\n  '{request}' | sed -n 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/p')\n\
         until {ask} \\\n  '{state}' | grep READY; do sleep 1; done\n\
         curl --silent --show-error --fail --header \"authorization: Bearer $TOKEN\" \\\n  \
         --output account.zip {url}/exports/$EXPORT/bundle\n\
         {program} verify account.zip {key}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_the_shell_whatever_stands_in_it() {
        let cases = [
            ("/opt/postern", "/opt/postern"),
            ("/my data/demo", "'/my data/demo'"),
            ("/it's/$HOME", r"'/it'\''s/$HOME'"),
        ];
        for (path, expected) in cases {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }
}
