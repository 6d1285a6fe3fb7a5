//! What is left of a value for those who may see the row but not the person (D3). Applied while rows are read,
//! so that nothing unmasked leaves the store. Pure; must not know who asks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::catalog::Mask;
use crate::cell::Cell;

/// A value behind its mask. What a mask cannot be laid over becomes NULL, never the value itself.
pub fn masked(mask: Mask, cell: Cell) -> Cell {
    match (mask, cell) {
        (Mask::Clear, cell) => cell,
        (Mask::Hide, _) => Cell::Null,
        (Mask::Email, Cell::Text(text)) => Cell::from(email(&text)),
        (Mask::Initial, Cell::Text(text)) => Cell::from(initial(&text)),
        (Mask::IpPrefix, Cell::Text(text)) => Cell::from(network(&text)),
        (Mask::Email | Mask::Initial | Mask::IpPrefix, _) => Cell::Null,
        // A count is shown by what stands beside it; alone it is hidden.
        (Mask::SmallCell, _) => Cell::Null,
    }
}

/// What is left of a count behind which so many people stand: null where they are fewer than `least`, else rounded
/// down to a multiple of it, because two exact counts, before somebody acted and after, would say what one person did.
pub fn small_cell(count: &Cell, people: &Cell, least: i64) -> Cell {
    match (count, people) {
        (Cell::Int(count), Cell::Int(people)) if *people >= least => Cell::Int(count - count % least.max(1)),
        _ => Cell::Null,
    }
}

/// Whether a custom value is shown to those who may not read in clear, by the word of its field's class; no
/// word counts as special category (ruling 8).
pub fn field_class_is_shown(class: Option<&str>) -> bool {
    matches!(class, Some("none" | "preference" | "behaviour"))
}

/// `a***@example.com`.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    Some(format!("{}***@{domain}", local.chars().next()?))
}

fn initial(text: &str) -> Option<String> {
    text.trim_start().chars().next().map(String::from)
}

/// `203.0.113.0/24` or `2001:db8:1::/48`.
fn network(text: &str) -> Option<String> {
    match text.trim().parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Some(format!("{}/24", Ipv4Addr::new(a, b, c, 0)))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mask_leaves_what_it_says() {
        let cases = [
            (Mask::Clear, "ana@example.test", Some("ana@example.test")),
            (Mask::Hide, "ana@example.test", None),
            (Mask::Email, "ana@example.test", Some("a***@example.test")),
            (Mask::Email, "ü@x.test", Some("ü***@x.test")),
            (Mask::Email, "no address", None),
            (Mask::Email, "@x.test", None),
            (Mask::Initial, "Łucja", Some("Ł")),
            (Mask::Initial, "  ", None),
            (Mask::IpPrefix, "203.0.113.77", Some("203.0.113.0/24")),
            (Mask::IpPrefix, "2001:db8:1:2:3::4", Some("2001:db8:1::/48")),
            (Mask::IpPrefix, "::ffff:203.0.113.77", Some("203.0.113.0/24")),
            (Mask::IpPrefix, "fe80::1%eth0", None),
        ];
        for (mask, text, left) in cases {
            assert_eq!(masked(mask, text.into()), Cell::from(left), "{mask:?} {text}");
        }
    }

    #[test]
    fn what_a_mask_does_not_fit_is_hidden() {
        for mask in [
            Mask::Hide,
            Mask::Email,
            Mask::Initial,
            Mask::IpPrefix,
            Mask::SmallCell,
        ] {
            assert_eq!(masked(mask, Cell::Int(7)), Cell::Null);
            assert_eq!(masked(mask, Cell::Null), Cell::Null);
        }
    }

    #[test]
    fn a_count_of_few_people_is_hidden_and_any_other_is_rounded_down() {
        let cases = [
            (0, 0, None),
            (4, 4, None),
            (40, 4, None),
            (5, 5, Some(5)),
            (9, 5, Some(5)),
            (10, 9, Some(10)),
            (1_234, 700, Some(1_230)),
        ];
        for (count, people, left) in cases {
            let left = left.map_or(Cell::Null, Cell::Int);
            assert_eq!(small_cell(&Cell::Int(count), &Cell::Int(people), 5), left);
        }
        assert_eq!(small_cell(&Cell::Int(9), &Cell::Null, 5), Cell::Null);
        assert_eq!(small_cell(&Cell::Null, &Cell::Int(9), 5), Cell::Null);
    }

    #[test]
    fn a_custom_value_of_an_undecided_class_is_not_shown() {
        assert!(field_class_is_shown(Some("none")));
        assert!(!field_class_is_shown(Some("contact")));
        assert!(!field_class_is_shown(Some("special")));
        assert!(!field_class_is_shown(None));
    }
}
