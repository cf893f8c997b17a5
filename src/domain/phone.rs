//! Comparing phone numbers, which people write in many ways.

/// The longest calling code of a country, in digits.
const CALLING_CODE: usize = 3;

/// The fewest digits by which a number with a country's code is compared with one without.
const LOCAL: usize = 6;

/// Whether two texts are one phone number: `+33 6 12…`, `0033612…`, `+33 (0)6.12…` and `06 12…`.
pub(super) fn same_phone(one: &str, other: &str) -> bool {
    match (Number::of(one), Number::of(other)) {
        (Number::International(one), Number::International(other))
        | (Number::National(one), Number::National(other)) => one == other,
        (Number::International(whole), Number::National(local))
        | (Number::National(local), Number::International(whole)) => {
            // In some countries the leading zero is part of the number.
            let bare = local.strip_prefix('0').unwrap_or(&local);
            [bare, &local].iter().any(|local| {
                let code = whole.strip_suffix(local);
                local.len() >= LOCAL
                    && code.is_some_and(|code| (1..=CALLING_CODE).contains(&code.len()))
            })
        }
    }
}

/// The digits of a number.
enum Number {
    International(String),
    National(String),
}

impl Number {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let has_plus = text.starts_with(['+', '＋']);
        let text = if has_plus {
            text.replacen("(0)", "", 1)
        } else {
            text.to_owned()
        };
        let digits = text.chars().filter_map(|it| it.to_digit(10));
        let digits: String = digits.filter_map(|it| char::from_digit(it, 10)).collect();
        match digits.strip_prefix("00") {
            Some(rest) if !has_plus => Self::International(rest.to_owned()),
            _ if has_plus => Self::International(digits),
            _ => Self::National(digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_in_many_forms_is_one_number() {
        for (one, other) in [
            ("06 12 34 56 78", "0612345678"),
            ("06 12 34 56 78", "+33612345678"),
            ("06.12.34.56.78", "+33 6 12 34 56 78"),
            ("06-12-34-56-78", "0033 612345678"),
            ("+33 (0)6 12 34 56 78", "06 12 34 56 78"),
            ("+33612345678", "0033612345678"),
            ("612 345 678", "+34 612 345 678"),
            ("06 1234 5678", "+39 06 1234 5678"),
            ("0262 12 34 56", "+262 262 12 34 56"),
        ] {
            assert!(same_phone(one, other), "{one} / {other}");
            assert!(same_phone(other, one), "{other} / {one}");
        }
    }

    #[test]
    fn other_numbers_stay_others() {
        for (one, other) in [
            ("06 12 34 56 78", "06 12 34 56 79"),
            ("01 40 00 00 00", "06 12 34 56 78"),
            ("+33612345678", "+32612345678"),
            ("12", "+3312"),
            ("", "+33612345678"),
            ("0612345678", "+123456612345678"),
        ] {
            assert!(!same_phone(one, other), "{one} / {other}");
        }
    }
}
