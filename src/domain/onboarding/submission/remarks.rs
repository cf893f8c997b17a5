//! What the intake remarks about a statement that says nothing else new.

use jiff::Timestamp;

use super::Hire;
use crate::domain::{
    finding::Warning,
    onboarding::{Onboarding, State},
};

impl Onboarding {
    /// Notes what of a hire that is known already was left out, so that it is seen; tells whether
    /// that is something new. An older statement is not noted.
    pub(super) fn note_remarks(&mut self, hire: &Hire, now: Timestamp) -> bool {
        let known = self.pending.as_mut().unwrap_or(&mut self.content);
        let is_latest = hire
            .event_time
            .is_none_or(|it| known.event_time == Some(it));
        if !is_latest || self.erased || self.erase_requested {
            return false;
        }
        let left_out = |list: &[Warning]| -> Vec<Warning> {
            let left_out = list.iter().filter(|it| it.kind.is_left_out());
            left_out.cloned().collect()
        };
        let said = left_out(&hire.remarks);
        if said == left_out(&known.remarks) {
            return false;
        }
        for list in [&mut known.remarks, &mut self.findings.warnings] {
            list.retain(|it| !it.kind.is_left_out());
            list.extend(said.iter().cloned());
        }
        self.update_time = now;
        let is_waiting = matches!(self.state(), State::Accepted | State::NeedsAttention);
        if is_waiting && !self.has_open_attempt() {
            self.reconsider(now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        field::Field,
        finding::{Sent, Unreadable, WarningKind},
        onboarding::{
            fixtures::{at, hire, id, standing},
            submission::{Verdict, submit},
        },
    };

    fn unreadable(field: Field, sent: &str) -> Warning {
        let sent = vec![Sent::new(sent)];
        let why = Unreadable::Form;
        WarningKind::FieldUnreadable { field, why, sent }.into()
    }

    /// An update that says nothing but what could not be read.
    fn update(remarks: &[Warning]) -> Hire {
        Hire {
            anew: Some([].into()),
            remarks: remarks.to_vec(),
            ..hire("a-1")
        }
    }

    #[test]
    fn what_could_not_be_read_is_a_warning_in_every_state() {
        let (first, other) = (
            unreadable(Field::Department, "[]"),
            unreadable(Field::Department, "{}"),
        );
        for state in [State::Accepted, State::Verifying, State::Created] {
            let mut onboarding = standing(&hire("a-1"), state);
            let mut say = |remarks: &[Warning]| {
                let update = update(remarks);
                let verdict = submit(Some(&mut onboarding), None, &update, id(2), at(60));
                (verdict, onboarding.findings.warnings.clone())
            };
            let (verdict, shown) = say(std::slice::from_ref(&first));
            assert_eq!(verdict, Verdict::Changed, "{state:?}");
            assert!(shown.contains(&first), "{state:?}");
            let (verdict, _) = say(std::slice::from_ref(&first));
            assert_eq!(verdict, Verdict::Unchanged, "{state:?}");
            let (_, shown) = say(std::slice::from_ref(&other));
            assert!(
                shown.contains(&other) && !shown.contains(&first),
                "{state:?}"
            );
        }
    }

    #[test]
    fn nothing_is_noted_of_a_person_who_is_to_be_erased() {
        let mut onboarding = standing(&hire("a-1"), State::Created);
        onboarding.erase_requested = true;
        let update = update(&[unreadable(Field::Department, "[]")]);
        assert!(!onboarding.note_remarks(&update, at(60)));
        assert!(onboarding.findings.warnings.is_empty());
    }
}
