//! Lengths of time as people write them: `8 years, end of year`, `24 months`, `30 days`.

use crate::catalog::resource::Duration;

/// A century: anything longer is a slip of the pen, and calendar arithmetic stays far from its limits.
const MOST_MONTHS: u32 = 1_200;
const MOST_DAYS: u32 = 36_500;

/// What a clock may be, for messages.
pub(super) const FORMS: &str = "`30 days`, `24 months`, `8 years` or `8 years, end of year`";

/// The length that the words say, or `None` where they are no clock (a "reasonable period").
pub(super) fn duration(words: &str) -> Option<Duration> {
    let (length, from_end_of_year) = match words.split_once(',') {
        Some((length, "end of year" | " end of year")) => (length, true),
        Some(_) => return None,
        None => (words, false),
    };
    let (number, unit) = length.trim().split_once(' ')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let (months, days) = match unit {
        "year" | "years" => (number.checked_mul(12)?, 0),
        "month" | "months" => (number, 0),
        "day" | "days" => (0, number),
        _ => return None,
    };
    (months <= MOST_MONTHS && days <= MOST_DAYS).then_some(Duration {
        months,
        days,
        from_end_of_year,
    })
}

/// The length in the words that `duration` understands.
pub(in crate::catalog) fn words(duration: Duration) -> String {
    let length = match (duration.months, duration.days) {
        (0, days) => format!("{days} days"),
        (months, _) if months % 12 == 0 => format!("{} years", months / 12),
        (months, _) => format!("{months} months"),
    };
    if duration.from_end_of_year {
        format!("{length}, end of year")
    } else {
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_a_number_a_unit_and_perhaps_the_end_of_the_year() {
        let cases = [
            ("30 days", 0, 30, false),
            ("1 month", 1, 0, false),
            ("24 months", 24, 0, false),
            ("8 years", 96, 0, false),
            ("8 years, end of year", 96, 0, true),
            ("100 years", 1_200, 0, false),
        ];
        for (text, months, days, from_end_of_year) in cases {
            assert_eq!(
                duration(text),
                Some(Duration {
                    months,
                    days,
                    from_end_of_year
                }),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_clock_is_refused() {
        for text in [
            "",
            "reasonable period",
            "0 days",
            "-1 days",
            "+1 days",
            "8",
            "years",
            "8years",
            "8 fortnights",
            "8 years, sometime",
            "101 years",
            "99999999999 days",
            "4294967295 years",
            "1.5 years",
            "8 years, end of year, more",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_back(number in 1_u32..=100, unit in 0..3, end in proptest::bool::ANY) {
            let (months, days) = [(number * 12, 0), (number, 0), (0, number)][unit as usize];
            let clock = Duration { months, days, from_end_of_year: end };
            proptest::prop_assert_eq!(duration(&words(clock)), Some(clock));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = duration(&text);
        }
    }
}
