//! What is kept of a person in the spool ends with the person's anonymisation.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use rusqlite::{Connection, params};

use super::{Spool, SpoolError, place};

/// The reason with which an anonymisation ends.
pub(super) const ANONYMIZED: &str = "ANONYMIZED";

impl Spool {
    /// Deletes the kept bodies of events that could not be read far enough to tell whom they are
    /// about, if they mention one of these ids.
    pub(in crate::adapter) async fn erase_mentions(
        &self,
        tenant: &str,
        ids: Vec<String>,
    ) -> Result<(), SpoolError> {
        let (keys, tenant) = (Arc::clone(&self.keys), tenant.to_owned());
        let find = move |conn: &Connection| -> Result<Vec<i64>, SpoolError> {
            let mut find = conn.prepare_cached(
                "SELECT seq, delivery, body FROM event WHERE tenant = ?1 \
                 AND state <> 'waiting' AND body IS NOT NULL AND lane = delivery",
            )?;
            let mut rows = find.query([&tenant])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (delivery, sealed): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
                let record = HEXLOWER.encode(&delivery);
                let body = keys.open(&place(&tenant, &record), &sealed);
                if body.is_ok_and(|body| ids.iter().any(|id| mentions(&body, id.as_bytes()))) {
                    found.push(row.get(0)?);
                }
            }
            Ok(found)
        };
        let found = self.reader.read(find).await?;
        let erase = move |conn: &Connection| -> Result<(), SpoolError> {
            let mut erase = conn.prepare_cached("UPDATE event SET body = NULL WHERE seq = ?1")?;
            for seq in found {
                erase.execute([seq])?;
            }
            Ok(())
        };
        self.writer.write(erase).await
    }
}

/// Whether a text has an id as a word of its own.
fn mentions(text: &[u8], id: &[u8]) -> bool {
    let goes_on = |byte: Option<&u8>| {
        byte.is_some_and(|it| !it.is_ascii() || it.is_ascii_alphanumeric() || b"-_.".contains(it))
    };
    let mut places = text.windows(id.len().max(1)).enumerate();
    places.any(|(start, window)| {
        let before = start.checked_sub(1).and_then(|it| text.get(it));
        window == id && !goes_on(before) && !goes_on(text.get(start + id.len()))
    })
}

/// Deletes the bodies of all that has ended in the lane of an anonymisation.
pub(super) fn erase(conn: &Connection, anonymisation: i64) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(
        "UPDATE event SET body = NULL FROM event AS one WHERE one.seq = ?1 \
         AND event.tenant = one.tenant AND event.lane = one.lane \
         AND event.state <> 'waiting' AND event.body IS NOT NULL",
    )?
    .execute([anonymisation])
    .map(|_| ())
}

/// Deletes the body of an event that has ended after an anonymisation in its lane.
pub(super) fn erase_late(conn: &Connection, seq: i64) -> Result<(), rusqlite::Error> {
    conn.prepare_cached(
        "UPDATE event AS one SET body = NULL WHERE seq = ?1 AND EXISTS ( \
             SELECT 1 FROM event WHERE event.tenant = one.tenant AND event.lane = one.lane \
             AND event.state = 'done' AND event.reason = ?2)",
    )?
    .execute(params![seq, ANONYMIZED])
    .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_mentioned_as_a_word_of_its_own() {
        for (text, id, is_mentioned) in [
            (r#"[{"candidateId":"c-1"}]"#, "c-1", true),
            (r#"[{"candidateId":"c-12"}]"#, "c-1", false),
            (r#"[{"candidateId":"ac-1"}]"#, "c-1", false),
            (r#"{"candidateId":12,"phone":NaN}"#, "12", true),
            (r#"{"start":"2027-12-04"}"#, "12", false),
            ("candidateId=c-1&name=x", "c-1", true),
            ("c-1", "c-1", true),
            ("", "c-1", false),
            ("éc-1", "c-1", false),
        ] {
            assert_eq!(
                mentions(text.as_bytes(), id.as_bytes()),
                is_mentioned,
                "{text}"
            );
        }
    }
}
