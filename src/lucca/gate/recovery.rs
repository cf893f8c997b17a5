//! Notices when an account answers again after it did not.

use std::{collections::HashMap, mem::take};

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
    /// Lucca answers calls of this kind.
    Good(CallKind),
    /// Lucca does not answer calls of this kind.
    Bad(CallKind),
    /// Lucca cannot be reached at all.
    Unreachable,
    /// Neither: the call was not made, or Lucca minds the key, the number of calls or the content.
    Nothing,
}

impl Heard {
    /// What a read says.
    pub(in crate::lucca) fn of_read<T>(read: &Result<T, ReadError>) -> Self {
        match read {
            Ok(_) => Self::Good(CallKind::Read),
            Err(ReadError::Unavailable(Cause::NoConnection)) => Self::Unreachable,
            Err(ReadError::Unavailable(_) | ReadError::Unreadable(_)) => Self::Bad(CallKind::Read),
            Err(_) => Self::Nothing,
        }
    }
}

/// Which accounts answer, as far as this process knows. One that it has not heard of counts as one
/// that does not answer: a process before this one may have met that.
#[derive(Default)]
pub(super) struct Recoveries {
    answering: Mutex<HashMap<(Account, CallKind), bool>>,
    /// Those that answer again and were not told of yet.
    recovered: Mutex<Vec<(Account, CallKind)>>,
    told: Notify,
}

impl Recoveries {
    /// Takes in what a call says.
    pub(super) fn hear(&self, account: &Account, heard: Heard) {
        let (kinds, answers): (&[CallKind], bool) = match heard {
            Heard::Good(kind) => (&[kind], true),
            Heard::Bad(kind) => (&[kind], false),
            Heard::Unreachable => (&[CallKind::Read, CallKind::Create], false),
            Heard::Nothing => return,
        };
        for kind in kinds {
            let key = (account.clone(), *kind);
            let before = self.answering.lock().insert(key.clone(), answers);
            if answers && before != Some(true) {
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn an_account_recovers_with_the_first_good_answer_of_a_kind_after_trouble() {
        use CallKind::{Create, Read};
        use Heard::{Bad, Good, Nothing, Unreachable};
        // What is heard, one after the other, and what recovers with the last of it.
        let table: [(&[Heard], &[CallKind]); 10] = [
            (&[Good(Read)], &[Read]),
            (&[Good(Read), Good(Read)], &[]),
            (&[Good(Read), Nothing, Good(Read)], &[]),
            (&[Good(Read), Bad(Read)], &[]),
            (&[Good(Read), Bad(Read), Nothing], &[]),
            (&[Good(Read), Bad(Read), Bad(Read), Good(Read)], &[Read]),
            (&[Good(Create), Bad(Create), Good(Read)], &[Read]),
            (&[Good(Read), Bad(Create), Good(Read)], &[]),
            (&[Good(Read), Bad(Create), Good(Create)], &[Create]),
            (&[Good(Read), Unreachable, Good(Read)], &[Read]),
        ];
        for (heard, expected) in table {
            let recoveries = Recoveries::default();
            let account = Account::parse("acme.ilucca.example").unwrap();
            let (last, before) = heard.split_last().unwrap();
            before.iter().for_each(|it| recoveries.hear(&account, *it));
            let _ = recoveries.next().now_or_never();
            recoveries.hear(&account, *last);
            let recovered = recoveries.next().now_or_never().unwrap_or_default();
            let kinds: Vec<CallKind> = recovered.into_iter().map(|(_, kind)| kind).collect();
            assert_eq!(kinds, expected, "{heard:?}");
        }
    }
}
