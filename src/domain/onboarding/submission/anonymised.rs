//! What an anonymisation by the source means, whenever it comes.
//!
//! The source forgets the person, and so does this service: all of the person's hires are erased. The
//! ids are remembered as keyed hashes with the time of the anonymisation. What the source said before,
//! or without a time, is then ignored, however late it comes. What it says later, or what arrives later
//! with the same time, is a new hire: the person has applied again.

use jiff::Timestamp;

use super::{Ignored, Verdict, is_older};
use crate::domain::onboarding::{Onboarding, decision::Decision};

/// Whether a statement of time `said` is ignored after an anonymisation of time `anonymised`.
pub fn is_anonymised(said: Option<Timestamp>, anonymised: Option<Timestamp>) -> bool {
    anonymised.is_some_and(|anonymised| said.is_none_or(|said| said < anonymised))
}

/// What becomes of a hire when its person is anonymised. One that was confirmed since stays.
pub fn anonymise(hire: &mut Onboarding, event_time: Option<Timestamp>, now: Timestamp) -> Verdict {
    if is_older(event_time, hire.confirmed) {
        return Verdict::Ignored(Ignored::Older);
    }
    match hire.decide(Decision::Erase, now) {
        Ok(true) => Verdict::Changed,
        _ => Verdict::Unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::onboarding::{
        State,
        fixtures::{at, hire, standing},
    };

    #[test]
    fn what_was_said_before_an_anonymisation_or_without_a_time_is_ignored() {
        let table = [
            (Some(9), Some(10), true),
            (Some(10), Some(10), false),
            (None, Some(10), true),
            (Some(11), Some(10), false),
            (Some(9), None, false),
            (None, None, false),
        ];
        for (said, anonymised, ignored) in table {
            let (said, anonymised) = (said.map(at), anonymised.map(at));
            assert_eq!(is_anonymised(said, anonymised), ignored, "{said:?}");
        }
    }

    #[test]
    fn an_anonymisation_erases_what_was_confirmed_before_it_or_without_a_time() {
        let table = [
            (Some(9), Some(10), true),
            (Some(10), Some(10), true),
            (None, Some(10), true),
            (Some(9), None, true),
            (Some(11), Some(10), false),
        ];
        for (confirmed, anonymised, erases) in table {
            for state in [State::Accepted, State::Created, State::Cancelled] {
                let mut first = hire("a-1");
                first.event_time = confirmed.map(at);
                let mut onboarding = standing(&first, state);
                anonymise(&mut onboarding, anonymised.map(at), at(50));
                assert_eq!(onboarding.erased, erases, "{confirmed:?} {anonymised:?}");
            }
        }
    }
}
