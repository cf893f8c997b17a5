//! Which hire a statement means. It names an application, a person, or both.

use crate::domain::{alike::alike, collaborator::Draft, field::Field};

/// A hire of which a statement may speak: what the ids of the statement are to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The hire goes by the id of the application, or by the only id that the statement names.
    pub is_application: bool,
    /// The hire goes by the id of the person, beside which the statement names an application.
    pub is_person: bool,
    /// The first id is another id of the hire.
    pub also_application: bool,
    /// The id of the person is another id of the hire.
    pub also_person: bool,
    /// The hire has other ids than the one it goes by.
    pub has_others: bool,
    /// The hire was cancelled.
    pub is_cancelled: bool,
}

/// Which hire a statement means, by its place among those that may be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This one.
    Hire(usize),
    /// This one has the application, but another person.
    Shared {
        /// Its place.
        place: usize,
        /// The person that the statement names has other hires.
        is_known: bool,
    },
    /// One of several hires of the person: nobody knows which.
    Several,
    /// None of them.
    Unknown,
}

/// Decides which hire a statement means. `names_person`: it names an application and a person.
pub fn meant(hires: &[Named], names_person: bool) -> Meant {
    let first = |test: &dyn Fn(&Named) -> bool| hires.iter().position(test);
    if let Some(place) = first(&|it| it.is_application) {
        let is_open = hires.get(place).is_some_and(|it| !it.has_others);
        let has_person = hires.get(place).is_some_and(|it| it.also_person);
        return match first(&|it| it.is_person) {
            _ if !names_person || is_open || has_person => Meant::Hire(place),
            // The other person's hire goes by the id of that person.
            Some(other) => Meant::Hire(other),
            None => Meant::Shared {
                place,
                is_known: hires.iter().any(|it| it.also_person),
            },
        };
    }
    if names_person {
        // A hire that was known by its person alone, or already by this application.
        let is_it = |it: &Named| it.also_application || it.is_person && !it.has_others;
        return first(&is_it).map_or(Meant::Unknown, Meant::Hire);
    }
    only(hires)
}

/// The only hire of a person, or the only one that was not cancelled, or else the last one.
fn only(hires: &[Named]) -> Meant {
    let of_person = || {
        hires
            .iter()
            .enumerate()
            .filter(|(_, it)| it.also_application)
    };
    let mut live = of_person().filter(|(_, it)| !it.is_cancelled);
    match (live.next(), live.next()) {
        (Some(_), Some(_)) => Meant::Several,
        (Some((place, _)), None) => Meant::Hire(place),
        (None, _) => match of_person().next_back() {
            Some((place, _)) => Meant::Hire(place),
            None => Meant::Unknown,
        },
    }
}

/// Whether two contents are of one person, as far as they tell: the same name, and no other
/// e-mail address.
pub fn is_same_person(one: &Draft, other: &Draft) -> bool {
    let same = |field: Field| match (one.get(field), other.get(field)) {
        (Some(one), Some(other)) => Some(alike(field, &one, &other)),
        _ => None,
    };
    same(Field::FamilyName) == Some(true)
        && same(Field::GivenName) == Some(true)
        && same(Field::PersonalEmail) != Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICATION: Named = Named {
        is_application: true,
        is_person: false,
        also_application: false,
        also_person: false,
        has_others: false,
        is_cancelled: false,
    };
    const NOT_NAMED: Named = Named {
        is_application: false,
        ..APPLICATION
    };
    /// Goes by an application that the statement does not name, and is of the person that it names
    /// alone.
    const OF_PERSON: Named = Named {
        also_application: true,
        has_others: true,
        ..NOT_NAMED
    };
    /// Goes by the id of the person.
    const BY_PERSON: Named = Named {
        is_person: true,
        ..NOT_NAMED
    };

    #[test]
    fn a_hire_is_found_by_its_application_or_its_person_alike() {
        use Meant::{Hire, Several, Shared, Unknown};
        let of_person = Named {
            also_person: true,
            has_others: true,
            ..APPLICATION
        };
        let of_another = Named {
            has_others: true,
            ..APPLICATION
        };
        let cancelled = Named {
            is_cancelled: true,
            ..OF_PERSON
        };
        let its_own = Named {
            also_person: true,
            has_others: true,
            ..BY_PERSON
        };
        let known_by_both = Named {
            also_application: true,
            ..its_own
        };
        let other_application = Named {
            also_person: true,
            has_others: true,
            ..NOT_NAMED
        };
        let shared = |is_known| Shared { place: 0, is_known };
        // Hires that may be meant; a statement that names one id, and one that names two.
        let table: &[(&[Named], Meant, Meant)] = &[
            (&[], Unknown, Unknown),
            (&[APPLICATION], Hire(0), Hire(0)),
            (&[of_person], Hire(0), Hire(0)),
            (&[of_another], Hire(0), shared(false)),
            (&[of_another, other_application], Hire(0), shared(true)),
            (&[of_another, its_own], Hire(0), Hire(1)),
            (&[OF_PERSON], Hire(0), Hire(0)),
            (&[OF_PERSON, OF_PERSON], Several, Hire(0)),
            (&[cancelled, OF_PERSON], Hire(1), Hire(0)),
            (&[cancelled, cancelled], Hire(1), Hire(0)),
            (&[BY_PERSON], Unknown, Hire(0)),
            (&[its_own], Unknown, Unknown),
            (&[known_by_both], Hire(0), Hire(0)),
            (&[other_application], Unknown, Unknown),
        ];
        for (hires, one_id, two_ids) in table {
            assert_eq!(meant(hires, false), *one_id, "{hires:?}");
            assert_eq!(meant(hires, true), *two_ids, "{hires:?}");
        }
    }
}
