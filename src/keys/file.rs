//! One key in one file: how it is written so that a crash leaves it whole or absent, and read so that a
//! damaged or exposed one is noticed.
//!
//! A file is never changed once written; a rotation adds one. Must not know what a purpose means.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use chrono::SecondsFormat;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::keys::ring::Secret;

const FIRST_LINE: &str = "postern-key 1";

/// Longest key file, in bytes. Ours have about 230.
const LONGEST: u64 = 4096;

/// What stands in a key file.
#[derive(Clone)]
pub struct KeyFile {
    /// What the key is for, as a word.
    pub purpose: String,
    /// 1 for the first, then one more for each rotation.
    pub version: u8,
    /// When it was made, which is also when the version before it was replaced.
    pub created_at: Instant,
    /// The key.
    pub secret: Secret,
}

impl KeyFile {
    /// A new random key.
    pub fn generate(purpose: &str, version: u8, created_at: Instant) -> Result<KeyFile> {
        let mut secret = Secret::new([0; 32]);
        // From the system itself: these keys outlive every process.
        rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut secret[..])
            .map_err(|error| Fault::Keys(format!("the system gives no random numbers: {error}")))?;
        Ok(KeyFile {
            purpose: purpose.to_owned(),
            version,
            created_at,
            secret,
        })
    }

    /// The name that the file has.
    pub fn name(&self) -> String {
        format!("{}-{}.key", self.purpose, self.version)
    }

    /// Writes the file: beside its place, synced, then renamed, and the folder synced. The caller holds the
    /// folder's lock; a file that is there already is never overwritten.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(self.name());
        if path.exists() {
            return Err(Fault::Keys(format!("{} is there already", path.display())).into());
        }
        let beside = folder.join(format!(".{}.new", self.name()));
        let context = || format!("write the key {}", path.display());
        let written = write_private(&beside, self.text().as_bytes())
            .and_then(|()| fs::rename(&beside, &path))
            .and_then(|()| sync_folder(folder));
        written.map_err(|error| {
            // What was half written holds a secret; if it cannot be removed, the next start does it.
            let _ = fs::remove_file(&beside);
            Fault::io(context(), error).into()
        })
    }

    /// Reads a key file and checks that it is private, whole, and what its name says.
    pub fn read(path: &Path) -> Result<KeyFile> {
        let context = || format!("read the key {}", path.display());
        let file = File::open(path).map_err(|error| Fault::io(context(), error))?;
        let metadata = file.metadata().map_err(|error| Fault::io(context(), error))?;
        check_private(path, &metadata)?;
        let mut text = Zeroizing::new(String::with_capacity(1024));
        let damaged = || {
            Fault::Keys(format!(
                "{} is damaged; restore it from the backup of the keys",
                path.display()
            ))
        };
        if file.take(LONGEST + 1).read_to_string(&mut text).is_err() {
            return Err(damaged().into());
        }
        let key = KeyFile::parse(&text).ok_or_else(damaged)?;
        if path.file_name().and_then(|name| name.to_str()) != Some(&key.name()) {
            return Err(
                Fault::Keys(format!("{} holds another key than its name says", path.display())).into(),
            );
        }
        Ok(key)
    }

    fn text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(HEXLOWER.encode(&self.secret[..]));
        let created = self.created_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let body = Zeroizing::new(format!(
            "{FIRST_LINE}\npurpose {}\nversion {}\ncreated {created}\nsecret {}\n",
            self.purpose, self.version, *secret
        ));
        Zeroizing::new(format!("{}check {}\n", *body, check(&body)))
    }

    /// Strict: what is not byte for byte what [`KeyFile::text`] writes is damaged.
    fn parse(text: &str) -> Option<KeyFile> {
        let mut lines = text.lines();
        let mut value = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let first = value("postern-key")?;
        let (purpose, version, created, secret) = (
            value("purpose")?,
            value("version")?,
            value("created")?,
            value("secret")?,
        );
        let mut bytes = Secret::new([0; 32]);
        if first != "1" || secret.len() != 64 {
            return None;
        }
        HEXLOWER.decode_mut(secret.as_bytes(), &mut bytes[..]).ok()?;
        let key = KeyFile {
            purpose: purpose.to_owned(),
            version: version.parse().ok()?,
            created_at: created.parse().ok()?,
            secret: bytes,
        };
        (key.text().as_str() == text).then_some(key)
    }
}

/// Finds damage, not malice: whoever can write the folder can replace every key in it.
fn check(body: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(body.as_bytes())[..8])
}

/// Writes a new file that only its owner can read, and syncs it. What a crash left there is replaced.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the entries of a folder durable.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Makes the folder, for its owner alone, if it is not there.
pub fn make_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    builder
        .create(folder)
        .and_then(|()| parent.map_or(Ok(()), sync_folder))
        .map_err(|error| Fault::io(format!("make the folder {}", folder.display()), error).into())
}

/// Refuses a file that others can read, or a folder that others can write.
#[cfg(unix)]
pub fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<(), Refusal> {
    use std::os::unix::fs::PermissionsExt;
    let (forbidden, wanted) = if metadata.is_dir() {
        (0o022, "700")
    } else {
        (0o077, "600")
    };
    if metadata.permissions().mode() & forbidden == 0 {
        return Ok(());
    }
    let path = path.display();
    let message = format!("{path} is open to other users of this machine; run: chmod {wanted} {path}");
    Err(Refusal::new(Code::InvalidSetting, message))
}

/// Where there are no permission bits, the folder's own protection has to do.
#[cfg(not(unix))]
pub fn check_private(_: &Path, _: &fs::Metadata) -> Result<(), Refusal> {
    Ok(())
}
