//! What a source says once the employee exists.

use jiff::Timestamp;

use super::{Hire, Ignored, Verdict, open_next, said_at_once};
use crate::domain::{
    collaborator::Draft,
    field::Field,
    finding::{Candidate, Problem, Question, Reason},
    follow_up::FollowUp,
    ids::OnboardingId,
    lucca_id::LuccaId,
    onboarding::{LuccaUser, Onboarding, Stage, State, stage::CurrentStage},
};

pub(super) fn after_creation(
    latest: &mut Onboarding,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Verdict {
    let known_start = latest.content.draft.contract_start_date;
    let start = hire.draft.contract_start_date;
    let starts_later = known_start.is_some() && start > known_start;
    if latest.erased && !starts_later {
        // Nobody should delete the file of a person who is wanted again.
        return match latest.wanted_after_all(now) {
            true => Verdict::Changed,
            false => Verdict::Ignored(Ignored::Erased),
        };
    }
    let last = latest.said_since.as_ref().unwrap_or(&latest.content.draft);
    let is_new = !last.differences(&hire.draft).is_empty();
    if is_new {
        latest.content.at_once = said_at_once(hire, &latest.content, last);
    }
    // Any look that missed the employee counts if the hire was withdrawn, since the file was to be
    // deleted, or if something new is said. Whether the file was deleted is found out before
    // somebody is created.
    let missed = !latest.erased && latest.refreshed.is_some_and(|last| !last.found);
    if let Some(user) = latest.lucca_user()
        && (latest.is_gone() || missed && (is_new || latest.is_withdrawn()))
    {
        // A repetition is no confirmation after the deletion.
        if hire.event_time.is_some() && hire.event_time == latest.content.event_time {
            return Verdict::Unchanged;
        }
        // A withdrawal explains the deletion; without one a person has to say who is wanted.
        let earlier = Some(user).filter(|_| !latest.is_withdrawn());
        let next = open_again(latest, earlier, Some(user.id), hire, id, now);
        return Verdict::New(Box::new(next));
    }
    latest.content.event_time = hire.event_time.or(latest.content.event_time);
    let differs = latest.content.draft.differences(&hire.draft);
    if differs.is_empty() {
        let taken_back = latest.note_said(hire.draft.clone(), now);
        return if latest.wanted_after_all(now) || taken_back {
            Verdict::Changed
        } else {
            Verdict::Unchanged
        };
    }
    if starts_later {
        let next = open_again(latest, latest.lucca_user(), None, hire, id, now);
        return Verdict::New(Box::new(next));
    }
    let wanted_again = latest.wanted_after_all(now);
    // Nobody should delete the file of a withdrawn hire that is wanted again.
    if !hire.notes_differences && !wanted_again {
        return Verdict::Differs(differs);
    }
    latest.note_said(hire.draft.clone(), now);
    latest.update_time = now;
    Verdict::Changed
}

/// The next episode of a source. It is a question if an earlier hire has this employee, and
/// `replaces` if Lucca did not show the employee any more.
pub(super) fn open_again(
    latest: &Onboarding,
    earlier: Option<&LuccaUser>,
    replaces: Option<LuccaId>,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Onboarding {
    let mut next = open_next(latest, hire, id, now);
    next.earlier = earlier.cloned();
    next.replaces = replaces;
    if earlier.is_some() {
        let problem = next.rehire();
        next.stage = CurrentStage::opened(Stage::NeedsAttention { problem });
    }
    next.earlier_draft = match latest.state() {
        State::Created if latest.erased => None,
        State::Created => Some(latest.content.draft.clone()),
        _ => latest.earlier_draft.clone(),
    };
    next.settle_as_earlier(now);
    next
}

impl Onboarding {
    /// The question whether a later hire of the same source is a new contract, or wants a new
    /// employee.
    pub(in crate::domain::onboarding) fn rehire(&self) -> Problem {
        let candidates = self.earlier.iter();
        let candidates = candidates.map(|user| Candidate::new(user.id, "", Reason::EarlierHire));
        let question = match self.replaces {
            Some(_) => Question::EarlierEmployee { shown: false },
            None => Question::StartsAgain,
        };
        Problem::from(question).with(candidates.collect())
    }

    /// A hire withdrawn after its creation and confirmed again is wanted after all.
    fn wanted_after_all(&mut self, now: Timestamp) -> bool {
        let list = &mut self.findings.follow_ups;
        let before = list.len();
        list.retain(|item| !item.is_withdrawal());
        let changed = list.len() < before;
        if changed {
            self.update_time = now;
        }
        changed
    }

    /// Notes what the source says now that the employee exists; tells whether it is
    /// something new. What was carried over into Lucca is to be done again where the source
    /// has changed its mind since. What was not carried over, and is again as it was created,
    /// is no longer to be done.
    pub(in crate::domain::onboarding) fn note_said(&mut self, said: Draft, now: Timestamp) -> bool {
        let before = self.said_since.as_ref().unwrap_or(&self.content.draft);
        let moved = before.differences(&said);
        if moved.is_empty() {
            return false;
        }
        let differs = self.content.draft.differences(&said);
        let set = &self.amendment.fields;
        self.findings.follow_ups.retain_mut(|item| {
            let field = item.field().filter(|field| moved.contains(field));
            let Some(field) = field.filter(|_| item.is_change()) else {
                return true;
            };
            let carried_over = item.is_seen_done();
            item.seen = None;
            carried_over || differs.contains(&field) || set.contains(&field)
        });
        self.said_since = Some(said);
        self.note_differences(differs, now);
        self.update_time = now;
        true
    }

    /// Notes that these fields are not what was created, each once.
    pub(in crate::domain::onboarding) fn note_differences(
        &mut self,
        fields: impl IntoIterator<Item = Field>,
        now: Timestamp,
    ) {
        let start = self.wanted().contract_start_date;
        for field in fields {
            let list = &mut self.findings.follow_ups;
            let noted = |it: &FollowUp| it.is_change() && it.field() == Some(field);
            if !list.iter().any(noted) {
                list.push(FollowUp::changed(field, start, now));
            }
        }
    }
}
