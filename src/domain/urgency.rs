//! How urgent it is that an employee comes to exist: worst for everybody is a person who
//! starts soon and does not exist.

use super::{dates::CivilDate, onboarding::State};

/// From how many days before the start on a hire is urgent.
const SOON_DAYS: i32 = 7;

/// The start date against the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// It has ended: nobody waits for it.
    None,
    /// The person starts in more than a week.
    Normal,
    /// The person starts within a week and does not exist.
    Soon,
    /// The start date is not known, so it may be near.
    Undated,
    /// The person has started, or starts today, and does not exist.
    Late,
}

impl Urgency {
    /// All that something not ended can have, the least urgent first.
    pub const STANDING: [Self; 4] = [Self::Normal, Self::Soon, Self::Undated, Self::Late];

    /// Of something in this state that starts on this day, seen today.
    pub fn of(state: State, start: Option<CivilDate>, today: CivilDate) -> Self {
        if state.is_terminal() {
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
        match self {
            Self::None => "NONE",
            Self::Normal => "NORMAL",
            Self::Soon => "SOON",
            Self::Undated => "UNDATED",
            Self::Late => "LATE",
        }
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
            let of = |state| Urgency::of(state, start.map(date), date(today));
            for state in [
                State::Accepted,
                State::Creating,
                State::Verifying,
                State::NeedsAttention,
            ] {
                assert_eq!(of(state), expected, "{start:?} {state:?}");
            }
            for state in [State::Created, State::Cancelled] {
                assert_eq!(of(state), Urgency::None, "{start:?} {state:?}");
            }
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
