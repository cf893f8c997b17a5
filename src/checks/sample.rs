//! Trying a hire: everything is resolved, nothing is created.

use super::{
    Check, Report, Status,
    access::unknown,
    extended,
    reading::Reading,
    text::{Text, french as field_in_french, plain, text},
};
use crate::{
    domain::{
        collaborator::{Collaborator, Draft},
        dates::CivilDate,
        extension,
        field::Field,
        finding::{Candidate, Presence, Profile},
        language::Language,
        onboarding::Findings,
        resolve::{Decided, Resolved, resolve},
        tenant::Tenant,
    },
    lucca::creation_body,
};

const ID: &str = "sample";

/// Adds what would become of the sample.
pub(super) fn check(sample: &Draft, tenant: &Tenant, reading: &Reading, report: &mut Report) {
    match sample.complete() {
        Ok(collaborator) => try_out(&collaborator, tenant, reading, report),
        Err(missing) => report.add([incomplete(&missing)]),
    }
}

fn incomplete(missing: &[Field]) -> Check {
    let en: Vec<String> = missing.iter().map(|field| field.words()).collect();
    let fr: Vec<&str> = missing
        .iter()
        .map(|field| field_in_french(*field))
        .collect();
    Check::fail(
        ID,
        text(
            format!("The sample lacks: {}.", plain(&en).en),
            format!("Il manque à l’exemple : {}.", plain(&fr).fr),
        ),
        text("Complete the sample.", "Complétez l’exemple."),
    )
}

fn try_out(sample: &Collaborator, tenant: &Tenant, reading: &Reading, report: &mut Report) {
    let data = extended::of_sample(&sample.rest.extended_data, reading);
    let refused = data.as_ref().is_some_and(|it| it.status == Status::Fail);
    report.add(data);
    if refused {
        report.add([Check::fail(
            ID,
            text(
                "Lucca would refuse the sample because of its custom data.",
                "Lucca refuserait l’exemple à cause de ses données personnalisées.",
            ),
            text(
                "Correct the custom data of the sample, as told above.",
                "Corrigez les données personnalisées de l’exemple, comme indiqué ci-dessus.",
            ),
        )]);
        return;
    }
    let Some(directory) = &reading.directory else {
        if let Some(gap) = reading.gap() {
            report.add([unknown(ID, Some(gap))]);
            return;
        }
        report.add([Check::unverified(
            ID,
            text(
                "The sample could not be tried, because Lucca could not be read.",
                "L’exemple n’a pas pu être essayé, car Lucca n’a pas pu être lu.",
            ),
            text(
                "Put right the checks above, then check again.",
                "Corrigez les points ci-dessus, puis relancez la vérification.",
            ),
        )]);
        return;
    };
    let mut resolved = resolve(sample, &[], tenant, &**directory, Decided::nothing());
    if let Some(definitions) = reading.definitions.known() {
        resolved = extension::checked(resolved, Some(definitions));
    }
    match resolved {
        Resolved::Ready(person, findings) => {
            report.add([Check::pass(
                ID,
                text(
                    "The sample would be created as the preview shows.",
                    "L’exemple serait créé comme le montre l’aperçu.",
                ),
            )]);
            report.add(warnings(&findings));
            report.preview = Some(creation_body(&person));
        }
        Resolved::Exists(user, findings) => {
            let id = user.id;
            report.add([Check::warn(
                ID,
                text(
                    format!(
                        "The person of the sample is in Lucca already (id {id}): nobody would be created."
                    ),
                    format!(
                        "La personne de l’exemple est déjà dans Lucca (identifiant {id}) : personne ne serait créé."
                    ),
                ),
                text(
                    "Nothing, if that is the person meant.",
                    "Rien, s’il s’agit bien de cette personne.",
                ),
            )]);
            report.add(warnings(&findings));
        }
        Resolved::Asks(problem, findings) => {
            let [(en, en_fix), (fr, fr_fix)] =
                [Language::English, Language::French].map(|it| crate::text::problem(it, &problem));
            let (message, fix) = (text(en, fr), text(en_fix, fr_fix));
            report.add([Check::fail(
                ID,
                message,
                fix.then(&candidates(&problem.candidates)),
            )]);
            report.add(warnings(&findings));
        }
    }
}

/// Every warning, each with what may have been meant.
fn warnings(findings: &Findings) -> Vec<Check> {
    let warnings = findings.warnings.iter();
    warnings
        .map(|warning| {
            Check::warn(
                &format!("{ID}_{}", warning.code().to_lowercase()),
                text(
                    crate::text::warning(Language::English, warning),
                    crate::text::warning(Language::French, warning),
                ),
                candidates(&warning.candidates),
            )
        })
        .collect()
}

/// Whom or what may have been meant.
fn candidates(candidates: &[Candidate]) -> Text {
    if candidates.is_empty() {
        return Text::default();
    }
    let named = |words: &Words| -> Vec<String> {
        let named = candidates.iter();
        named
            .map(|it| {
                let told = told(it.profile.as_ref(), words);
                format!("{} ({} {}{told})", it.label, words.id, it.id)
            })
            .collect()
    };
    text(
        format!("Perhaps meant: {}.", plain(&named(&ENGLISH)).en),
        format!("Peut-être : {}.", plain(&named(&FRENCH)).fr),
    )
}

/// The words by which people of one name are told apart.
struct Words {
    id: &'static str,
    number: &'static str,
    since: &'static str,
    from: &'static str,
    until: &'static str,
}

const ENGLISH: Words = Words {
    id: "id",
    number: "employee number",
    since: "since",
    from: "from",
    until: "until",
};

const FRENCH: Words = Words {
    id: "identifiant",
    number: "matricule",
    since: "depuis le",
    from: "à partir du",
    until: "jusqu’au",
};

/// What tells a person from others of the same name.
fn told(profile: Option<&Profile>, words: &Words) -> String {
    let Some(profile) = profile else {
        return String::new();
    };
    let dated = |word: &str, date: Option<CivilDate>| date.map(|date| format!("{word} {date}"));
    let time = match profile.presence {
        Some(Presence::Former) => dated(words.until, profile.end),
        Some(Presence::Future) => dated(words.from, profile.start),
        _ => dated(words.since, profile.start),
    };
    let number = profile.employee_number.as_ref();
    let number = number.map(|number| format!("{} {number}", words.number));
    let parts = [
        profile.department.clone(),
        profile.establishment.clone(),
        number,
        time,
    ];
    let parts = parts.into_iter().flatten();
    parts.map(|part| format!(", {part}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::fixtures, *};
    use crate::domain::{
        collaborator::Reference, lucca_id::LuccaId, onboarding::fixtures as onboarding,
    };

    fn tried(sample: &Draft, tenant: &Tenant) -> Report {
        let mut report = Report::default();
        check(sample, tenant, &fixtures::reading(), &mut report);
        report
    }

    fn placed() -> Tenant {
        let mut tenant = fixtures::tenant();
        tenant.defaults.establishment = LuccaId::try_from(1).ok();
        tenant.defaults.department = LuccaId::try_from(11).ok();
        tenant.defaults.role = LuccaId::try_from(51).ok();
        tenant
    }

    #[test]
    fn the_preview_is_the_body_that_would_be_sent() {
        let sample = Draft {
            department: Some(Reference::Name("produit".into())),
            ..onboarding::draft()
        };
        let report = tried(&sample, &placed());
        assert!(report.ready());
        let preview = report.preview.unwrap();
        assert_eq!(preview["lastName"], onboarding::FAMILY_NAME);
        assert_eq!(preview["departmentId"], 11);
        assert_eq!(preview["rolePrincipalId"], 51);
    }

    #[test]
    fn a_name_that_matches_nothing_is_a_warning_with_what_is_near() {
        let sample = Draft {
            department: Some(Reference::Name("Produits".into())),
            ..onboarding::draft()
        };
        let report = tried(&sample, &placed());
        let warning = &report.checks[1];
        assert_eq!(
            (warning.id.as_str(), warning.status),
            ("sample_not_matched", Status::Warn)
        );
        assert!(warning.fix.en.contains("Produit (id 11)"));
        assert!(warning.fix.fr.contains("Produit (identifiant 11)"));
        assert!(warning.message.fr.contains("Le département de l’embauche"));
        assert!(report.ready() && report.preview.is_some());
    }

    #[test]
    fn a_question_fails_and_shows_no_body() {
        let mut tenant = placed();
        tenant.defaults.role = None;
        let report = tried(&onboarding::draft(), &tenant);
        assert_eq!(report.checks[0].status, Status::Fail);
        assert!(!report.ready() && report.preview.is_none());
    }

    #[test]
    fn everything_that_is_missing_is_named() {
        let report = tried(&Draft::default(), &placed());
        let message = &report.checks[0].message.en;
        for word in [
            "family name",
            "given name",
            "personal e-mail",
            "contract start date",
        ] {
            assert!(message.contains(word), "{message}");
        }
        assert!(!report.ready());
    }

    #[test]
    fn custom_data_that_lucca_would_refuse_end_the_trial() {
        for (code, ready) in [("e_badge", true), ("e_none", false)] {
            let sample = Draft {
                extended_data: [(code.to_owned(), serde_json::json!("B-7"))].into(),
                ..onboarding::draft()
            };
            let report = tried(&sample, &placed());
            assert_eq!(report.ready(), ready, "{code}");
            assert_eq!(report.preview.is_some(), ready, "{code}");
        }
    }

    #[test]
    fn without_lucca_nothing_is_claimed() {
        let mut report = Report::default();
        check(
            &onboarding::draft(),
            &placed(),
            &Reading::default(),
            &mut report,
        );
        assert_eq!(report.checks[0].status, Status::Unverified);
        assert_eq!(report.preview, None);
    }
}
