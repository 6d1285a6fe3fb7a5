//! Tests of the ring: made once, opened by all, rotated, and never opened when damaged or exposed.

use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;

fn at(days: i64) -> Instant {
    Instant::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::days(days)
}

fn ring(folder: &Path) -> Result<KeyRing> {
    KeyRing::open_or_create(folder.to_str().unwrap(), at(0))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_ring_is_made_once_and_then_opened_by_path_or_url() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("deep/keys");
    let made = ring(&folder).unwrap();
    let opened = KeyRing::open_or_create(&format!("file://{}", folder.display()), at(9)).unwrap();
    assert_eq!(made.fingerprint(), opened.fingerprint());
    assert_eq!(made.fingerprint().len(), 32);
    assert_eq!(made.sign_receipt(b"x"), opened.sign_receipt(b"x"));
    assert_eq!(mode(&folder), 0o700);
    let files = key_files(&folder).unwrap();
    assert_eq!(files.len(), Purpose::ALL.len() + 1);
    assert!(files.iter().all(|file| mode(file) == 0o600));
}

#[test]
fn many_who_open_at_once_get_the_same_ring() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("keys");
    let prints: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| ring(&folder).unwrap().fingerprint()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(prints.windows(2).all(|pair| pair[0] == pair[1]), "{prints:?}");
}

#[test]
fn a_making_that_was_cut_off_is_begun_again_and_one_that_was_whole_is_kept() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    file::write_private(&folder.join(UNFINISHED), b"").unwrap();
    file::write_private(&folder.join("token-1.key"), b"half").unwrap();
    file::write_private(&folder.join(".receipt-1.key.new"), b"half").unwrap();
    let made = ring(folder).unwrap();
    assert!(!folder.join(UNFINISHED).exists());
    file::write_private(&folder.join(UNFINISHED), b"").unwrap();
    assert_eq!(ring(folder).unwrap().fingerprint(), made.fingerprint());
}

#[test]
fn only_folders_are_taken() {
    for location in ["s3://bucket/keys", "https://vault.example.test", "vault:keys", ""] {
        let error = KeyRing::open_or_create(location, at(0)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidSetting, "{location}");
    }
}

#[test]
fn an_exposed_ring_is_not_opened() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("keys");
    ring(&folder).unwrap();
    let cases = [
        ("receipt-1.key", 0o640),
        ("cursor-1.key", 0o604),
        ("", 0o770),
        ("", 0o702),
    ];
    for (name, exposed) in cases {
        let path = if name.is_empty() {
            folder.clone()
        } else {
            folder.join(name)
        };
        let private = mode(&path);
        fs::set_permissions(&path, fs::Permissions::from_mode(exposed)).unwrap();
        let error = ring(&folder).unwrap_err();
        assert_eq!(error.code(), Code::InvalidSetting, "{name}");
        assert!(error.to_string().contains("chmod"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(private)).unwrap();
    }
    ring(&folder).unwrap();
}

#[test]
fn a_damaged_ring_is_not_opened_and_not_mended_by_guessing() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage); 9] = [
        ("cut off", |folder| {
            damage(folder, "bundle-1.key", |text| text[..text.len() - 9].to_owned())
        }),
        ("empty", |folder| {
            damage(folder, "bundle-1.key", |_| String::new())
        }),
        ("a digit changed", |folder| damage(folder, "bundle-1.key", flip)),
        ("longer", |folder| {
            damage(folder, "bundle-1.key", |text| format!("{text}\n"))
        }),
        ("other line ends", |folder| {
            damage(folder, "bundle-1.key", |text| text.replace('\n', "\r\n"))
        }),
        ("another key's file", |folder| {
            fs::copy(folder.join("subject-1.key"), folder.join("bundle-1.key")).unwrap();
        }),
        ("a version missing", |folder| {
            fs::remove_file(folder.join("suppression-1.key")).unwrap()
        }),
        ("the ring's own file missing", |folder| {
            fs::remove_file(folder.join("ring-1.key")).unwrap()
        }),
        ("not text", |folder| {
            fs::write(folder.join("token-1.key"), [0xff; 100]).unwrap()
        }),
    ];
    for (what, damage) in cases {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("keys");
        ring(&folder).unwrap();
        damage(&folder);
        let before: Vec<_> = key_files(&folder).unwrap();
        let error = ring(&folder).expect_err(what);
        assert!(
            matches!(error, crate::error::Error::Fault(Fault::Keys(_))),
            "{what}: {error}"
        );
        assert_eq!(key_files(&folder).unwrap(), before, "{what}");
    }
}

fn damage(folder: &Path, name: &str, change: impl Fn(String) -> String) {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text);
    fs::write(folder.join(name), changed).unwrap();
}

/// One digit of the secret turned into another.
fn flip(text: String) -> String {
    let at = text.find("secret ").unwrap() + 7;
    let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

#[test]
fn two_rings_have_two_fingerprints_and_a_rotation_keeps_the_rings_own() {
    let temporary = tempfile::tempdir().unwrap();
    let mut first = ring(&temporary.path().join("a")).unwrap();
    let second = ring(&temporary.path().join("b")).unwrap();
    assert_ne!(first.fingerprint(), second.fingerprint());
    let before = first.fingerprint();
    for (day, purpose) in Purpose::ALL.into_iter().enumerate() {
        first.rotate(purpose, at(1 + day as i64)).unwrap();
    }
    assert_eq!(first.fingerprint(), before);
    assert_eq!(ring(&temporary.path().join("a")).unwrap().fingerprint(), before);
}

#[test]
fn what_was_made_before_a_rotation_is_still_read_and_checked() {
    let temporary = tempfile::tempdir().unwrap();
    let mut ring = ring(&temporary.path().join("keys")).unwrap();
    let (account, erasure) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let id = ring.id_keys().encode(3, account);
    let cursor = ring.cursor_keys().seal(&["x".into()], b"b");
    let sealed = ring.seal_subject(account, erasure, "ana@example.test").unwrap();
    let token = ring.suppression_token(account, "ana@example.test");
    for purpose in Purpose::ALL {
        ring.rotate(purpose, at(1)).unwrap();
    }
    assert_eq!(ring.id_keys().decode(&id), Some((3, account)));
    assert_ne!(ring.id_keys().encode(3, account), id);
    assert!(ring.cursor_keys().open(&cursor, b"b").is_ok());
    assert_eq!(
        *ring.open_subject(account, erasure, &sealed).unwrap(),
        "ana@example.test"
    );
    let tokens = ring.suppression_tokens_all_versions(account, "ana@example.test");
    assert_eq!(
        tokens.iter().map(|(version, _)| *version).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(tokens[1], token);
    assert_eq!(tokens[0], ring.suppression_token(account, "ana@example.test"));
    assert_eq!(
        ring.bundle_keys()
            .iter()
            .map(|(version, _)| *version)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn a_rotation_by_another_process_counts_and_time_cannot_run_backwards() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("keys");
    let (mut one, mut other) = (ring(&folder).unwrap(), ring(&folder).unwrap());
    one.rotate(Purpose::Cursor, at(1)).unwrap();
    other.rotate(Purpose::Cursor, at(2)).unwrap();
    assert_eq!(other.versions(Purpose::Cursor).len(), 3);
    let error = other.rotate(Purpose::Cursor, at(2)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidSetting);
}

#[test]
fn suppression_tokens_depend_on_ring_account_and_address() {
    let temporary = tempfile::tempdir().unwrap();
    let ring_a = ring(&temporary.path().join("a")).unwrap();
    let ring_b = ring(&temporary.path().join("b")).unwrap();
    let token =
        |ring: &KeyRing, account, address| ring.suppression_token(Uuid::from_u128(account), address).1;
    let all = [
        token(&ring_a, 1, "ana@example.test"),
        token(&ring_a, 2, "ana@example.test"),
        token(&ring_a, 1, "ben@example.test"),
        token(&ring_b, 1, "ana@example.test"),
    ];
    let different: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len());
    assert_eq!(all[0], token(&ring_a, 1, "ana@example.test"));
}

#[test]
fn a_sealed_subject_opens_only_for_its_own_erasure() {
    let temporary = tempfile::tempdir().unwrap();
    let ring = ring(&temporary.path().join("keys")).unwrap();
    let (account, erasure, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let sealed = ring.seal_subject(account, erasure, "ana@example.test").unwrap();
    assert!(!sealed.windows(3).any(|window| window == b"ana"));
    assert_ne!(
        sealed,
        ring.seal_subject(account, erasure, "ana@example.test").unwrap()
    );
    assert!(ring.open_subject(other, erasure, &sealed).is_err());
    assert!(ring.open_subject(account, other, &sealed).is_err());
    assert!(ring.open_subject(account, erasure, b"").is_err());
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(
            ring.open_subject(account, erasure, &changed).is_err(),
            "byte {place}"
        );
    }
}

#[test]
fn a_ring_is_not_printed() {
    let temporary = tempfile::tempdir().unwrap();
    let ring = ring(&temporary.path().join("keys")).unwrap();
    assert_eq!(
        format!("{ring:?}"),
        format!("KeyRing({}, redacted)", ring.fingerprint())
    );
}
