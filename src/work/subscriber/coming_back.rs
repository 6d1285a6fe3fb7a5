//! Coming back after an erasure, by the own word alone: the sign-up of somebody whom a fence keeps out is stored nowhere. It
//! is sealed into the token that is mailed, and when the person confirms by it, the fence is lifted and the rows are made
//! in one transaction. Must not know how
//! people are erased.

use entities::value::{OptIn, ProfileStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::place::{long, short, wrong_state};
use super::subscription::{
    Proof, SignUp, SignedUp, add, confirm_stored, consent, is_in_time, open_list, unknown,
};
use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::keys::{Confirmation, SignUpText};
use crate::store::fence::Fence;
use crate::store::person;
use crate::work::edit::{Edit, suppressed};
use crate::work::erase::past;
use crate::work::installation::Installation;

/// The tables of which rows are written.
const TABLES: [&str; 3] = ["subscribers", "subscriber_profiles", "consents"];

/// A sign-up that is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Carried {
    list: Uuid,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    proof: Proof,
    /// The id that the person is to have.
    subscriber: Uuid,
    /// The erasure whose fence it would lift: that of another one stays. Nil: its record is past its clock.
    erasure: Uuid,
}

impl Carried {
    pub(super) fn new(
        wanted: &SignUp,
        address: &Address,
        subscriber: Uuid,
        erasure: Option<Uuid>,
    ) -> Carried {
        Carried {
            list: wanted.list,
            email: address.original.clone(),
            first_name: wanted.first_name.clone(),
            last_name: wanted.last_name.clone(),
            proof: wanted.proof.clone(),
            subscriber,
            erasure: erasure.unwrap_or_default(),
        }
    }

    /// As a token carries it: equally long whether or not there was an erasure.
    pub(super) fn text(&self) -> Result<Zeroizing<String>> {
        let text = serde_json::to_string(self).map_err(|error| Fault::Invariant(error.to_string()))?;
        Ok(Zeroizing::new(text))
    }

    pub(super) fn read(text: &str) -> Option<Carried> {
        serde_json::from_str(text).ok()
    }

    fn sign_up(&self) -> SignUp {
        SignUp {
            list: self.list,
            email: self.email.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            proof: self.proof.clone(),
        }
    }

    /// What is written down of the consent: what was shown when it was confirmed, or else when it was asked for.
    fn consented(&self, proof: &Proof) -> Proof {
        let or = |now: &Option<String>, then: &Option<String>| now.clone().or_else(|| then.clone());
        Proof {
            purpose: or(&proof.purpose, &self.proof.purpose),
            text_version: or(&proof.text_version, &self.proof.text_version),
            statement: or(&proof.statement, &self.proof.statement),
            ip_address: proof.ip_address.clone(),
            user_agent: proof.user_agent.clone(),
        }
    }
}

/// Answers the sign-up of somebody who was erased: with a token where the list asks people to confirm, as everybody else's;
/// as for whoever must not be mailed otherwise. Nothing about the person is stored.
pub(super) async fn ask(
    mut edit: Edit<'_>,
    wanted: &SignUp,
    address: &Address,
    (fence, opt_in): (Fence, OptIn),
) -> Result<SignedUp> {
    let is_suppressed = edit.is_suppressed(&address.normalized).await?;
    if is_suppressed || !fence.is_of_an_erasure || opt_in != OptIn::Double {
        return Err(suppressed(&["email"]).into());
    }
    // What would be refused if it were written.
    edit.may_on_list(Verb::Write, &TABLES, wanted.list)?;
    short(wanted.first_name.as_deref(), "firstName")?;
    short(wanted.last_name.as_deref(), "lastName")?;
    short(wanted.proof.ip_address.as_deref(), "ipAddress")?;
    long(wanted.proof.user_agent.as_deref(), "userAgent")?;
    let (profile, person) = (edit.new_id(), edit.new_id());
    let carried = Carried::new(wanted, address, person, fence.erasure).text()?;
    let token = edit.installation.keys.confirmation_token(
        edit.viewer.account,
        Confirmation::new(profile, edit.now),
        SignUpText::Carried(&carried),
    )?;
    edit.tell("subscription.requested", "Subscriber", person);
    edit.commit().await?;
    Ok(SignedUp {
        profile,
        token: Some(token),
    })
}

/// Confirms a sign-up that its token carries; gives the profile. Confirmed twice, it is confirmed.
pub(super) async fn confirm(
    installation: &Installation,
    viewer: &Viewer,
    (confirmation, carried): (Confirmation, &Carried),
    proof: &Proof,
) -> Result<Uuid> {
    let address = Address::parse(&carried.email).map_err(|_| unknown())?;
    let edit = Edit::begin(installation, viewer).await?;
    edit.may(Verb::Write, &TABLES)?;
    drop(edit);
    // What came past the fence is not the person's word, and goes before the fence does.
    past::keep_away_address(installation, viewer.account, &address.normalized).await?;
    let mut edit = Edit::begin(installation, viewer).await?;
    edit.hold_fence_alone().await?;
    let key = [("id", Cell::from(confirmation.profile))];
    let known = edit
        .look(Verb::Write, "subscriber_profiles", &key, &["id"])
        .await?;
    if !known.is_empty() {
        drop(edit);
        return confirm_stored(installation, viewer, confirmation, proof).await;
    }
    // One that was lifted was so by this token or another; the person of a later erasure has to ask anew.
    let fence = edit.fence(&address.normalized).await?;
    let fence =
        fence.filter(|fence| fence.is_of_an_erasure && fence.erasure.unwrap_or_default() == carried.erasure);
    let Some(fence) = fence.filter(|_| is_in_time(&edit, confirmation)) else {
        return Err(wrong_state("token"));
    };
    match open_list(&mut edit, carried.list).await {
        Err(Error::Refused(_)) => return Err(wrong_state("token")),
        other => other?,
    };
    if edit.is_suppressed(&address.normalized).await? {
        return Err(suppressed(&["token"]).into());
    }
    let is_there = person::find(&mut edit.transaction, viewer.account, &address.normalized).await?;
    if is_there.is_some() || !edit.lift_fence(&address.normalized, fence).await? {
        return Err(not_yet().into());
    }
    write(&mut edit, (confirmation, carried), &address, proof).await?;
    if let Some(erasure) = fence.erasure {
        edit.tell("erasure.fence_lifted", "Erasure", erasure);
    }
    edit.tell("subscription.confirmed", "Subscriber", carried.subscriber);
    edit.commit().await?;
    Ok(confirmation.profile)
}

/// What is said while rows of before are still there, which are not the person's word.
fn not_yet() -> Refusal {
    let message =
        "what was held about this person before is still being erased; confirm again in a few minutes";
    Refusal::new(Code::InvalidState, message).at(["token"])
}

/// The person, the profile and the consent.
async fn write(
    edit: &mut Edit<'_>,
    (confirmation, carried): (Confirmation, &Carried),
    address: &Address,
    proof: &Proof,
) -> Result<()> {
    let sign_up = carried.sign_up();
    let ids = (carried.subscriber, confirmation.profile);
    add(edit, &sign_up, address, None, ids, ProfileStatus::Subscribed).await?;
    let opted_in = Instant::from_timestamp_micros(confirmation.opted_in).ok_or_else(unknown)?;
    let set = [
        ("opted_in_at", Cell::from(opted_in)),
        ("confirmed_at", edit.now.into()),
        ("confirm_ip", short(proof.ip_address.as_deref(), "ipAddress")?),
        (
            "confirm_user_agent",
            long(proof.user_agent.as_deref(), "userAgent")?,
        ),
    ];
    let key = [("id", Cell::from(confirmation.profile))];
    edit.change(Verb::Write, "subscriber_profiles", &key, &set)
        .await?;
    consent(
        edit,
        (carried.subscriber, carried.list),
        &carried.consented(proof),
    )
    .await
}
