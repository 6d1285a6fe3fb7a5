//! The register of backups: what was made, until when it may last, and who outlives that. Makes and removes no backup.

use chrono::TimeDelta;
use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::clock::Instant;
use crate::error::{Code, Error, Refusal, Result};
use crate::plan::write::Write;
use crate::store::audit::{self, AuditEvent};
use crate::store::backup::{self as store, Backup};
use crate::store::write;
use crate::work::installation::Installation;

/// The longest label or place, in characters.
const LONGEST: usize = 255;

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBackup {
    /// What it is called.
    pub label: String,
    /// Where it lies, in a word.
    pub location: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// When it has to be gone; `None`: as the policy says.
    pub purge_at: Option<Instant>,
}

/// Registers a backup.
pub async fn add(installation: &Installation, viewer: &Viewer, wanted: NewBackup) -> Result<Backup> {
    let now = installation.clock.now();
    let days = TimeDelta::days(i64::from(installation.catalog.settings.backup_days));
    let backup = Backup {
        id: installation.new_id(),
        label: line("label", &wanted.label)?,
        location: wanted.location.map(|word| line("location", &word)).transpose()?,
        made_at: wanted.made_at,
        purge_at: wanted.purge_at.unwrap_or(wanted.made_at + days),
        purged_at: None,
    };
    if backup.made_at > now {
        return Err(wrong("made-at", "lies in the future"));
    }
    if backup.purge_at <= backup.made_at {
        return Err(wrong("purge-at", "lies before the backup was made"));
    }
    let columns = [
        "id",
        "label",
        "location",
        "made_at",
        "purge_at",
        "created_at",
        "updated_at",
    ];
    let row = vec![
        backup.id.into(),
        backup.label.as_str().into(),
        backup.location.as_deref().into(),
        backup.made_at.into(),
        backup.purge_at.into(),
        now.into(),
        now.into(),
    ];
    let plan = Write::of(&installation.catalog, "backups", &columns, vec![row], &[]);
    let permitted = permit::write(&installation.catalog, viewer, plan)?;
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, "backup.registered").of("Backup", backup.id);
    installation
        .database
        .write(async |transaction| {
            write::write_in(transaction, &installation.catalog, &permitted).await?;
            audit::append(transaction, std::slice::from_ref(&event)).await
        })
        .await?;
    Ok(backup)
}

/// Notes that a backup is gone. Errors: `NOT_FOUND`.
pub async fn purged(installation: &Installation, viewer: &Viewer, id: Uuid) -> Result<()> {
    let now = installation.clock.now();
    // The door says whether this one may write here; which row is the register's own business.
    let nothing = Write::of(&installation.catalog, "backups", &["id"], Vec::new(), &[]);
    permit::write(&installation.catalog, viewer, nothing)?;
    let event = AuditEvent::by(viewer, installation.new_id(), now, "backup.purged").of("Backup", id);
    let is_there = installation
        .database
        .write(async |transaction| {
            let is_there = store::purged(transaction, id, now).await?;
            if is_there {
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(is_there)
        })
        .await?;
    if is_there {
        return Ok(());
    }
    Err(Refusal::new(Code::NotFound, "there is no such backup; see postern backup list").into())
}

/// The backups that are still there though they had to be gone.
pub async fn overdue(installation: &Installation) -> Result<Vec<Backup>> {
    let now = installation.clock.now();
    let mut backups = store::kept(&installation.database).await?;
    backups.retain(|backup| backup.is_overdue(now));
    Ok(backups)
}

/// Alarms about each backup that outlives its day.
pub async fn warn(installation: &Installation) -> Result<()> {
    for backup in overdue(installation).await? {
        let until = crate::cell::instant_text(backup.purge_at);
        tracing::warn!(backup = %backup.id, until, "a backup outlives the day on which it had to be gone");
    }
    Ok(())
}

fn line(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if !fits {
        return Err(wrong(field, "must be one line of at most 255 characters"));
    }
    // The register outlives erasures and is searched for nobody.
    if text.contains('@') {
        return Err(wrong(
            field,
            "must not hold an address: the register holds no personal data",
        ));
    }
    Ok(text.to_owned())
}

fn wrong(field: &str, reason: &str) -> Error {
    Refusal::new(Code::InvalidSetting, format!("--{field} {reason}"))
        .at([field])
        .into()
}
