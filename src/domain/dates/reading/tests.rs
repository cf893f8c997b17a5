use proptest::prelude::*;

use super::*;

fn day(text: &str) -> CivilDate {
    CivilDate::parse_iso(text).unwrap()
}

fn read(input: &DateInput, zone: &str) -> Result<(String, Option<DateNote>), ValueError> {
    let context = DateContext {
        zone: &TimeZone::get(zone).unwrap(),
        today: day("2026-11-23"),
        day_first: false,
    };
    read_start_date(input, &context).map(|reading| (reading.date.to_string(), reading.note))
}

fn read_text_in(text: &str, zone: &str) -> Result<(String, Option<DateNote>), ValueError> {
    read(&DateInput::Text(text.to_owned()), zone)
}

const PARIS: &str = "Europe/Paris";
const MARTINIQUE: &str = "America/Martinique";
const REUNION: &str = "Indian/Reunion";

#[test]
fn a_date_in_any_usual_form_is_the_day_that_was_meant() {
    use DateNote::{InstantConverted, TimeDropped};
    for (text, zone, date, note) in [
        ("2027-01-04", PARIS, "2027-01-04", None),
        (" 2027-01-04 ", PARIS, "2027-01-04", None),
        ("2028-02-29", PARIS, "2028-02-29", None),
        // Without an offset.
        ("2027-01-04T00:00:00", PARIS, "2027-01-04", None),
        ("2027-01-04T00:00", MARTINIQUE, "2027-01-04", None),
        ("2027-01-04 00:00:00.000", PARIS, "2027-01-04", None),
        (
            "2027-01-04T09:30:00",
            PARIS,
            "2027-01-04",
            Some(TimeDropped),
        ),
        (
            "2027-01-04T23:59:59",
            MARTINIQUE,
            "2027-01-04",
            Some(TimeDropped),
        ),
        // Midnight in the tenant's zone.
        ("2026-08-31T22:00:00Z", PARIS, "2026-09-01", None),
        ("2026-12-31T23:00:00Z", PARIS, "2027-01-01", None),
        (
            "2026-12-31T23:00:00.0000000+00:00",
            PARIS,
            "2027-01-01",
            None,
        ),
        ("2027-01-04T00:00:00+01:00", PARIS, "2027-01-04", None),
        ("2027-01-04T04:00:00Z", MARTINIQUE, "2027-01-04", None),
        ("2027-01-03T20:00:00Z", REUNION, "2027-01-04", None),
        ("2028-02-28T23:00:00Z", PARIS, "2028-02-29", None),
        // Midnight as written.
        ("2027-01-04T00:00:00Z", PARIS, "2027-01-04", None),
        ("2027-01-04T00:00:00.000Z", MARTINIQUE, "2027-01-04", None),
        ("2027-01-04T00:00:00Z", REUNION, "2027-01-04", None),
        ("2027-07-19T00:00:00+0200", PARIS, "2027-07-19", None),
        ("2027-01-04T00:00:00+0200", PARIS, "2027-01-04", None),
        ("2027-01-04T00:00:00+02", MARTINIQUE, "2027-01-04", None),
        // Another instant.
        (
            "2027-02-08T10:10:13.611+01:00",
            PARIS,
            "2027-02-08",
            Some(InstantConverted),
        ),
        (
            "2026-08-20T15:07:34.2606458+00:00",
            PARIS,
            "2026-08-20",
            Some(InstantConverted),
        ),
        (
            "2027-01-04T23:30:00Z",
            PARIS,
            "2027-01-05",
            Some(InstantConverted),
        ),
        (
            "2027-01-04T02:00:00Z",
            MARTINIQUE,
            "2027-01-03",
            Some(InstantConverted),
        ),
        (
            "2026-08-31T23:00:00Z",
            PARIS,
            "2026-09-01",
            Some(InstantConverted),
        ),
        (
            "2026-12-31T22:00:00Z",
            PARIS,
            "2026-12-31",
            Some(InstantConverted),
        ),
    ] {
        assert_eq!(
            read_text_in(text, zone),
            Ok((date.to_owned(), note)),
            "{text} in {zone}"
        );
    }
}

#[test]
fn a_number_is_an_instant() {
    let millis =
        |text: &str| DateInput::EpochMillis(text.parse::<Timestamp>().unwrap().as_millisecond());
    assert_eq!(
        read(&millis("2026-12-31T23:00:00Z"), PARIS),
        Ok(("2027-01-01".to_owned(), None))
    );
    assert_eq!(
        read(&millis("2027-01-04T00:00:00Z"), PARIS),
        Ok(("2027-01-04".to_owned(), Some(DateNote::InstantConverted)))
    );
    assert_eq!(
        read(&DateInput::EpochMillis(i64::MAX), PARIS),
        Err(ValueError::NotADate)
    );
}

#[test]
fn what_is_no_date_is_never_today() {
    for text in ["", "  ", "\u{00A0}"] {
        assert_eq!(read_text_in(text, PARIS), Err(ValueError::Empty));
    }
    for text in [
        "asap",
        "04/01/2027",
        "20270104",
        "2027-1-4",
        "2027-01-04T",
        "2027-01-04x",
        "2027-01-04T25:00:00",
        "2027-01-04T00:00:00+99:00",
        "2027-02-29",
        "2027-13-01",
        "2027-00-10",
        "+002027-01-04",
        "é027-01-04",
        "2027-01-0é",
        "1798758000000",
    ] {
        assert_eq!(
            read_text_in(text, PARIS),
            Err(ValueError::NotADate),
            "{text}"
        );
    }
}

#[test]
fn slashes_are_read_day_first_only_on_request() {
    let context = DateContext {
        zone: &TimeZone::UTC,
        today: day("2026-11-23"),
        day_first: true,
    };
    let read = |text: &str| read_start_date(&DateInput::Text(text.to_owned()), &context);
    assert_eq!(read("04/01/2027"), Ok(plain(day("2027-01-04"))));
    for text in ["01/13/2027", "4/1/2027", "04/01/27", "29/02/2027"] {
        assert_eq!(read(text), Err(ValueError::NotADate), "{text}");
    }
}

#[test]
fn a_start_date_lies_within_two_years_of_today() {
    for (text, accepted) in [
        ("2024-11-23", true),
        ("2024-11-22", false),
        ("2028-11-23", true),
        ("2028-11-24", false),
        ("2072-01-04", false),
    ] {
        let expected = if accepted {
            Ok((text.to_owned(), None))
        } else {
            Err(ValueError::TooFarAway {
                years: START_DATE_YEARS,
            })
        };
        assert_eq!(read_text_in(text, PARIS), expected, "{text}");
    }
}

#[test]
fn other_dates_may_lie_far_from_today_but_not_in_an_impossible_year() {
    let context = DateContext {
        zone: &TimeZone::UTC,
        today: day("2026-11-23"),
        day_first: false,
    };
    for text in ["1968-02-29", "1900-01-01", "2200-12-31"] {
        let input = DateInput::Text(text.to_owned());
        assert_eq!(read_date(&input, &context), Ok(plain(day(text))));
    }
    let error = Err(ValueError::YearOutOfRange {
        min: 1900,
        max: 2200,
    });
    for input in [
        DateInput::Text("1899-12-31".to_owned()),
        DateInput::Text("2201-01-01T00:00:00Z".to_owned()),
        DateInput::Text("0027-01-04T10:00:00".to_owned()),
        DateInput::EpochMillis(i64::from(i32::MIN) * 1000 * 2),
    ] {
        assert_eq!(read_date(&input, &context), error, "{input:?}");
        assert_eq!(read_start_date(&input, &context), error, "{input:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic_and_a_date_read_reads_as_itself(text in any::<String>()) {
        let context = DateContext {
            zone: &TimeZone::get(PARIS).unwrap(),
            today: day("2026-11-23"),
            day_first: true,
        };
        if let Ok(reading) = read_date(&DateInput::Text(text), &context) {
            let again = DateInput::Text(reading.date.to_string());
            prop_assert_eq!(read_date(&again, &context), Ok(plain(reading.date)));
        }
    }

    #[test]
    fn midnight_in_a_zone_is_that_day_in_every_form(
        days in 0_i32..1_400,
        zone in proptest::sample::select(vec![PARIS, MARTINIQUE, REUNION, "Pacific/Noumea"]),
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let date = civil::date(2025, 1, 1).checked_add(days.days()).unwrap();
        let context = DateContext {
            zone: &zone,
            today: CivilDate(date),
            day_first: false,
        };
        let midnight = date.to_zoned_datetime(zone.clone()).unwrap();
        let instant = midnight.timestamp();
        let offset = midnight.strftime("%Y-%m-%dT%H:%M:%S%z").to_string();
        for input in [
            DateInput::Text(date.to_string()),
            DateInput::Text(format!("{date}T00:00:00")),
            DateInput::Text(instant.to_string()),
            DateInput::Text(instant.strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00").to_string()),
            DateInput::Text(offset),
            DateInput::EpochMillis(instant.as_millisecond()),
        ] {
            prop_assert_eq!(read_start_date(&input, &context), Ok(plain(CivilDate(date))));
        }
    }
}

#[test]
fn a_day_that_starts_at_one_is_still_that_day() {
    // Clocks went from 00:00 to 01:00 in Asuncion on 2024-10-06.
    let context = DateContext {
        zone: &TimeZone::get("America/Asuncion").unwrap(),
        today: day("2024-11-23"),
        day_first: false,
    };
    let input = DateInput::Text("2024-10-06T04:00:00Z".to_owned());
    assert_eq!(
        read_start_date(&input, &context),
        Ok(plain(day("2024-10-06")))
    );
}
