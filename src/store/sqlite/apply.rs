//! Writes what scripts have decided.

use jiff::Timestamp;
use rusqlite::params;

use super::{super::StoreError, accounts, history, session::Session};
use crate::{
    db::DbError,
    domain::onboarding::later,
    store::{
        change::{Change, LeaseChange, Plan, ReservationChange, Write},
        records::{millis, millis_up},
    },
};

impl Session<'_> {
    /// Writes what a script has decided.
    pub(super) fn carry_out<A>(&self, plan: Plan<A>) -> Result<A, StoreError> {
        plan.writes.iter().try_for_each(|write| self.write(write))?;
        Ok(plan.answer)
    }

    fn write(&self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Onboarding(change) => self.apply(change),
            Write::Leases { grants, until, .. } => {
                let sql = "UPDATE onboardings SET token = ?2, leased = 1, wake = ?3 WHERE seq = ?1";
                for (seq, token) in grants {
                    self.run(sql, params![seq, token, millis_up(*until)])?;
                }
                Ok(())
            }
            Write::Request {
                source,
                request,
                content,
                onboarding,
            } => {
                self.run(
                    "INSERT INTO requests (tenant, account, request_index, content_index,
                        onboarding)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        source.tenant.as_str(),
                        source.account.as_str(),
                        request,
                        content,
                        onboarding.to_string()
                    ],
                )?;
                Ok(())
            }
            Write::Tombstone { source, event_time } => {
                self.run(
                    "INSERT INTO tombstones (tenant, account, system, source_index, event_time)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET event_time = coalesce(
                        max(event_time, excluded.event_time), event_time, excluded.event_time)",
                    params![
                        source.tenant.as_str(),
                        source.account.as_str(),
                        source.system.as_str(),
                        source.index,
                        event_time.map(Timestamp::as_microsecond)
                    ],
                )?;
                Ok(())
            }
        }
    }

    fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let seq = match change.seq {
            Some(seq) => {
                self.update(seq, change)?;
                seq
            }
            None => self.insert(change)?,
        };
        if let Some(lookups) = &change.lookups {
            self.run("DELETE FROM lookups WHERE onboarding = ?1", [seq])?;
            let sql = "INSERT INTO lookups (onboarding, purpose, value) VALUES (?1, ?2, ?3)";
            for (purpose, value) in lookups {
                self.run(sql, params![seq, purpose, value])?;
            }
        }
        self.write_attempts(seq, change)?;
        self.write_reservation(change)?;
        accounts::learn(self, &change.source, &change.learned)?;
        change
            .history
            .iter()
            .try_for_each(|entry| history::note(self, entry))
    }

    fn insert(&self, change: &Change) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO onboardings (id, tenant, account, system, source_index, episode, state,
                problem, urgency, lucca_user, wake, update_time, document, retain_from)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            params![
                change.id.to_string(),
                change.source.tenant.as_str(),
                change.source.account.as_str(),
                change.source.system.as_str(),
                change.source.index,
                change.episode,
                change.state,
                change.problem,
                change.urgency,
                change.lucca_user,
                change.due,
                change.update_time,
                change.document,
                change.retain_from
            ],
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    fn update(&self, seq: i64, change: &Change) -> Result<(), StoreError> {
        let (held, wake) = match change.lease {
            LeaseChange::Keep => (None, None),
            LeaseChange::Hold(until) => (Some(true), Some(millis_up(until))),
            LeaseChange::End => (Some(false), change.due),
        };
        // With a lease that stays, `wake` is its end.
        self.run(
            "UPDATE onboardings SET state = ?2, problem = ?3, urgency = ?4, lucca_user = ?5,
                token = ?6, leased = coalesce(?7, leased),
                wake = CASE WHEN ?7 IS NULL THEN wake ELSE ?8 END,
                update_time = ?9, document = ?10, retain_from = ?11
             WHERE seq = ?1",
            params![
                seq,
                change.state,
                change.problem,
                change.urgency,
                change.lucca_user,
                change.token,
                held,
                wake,
                change.update_time,
                change.document,
                change.retain_from
            ],
        )?;
        Ok(())
    }

    fn write_attempts(&self, seq: i64, change: &Change) -> Result<(), StoreError> {
        if change.erases {
            self.run("DELETE FROM evidence WHERE onboarding = ?1", [seq])?;
            self.run(
                "DELETE FROM claims WHERE onboarding = ?1 AND free_from <= ?2",
                params![change.id.to_string(), millis(change.now)],
            )?;
        }
        for attempt in &change.attempts {
            let sql = match attempt.intent {
                Some(_) => {
                    "INSERT INTO attempts (onboarding, number, open, intent)
                     VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (onboarding, number) DO UPDATE
                        SET open = excluded.open, intent = excluded.intent"
                }
                None => {
                    "UPDATE attempts SET open = ?3, intent = coalesce(?4, intent)
                     WHERE onboarding = ?1 AND number = ?2"
                }
            };
            let values = params![seq, attempt.number, attempt.open, attempt.intent];
            self.run(sql, values)?;
        }
        let sql = "INSERT INTO evidence (onboarding, attempt, evidence) VALUES (?1, ?2, ?3)";
        for (attempt, evidence) in &change.evidence {
            self.run(sql, params![seq, attempt, evidence])?;
        }
        Ok(())
    }

    fn write_reservation(&self, change: &Change) -> Result<(), StoreError> {
        let (id, now) = (change.id.to_string(), millis(change.now));
        match change.reservation {
            None => Ok(()),
            Some(ReservationChange::FreeAfter(span)) => {
                let free_from = millis(later(change.now, span));
                let sql = "UPDATE claims SET free_from = ?2
                    WHERE onboarding = ?1 AND free_from IS NULL";
                self.run(sql, params![id, free_from])?;
                Ok(())
            }
            Some(ReservationChange::Take(login)) => {
                let taken = self.run(
                    "INSERT INTO claims (account, claim_index, onboarding) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET onboarding = excluded.onboarding, free_from = NULL
                        WHERE onboarding = excluded.onboarding OR free_from <= ?4",
                    params![change.source.account.as_str(), login, id, now],
                )?;
                // Whether it is free was read in the same transaction.
                match taken {
                    0 => Err(DbError::Conflict.into()),
                    _ => Ok(()),
                }
            }
        }
    }
}
