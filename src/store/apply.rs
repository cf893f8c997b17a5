//! The statements that a change of an onboarding consists of.

use jiff::Timestamp;

use super::{
    backend::Dialect,
    change::{Change, ReservationChange},
    lookups::replacement,
    sql::{Statement, Values, values},
};

/// The statements of a change, but for what it shows of Lucca's acceptance.
pub(super) fn statements(change: &Change, dialect: &impl Dialect) -> Vec<Statement> {
    let mut all = vec![match change.seq {
        Some(seq) => update(seq, change, dialect),
        None => insert(change),
    }];
    all.extend(data_key(change));
    if let Some(lookups) = &change.lookups {
        all.extend(replacement(&change.id.to_string(), lookups));
    }
    all.extend(attempts(change, dialect));
    all.extend(reservation(change, dialect));
    let history = change.history.iter();
    all.extend(history.map(|(entry, link)| entry.insertion(Some(*link))));
    all
}

fn insert(change: &Change) -> Statement {
    let (tenant, account, system, index) = change.source.columns();
    Statement::new(
        "INSERT INTO onboardings (id, tenant, account, system, source_index, episode, state,
            problem, urgency, lucca_user, wake, update_time, document, retain_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        values![
            change.id.to_string(),
            tenant,
            account,
            system,
            index,
            change.episode,
            change.state,
            change.problem.as_deref(),
            change.urgency.as_str(),
            change.lucca_user,
            change.due,
            change.update_time,
            change.document.as_slice(),
            change.retain_from,
        ],
    )
}

fn update(seq: i64, change: &Change, dialect: &impl Dialect) -> Statement {
    let mut values = Values(values![
        seq,
        change.state,
        change.problem.as_deref(),
        change.urgency.as_str(),
        change.lucca_user,
        change.update_time,
        change.document.as_slice(),
        change.retain_from,
        change.token,
    ]);
    let lease = dialect.lease(&mut values, change);
    let lease = lease.map(|lease| format!(", {lease}")).unwrap_or_default();
    let sql = format!(
        "UPDATE onboardings SET state = $2, problem = $3, urgency = $4, lucca_user = $5,
            update_time = $6, document = $7, retain_from = $8, token = $9{lease}
         WHERE seq = $1"
    );
    Statement::new(sql, values.0)
}

/// Grants leases that change nothing else. The rows are locked, so that each token is the next one.
pub(super) fn grant(
    rows: &[i64],
    now: Timestamp,
    until: Timestamp,
    dialect: &impl Dialect,
) -> Statement {
    let mut values = Values::default();
    let hold = dialect.hold(&mut values, now, until);
    let rows: Vec<String> = rows.iter().map(|row| values.add(*row)).collect();
    let rows = rows.join(", ");
    let sql = format!("UPDATE onboardings SET token = token + 1, {hold} WHERE seq IN ({rows})");
    Statement::new(sql, values.0)
}

/// The row of the onboarding, which is new if nobody knows its number.
pub(super) const SEQ: &str = "(SELECT seq FROM onboardings WHERE id = $1)";

/// Replaces the data key: nobody opens any more what the old one has sealed.
fn data_key(change: &Change) -> Option<Statement> {
    let key = change.data_key.as_deref()?;
    let sql = format!(
        "INSERT INTO data_keys (onboarding, key) VALUES ({SEQ}, $2)
         ON CONFLICT (onboarding) DO UPDATE SET key = excluded.key"
    );
    Some(Statement::new(sql, values![change.id.to_string(), key]))
}

fn attempts(change: &Change, dialect: &impl Dialect) -> Vec<Statement> {
    let Some(seq) = change.seq else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if change.erases {
        let forget = "DELETE FROM evidence WHERE onboarding = $1";
        all.push(Statement::new(forget, values![seq]));
        // Nobody can find out any more what the requests said.
        let forget = "UPDATE requests SET content_index = $2 WHERE onboarding = $1";
        let id = change.id.to_string();
        all.push(Statement::new(
            forget,
            values![id.as_str(), Vec::<u8>::new()],
        ));
        let mut values = Values(values![id]);
        let now = dialect.now(&mut values, change.now);
        let sql = format!("DELETE FROM claims WHERE onboarding = $1 AND free_from <= {now}");
        all.push(Statement::new(sql, values.0));
    }
    for attempt in &change.attempts {
        let mut values = values![seq, attempt.number, attempt.open];
        let sql = match &attempt.intent {
            Some(intent) => {
                values.extend(values![intent.as_slice()]);
                "INSERT INTO attempts (onboarding, number, open, intent) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (onboarding, number) DO UPDATE
                    SET open = excluded.open, intent = excluded.intent"
            }
            None => "UPDATE attempts SET open = $3 WHERE onboarding = $1 AND number = $2",
        };
        all.push(Statement::new(sql, values));
    }
    all.extend(change.evidence.iter().map(|(attempt, evidence)| {
        Statement::new(
            "INSERT INTO evidence (onboarding, attempt, evidence) VALUES ($1, $2, $3)",
            values![seq, *attempt, evidence.as_slice()],
        )
    }));
    all
}

/// Of two workers that both find a login free, the second one to take it waits for the first to
/// commit, takes nothing, begins anew and finds who holds it.
fn reservation(change: &Change, dialect: &impl Dialect) -> Option<Statement> {
    let mut values = Values::default();
    let id = values.add(change.id.to_string());
    let now = dialect.now(&mut values, change.now);
    match change.reservation? {
        ReservationChange::FreeAfter(span) => {
            let span = values.add(dialect.span(span));
            let sql = format!(
                "UPDATE claims SET free_from = {now} + {span}
                 WHERE onboarding = {id} AND (free_from IS NULL OR free_from > {now} + {span})"
            );
            Some(Statement::new(sql, values.0))
        }
        ReservationChange::Take { login, anyway } => {
            let account = values.add(change.source.account.as_str());
            let login = values.add(login);
            let kept = if anyway {
                "OR claims.free_from > 0"
            } else {
                ""
            };
            let sql = format!(
                "INSERT INTO claims (account, claim_index, onboarding)
                 VALUES ({account}, {login}, {id})
                 ON CONFLICT (account, claim_index) DO UPDATE
                    SET onboarding = excluded.onboarding, free_from = NULL
                    WHERE claims.onboarding = excluded.onboarding OR claims.free_from <= {now} {kept}"
            );
            Some(Statement {
                must_change: true,
                ..Statement::new(sql, values.0)
            })
        }
    }
}
