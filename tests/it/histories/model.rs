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

/// What counts after these arrivals, and how many of them are ignored.
///
/// A delivery counts once, and so does what is said again with the same time. What comes after
/// something that was said later is ignored; but a hire is taken back, and a person forgotten,
/// if that was said after the last confirmation.
pub fn end(arrived: &[Statement]) -> (End, usize) {
    let (mut known, mut ignored) = (Vec::<Statement>::new(), 0);
    for (nth, it) in arrived.iter().enumerate() {
        let is_same = |heard: &Statement| {
            heard.delivery == it.delivery
                || it.minute.is_some() && (heard.word, heard.minute) == (it.word, it.minute)
        };
        if arrived[..nth].iter().any(is_same) {
            continue;
        }
        let before = fold(&known);
        let is_late = known.iter().any(|known| known.minute > it.minute);
        let says_content = !matches!(it.word, Word::No | Word::Cancel | Word::Anonymise);
        known.push(*it);
        let is_wanted = matches!(before, End::Wanted(_));
        if is_late && is_wanted && (says_content || fold(&known) == before) {
            known.pop();
            ignored += 1;
        }
    }
    (fold(&known), ignored)
}

/// What counts after these statements, in the order in which they were said; those of one time,
/// and undated ones, in the order of arrival.
///
/// An update that arrives before any confirmation was said after one. After an
/// anonymisation nothing counts that has no time.
fn fold(known: &[Statement]) -> End {
    let is_confirmation = |it: &Statement| matches!(it.word, Word::Confirm(_));
    let confirmed = known.iter().position(is_confirmation);
    let confirmed = confirmed.unwrap_or(known.len());
    let rank = |(nth, it): &(usize, Statement)| {
        let is_update = matches!(it.word, Word::Department(_) | Word::Day(_));
        (
            it.minute,
            it.minute.is_some() && is_update && *nth < confirmed,
        )
    };
    let mut said: Vec<(usize, Statement)> = known.iter().copied().enumerate().collect();
    said.sort_by_key(rank);
    said.iter()
        .fold(End::Nobody, |end, (_, it)| match (it.word, end) {
            (_, End::Forgotten) if it.minute.is_none() => end,
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
        (&[(Anonymise, None), (Confirm(place), None)], End::Forgotten),
        (&[(Department("Technique"), Some(1))], End::Nobody),
        (
            &[
                (Department("Technique"), Some(1)),
                (Confirm(place), Some(1)),
            ],
            End::Wanted(other),
        ),
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
        assert_eq!(end(&arrived).0, expected, "{said:?}");
    }
}
