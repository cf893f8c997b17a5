//! What is to be true in the end: a fold over what arrived. It shares no code with the program.

use super::story::{Place, Statement, Word};

/// What counts in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody was ever confirmed.
    Nobody,
    /// An employee with this place.
    Wanted(Place),
    /// Nobody: the hire was taken back.
    Unwanted,
    /// Nobody, and nothing personal is kept.
    Forgotten,
}

/// What arrived as something of its own: no delivery counts twice, and a dated statement that
/// says the same at the same time is a repetition.
fn own(arrived: &[Statement]) -> Vec<Statement> {
    let mut own: Vec<Statement> = Vec::new();
    for it in arrived {
        let is_known = |known: &Statement| {
            known.delivery == it.delivery
                || it.minute.is_some() && (known.word, known.minute) == (it.word, it.minute)
        };
        if !own.iter().any(is_known) {
            own.push(*it);
        }
    }
    own
}

/// What counts after these arrivals: the statements in the order in which they were said; those
/// of one time, and undated ones, in the order of arrival.
pub fn end(arrived: &[Statement]) -> End {
    let mut said = own(arrived);
    said.sort_by_key(|it| it.minute);
    said.iter()
        .fold(End::Nobody, |end, it| match (it.word, end) {
            (Word::Confirm(place), _) => End::Wanted(place),
            (Word::Department(department), End::Wanted(place)) => End::Wanted(Place {
                department,
                ..place
            }),
            (Word::Day(day), End::Wanted(place)) => End::Wanted(Place { day, ..place }),
            (Word::Anonymise, _) => End::Forgotten,
            (Word::No | Word::Cancel, End::Nobody | End::Wanted(_)) => End::Unwanted,
            (_, end) => end,
        })
}

/// How many of these arrivals are ignored: a hire was known, and something later about it.
pub fn ignored(arrived: &[Statement]) -> usize {
    let own = own(arrived);
    let is_ignored = |nth: &usize| {
        let before = &own[..*nth];
        let is_known = before.iter().any(|it| matches!(it.word, Word::Confirm(_)));
        is_known && before.iter().any(|it| it.minute > own[*nth].minute)
    };
    (0..own.len()).filter(is_ignored).count()
}

#[test]
fn the_model_orders_by_what_was_said_when() {
    let place = Place {
        department: "Produit",
        day: "2027-01-04",
    };
    let other = Place {
        department: "Technique",
        ..place
    };
    use Word::{Anonymise, Cancel, Confirm, Department, No};
    for (said, expected) in [
        (&[(Confirm(place), Some(1))][..], End::Wanted(place)),
        (
            &[
                (Department("Technique"), Some(2)),
                (Confirm(place), Some(1)),
            ],
            End::Wanted(other),
        ),
        (
            &[(Cancel, Some(2)), (Confirm(place), Some(1))],
            End::Unwanted,
        ),
        (
            &[(Cancel, Some(1)), (Confirm(place), Some(1))],
            End::Wanted(place),
        ),
        (
            &[
                (Confirm(place), Some(1)),
                (Cancel, Some(1)),
                (Confirm(place), Some(1)),
            ],
            End::Unwanted,
        ),
        (
            &[(Confirm(place), None), (No, None), (Confirm(place), None)],
            End::Wanted(place),
        ),
        (
            &[(Anonymise, Some(2)), (Confirm(place), Some(1))],
            End::Forgotten,
        ),
        (&[(Anonymise, Some(1)), (Cancel, Some(2))], End::Forgotten),
        (
            &[(Anonymise, Some(1)), (Confirm(place), Some(2))],
            End::Wanted(place),
        ),
        (&[(Department("Technique"), Some(1))], End::Nobody),
    ] {
        let arrived: Vec<Statement> = (0..)
            .zip(said)
            .map(|(delivery, (word, minute))| Statement {
                word: *word,
                names: super::story::Names::Both,
                minute: *minute,
                delivery,
            })
            .collect();
        assert_eq!(end(&arrived), expected, "{said:?}");
    }
}
