//! The history of an onboarding is a chain: each entry carries a keyed hash of itself and of the
//! entry before it, and the sealed record of the onboarding keeps the last hash. So a change of the
//! table is noticed by whoever has the keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    history::HistoryEntry,
    records::{Index, Purpose, Records, millis},
};

/// What the hash of an entry covers instead of an entry before it, if the entry is outside the chain:
/// it was written while the record could not be opened.
const ALONE: Index = [0xff; 16];

/// The end of the chain of an onboarding, as its sealed record keeps it. The default is that of an
/// onboarding whose entries an older version wrote, without hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The hash of the last entry; zeros: there is none.
    pub link: Index,
    /// Whether the chain has every entry since the onboarding was stored.
    pub complete: bool,
    /// Where it begins, if the retention time has removed entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// Where the retention time has removed the first entries. The sealed record keeps it, so that nobody
/// without keys can leave one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The hash of the last entry that was removed; zeros: none of them had one.
    link: Index,
    /// Entries before this time were removed.
    pub before: Timestamp,
    /// When they were removed.
    pub time: Timestamp,
}

/// Whether an entry of the history is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// It is.
    Intact,
    /// Nobody can know: an older version wrote it.
    Unproven,
    /// It was changed or added, or entries before it were removed.
    Changed,
}

/// The history of an onboarding, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHistory {
    /// The entries, the earliest first.
    pub entries: Vec<(HistoryEntry, Integrity)>,
    /// Whether the latest entries are there.
    pub ends_well: bool,
    /// Where it begins, if the retention time has removed entries.
    pub cut: Option<Cut>,
}

impl VerifiedHistory {
    /// Whether no change was noticed.
    pub fn is_intact(&self) -> bool {
        let mut entries = self.entries.iter();
        self.ends_well && entries.all(|(_, integrity)| *integrity != Integrity::Changed)
    }
}

impl Head {
    /// The head of a new onboarding.
    pub(super) fn new() -> Self {
        Self {
            complete: true,
            ..Self::default()
        }
    }

    /// Adds an entry to the chain, and returns its hash.
    pub(super) fn extend(&mut self, records: &Records, entry: &HistoryEntry) -> Index {
        self.link = hash(records, &self.link, entry);
        self.link
    }

    /// Compares entries, the earliest first, with the chain that ends here. After a fault, the
    /// comparison goes on from the hash that is stored, so that each fault is found where it is.
    pub(super) fn verify(
        &self,
        records: &Records,
        entries: Vec<(HistoryEntry, Option<Index>)>,
    ) -> VerifiedHistory {
        let mut found = Self {
            link: self.first_link(),
            ..Self::default()
        };
        let verified = entries.into_iter().map(|(entry, stored)| {
            let integrity = match stored {
                None if found.link == Index::default() && !self.complete => Integrity::Unproven,
                None => Integrity::Changed,
                Some(stored) if stored == hash(records, &ALONE, &entry) => Integrity::Intact,
                Some(stored) => {
                    let expected = found.extend(records, &entry);
                    found.link = stored;
                    match stored == expected {
                        true => Integrity::Intact,
                        false => Integrity::Changed,
                    }
                }
            };
            (entry, integrity)
        });
        VerifiedHistory {
            entries: verified.collect(),
            ends_well: found.link == self.link,
            cut: self.cut.clone(),
        }
    }

    /// The hash of the entry before the first one.
    fn first_link(&self) -> Index {
        self.cut.as_ref().map_or(Index::default(), |cut| cut.link)
    }

    /// The chain without the entries before a time, and the number of the last of these. `None`: there
    /// are none, or one of them was changed and is to be seen.
    pub(super) fn cut(
        &self,
        records: &Records,
        entries: Vec<(HistoryEntry, Option<Index>)>,
        before: Timestamp,
        now: Timestamp,
    ) -> Option<(Self, i64)> {
        let is_old = |(entry, _): &&(HistoryEntry, Option<Index>)| entry.time < before;
        let old: Vec<_> = entries.iter().take_while(is_old).cloned().collect();
        let last = old.last()?.0.number;
        let is_chained = |(entry, link): &(HistoryEntry, Option<Index>)| {
            link.filter(|link| *link != alone(records, entry))
        };
        let link = old.iter().rev().find_map(is_chained);
        let next = Self {
            cut: Some(Cut {
                link: link.unwrap_or(self.first_link()),
                before,
                time: now,
            }),
            ..self.clone()
        };
        let verified = self.verify(records, entries).entries;
        let mut verified = verified.iter().take(old.len());
        let is_whole = verified.all(|(_, integrity)| *integrity != Integrity::Changed);
        is_whole.then_some((next, last))
    }
}

/// The hash of an entry outside the chain.
pub(super) fn alone(records: &Records, entry: &HistoryEntry) -> Index {
    hash(records, &ALONE, entry)
}

/// The keyed hash of an entry, and of the entry with the hash `before`.
fn hash(records: &Records, before: &Index, entry: &HistoryEntry) -> Index {
    let covered = json!([
        before,
        millis(entry.time),
        entry.tenant.as_ref().map(|id| id.as_str()),
        entry.onboarding.map(|id| id.to_string()),
        entry.actor,
        entry.event,
        entry.detail,
        entry.rpc,
        entry.outcome,
    ]);
    records.index(Purpose::History, &covered.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::BlindIndex, store::conformance::resealing::keyring};

    fn records(key: u8) -> Records {
        Records::new(keyring(&[1]), BlindIndex::new([key; 32]))
    }

    fn entry(detail: &str) -> HistoryEntry {
        HistoryEntry {
            detail: detail.to_owned(),
            ..HistoryEntry::test()
        }
    }

    /// Five entries of a chain, and its head.
    fn chain(records: &Records) -> (Vec<(HistoryEntry, Option<Index>)>, Head) {
        let mut head = Head::new();
        let entries = ["a", "b", "c", "d", "e"].map(|detail| {
            let entry = entry(detail);
            let link = head.extend(records, &entry);
            (entry, Some(link))
        });
        (entries.to_vec(), head)
    }

    #[test]
    fn every_change_of_a_chain_is_found_where_it_is() {
        type Change = fn(&mut Vec<(HistoryEntry, Option<Index>)>);
        let cases: [(&str, Change, &[usize], bool); 10] = [
            ("nothing", |_| {}, &[], true),
            ("changed", |all| all[2].0.detail = "x".into(), &[2], true),
            (
                "another actor",
                |all| all[0].0.actor = "x".into(),
                &[0],
                true,
            ),
            ("removed", |all| drop(all.remove(2)), &[2], true),
            ("removed first", |all| drop(all.remove(0)), &[0], true),
            ("removed last", |all| drop(all.pop()), &[], false),
            ("all removed", Vec::clear, &[], false),
            ("hash removed", |all| all[4].1 = None, &[4], false),
            ("added", |all| all.insert(1, (entry("x"), None)), &[1], true),
            ("swapped", |all| all.swap(1, 2), &[1, 2, 3], true),
        ];
        let records = records(1);
        for (name, change, expected, ends_well) in cases {
            let (mut entries, head) = chain(&records);
            change(&mut entries);
            let verified = head.verify(&records, entries);
            let changed = verified.entries.iter().enumerate();
            let changed = changed.filter(|(_, (_, it))| *it == Integrity::Changed);
            let places: Vec<usize> = changed.map(|(place, _)| place).collect();
            assert_eq!(places, expected, "{name}");
            assert_eq!(verified.ends_well, ends_well, "{name}");
            assert_eq!(verified.is_intact(), name == "nothing", "{name}");
        }
    }

    #[test]
    fn what_an_older_version_wrote_is_unproven_only_before_the_chain() {
        let records = records(1);
        let mut head = Head::default();
        let first = entry("b");
        let link = head.extend(&records, &first);
        let entries = vec![
            (entry("a"), None),
            (first, Some(link)),
            (entry("c"), None),
            (entry("d"), Some(alone(&records, &entry("d")))),
        ];
        let verified = head.verify(&records, entries);
        let found: Vec<_> = verified.entries.iter().map(|(_, it)| *it).collect();
        use Integrity::{Changed, Intact, Unproven};
        assert_eq!(found, [Unproven, Intact, Changed, Intact]);
        assert!(verified.ends_well);
    }

    #[test]
    fn without_the_key_no_hash_is_made() {
        let (entries, head) = chain(&records(2));
        assert!(!head.verify(&records(1), entries).is_intact());
    }
}
