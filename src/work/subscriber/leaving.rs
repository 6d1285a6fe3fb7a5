//! Leaving a list: as easy as coming onto it. The profile's state with its proof, an entry of the history, and the
//! withdrawal of the consent, in one transaction.

use entities::value::ProfileStatus;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use super::place::{long, place_of, short, wrong_state};
use super::state::{Act, Outcome, outcome};
use super::withdrawal;
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::store::person;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::person::{SubscriberChoice, parse_email};
use crate::work::plain_text;

/// Somebody who leaves a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The list.
    pub list: Uuid,
    /// Who.
    pub subscriber: SubscriberChoice,
    /// By which way, in the store's word.
    pub method: String,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// The campaign that the person left by.
    pub campaign: Option<Uuid>,
    /// From where.
    pub ip_address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
}

/// Takes somebody off a list and notes that the consent is withdrawn; gives the profile.
pub async fn unsubscribe(installation: &Installation, viewer: &Viewer, wanted: &Leaving) -> Result<Uuid> {
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    edit.may(Verb::Write, &["subscriber_profiles", "unsubscribes", "consents"])?;
    edit.hold_fence().await?;
    let nobody = || {
        let message = "there is no such subscriber on this list";
        Refusal::new(Code::SubjectNotFound, message).at(["subscriber"])
    };
    let subscriber = match &wanted.subscriber {
        SubscriberChoice::Id(id) => *id,
        SubscriberChoice::Email(email) => {
            let address = parse_email(email)?;
            person::find(&mut edit.transaction, viewer.account, &address.normalized)
                .await?
                .ok_or_else(nobody)?
                .0
        }
    };
    let profile = place_of(&mut edit, wanted.list, subscriber)
        .await?
        .ok_or_else(nobody)?;
    match outcome(Some(profile.status), Act::Unsubscribe) {
        Outcome::Becomes(_) => {}
        Outcome::Stays => {
            // What was agreed to elsewhere, or is known since: who has left agrees to nothing any more.
            if withdrawal::of_list(&mut edit, subscriber, wanted.list).await? > 0 {
                edit.tell("consent.withdrawn", "Subscriber", subscriber);
                edit.commit().await?;
            }
            return Ok(profile.id);
        }
        Outcome::Refused => return Err(wrong_state("subscriber")),
    }
    if let Some(campaign) = wanted.campaign {
        let key = [("id", campaign.into()), ("list_id", wanted.list.into())];
        let found = edit.look(Verb::Read, "campaigns", &key, &["id"]).await?;
        if found.is_empty() {
            return Err(no_such("campaign", &["campaign"]).into());
        }
    }
    leave(&mut edit, wanted, subscriber, profile.id).await?;
    withdrawal::of_list(&mut edit, subscriber, wanted.list).await?;
    edit.tell("subscription.ended", "Subscriber", subscriber);
    edit.commit().await?;
    Ok(profile.id)
}

async fn leave(edit: &mut Edit<'_>, wanted: &Leaving, subscriber: Uuid, profile: Uuid) -> Result<()> {
    let ip = short(wanted.ip_address.as_deref(), "ipAddress")?;
    let reason = plain_text::optional(wanted.reason.as_deref(), "reason")?;
    let set = [
        ("status", Cell::from(ProfileStatus::Unsubscribed.to_value())),
        ("status_changed_at", edit.now.into()),
        ("opted_out_at", edit.now.into()),
        ("opt_out_ip", ip.clone()),
        ("opt_out_reason", reason.clone()),
        ("opt_out_campaign_id", wanted.campaign.into()),
        ("updated_at", edit.now.into()),
    ];
    edit.change(
        Verb::Write,
        "subscriber_profiles",
        &[("id", profile.into())],
        &set,
    )
    .await?;
    let columns: &[&str] = &[
        "id",
        "profile_id",
        "subscriber_id",
        "campaign_id",
        "list_id",
        "method",
        "reason",
        "ip_address",
        "user_agent",
        "unsubscribed_at",
    ];
    let row = vec![
        edit.new_id().into(),
        profile.into(),
        subscriber.into(),
        wanted.campaign.into(),
        wanted.list.into(),
        wanted.method.as_str().into(),
        reason,
        ip,
        long(wanted.user_agent.as_deref(), "userAgent")?,
        edit.now.into(),
    ];
    edit.insert(Verb::Write, vec![("unsubscribes", columns, vec![row])])
        .await
}
