//! The hash tree over the events of one seal: RFC 9162, section 2.1.1, with SHA-256. Must not know what an event is.

use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf with that content.
pub fn leaf(content: &[u8]) -> Hash {
    Sha256::new_with_prefix([0])
        .chain_update(content)
        .finalize()
        .into()
}

/// The root over leaves in their order; of none it is the hash of nothing.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    // Whole subtrees so far, the largest first: as many as the number of leaves has ones in binary.
    let mut whole: Vec<Hash> = Vec::new();
    for (count, leaf) in (0_u64..).zip(leaves) {
        let mut hash = leaf;
        for _ in 0..count.trailing_ones() {
            if let Some(left) = whole.pop() {
                hash = node(&left, &hash);
            }
        }
        whole.push(hash);
    }
    let last = whole.pop().unwrap_or_else(|| Sha256::digest([]).into());
    whole.iter().rev().fold(last, |right, left| node(left, &right))
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;

    /// Word for word as the RFC defines it.
    fn defined(entries: &[Vec<u8>]) -> Hash {
        match entries {
            [] => Sha256::digest([]).into(),
            [entry] => leaf(entry),
            entries => {
                let mut split = 1;
                while split * 2 < entries.len() {
                    split *= 2;
                }
                node(&defined(&entries[..split]), &defined(&entries[split..]))
            }
        }
    }

    fn made(entries: &[Vec<u8>]) -> Hash {
        root(entries.iter().map(|entry| leaf(entry)))
    }

    proptest! {
        #[test]
        fn the_root_is_the_one_that_the_rfc_defines(
            entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 0..70)
        ) {
            prop_assert_eq!(made(&entries), defined(&entries));
        }

        #[test]
        fn every_leaf_its_place_and_the_number_of_leaves_matter(
            size in 1_usize..40, place in 0_usize..40, other in 0_usize..40
        ) {
            let entries: Vec<Vec<u8>> = (0..size).map(|number| vec![number as u8]).collect();
            let (place, other) = (place % size, other % size);
            let whole = made(&entries);
            let mut changed = entries.clone();
            changed[place].push(0);
            prop_assert_ne!(made(&changed), whole);
            let mut shorter = entries.clone();
            shorter.remove(place);
            prop_assert_ne!(made(&shorter), whole);
            let mut longer = entries.clone();
            longer.insert(place, entries[other].clone());
            prop_assert_ne!(made(&longer), whole);
            let mut swapped = entries.clone();
            swapped.swap(place, other);
            prop_assert_eq!(made(&swapped) == whole, place == other);
        }
    }

    #[test]
    fn the_roots_are_those_that_others_have_for_the_same_leaves() {
        // The known answers of the certificate transparency projects for their eight leaves.
        let entries: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .iter()
        .map(|hex| HEXLOWER.decode(hex.as_bytes()).unwrap())
        .collect();
        for (size, root) in [
            (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                1,
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                2,
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                8,
                "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            ),
        ] {
            assert_eq!(HEXLOWER.encode(&made(&entries[..size])), root, "{size} leaves");
        }
    }
}
