//! What can be wrong with the files of a bundle as a set, each with the finding that it must provoke.

use std::fs;

use super::closing::Written;
use super::deflate::sha256;
use super::fixture::{
    about, codes, event_rows, events, subscriber_rows, subscribers, trust, unpack, write_to,
};
use super::lane::Lanes;
use super::volume::{ClosedVolume, Volume};
use crate::bundle::{Report, verify_files};

/// A change of the files that are given, and the findings that it must provoke.
pub(super) struct SetFault {
    pub(super) what: &'static str,
    change: fn(&mut Vec<Vec<u8>>),
    pub(super) expected: &'static [&'static str],
}

pub(super) const OF_SETS: &[SetFault] = &[
    SetFault {
        what: "nothing is wrong, in whatever order",
        change: |files| files.reverse(),
        expected: &[],
    },
    SetFault {
        what: "a file in the middle is not there",
        change: |files| drop(files.remove(1)),
        expected: &["VOLUME_MISSING"],
    },
    SetFault {
        what: "the last file is not there",
        change: |files| drop(files.pop()),
        expected: &["VOLUME_MISSING"],
    },
    SetFault {
        what: "a file twice",
        change: |files| files.push(files[0].clone()),
        expected: &["VOLUME_DIFFERS"],
    },
    SetFault {
        what: "another first file, as sound and as well signed",
        change: |files| files[0] = volumes(|volume| volume.shared.clear()).swap_remove(0),
        expected: &["VOLUME_DIFFERS"],
    },
    SetFault {
        what: "a bundle that is one file among them",
        change: |files| files[1] = super::fixture::bundle(),
        expected: &["VOLUME_DIFFERS", "VOLUME_MISSING"],
    },
    SetFault {
        what: "a first file that says it is the last",
        change: |files| files[0] = volumes(|volume| volume.is_last = true).swap_remove(0),
        expected: &["VOLUME_DIFFERS"],
    },
];

/// Three files of one bundle: the events are in two of them. `change` is made to what the first says of itself.
fn volumes(change: impl FnOnce(&mut Volume)) -> Vec<Vec<u8>> {
    let (mut first, mut second) = (event_rows(), Vec::new());
    second.extend(first.split_off(1));
    let parts = [
        vec![(events(), first)],
        vec![(events(), second)],
        vec![(subscribers(), subscriber_rows())],
    ];
    let mut volume = Volume {
        shared: [events().name].into(),
        ..Volume::default()
    };
    change(&mut volume);
    let mut files = Vec::new();
    for tables in &parts {
        let (bytes, _): (Vec<u8>, Written) =
            write_to(Vec::new(), tables, &Lanes::default(), Some(&volume)).unwrap();
        volume.before.push(ClosedVolume {
            bytes: bytes.len() as u64,
            sha256: sha256(&bytes),
        });
        volume.is_last = volume.before.len() == 2;
        volume.shared = match volume.before.len() {
            1 => [events().name].into(),
            _ => Default::default(),
        };
        files.push(bytes);
    }
    files
}

fn checked(files: &[Vec<u8>]) -> Vec<Report> {
    let folder = tempfile::tempdir().unwrap();
    let paths = (1..).zip(files).map(|(number, bytes)| {
        let path = folder.path().join(format!("{number}.zip"));
        fs::write(&path, bytes).unwrap();
        path
    });
    verify_files(&paths.collect::<Vec<_>>(), &trust()).unwrap()
}

#[test]
fn what_is_wrong_with_the_files_of_a_bundle_as_a_set_is_found() {
    for SetFault {
        what,
        change,
        expected,
    } in OF_SETS
    {
        let mut files = volumes(|_| ());
        let sound = files.clone();
        change(&mut files);
        assert_ne!(files, sound, "{what}: nothing was changed");
        let reports = checked(&files);
        let mut found: Vec<&str> = reports.iter().flat_map(codes).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, *expected, "{what}");
    }
}

#[test]
fn each_file_is_a_bag_of_its_own_and_says_which_of_the_group_it_is() {
    let files = volumes(|_| ());
    let counts = files.iter().map(|file| {
        let information = String::from_utf8(unpack(file)["bag-info.txt"].clone()).unwrap();
        assert!(information.contains(&format!("Bag-Group-Identifier: {}\n", about().request_id)));
        let count = information
            .lines()
            .find_map(|line| line.strip_prefix("Bag-Count: "));
        count.unwrap().to_owned()
    });
    assert_eq!(counts.collect::<Vec<_>>(), ["1 of ?", "2 of ?", "3 of 3"]);
    for (number, file) in (1..).zip(&files) {
        let alone = checked(std::slice::from_ref(file)).remove(0);
        assert!(alone.is_trusted(), "{:?}", alone.findings);
        assert_eq!(alone.volume.unwrap().number, number);
    }
}
