//! What a hire lacks, and what does not fit together in it, whatever its parts come from: the
//! source, its updates, operators.
//!
//! Each message is checked by itself when it is read. This looks at the whole, which has to make
//! sense as well before it is sent to Lucca.

use super::{
    collaborator::Draft,
    field::{Field, Kind},
    finding::{Question, Sent, Warning, WarningKind},
};

/// What has to be asked of a hire before its tenant and Lucca are looked at.
pub fn questions(draft: &Draft, remarks: &[Warning]) -> Vec<Question> {
    let missing = draft.complete().err();
    let incomplete = missing.map(|fields| Question::incomplete(fields, remarks));
    let unclear = remarks.iter().find_map(|it| match &it.kind {
        WarningKind::SendToLuccaUnreadable { sent } => {
            let sent = sent.clone();
            Some(Question::SendToLuccaUnclear { sent })
        }
        _ => None,
    });
    unclear
        .into_iter()
        .chain(incomplete)
        .chain(contradictions(draft))
        .collect()
}

/// What does not fit together in a hire, or cannot be sent. No operator can confirm it: a value
/// has to change.
pub fn contradictions(draft: &Draft) -> Vec<Question> {
    let mut all = Vec::new();
    if let Some(start) = draft.contract_start_date {
        if let Some(end) = draft.contract_end_date.filter(|end| *end < start) {
            all.push(Question::EndBeforeStart { start, end });
        }
        if draft.birth_date.is_some_and(|birth| birth >= start) {
            all.push(Question::BirthAfterStart { start });
        }
    }
    let codes = repeated_codes(draft);
    if !codes.is_empty() {
        all.push(Question::CodesAlike { codes });
    }
    all.extend(Field::OF_HIRE.iter().filter_map(|it| unusable(draft, *it)));
    all
}

/// Codes of custom data that Lucca takes for one, because it matches names of members in any case.
fn repeated_codes(draft: &Draft) -> Vec<String> {
    let codes: Vec<&String> = draft.extended_data.keys().collect();
    let is_repeated = |code: &&&String| {
        let same = codes.iter().filter(|it| it.eq_ignore_ascii_case(code));
        same.count() > 1
    };
    codes.iter().filter(is_repeated).copied().cloned().collect()
}

/// A value that would not be taken today: earlier versions stored texts and dates that are refused
/// by now.
fn unusable(draft: &Draft, field: Field) -> Option<Question> {
    if !matches!(field.kind(), Kind::Text | Kind::Date) {
        return None;
    }
    let value = draft.get(field)?;
    let shown = value.as_text().filter(|_| field != Field::BirthDate);
    Draft::default().set(field, value).err()?;
    Some(Question::NotUsable {
        field,
        value: shown.as_deref().map(Sent::new),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        dates::CivilDate, finding::ProblemCode, onboarding::fixtures, text::JobTitle,
    };

    fn date(text: &str) -> Option<CivilDate> {
        CivilDate::parse_iso(text).ok()
    }

    #[test]
    fn the_whole_has_to_make_sense() {
        use ProblemCode::{DateUnlikely, Incomplete, UnknownExtendedData};
        type Change = fn(&mut Draft);
        let table: [(Change, Option<ProblemCode>, &[Field]); 11] = [
            (|_| {}, None, &[]),
            (|it| it.contract_end_date = date("2027-03-01"), None, &[]),
            (
                |it| it.contract_end_date = date("2027-02-28"),
                Some(DateUnlikely),
                &[Field::ContractEndDate, Field::ContractStartDate],
            ),
            (|it| it.birth_date = date("1990-01-01"), None, &[]),
            (
                |it| it.birth_date = date("2027-03-01"),
                Some(DateUnlikely),
                &[Field::BirthDate],
            ),
            (
                |it| it.birth_date = date("2090-01-01"),
                Some(DateUnlikely),
                &[Field::BirthDate],
            ),
            (
                |it| it.contract_start_date = date("0227-03-01"),
                Some(Incomplete),
                &[Field::ContractStartDate],
            ),
            (
                |it| it.contract_end_date = date("9999-12-31"),
                Some(Incomplete),
                &[Field::ContractEndDate],
            ),
            (
                |it| it.personal_email = serde_json::from_value(json!("a(b@c.example")).ok(),
                Some(Incomplete),
                &[Field::PersonalEmail],
            ),
            (
                |it| it.job_title = serde_json::from_value::<JobTitle>(json!("{{title}}")).ok(),
                Some(Incomplete),
                &[Field::JobTitle],
            ),
            (
                |it| {
                    it.extended_data = [("e_a".into(), json!(1)), ("e_A".into(), json!(2))].into();
                },
                Some(UnknownExtendedData),
                &[Field::ExtendedData],
            ),
        ];
        for (number, (change, code, fields)) in table.into_iter().enumerate() {
            let mut draft = fixtures::draft();
            change(&mut draft);
            let found = questions(&draft, &[]);
            let codes: Vec<ProblemCode> = found.iter().map(Question::code).collect();
            assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "row {number}");
            let about: Vec<Field> = found.iter().flat_map(Question::fields).collect();
            assert_eq!(about, fields, "row {number}");
        }
    }

    #[test]
    fn everything_is_asked_at_once_and_no_date_of_birth_is_told() {
        let mut draft = fixtures::draft();
        draft.given_name = None;
        draft.contract_end_date = date("2027-02-28");
        draft.birth_date = date("0990-01-01");
        let found = questions(&draft, &[]);
        assert_eq!(found.len(), 3, "{found:?}");
        let stored = serde_json::to_string(&found).unwrap();
        assert!(!stored.contains("0990"), "{stored}");
    }
}
