//! Coming onto a list (double opt-in, `domain.md` 1.16): the profile's state with its proof and the
//! consent, each in one transaction. Who must not be mailed never comes onto a list.

use chrono::TimeDelta;
use entities::value::{OptIn, ProfileStatus};
use sea_orm::ActiveEnum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::coming_back::{self, Carried};
use super::own_word;
use super::place::{long, place_of, short, status, wrong_state};
use super::state::{Act, Outcome, outcome};
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::keys::{Confirmation, SignUpText};
use crate::store::person;
use crate::work::edit::{Edit, Rows, no_such, suppressed};
use crate::work::installation::Installation;
use crate::work::plain_text;

/// What the consent is for when nobody says.
const PURPOSE: &str = "newsletter";

/// What proves that the person said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What for.
    pub purpose: Option<String>,
    /// The version of the text that the person was shown.
    pub text_version: Option<String>,
    /// The text itself.
    pub statement: Option<String>,
    /// From where.
    pub ip_address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
}

/// Somebody who wants to come onto a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    /// The list.
    pub list: Uuid,
    /// The address as it was written.
    pub email: String,
    /// For somebody who is new to the account.
    pub first_name: Option<String>,
    /// For somebody who is new to the account.
    pub last_name: Option<String>,
    /// The proof.
    pub proof: Proof,
}

/// What a sign-up gave.
#[derive(Clone)]
pub struct SignedUp {
    /// The profile.
    pub profile: Uuid,
    /// What the person confirms the sign-up with; none where nothing is to be confirmed.
    pub token: Option<String>,
}

/// Signs somebody up. Asked twice, it is done once; what waits to be confirmed gets another token.
pub async fn subscribe(installation: &Installation, viewer: &Viewer, wanted: &SignUp) -> Result<SignedUp> {
    let address = plain_text::address(&wanted.email, "email")?;
    match sign_up(installation, viewer, wanted, &address).await {
        // Somebody else wrote the same person in between, who is found now.
        Err(Error::Fault(Fault::KeyTaken(_))) => sign_up(installation, viewer, wanted, &address).await,
        done => done,
    }
}

async fn sign_up(
    installation: &Installation,
    viewer: &Viewer,
    wanted: &SignUp,
    address: &Address,
) -> Result<SignedUp> {
    let mut edit = Edit::begin(installation, viewer).await?;
    edit.may(Verb::Write, &["subscribers", "subscriber_profiles", "consents"])?;
    let opt_in = open_list(&mut edit, wanted.list).await?;
    if let Some(fence) = edit.fence(&address.normalized).await? {
        return coming_back::ask(edit, wanted, address, (fence, opt_in)).await;
    }
    edit.refuse_suppressed(&address.normalized, &["email"]).await?;
    let known = person::find(&mut edit.transaction, viewer.account, &address.normalized).await?;
    let subscriber = match known {
        Some((_, status)) if status != "active" => return Err(suppressed(&["email"]).into()),
        Some((id, _)) => Some(id),
        None => None,
    };
    let (profile, objects) = match subscriber {
        Some(subscriber) => (
            place_of(&mut edit, wanted.list, subscriber).await?,
            own_word::objects(&mut edit, subscriber).await?,
        ),
        None => (None, false),
    };
    let act = match objects {
        true => Act::SubscribeAgain,
        false => Act::Subscribe(opt_in),
    };
    let next = outcome(profile.as_ref().map(|profile| profile.status), act);
    let status = match next {
        Outcome::Becomes(status) => status,
        Outcome::Stays => {
            let profile = profile.map(|profile| profile.id).unwrap_or_default();
            return Ok(SignedUp { profile, token: None });
        }
        Outcome::Refused => return Err(wrong_state("list")),
    };
    let is_new = profile.is_none();
    let id = profile.map_or_else(|| edit.new_id(), |profile| profile.id);
    let person = subscriber.unwrap_or_else(|| edit.new_id());
    if is_new {
        add(&mut edit, wanted, address, subscriber, (person, id), status).await?;
    } else {
        let set = [
            ("status", Cell::from(status.to_value())),
            ("status_changed_at", edit.now.into()),
            ("opted_in_at", edit.now.into()),
            (
                "opt_in_ip",
                short(wanted.proof.ip_address.as_deref(), "ipAddress")?,
            ),
            (
                "opt_in_user_agent",
                long(wanted.proof.user_agent.as_deref(), "userAgent")?,
            ),
            ("confirmed_at", Cell::Null),
            ("confirm_ip", Cell::Null),
            ("confirm_user_agent", Cell::Null),
            ("updated_at", edit.now.into()),
        ];
        edit.change(Verb::Write, "subscriber_profiles", &[("id", id.into())], &set)
            .await?;
    }
    let token = if status == ProfileStatus::Subscribed {
        consent(&mut edit, (person, wanted.list), &wanted.proof).await?;
        edit.tell("subscription.begun", "Subscriber", person);
        None
    } else {
        edit.tell("subscription.requested", "Subscriber", person);
        let confirmation = Confirmation::new(id, edit.now);
        let like = Carried::new(wanted, address, Uuid::nil(), None).text()?;
        let sign_up = SignUpText::Stored(&like);
        Some(
            installation
                .keys
                .confirmation_token(viewer.account, confirmation, sign_up)?,
        )
    };
    edit.commit().await?;
    Ok(SignedUp { profile: id, token })
}

/// A profile, and the person where that one is new, too.
pub(super) async fn add(
    edit: &mut Edit<'_>,
    wanted: &SignUp,
    address: &Address,
    known: Option<Uuid>,
    (person, profile): (Uuid, Uuid),
    status: ProfileStatus,
) -> Result<()> {
    let now = edit.now;
    let proof = &wanted.proof;
    let ip = short(proof.ip_address.as_deref(), "ipAddress")?;
    let mut rows: Vec<Rows<'_>> = Vec::new();
    if known.is_none() {
        let columns: &[&str] = &[
            "id",
            "email",
            "email_normalized",
            "status",
            "first_name",
            "last_name",
            "created_at",
            "updated_at",
        ];
        let row = vec![
            person.into(),
            address.original.as_str().into(),
            address.normalized.as_str().into(),
            "active".into(),
            short(wanted.first_name.as_deref(), "firstName")?,
            short(wanted.last_name.as_deref(), "lastName")?,
            now.into(),
            now.into(),
        ];
        rows.push(("subscribers", columns, vec![row]));
    }
    let columns: &[&str] = &[
        "id",
        "subscriber_id",
        "list_id",
        "status",
        "status_changed_at",
        "ip_address",
        "opted_in_at",
        "opt_in_ip",
        "opt_in_user_agent",
        "created_at",
        "updated_at",
    ];
    let row = vec![
        profile.into(),
        person.into(),
        wanted.list.into(),
        status.to_value().into(),
        now.into(),
        ip.clone(),
        now.into(),
        ip,
        long(proof.user_agent.as_deref(), "userAgent")?,
        now.into(),
        now.into(),
    ];
    rows.push(("subscriber_profiles", columns, vec![row]));
    edit.insert(Verb::Write, rows).await
}

/// Confirms a sign-up by its token; gives the profile. Confirmed twice, it is confirmed.
pub async fn confirm(
    installation: &Installation,
    viewer: &Viewer,
    token: &str,
    proof: &Proof,
) -> Result<Uuid> {
    let (confirmation, sign_up) = installation
        .keys
        .read_confirmation(viewer.account, token)
        .ok_or_else(unknown)?;
    match sign_up {
        None => confirm_stored(installation, viewer, confirmation, proof).await,
        Some(sign_up) => {
            let sign_up = Carried::read(&sign_up).ok_or_else(unknown)?;
            coming_back::confirm(installation, viewer, (confirmation, &sign_up), proof).await
        }
    }
}

pub(super) fn unknown() -> Refusal {
    let message = "this token confirms no sign-up";
    Refusal::new(Code::BadUserInput, message).at(["token"])
}

/// Confirms the sign-up of somebody whose profile is there.
pub(super) async fn confirm_stored(
    installation: &Installation,
    viewer: &Viewer,
    confirmation: Confirmation,
    proof: &Proof,
) -> Result<Uuid> {
    let mut edit = Edit::begin(installation, viewer).await?;
    edit.hold_fence().await?;
    let key = [("id", Cell::from(confirmation.profile))];
    let columns = ["status", "opted_in_at", "subscriber_id", "list_id"];
    let found = edit
        .look(Verb::Write, "subscriber_profiles", &key, &columns)
        .await?;
    let row = found.first().ok_or_else(unknown)?;
    let status = status(&row[0])?;
    let opted_in = row[1].as_instant();
    let is_of_this_sign_up = opted_in.is_some_and(|at| at.timestamp_micros() == confirmation.opted_in);
    let in_time = is_in_time(&edit, confirmation);
    match outcome(Some(status), Act::Confirm) {
        Outcome::Stays if is_of_this_sign_up => return Ok(confirmation.profile),
        Outcome::Becomes(_) if is_of_this_sign_up && in_time => {}
        _ => return Err(wrong_state("token")),
    }
    let (Some(person), Some(list)) = (row[2].as_uuid(), row[3].as_uuid()) else {
        return Err(unknown().into());
    };
    let address = edit
        .look(
            Verb::Write,
            "subscribers",
            &[("id", person.into())],
            &["email_normalized"],
        )
        .await?;
    let address = address
        .first()
        .and_then(|row| row[0].as_text())
        .unwrap_or_default();
    edit.refuse_suppressed(address, &["token"]).await?;
    own_word::end_objections(&mut edit, person, opted_in).await?;
    let set = [
        ("status", Cell::from(ProfileStatus::Subscribed.to_value())),
        ("status_changed_at", edit.now.into()),
        ("confirmed_at", edit.now.into()),
        ("confirm_ip", short(proof.ip_address.as_deref(), "ipAddress")?),
        (
            "confirm_user_agent",
            long(proof.user_agent.as_deref(), "userAgent")?,
        ),
        ("updated_at", edit.now.into()),
    ];
    edit.change(Verb::Write, "subscriber_profiles", &key, &set)
        .await?;
    consent(&mut edit, (person, list), proof).await?;
    edit.tell("subscription.confirmed", "Subscriber", person);
    edit.commit().await?;
    Ok(confirmation.profile)
}

/// Whether it is not too late to confirm.
pub(super) fn is_in_time(edit: &Edit<'_>, confirmation: Confirmation) -> bool {
    let days = TimeDelta::days(i64::from(edit.installation.catalog.settings.unconfirmed_days));
    let opted_in = Instant::from_timestamp_micros(confirmation.opted_in);
    opted_in.is_some_and(|at| edit.now < at + days)
}

/// How a list that takes people takes them.
pub(super) async fn open_list(edit: &mut Edit<'_>, list: Uuid) -> Result<OptIn> {
    let key = [("id", list.into())];
    let found = edit
        .look(Verb::Read, "lists", &key, &["opt_in", "status"])
        .await?;
    let row = found.first().ok_or_else(|| no_such("list", &["list"]))?;
    if row[1].as_text() != Some("active") {
        let message = "the list takes nobody any more";
        return Err(Refusal::new(Code::InvalidState, message).at(["list"]).into());
    }
    let word = row[0].as_text().unwrap_or_default().to_owned();
    OptIn::try_from_value(&word).map_err(|_| Fault::Invariant("a list with an unknown opt-in".into()).into())
}

/// Writes down that the person agreed.
pub(super) async fn consent(
    edit: &mut Edit<'_>,
    (subscriber, list): (Uuid, Uuid),
    proof: &Proof,
) -> Result<()> {
    let purpose = short(proof.purpose.as_deref(), "purpose")?;
    let columns: &[&str] = &[
        "id",
        "subscriber_id",
        "list_id",
        "purpose",
        "preference",
        "mechanism",
        "legal_basis",
        "text_version",
        "statement",
        "given_at",
        "ip_address",
        "user_agent",
        "created_at",
    ];
    let row = vec![
        edit.new_id().into(),
        subscriber.into(),
        list.into(),
        if purpose.is_null() {
            PURPOSE.into()
        } else {
            purpose
        },
        "opt_in".into(),
        "opt_in".into(),
        "consent".into(),
        short(proof.text_version.as_deref(), "textVersion")?,
        long(proof.statement.as_deref(), "statement")?,
        edit.now.into(),
        short(proof.ip_address.as_deref(), "ipAddress")?,
        long(proof.user_agent.as_deref(), "userAgent")?,
        edit.now.into(),
    ];
    edit.insert(Verb::Write, vec![("consents", columns, vec![row])])
        .await
}
