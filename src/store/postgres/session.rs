//! Statements, alone or in a transaction, that are tried again.

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::{PostgresStore, connect, ticks::Ticks};
use crate::{
    db::DbError,
    store::{
        StoreError,
        apply::{grant, statements},
        change::{Plan, Write, learn},
        records::Records,
        sql::{Row, Statement, Value, values},
        tenants::{ACCEPTANCES, acceptances},
    },
};

/// How often work is begun before its failure is told.
pub(super) const TRIES: u32 = 5;

impl PostgresStore {
    /// A single statement on a connection of the pool. A lost connection leaves open whether it
    /// was carried out, and it is run again: it must not matter.
    pub(super) async fn again(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut tries = 1;
        loop {
            let client = connect::connection(&self.pool).await?;
            match query(&client, sql, values).await {
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                answer => return answer,
            }
        }
    }
}

/// A transaction, and what goes with every statement in it.
pub(super) struct Session<'a> {
    transaction: &'a Transaction<'a>,
    pub(super) records: &'a Records,
    pub(super) ticks: &'a Ticks,
}

impl<'a> Session<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, store: &'a PostgresStore) -> Self {
        Self {
            transaction,
            records: &store.records,
            ticks: &store.ticks,
        }
    }

    pub(super) async fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        query(self.transaction, sql, values).await
    }

    /// Runs a statement and tells how many rows it changed.
    pub(super) async fn run(&self, statement: &Statement) -> Result<u64, StoreError> {
        let prepared = self.transaction.prepare_cached(&statement.sql).await?;
        let values = parameters(&statement.values);
        match self.transaction.execute(&prepared, &values).await? {
            0 if statement.must_change => Err(DbError::Conflict.into()),
            rows => Ok(rows),
        }
    }

    /// Writes what a script has decided.
    pub(super) async fn carry_out<A>(&self, plan: Plan<A>) -> Result<A, StoreError> {
        for write in &plan.writes {
            self.write(write).await?;
        }
        Ok(plan.answer)
    }

    async fn write(&self, write: &Write) -> Result<(), StoreError> {
        let mut all = match write {
            Write::Onboarding(change) => statements(change, self.ticks),
            Write::Leases { rows, now, until } => vec![grant(rows, *now, *until, self.ticks)],
            Write::Statement(statement) => vec![statement.clone()],
        };
        if let Write::Onboarding(change) = write
            && !change.learned.is_empty()
        {
            let (tenant, account, ..) = change.source.columns();
            let known = self.query(ACCEPTANCES, &values![tenant, account]).await?;
            let known = acceptances(&known)?;
            all.extend(learn(&change.source, &known, &change.learned));
        }
        for statement in &all {
            self.run(statement).await?;
        }
        Ok(())
    }
}

async fn query(
    client: &impl GenericClient,
    sql: &str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &parameters(values)).await?;
    let row = |row: &tokio_postgres::Row| {
        let columns = (0..row.len()).map(|column| row.try_get::<_, Column>(column));
        let values = columns.map(|column| Ok(column?.0));
        values.collect::<Result<_, StoreError>>().map(Row)
    };
    rows.iter().map(row).collect()
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    let values = values.iter();
    values.map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
            Self::List(values) => values.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        let lists = [Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::BYTEA_ARRAY];
        [Type::BOOL, Type::INT8, Type::TEXT, Type::BYTEA].contains(ty) || lists.contains(ty)
    }

    to_sql_checked!();
}

/// A value of a column.
struct Column(Value);

impl<'a> FromSql<'a> for Column {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Bool(FromSql::from_sql(ty, raw)?),
            Type::INT8 => Value::Int(FromSql::from_sql(ty, raw)?),
            Type::TEXT => Value::Text(FromSql::from_sql(ty, raw)?),
            Type::BYTEA => Value::Bytes(FromSql::from_sql(ty, raw)?),
            Type::INT8_ARRAY => {
                let values: Vec<i64> = FromSql::from_sql(ty, raw)?;
                Value::List(values.into_iter().map(Value::Int).collect())
            }
            _ => {
                let values: Vec<Vec<u8>> = FromSql::from_sql(ty, raw)?;
                Value::List(values.into_iter().map(Value::Bytes).collect())
            }
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        <Value as ToSql>::accepts(ty)
    }
}

/// Failures that need not come again: another transaction, a row that another has just inserted,
/// or a connection that broke while it was idle.
pub(super) fn may_pass(error: &StoreError) -> bool {
    let StoreError::Database(error) = error else {
        return false;
    };
    error.is_unique_violation() || matches!(error, DbError::Conflict | DbError::Unreachable)
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Runs work in a transaction and commits it. Begins anew when it met another transaction.
///
/// A connection that is lost during the commit leaves open whether it happened. That is told and
/// not tried again: every caller can say the same once more.
macro_rules! transaction {
    ($store:expr, |$session:ident| $work:expr) => {{
        let store = $store;
        let mut tries = 1;
        loop {
            let mut client = connect::connection(&store.pool).await?;
            let done = async {
                let transaction = client.transaction().await?;
                let $session = Session::new(&transaction, store);
                let value = $work.await?;
                Ok::<_, StoreError>((transaction, value))
            };
            match done.await {
                Ok((transaction, value)) => {
                    let committed = transaction.commit().await;
                    break committed.map(|()| value).map_err(StoreError::from);
                }
                Err(error) if tries < TRIES && may_pass(&error) => tries += 1,
                Err(error) => break Err(error),
            }
        }
    }};
}

pub(super) use transaction;
