//! How urgent it is that an employee comes to exist: worst for everybody is a person who
//! starts soon and does not exist.
//!
//! As urgent is one who exists and is not to come: with the start come accounts, a payslip
//! and a declaration.

use super::dates::CivilDate;

/// From how many days before the start on a hire is urgent.
const SOON_DAYS: i32 = 7;

/// The start date against whether somebody has to see to it
/// ([`is_waited_for`](super::onboarding::Onboarding::is_waited_for)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Urgency {
    /// Nobody has to see to it.
    None,
    /// The person starts in more than a week.
    Normal,
    /// The person starts within a week and does not exist; or exists and is not to come.
    Soon,
    /// The start date is not known, so it may be near.
    Undated,
    /// The person has started, or starts today, and does not exist; or exists and was not to
    /// come.
    Late,
}

impl Urgency {
    /// All that something to be seen to can have, the least urgent first.
    pub const STANDING: [Self; 4] = [Self::Normal, Self::Soon, Self::Undated, Self::Late];

    /// Of something that somebody has to see to or not, and that starts on this day, seen
    /// today.
    pub fn of(waited_for: bool, start: Option<CivilDate>, today: CivilDate) -> Self {
        if !waited_for {
            return Self::None;
        }
        match start.map(|start| days_until(start, today)) {
            None => Self::Undated,
            Some(days) if days <= 0 => Self::Late,
            Some(days) if days <= SOON_DAYS => Self::Soon,
            Some(_) => Self::Normal,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// How many days are left until a day; negative when it has passed.
pub fn days_until(day: CivilDate, today: CivilDate) -> i32 {
    today
        .get()
        .until((jiff::Unit::Day, day.get()))
        .map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    #[test]
    fn whoever_starts_within_a_week_or_has_started_and_does_not_exist_is_urgent() {
        use Urgency::{Late, Normal, Soon, Undated};
        let today = "2028-02-28";
        let table = [
            (Some("2027-12-01"), Late),
            (Some("2028-02-27"), Late),
            (Some(today), Late),
            (Some("2028-02-29"), Soon),
            (Some("2028-03-06"), Soon),
            (Some("2028-03-07"), Normal),
            (Some("2029-03-01"), Normal),
            (None, Undated),
        ];
        for (start, expected) in table {
            let of = |waited_for| Urgency::of(waited_for, start.map(date), date(today));
            assert_eq!(of(true), expected, "{start:?}");
            assert_eq!(of(false), Urgency::None, "{start:?}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_days_and_years() {
        for (day, today, days) in [
            ("2028-03-01", "2028-02-28", 2),
            ("2027-03-01", "2027-02-28", 1),
            ("2027-01-04", "2027-01-04", 0),
            ("2026-12-31", "2027-01-01", -1),
            ("2028-01-01", "2027-01-01", 365),
        ] {
            assert_eq!(days_until(date(day), date(today)), days, "{day} {today}");
        }
    }
}
