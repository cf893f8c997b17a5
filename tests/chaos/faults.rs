//! What goes wrong in Lucca and on the way to it, by chance.

use lucca_onboarding::sandbox::{Fault, Kind};

use super::{dice::Dice, proxy::Mode};

/// Longest time after which Lucca still carries out what it was asked for: it documents to
/// abort a call after 5 s.
const LATEST_EXECUTION: u64 = 4_500;

/// How long a new person may stay hidden from reads; an absence is proven only later.
const LOOKUP_LAG: u64 = 700;

/// A fault of creations.
pub fn of_creations(dice: &mut Dice) -> Fault {
    let nowhere = || "http://127.0.0.1:1/".to_owned();
    let kind = match dice.below(23) {
        0 | 1 => Kind::ExecuteThenStatus {
            code: dice.pick(&[408, 500, 502, 503, 504]),
        },
        2 | 3 => Kind::ExecuteThenCut,
        4 => Kind::ExecuteThenTruncate,
        5 | 6 => Kind::ExecuteThenHang,
        7 => Kind::ExecuteThenGarbage,
        8 => Kind::ExecuteThenRedirect {
            location: nowhere(),
        },
        9..=11 => Kind::LateExecute {
            ms: dice.between(100, LATEST_EXECUTION),
            cut: dice.percent(50),
        },
        12 => Kind::LookupLag {
            ms: LOOKUP_LAG,
            cut: dice.percent(70),
        },
        13 | 14 => Kind::Delay {
            ms: dice.between(100, LATEST_EXECUTION),
        },
        15 => Kind::CutBefore,
        16 => Kind::Hang408,
        17 => Kind::Status {
            code: dice.pick(&[500, 502, 503, 504]),
            body: None,
        },
        18 => Kind::Garbage,
        19 => Kind::Html { code: 502 },
        20 => Kind::Redirect {
            location: nowhere(),
        },
        21 => too_many(dice),
        // What Lucca says to a person it does not want, or to a key it does not know.
        _ => Kind::Status {
            code: dice.pick(&[400, 401, 403, 409]),
            body: None,
        },
    };
    let times = dice.between(1, 3) as u32;
    Fault::on_creation(kind, times)
}

/// A fault of reads.
pub fn of_reads(dice: &mut Dice) -> Fault {
    let kind = match dice.below(12) {
        0 | 1 => Kind::Status {
            code: dice.pick(&[408, 500, 502, 503, 504]),
            body: None,
        },
        2 => Kind::CutBefore,
        3 => Kind::Garbage,
        4 => Kind::Html { code: 503 },
        5 => Kind::Hang408,
        6 => Kind::Delay {
            ms: dice.between(100, 3_000),
        },
        7 => Kind::ExecuteThenTruncate,
        8 => Kind::ExecuteThenHang,
        9 | 10 => too_many(dice),
        _ => Kind::Redirect {
            location: "http://127.0.0.1:1/".to_owned(),
        },
    };
    Fault {
        times: Some(dice.between(1, 3) as u32),
        ..Fault::on_reads(kind, "/")
    }
}

/// As when the customer's other integrations have spent the minute.
fn too_many(dice: &mut Dice) -> Kind {
    use lucca_onboarding::sandbox::RetryAfter::{HttpDate, Seconds};
    Kind::TooManyRequests {
        retry_after: Some(dice.pick(&[Seconds, HttpDate])),
        seconds: Some(dice.between(1, 3)),
    }
}

/// A fault of the network before Lucca.
pub fn of_the_network(dice: &mut Dice) -> Mode {
    match dice.below(13) {
        0 => Mode::Delay(dice.millis(100, 1_500)),
        // Beyond the request time-out, so that it is carried out for nobody; not beyond what
        // an absence is proven after.
        1 | 2 => Mode::Late(dice.millis(1_000, 4_000)),
        3 => Mode::CutUp(dice.between(1, 600) as usize),
        4 | 5 => Mode::CutDown(dice.between(1, 400) as usize),
        6 => Mode::Reset,
        7 | 8 => Mode::ResetAnswer,
        9 => Mode::HalfOpen,
        10 => Mode::Drip,
        11 => Mode::Garbage,
        _ => dice.pick(&[Mode::Close, Mode::Refuse]),
    }
}

/// A fault of the network between the adapter and the service.
pub fn of_the_inner_network(dice: &mut Dice) -> Mode {
    let delay = Mode::Delay(dice.millis(20, 500));
    let cut = Mode::CutDown(dice.between(1, 2_000) as usize);
    dice.pick(&[
        delay,
        cut,
        Mode::Reset,
        Mode::ResetAnswer,
        Mode::HalfOpen,
        Mode::Drip,
        Mode::Garbage,
        Mode::Refuse,
    ])
}

/// A fault of the network between the service and its database.
pub fn of_the_database(dice: &mut Dice) -> Mode {
    match dice.below(10) {
        0 => Mode::Delay(dice.millis(10, 200)),
        1 => Mode::CutUp(dice.between(1, 2_000) as usize),
        2 => Mode::CutDown(dice.between(1, 2_000) as usize),
        3 => Mode::Reset,
        4 | 5 => Mode::ResetAnswer,
        6 => Mode::HalfOpen,
        7 => Mode::Refuse,
        _ => Mode::LoseCommits,
    }
}
