//! `postern token`: a short-lived token for a user, for administrators on the machine.

use serde_json::json;

use super::Outcome;
use super::context::{self, Context, account_named};
use crate::access::token::OwnToken;
use crate::access::viewer::Principal;
use crate::cell::instant_text;
use crate::error::{Code, Refusal, Result, quote};
use crate::store::audit::{self, AuditEvent};
use crate::store::identity;
use crate::work::sign_in::admit;

/// Print a short-lived token for a user
///
/// The token goes into the header `Authorization: Bearer …`. It is printed alone, so that a script can take it as it
/// is. Giving it out is written to the audit log. With --account it is good for that account alone; a user of several
/// accounts can leave that to the header Postern-Account of each request.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern token --user owner@acme.example --data ./postern-demo")]
pub(super) struct Token {
    /// The user's address
    #[arg(long, value_name = "EMAIL")]
    user: String,
    /// The account that the token is for
    #[arg(long, value_name = "NAME_OR_ID")]
    account: Option<String>,
}

/// Runs the command.
pub(super) async fn run(command: Token, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let unknown = || {
        Refusal::new(
            Code::NotFound,
            format!("--user: there is no user {}", quote(&command.user)),
        )
    };
    let user = context::user(&installation, &command.user)
        .await?
        .ok_or_else(unknown)?;
    let standing = identity::standing_of_user(&installation.database, user)
        .await?
        .ok_or_else(unknown)?;
    if !standing.is_enabled {
        return Err(Refusal::new(Code::Forbidden, "--user: this user is disabled").into());
    }
    let account = match &command.account {
        None => None,
        Some(name) => Some(account_named(&installation, name).await?),
    };
    let belongs = |account| {
        standing
            .memberships
            .iter()
            .any(|one| one.is_platform || one.account == account)
    };
    if account.is_some_and(|account| !belongs(account)) {
        return Err(Refusal::new(
            Code::Forbidden,
            "--account: this user is no member of that account",
        )
        .into());
    }
    admit(&installation, &standing.memberships, account)?;
    let token = OwnToken {
        user,
        account,
        groups: None,
        token_id: installation.new_id(),
        issued_at: installation.clock.now(),
        life: installation.token_life(),
    };
    let text = installation.keys.sign_token(&token)?;
    // Audited where the user belongs; before the token is shown, so that none is out that the log does not know.
    let home = account.or_else(|| standing.memberships.first().map(|one| one.account));
    let home =
        home.ok_or_else(|| Refusal::new(Code::Forbidden, "--user: this user is a member of no account"))?;
    let issuer = context.viewer(&installation, home).await?;
    if !matches!(issuer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(
            Code::Forbidden,
            "--as: operators alone give out tokens for others",
        )
        .into());
    }
    let event =
        AuditEvent::by(&issuer, installation.new_id(), token.issued_at, "token.issued").of("User", user);
    installation
        .database
        .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
        .await?;
    let until = instant_text(token.issued_at + token.life);
    context
        .output
        .result(&text, &json!({ "token": text, "expiresAt": until }))?;
    Ok(Outcome::Done)
}
