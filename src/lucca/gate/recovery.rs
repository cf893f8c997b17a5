//! Notices when an account answers again after it did not.

use std::{
    collections::{HashMap, HashSet},
    mem::take,
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::super::ReadError;
use crate::domain::{
    cause::{CallKind, Cause},
    ids::Account,
};

/// What a call says of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lucca) enum Heard {
    /// Lucca answers.
    Good,
    /// Lucca does not answer this.
    Bad,
    /// Lucca cannot be reached at all.
    Unreachable,
    /// None of these: the call was not made, or Lucca minds the key, the number of calls or the
    /// content.
    Nothing,
}

impl Heard {
    /// What a read says.
    pub(in crate::lucca) fn of_read<T>(read: &Result<T, ReadError>) -> Self {
        match read {
            Ok(_) => Self::Good,
            Err(ReadError::Unavailable(Cause::NoConnection)) => Self::Unreachable,
            Err(ReadError::Unavailable(_) | ReadError::Unreadable(_)) => Self::Bad,
            Err(_) => Self::Nothing,
        }
    }

    /// Whether it is worth a warning.
    pub(in crate::lucca) fn is_trouble(self) -> bool {
        matches!(self, Self::Bad | Self::Unreachable)
    }
}

/// How an account answers calls of a kind, as far as this process knows.
#[derive(Debug, Default)]
struct Answers {
    /// It has answered one. Before, it counts as one that does not: a process before this one may
    /// have met that.
    is_known: bool,
    unreachable: bool,
    /// The paths that it does not answer. One that it answers says nothing of the others.
    failing: HashSet<String>,
}

impl Answers {
    /// Takes in what a call to a path says. Returns whether what failed is over.
    fn hear(&mut self, path: &str, heard: Heard) -> bool {
        match heard {
            Heard::Good => {
                let is_first = !std::mem::replace(&mut self.is_known, true);
                let was_unreachable = take(&mut self.unreachable);
                self.failing.remove(path) || is_first || was_unreachable
            }
            Heard::Bad => {
                self.failing.insert(path.to_owned());
                false
            }
            Heard::Unreachable => {
                self.unreachable = true;
                false
            }
            Heard::Nothing => false,
        }
    }
}

/// Which accounts answer.
#[derive(Default)]
pub(super) struct Recoveries {
    accounts: Mutex<HashMap<(Account, CallKind), Answers>>,
    /// Those that answer again and were not told of yet.
    recovered: Mutex<Vec<(Account, CallKind)>>,
    told: Notify,
}

impl Recoveries {
    /// Takes in what a call to a path says. Without a connection, calls of either kind fail.
    pub(super) fn hear(&self, account: &Account, kind: CallKind, path: &str, heard: Heard) {
        let both = [CallKind::Read, CallKind::Create];
        let kinds = match heard {
            Heard::Unreachable => &both[..],
            _ => &[kind],
        };
        let path = template(path);
        for kind in kinds {
            let key = (account.clone(), *kind);
            let mut accounts = self.accounts.lock();
            if accounts.entry(key.clone()).or_default().hear(&path, heard) {
                self.recovered.lock().push(key);
                self.told.notify_one();
            }
        }
    }

    /// Waits until accounts answer again.
    pub(super) async fn next(&self) -> Vec<(Account, CallKind)> {
        loop {
            let told = self.told.notified();
            let recovered = take(&mut *self.recovered.lock());
            if !recovered.is_empty() {
                return recovered;
            }
            told.await;
        }
    }
}

/// The path without the ids in it.
fn template(path: &str) -> String {
    let is_id = |part: &&str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let parts = path.split('/');
    let parts: Vec<&str> = parts.filter(|part| !is_id(part)).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// A call of a kind to a path, and what it says.
    type Said = ((CallKind, &'static str), Heard);

    #[test]
    fn an_account_recovers_with_the_first_good_answer_to_what_failed() {
        use CallKind::{Create, Read};
        use Heard::{Bad, Good, Nothing, Unreachable};
        let (users, units) = ((Read, "/users"), (Read, "/units"));
        let (one, another) = ((Read, "/users/1"), (Read, "/users/2"));
        let create = (Create, "/users");
        // What is heard, one after the other, and what recovers with the last of it.
        let table: [(&[Said], &[CallKind]); 14] = [
            (&[(users, Good)], &[Read]),
            (&[(users, Bad), (units, Good)], &[Read]),
            (&[(users, Good), (users, Good)], &[]),
            (&[(users, Good), (users, Nothing), (users, Good)], &[]),
            (&[(users, Good), (users, Bad)], &[]),
            (&[(users, Good), (users, Bad), (users, Nothing)], &[]),
            (&[(users, Good), (users, Bad), (users, Good)], &[Read]),
            (&[(one, Good), (one, Bad), (another, Good)], &[Read]),
            // What was never in trouble says nothing of what is.
            (&[(units, Good), (users, Bad), (units, Good)], &[]),
            (&[(create, Good), (create, Bad), (users, Good)], &[Read]),
            (&[(users, Good), (create, Bad), (users, Good)], &[]),
            (&[(users, Good), (create, Bad), (create, Good)], &[Create]),
            (
                &[(users, Good), (create, Unreachable), (units, Good)],
                &[Read],
            ),
            (
                &[(create, Good), (users, Unreachable), (create, Good)],
                &[Create],
            ),
        ];
        for (heard, expected) in table {
            let recoveries = Recoveries::default();
            let account = Account::parse("acme.ilucca.example").unwrap();
            let hear = |((kind, path), heard): &Said| {
                recoveries.hear(&account, *kind, path, *heard);
            };
            let (last, before) = heard.split_last().unwrap();
            before.iter().for_each(hear);
            let _ = recoveries.next().now_or_never();
            hear(last);
            let recovered = recoveries.next().now_or_never().unwrap_or_default();
            let kinds: Vec<CallKind> = recovered.into_iter().map(|(_, kind)| kind).collect();
            assert_eq!(kinds, expected, "{heard:?}");
        }
    }
}
