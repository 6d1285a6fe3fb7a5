//! The lock that a gateway holds on its embedded store (ruling 15): a second `serve` on the same file would run
//! the same jobs twice. Other commands take no lock, they share the store with SQLite's own locks.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;

use super::database::Database;
use crate::clock::Clock;
use crate::error::{Code, Fault, Refusal, Result, quote};

/// Held by a running gateway; let go when dropped, also when the process is killed.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock of an embedded store; gives none for PostgreSQL, which many gateways share. Errors: a
    /// refusal `STORE_IN_USE` that names the process that holds it.
    pub fn take(database: &Database, clock: &Clock) -> Result<Option<StoreLock>> {
        let Some(store) = database.path() else {
            return Ok(None);
        };
        let mut name = OsString::from(&store);
        name.push(".lock");
        let path = PathBuf::from(name);
        let context = || format!("locking {}", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| Fault::io(context(), error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(in_use(&store.display().to_string(), &mut file).into());
            }
            Err(TryLockError::Error(error)) => return Err(Fault::io(context(), error).into()),
        }
        // For the message above only; the lock is the file's, not its text's. The file stays: removing it
        // would let a third process lock a file that a second one is about to lose.
        let text = format!(
            "process {} since {}",
            std::process::id(),
            clock.now().to_rfc3339()
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|error| Fault::io(context(), error))?;
        Ok(Some(StoreLock { _file: file }))
    }
}

fn in_use(store: &str, file: &mut File) -> Refusal {
    let mut holder = String::new();
    let holder = match file.read_to_string(&mut holder) {
        Ok(1..) => quote(&holder),
        _ => "another process".to_owned(),
    };
    let message =
        format!("the store {store} is in use by {holder}; stop that gateway or give another --data");
    Refusal::new(Code::StoreInUse, message)
}
