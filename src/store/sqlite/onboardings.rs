//! SQL for onboardings, their attempts and evidence, claims and withdrawals.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::super::{
    Claimed, Filter, Lookup, Order, Page, Position, QueuePlace, Request, SourceKey, Stepped,
    StoreError, Submitted,
    records::{Purpose, Records, millis, time},
    rules::{CLAIM_KEPT, keeps_lease},
};
use crate::domain::{
    attempt::{Attempt, Evidence},
    ids::{Account, OnboardingId},
    onboarding::{
        Moment, Onboarding, State, later,
        progress::Step,
        submission::{self, Hire, Verdict},
    },
};

/// An onboarding and what its row says beside it.
struct Stored {
    seq: i64,
    token: u64,
    leased: bool,
    onboarding: Onboarding,
}

const COLUMNS: &str = "seq, tenant, id, token, leased, document";

type RawRow = (i64, String, String, i64, bool, Vec<u8>);

fn raw(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn stored(conn: &Connection, records: &Records, raw: RawRow) -> Result<Stored, StoreError> {
    let (seq, tenant, id, token, leased, document) = raw;
    let mut onboarding = records.open_onboarding(&tenant, &id, &document)?;
    onboarding.attempts = attempts(conn, records, seq, &onboarding)?;
    Ok(Stored {
        seq,
        token: u64::try_from(token).map_err(|_| StoreError::Malformed)?,
        leased,
        onboarding,
    })
}

fn attempts(
    conn: &Connection,
    records: &Records,
    seq: i64,
    of: &Onboarding,
) -> Result<Vec<Attempt>, StoreError> {
    let mut list = Vec::new();
    let mut statement = conn.prepare_cached(
        "SELECT number, intent FROM attempts WHERE onboarding = ?1 ORDER BY number",
    )?;
    let rows = statement.query_map([seq], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    for row in rows {
        let (number, intent) = row?;
        list.push(Attempt {
            number,
            intent: records.open_intent(of, number, &intent)?,
            seen: Vec::new(),
        });
    }
    if list.is_empty() {
        return Ok(list);
    }
    let mut statement = conn.prepare_cached(
        "SELECT attempt, evidence FROM evidence WHERE onboarding = ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([seq], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    for row in rows {
        let (number, evidence) = row?;
        let seen = records.open_seen(of, number, &evidence)?;
        if let Some(attempt) = list.iter_mut().find(|attempt| attempt.number == number) {
            attempt.seen.push(seen);
        }
    }
    Ok(list)
}

fn by_id(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
) -> Result<Option<Stored>, StoreError> {
    conn.prepare_cached(&format!("SELECT {COLUMNS} FROM onboardings WHERE id = ?1"))?
        .query_row([id.to_string()], raw)
        .optional()?
        .map(|row| stored(conn, records, row))
        .transpose()
}

fn latest(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Stored>, StoreError> {
    conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM onboardings
         WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4
         ORDER BY episode DESC LIMIT 1"
    ))?
    .query_row(
        params![
            key.tenant.as_str(),
            account.as_str(),
            key.system.as_str(),
            records.source(&key.tenant, &key.external_id)
        ],
        raw,
    )
    .optional()?
    .map(|row| stored(conn, records, row))
    .transpose()
}

pub(super) fn get(
    conn: &Connection,
    records: &Records,
    lookup: &Lookup,
) -> Result<Option<Onboarding>, StoreError> {
    let found = match lookup {
        Lookup::Id(id) => by_id(conn, records, *id)?,
        Lookup::Source(key, account) => latest(conn, records, key, account)?,
        Lookup::LuccaUser(tenant, account, user) => conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM onboardings
                 WHERE tenant = ?1 AND account = ?2 AND lucca_user = ?3
                 ORDER BY seq DESC LIMIT 1"
            ))?
            .query_row(params![tenant.as_str(), account.as_str(), user.get()], raw)
            .optional()?
            .map(|row| stored(conn, records, row))
            .transpose()?,
    };
    Ok(found.map(|stored| stored.onboarding))
}

fn note(
    conn: &Connection,
    of: &Onboarding,
    now: Timestamp,
    actor: &str,
    event: &str,
    detail: &str,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        millis(now),
        of.key.tenant.as_str(),
        of.id.to_string(),
        actor,
        event,
        detail
    ])?;
    Ok(())
}

fn insert(conn: &Connection, records: &Records, onboarding: &Onboarding) -> Result<(), StoreError> {
    let row = records.onboarding_row(onboarding)?;
    let key = &onboarding.key;
    conn.prepare_cached(
        "INSERT INTO onboardings (id, tenant, account, system, source_index, episode, state,
            problem, urgency, lucca_user, wake, update_time, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        onboarding.id.to_string(),
        key.tenant.as_str(),
        key.account.as_str(),
        key.system.as_str(),
        records.source(&key.tenant, &key.external_id),
        key.episode,
        onboarding.state.as_str(),
        row.problem,
        row.urgency,
        row.lucca_user,
        row.wake,
        millis(onboarding.update_time),
        row.document
    ])?;
    index(conn, conn.last_insert_rowid(), &row.lookups)?;
    note(
        conn,
        onboarding,
        onboarding.create_time,
        "api",
        onboarding.state.as_str(),
        "",
    )
}

fn index(
    conn: &Connection,
    seq: i64,
    lookups: &[(&'static str, [u8; 16])],
) -> Result<(), StoreError> {
    let mut statement = conn
        .prepare_cached("INSERT INTO lookups (onboarding, purpose, value) VALUES (?1, ?2, ?3)")?;
    for (purpose, value) in lookups {
        statement.execute(params![seq, purpose, value])?;
    }
    Ok(())
}

/// Writes what has changed. `leased`: the claim that covered the change goes on, for as
/// long as it did unless the change sets another end.
fn save(
    conn: &Connection,
    records: &Records,
    before: &Stored,
    after: &Onboarding,
    actor: &str,
    leased: bool,
) -> Result<(), StoreError> {
    if *after == before.onboarding {
        return Ok(());
    }
    let row = records.onboarding_row(after)?;
    conn.prepare_cached(
        "UPDATE onboardings SET state = ?2, problem = ?3, urgency = ?4, lucca_user = ?5,
            wake = CASE WHEN ?11 THEN wake ELSE ?6 END, token = token + ?7, leased = ?8,
            update_time = ?9, document = ?10
         WHERE seq = ?1",
    )?
    .execute(params![
        before.seq,
        after.state.as_str(),
        row.problem,
        row.urgency,
        row.lucca_user,
        row.wake,
        i64::from(!leased),
        leased,
        millis(after.update_time),
        row.document,
        leased && after.due == before.onboarding.due
    ])?;
    if after.content.draft != before.onboarding.content.draft {
        conn.prepare_cached("DELETE FROM lookups WHERE onboarding = ?1")?
            .execute([before.seq])?;
        index(conn, before.seq, &row.lookups)?;
    }
    save_attempts(conn, records, before, after)?;
    save_claim(conn, after, row.claim)?;
    if after.state != before.onboarding.state {
        let detail = row.problem.unwrap_or_default();
        note(
            conn,
            after,
            after.update_time,
            actor,
            after.state.as_str(),
            detail,
        )?;
    } else if after.content.revision != before.onboarding.content.revision {
        note(conn, after, after.update_time, actor, "AMENDED", "")?;
    }
    Ok(())
}

fn save_attempts(
    conn: &Connection,
    records: &Records,
    before: &Stored,
    after: &Onboarding,
) -> Result<(), StoreError> {
    for attempt in &after.attempts {
        let known = before
            .onboarding
            .attempts
            .iter()
            .find(|known| known.number == attempt.number);
        if known.is_none() {
            conn.prepare_cached(
                "INSERT INTO attempts (onboarding, number, open, intent) VALUES (?1, ?2, 1, ?3)",
            )?
            .execute(params![
                before.seq,
                attempt.number,
                records.seal_intent(after, attempt)?
            ])?;
        }
        let seen_before = known.map_or(0, |known| known.seen.len());
        for seen in attempt.seen.iter().skip(seen_before) {
            conn.prepare_cached(
                "INSERT INTO evidence (onboarding, attempt, evidence) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![
                before.seq,
                attempt.number,
                records.seal_seen(after, attempt.number, seen)?
            ])?;
        }
        if known.is_some_and(Attempt::is_open) != attempt.is_open() {
            conn.prepare_cached(
                "UPDATE attempts SET open = ?3 WHERE onboarding = ?1 AND number = ?2",
            )?
            .execute(params![before.seq, attempt.number, attempt.is_open()])?;
        }
    }
    Ok(())
}

/// Holds the claim while an attempt is open; frees it after, but later when the attempt
/// created someone.
fn save_claim(
    conn: &Connection,
    after: &Onboarding,
    claim: Option<[u8; 16]>,
) -> Result<(), StoreError> {
    let id = after.id.to_string();
    let Some(claim) = claim else {
        let free_from = if after.state == State::Created {
            later(after.update_time, CLAIM_KEPT)
        } else {
            after.update_time
        };
        conn.prepare_cached(
            "UPDATE claims SET free_from = ?2 WHERE onboarding = ?1 AND free_from IS NULL",
        )?
        .execute(params![id, millis(free_from)])?;
        return Ok(());
    };
    conn.prepare_cached(
        "INSERT INTO claims (account, claim_index, onboarding) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET onboarding = excluded.onboarding, free_from = NULL",
    )?
    .execute(params![after.key.account.as_str(), claim, id])?;
    Ok(())
}

/// Who else holds the claim now.
fn claimed_by_other(
    conn: &Connection,
    records: &Records,
    onboarding: &Onboarding,
    claim: &str,
    now: Timestamp,
) -> Result<Option<OnboardingId>, StoreError> {
    let holder: Option<String> = conn
        .prepare_cached(
            "SELECT onboarding FROM claims
             WHERE account = ?1 AND claim_index = ?2 AND onboarding <> ?3
                AND (free_from IS NULL OR free_from > ?4)",
        )?
        .query_row(
            params![
                onboarding.key.account.as_str(),
                records.index(Purpose::Claim, claim),
                onboarding.id.to_string(),
                millis(now)
            ],
            |row| row.get(0),
        )
        .optional()?;
    holder
        .map(|id| OnboardingId::parse(&id).map_err(|_| StoreError::Malformed))
        .transpose()
}

pub(super) fn submit(
    conn: &Connection,
    records: &Records,
    hire: &Hire,
    request: Option<&Request>,
    id: OnboardingId,
    now: Timestamp,
) -> Result<Submitted, StoreError> {
    let tenant = &hire.key.tenant;
    if let Some(request) = request
        && let Some(answer) = said_before(conn, records, hire, request)?
    {
        return Ok(answer);
    }
    let key = SourceKey {
        tenant: tenant.clone(),
        system: hire.key.system.clone(),
        external_id: hire.key.external_id.clone(),
    };
    let before = latest(conn, records, &key, &hire.key.account)?;
    let tombstone = tombstone(conn, records, &key, &hire.key.account)?;
    let mut after = before.as_ref().map(|stored| stored.onboarding.clone());
    let verdict = submission::submit(after.as_mut(), tombstone, hire, id, now);
    if let (Some(before), Some(after)) = (&before, &after) {
        save(
            conn,
            records,
            before,
            after,
            "api",
            before.leased && keeps_lease(&before.onboarding, after),
        )?;
    }
    let answer = match (verdict, after) {
        (Verdict::New(onboarding), _) => {
            insert(conn, records, &onboarding)?;
            Submitted::Stored(onboarding)
        }
        (Verdict::Differs(fields), Some(after)) => Submitted::Differs(Box::new(after), fields),
        (Verdict::Changed | Verdict::Unchanged, Some(after)) => Submitted::Stored(Box::new(after)),
        (_, None) | (Verdict::WrongRevision, _) => Submitted::WrongRevision,
    };
    if let (Some(request), Submitted::Stored(onboarding)) = (request, &answer) {
        conn.prepare_cached(
            "INSERT INTO requests (tenant, account, request_index, content_index, onboarding)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            tenant.as_str(),
            hire.key.account.as_str(),
            records.index(Purpose::Request, &request.id),
            records.index(Purpose::Content, &request.content),
            onboarding.id.to_string()
        ])?;
    }
    Ok(answer)
}

fn said_before(
    conn: &Connection,
    records: &Records,
    hire: &Hire,
    request: &Request,
) -> Result<Option<Submitted>, StoreError> {
    let known: Option<(Vec<u8>, String)> = conn
        .prepare_cached(
            "SELECT content_index, onboarding FROM requests
             WHERE tenant = ?1 AND account = ?2 AND request_index = ?3",
        )?
        .query_row(
            params![
                hire.key.tenant.as_str(),
                hire.key.account.as_str(),
                records.index(Purpose::Request, &request.id)
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((content, id)) = known else {
        return Ok(None);
    };
    if content != records.index(Purpose::Content, &request.content) {
        return Ok(Some(Submitted::RequestReused));
    }
    let id = OnboardingId::parse(&id).map_err(|_| StoreError::Malformed)?;
    Ok(by_id(conn, records, id)?.map(|stored| Submitted::Stored(Box::new(stored.onboarding))))
}

fn tombstone(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Option<Timestamp>>, StoreError> {
    let found: Option<Option<i64>> = conn
        .prepare_cached(
            "SELECT event_time FROM tombstones
             WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4",
        )?
        .query_row(
            params![
                key.tenant.as_str(),
                account.as_str(),
                key.system.as_str(),
                records.source(&key.tenant, &key.external_id)
            ],
            |row| row.get(0),
        )
        .optional()?;
    let read = |at| Timestamp::from_microsecond(at).map_err(|_| StoreError::Malformed);
    found.map(|at| at.map(read).transpose()).transpose()
}

pub(super) fn withdraw(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
    event_time: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = latest(conn, records, key, account)? else {
        conn.prepare_cached(
            "INSERT INTO tombstones (tenant, account, system, source_index, event_time)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET event_time =
                coalesce(max(event_time, excluded.event_time), event_time, excluded.event_time)",
        )?
        .execute(params![
            key.tenant.as_str(),
            account.as_str(),
            key.system.as_str(),
            records.source(&key.tenant, &key.external_id),
            event_time.map(Timestamp::as_microsecond)
        ])?;
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    submission::withdraw(&mut after, event_time, now);
    save(
        conn,
        records,
        &before,
        &after,
        "api",
        before.leased && keeps_lease(&before.onboarding, &after),
    )?;
    Ok(Some(after))
}

pub(super) fn resume(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    now: Timestamp,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.resume(now);
    save(
        conn,
        records,
        &before,
        &after,
        "api",
        before.leased && keeps_lease(&before.onboarding, &after),
    )?;
    Ok(Some(after))
}

pub(super) fn list(
    conn: &Connection,
    records: &Records,
    filter: &Filter,
    order: Order,
    after: Option<&Position>,
    limit: usize,
) -> Result<Page, StoreError> {
    let (rank, beyond, sort) = match order {
        Order::Urgency => ("urgency", "(urgency, seq) > (?7, ?8)", "urgency, seq"),
        Order::UpdateTime => (
            "CAST(update_time AS TEXT)",
            "(update_time, seq) < (CAST(?7 AS INTEGER), ?8)",
            "update_time DESC, seq DESC",
        ),
    };
    let sql = format!(
        "SELECT {COLUMNS}, {rank} FROM onboardings
         WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR state = ?2)
            AND (?3 IS NULL OR system = ?3) AND (?4 IS NULL OR problem = ?4)
            AND (?5 IS NULL OR seq IN
                (SELECT onboarding FROM lookups WHERE purpose = 'name' AND value = ?5))
            AND (?6 IS NULL OR seq IN
                (SELECT onboarding FROM lookups WHERE purpose = 'email' AND value = ?6))
            AND (?7 IS NULL OR {beyond})
         ORDER BY {sort} LIMIT ?9"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let rows = statement.query_map(
        params![
            filter.tenant.as_ref().map(|it| it.as_str()),
            filter.state.map(State::as_str),
            filter.system.as_ref().map(|it| it.as_str()),
            filter.problem,
            filter
                .name
                .as_ref()
                .map(|name| records.index(Purpose::Name, name)),
            filter
                .email
                .as_ref()
                .map(|email| records.index(Purpose::Email, email)),
            after.map(|position| position.rank.as_str()),
            after.map(|position| position.seq),
            i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
        ],
        |row| Ok((raw(row)?, row.get::<_, String>(6)?)),
    )?;
    let mut page = Page {
        onboardings: Vec::new(),
        next: None,
    };
    let mut last = None;
    for row in rows {
        let (row, rank) = row?;
        if page.onboardings.len() == limit {
            page.next = last;
            break;
        }
        last = Some(Position { rank, seq: row.0 });
        page.onboardings
            .push(stored(conn, records, row)?.onboarding);
    }
    Ok(page)
}

pub(super) fn queue_place(conn: &Connection, id: OnboardingId) -> Result<QueuePlace, StoreError> {
    let before = conn
        .prepare_cached(
            "SELECT count(*) FROM onboardings AS other JOIN onboardings AS this
                ON other.account = this.account AND other.wake IS NOT NULL
             WHERE this.id = ?1 AND this.state = 'ACCEPTED' AND this.leased = 0
                AND other.state = 'ACCEPTED' AND (other.wake, other.seq) < (this.wake, this.seq)",
        )?
        .query_row([id.to_string()], |row| row.get(0))?;
    Ok(QueuePlace { before })
}

pub(super) fn due_accounts(conn: &Connection, now: Timestamp) -> Result<Vec<Account>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT DISTINCT account FROM onboardings WHERE wake <= ?1")?;
    let rows = statement.query_map([millis(now)], |row| row.get::<_, String>(0))?;
    rows.map(|row| Account::parse(&row?).map_err(|_| StoreError::Malformed))
        .collect()
}

pub(super) fn next_due(
    conn: &Connection,
    except: &[Account],
) -> Result<Option<Timestamp>, StoreError> {
    let except: Vec<&str> = except.iter().map(Account::as_str).collect();
    let except = serde_json::to_string(&except).map_err(|_| StoreError::Malformed)?;
    let wake: Option<i64> = conn
        .prepare_cached(
            "SELECT min(wake) FROM onboardings
             WHERE wake IS NOT NULL AND account NOT IN (SELECT value FROM json_each(?1))",
        )?
        .query_row([except], |row| row.get(0))?;
    wake.map(time).transpose()
}

/// What was claimed, and what was found lost while it was being created.
pub(super) fn claim(
    conn: &Connection,
    records: &Records,
    account: &Account,
    limit: usize,
    moment: &Moment,
) -> Result<(Vec<Claimed>, Vec<OnboardingId>), StoreError> {
    let due: Vec<RawRow> = conn
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM onboardings WHERE account = ?1 AND wake <= ?2
             ORDER BY wake, seq LIMIT ?3"
        ))?
        .query_map(
            params![
                account.as_str(),
                millis(moment.now),
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
            raw,
        )?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::with_capacity(due.len());
    let mut recovered = Vec::new();
    for row in due {
        let before = stored(conn, records, row)?;
        let mut after = before.onboarding.clone();
        if after.recover(moment) {
            save(conn, records, &before, &after, "engine", false)?;
            recovered.push(after.id);
            if after.due.is_some_and(|due| due > moment.now) {
                continue;
            }
        }
        let token: i64 = conn
            .prepare_cached(
                "UPDATE onboardings SET token = token + 1, leased = 1, wake = ?2 WHERE seq = ?1
                 RETURNING token",
            )?
            .query_row(
                params![before.seq, millis(moment.after(moment.timing.lease))],
                |row| row.get(0),
            )?;
        claimed.push(Claimed {
            onboarding: after,
            token: u64::try_from(token).map_err(|_| StoreError::Malformed)?,
        });
    }
    Ok((claimed, recovered))
}

pub(super) fn step(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    token: u64,
    step: Step,
    moment: &Moment,
) -> Result<Stepped, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(Stepped::Fenced);
    };
    if !before.leased || before.token != token {
        return Ok(Stepped::Fenced);
    }
    if let Step::Begin { intent, .. } = &step
        && let Some(other) =
            claimed_by_other(conn, records, &before.onboarding, &intent.claim, moment.now)?
    {
        return Ok(Stepped::Blocked(other));
    }
    let mut after = before.onboarding.clone();
    after.step(step, moment)?;
    let leased = after.state == State::Creating;
    save(conn, records, &before, &after, "engine", leased)?;
    Ok(Stepped::Done(Box::new(after)))
}

pub(super) fn see(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    attempt: u32,
    evidence: Evidence,
    url: Option<String>,
    moment: &Moment,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.see(attempt, evidence, url, moment)?;
    let leased = before.leased && after.state == before.onboarding.state;
    save(conn, records, &before, &after, "engine", leased)?;
    Ok(Some(after))
}
