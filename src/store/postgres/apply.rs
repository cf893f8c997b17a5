//! Writes what scripts have decided.

use jiff::Timestamp;

use super::{
    accounts, history,
    session::Session,
    ticks::{MICROS, micros},
};
use crate::{
    db::DbError,
    store::{
        StoreError,
        change::{Change, LeaseChange, Plan, ReservationChange, Write},
        records::Index,
    },
};

/// A span from one moment of the service's clock to another, in microseconds.
fn span(from: Timestamp, until: Timestamp) -> i64 {
    i64::try_from(until.duration_since(from).as_micros()).unwrap_or_default()
}

impl Session<'_> {
    /// Writes what a script has decided.
    pub(super) async fn carry_out<A>(&self, plan: Plan<A>) -> Result<A, StoreError> {
        for write in &plan.writes {
            self.write(write).await?;
        }
        Ok(plan.answer)
    }

    async fn write(&self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Onboarding(change) => self.apply(change).await,
            Write::Leases { grants, now, until } => self.lease(grants, *now, *until).await,
            Write::Request {
                source,
                request,
                content,
                onboarding,
            } => {
                // If another replica has just stored the same request id this fails, and the work
                // begins anew and finds it.
                self.run(
                    "INSERT INTO requests (tenant, account, request_index, content_index,
                        onboarding)
                     VALUES ($1, $2, $3, $4, $5)",
                    &[
                        &source.tenant.as_str(),
                        &source.account.as_str(),
                        &&request[..],
                        &&content[..],
                        &onboarding.to_string(),
                    ],
                )
                .await?;
                Ok(())
            }
            Write::Tombstone { source, event_time } => {
                let (tenant, account, system, index) = source.columns();
                let event_time = event_time.map(Timestamp::as_microsecond);
                self.run(
                    "INSERT INTO tombstones (tenant, account, system, source_index, event_time)
                     VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (tenant, account, system, source_index) DO UPDATE
                        SET event_time = greatest(tombstones.event_time, excluded.event_time)",
                    &[&tenant, &account, &system, &index, &event_time],
                )
                .await?;
                Ok(())
            }
        }
    }

    /// A lease ends a span from now by the server's clock, whatever the time is here.
    async fn lease(
        &self,
        grants: &[(i64, i64)],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let (rows, tokens): (Vec<i64>, Vec<i64>) = grants.iter().copied().unzip();
        self.run(
            &format!(
                "UPDATE onboardings
                 SET token = it.token, lease_end = coalesce($3, {MICROS}) + $4
                 FROM unnest($1::bigint[], $2::bigint[]) AS it (seq, token)
                 WHERE onboardings.seq = it.seq"
            ),
            &[
                &rows,
                &tokens,
                &self.ticks.lease_time(now),
                &span(now, until),
            ],
        )
        .await?;
        Ok(())
    }

    async fn apply(&self, change: &Change) -> Result<(), StoreError> {
        let seq = match change.seq {
            Some(seq) => {
                self.update(seq, change).await?;
                seq
            }
            None => self.insert(change).await?,
        };
        if let Some(lookups) = &change.lookups {
            self.write_lookups(seq, lookups).await?;
        }
        self.write_attempts(seq, change).await?;
        self.write_reservation(change).await?;
        accounts::learn(self, &change.source, &change.learned).await?;
        for entry in &change.history {
            history::note(self, entry).await?;
        }
        Ok(())
    }

    async fn insert(&self, change: &Change) -> Result<i64, StoreError> {
        let (tenant, account, system, index) = change.source.columns();
        let row = self
            .the_row(
                "INSERT INTO onboardings (id, tenant, account, system, source_index, episode,
                    state, problem, urgency, lucca_user, wake, update_time, document, retain_from)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                 RETURNING seq",
                &[
                    &change.id.to_string(),
                    &tenant,
                    &account,
                    &system,
                    &index,
                    &i64::from(change.episode),
                    &change.state,
                    &change.problem,
                    &change.urgency,
                    &change.lucca_user,
                    &change.due,
                    &change.update_time,
                    &change.document,
                    &change.retain_from,
                ],
            )
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn update(&self, seq: i64, change: &Change) -> Result<(), StoreError> {
        let held = match change.lease {
            LeaseChange::Hold(until) => Some(span(change.now, until)),
            LeaseChange::Keep | LeaseChange::End => None,
        };
        self.run(
            &format!(
                "UPDATE onboardings SET state = $2, problem = $3, urgency = $4, lucca_user = $5,
                    wake = $6, token = $7, update_time = $8, document = $9, retain_from = $10,
                    lease_end = CASE WHEN $11 THEN lease_end
                                     ELSE coalesce($12, {MICROS}) + $13 END
                 WHERE seq = $1"
            ),
            &[
                &seq,
                &change.state,
                &change.problem,
                &change.urgency,
                &change.lucca_user,
                &change.due,
                &change.token,
                &change.update_time,
                &change.document,
                &change.retain_from,
                &(change.lease == LeaseChange::Keep),
                &self.ticks.lease_time(change.now),
                &held,
            ],
        )
        .await?;
        Ok(())
    }

    async fn write_lookups(
        &self,
        seq: i64,
        lookups: &[(&'static str, Index)],
    ) -> Result<(), StoreError> {
        let forget = "DELETE FROM lookups WHERE onboarding = $1";
        self.run(forget, &[&seq]).await?;
        let pairs = lookups.iter();
        let (purposes, values): (Vec<&str>, Vec<&[u8]>) =
            pairs.map(|(purpose, value)| (*purpose, &value[..])).unzip();
        self.run(
            "INSERT INTO lookups (onboarding, purpose, value)
             SELECT $1, purpose, value
             FROM unnest($2::text[], $3::bytea[]) AS it (purpose, value)",
            &[&seq, &purposes, &values],
        )
        .await?;
        Ok(())
    }

    async fn write_attempts(&self, seq: i64, change: &Change) -> Result<(), StoreError> {
        if change.erases {
            let forget = "DELETE FROM evidence WHERE onboarding = $1";
            self.run(forget, &[&seq]).await?;
            let free = format!(
                "DELETE FROM claims WHERE onboarding = $1 AND free_from <= coalesce($2, {MICROS})"
            );
            let now = self.ticks.lease_time(change.now);
            self.run(&free, &[&change.id.to_string(), &now]).await?;
        }
        for attempt in &change.attempts {
            let sql = match attempt.intent {
                Some(_) => {
                    "INSERT INTO attempts (onboarding, number, open, intent)
                     VALUES ($1, $2, $3, $4)
                     ON CONFLICT (onboarding, number) DO UPDATE
                        SET open = excluded.open, intent = excluded.intent"
                }
                None => {
                    "UPDATE attempts SET open = $3, intent = coalesce($4, intent)
                     WHERE onboarding = $1 AND number = $2"
                }
            };
            let number = i64::from(attempt.number);
            let (open, intent) = (&attempt.open, &attempt.intent);
            self.run(sql, &[&seq, &number, open, intent]).await?;
        }
        let sql = "INSERT INTO evidence (onboarding, attempt, evidence) VALUES ($1, $2, $3)";
        for (attempt, evidence) in &change.evidence {
            self.run(sql, &[&seq, &i64::from(*attempt), evidence])
                .await?;
        }
        Ok(())
    }

    /// Of two workers that both find a login free, the second one to take it waits here for the
    /// first to commit, takes nothing, begins anew and finds who holds it.
    async fn write_reservation(&self, change: &Change) -> Result<(), StoreError> {
        let (id, now) = (change.id.to_string(), self.ticks.lease_time(change.now));
        match &change.reservation {
            None => Ok(()),
            Some(ReservationChange::FreeAfter(span)) => {
                let sql = format!(
                    "UPDATE claims SET free_from = coalesce($2, {MICROS}) + $3
                     WHERE onboarding = $1 AND free_from IS NULL"
                );
                self.run(&sql, &[&id, &now, &micros(*span)]).await?;
                Ok(())
            }
            Some(ReservationChange::Take(login)) => {
                let sql = format!(
                    "INSERT INTO claims (account, claim_index, onboarding) VALUES ($1, $2, $3)
                     ON CONFLICT (account, claim_index) DO UPDATE
                        SET onboarding = excluded.onboarding, free_from = NULL
                        WHERE claims.onboarding = excluded.onboarding
                            OR claims.free_from <= coalesce($4, {MICROS})"
                );
                let account = change.source.account.as_str();
                match self.run(&sql, &[&account, &&login[..], &id, &now]).await? {
                    0 => Err(DbError::Conflict.into()),
                    _ => Ok(()),
                }
            }
        }
    }
}
