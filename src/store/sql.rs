//! SQL that both back ends run: values, rows, and statements that are put together.
//!
//! Parameters are numbered as PostgreSQL does it: `$1`, `$2`, …

use std::borrow::Cow;

use super::{StoreError, records::Index};

/// A value of a parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// Several of one kind. SQLite has none.
    List(Vec<Value>),
}

impl Value {
    /// The values of a list; none if it is no list.
    pub(super) fn as_list(&self) -> &[Value] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }
}

/// A row of an answer.
#[derive(Debug)]
pub(super) struct Row(pub Vec<Value>);

/// A statement with the values of its parameters.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub sql: Cow<'static, str>,
    pub values: Vec<Value>,
    /// It has to change a row: if it does not, another transaction was first.
    pub must_change: bool,
}

impl Statement {
    pub(super) fn new(sql: impl Into<Cow<'static, str>>, values: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            values,
            must_change: false,
        }
    }
}

/// The values of a statement: `values![one, two]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { Vec::from([$($crate::store::sql::Value::from($value)),*]) };
}
pub(super) use values;

/// Collects values, and gives each the name of its parameter.
#[derive(Debug, Default)]
pub(super) struct Values(pub Vec<Value>);

impl Values {
    pub(super) fn add(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

/// Conditions that all have to hold, with the values of their parameters.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    all: Vec<String>,
    pub values: Values,
}

impl Conditions {
    /// A column holds this text, if one is given.
    pub(super) fn equal(&mut self, column: &str, text: Option<&str>) {
        if let Some(text) = text {
            // PostgreSQL takes no text with a NUL, and no text that it holds is equal to one.
            let name = self.values.add((!text.contains('\0')).then_some(text));
            self.all.push(format!("{column} = {name}"));
        }
    }

    /// Adds a condition. The closure adds its values and returns the SQL.
    pub(super) fn add(&mut self, condition: impl FnOnce(&mut Values) -> String) {
        let condition = condition(&mut self.values);
        self.all.push(condition);
    }

    /// The conditions as SQL.
    pub(super) fn sql(&self) -> String {
        match self.all.as_slice() {
            [] => "1 = 1".to_owned(),
            all => all.join(" AND "),
        }
    }
}

impl Row {
    /// The value of a column.
    pub(super) fn get<T: FromValue>(&self, column: usize) -> Result<T, StoreError> {
        let value = self.0.get(column).ok_or(StoreError::Malformed)?;
        T::from_value(value).ok_or(StoreError::Malformed)
    }
}

/// The value of a query that has one.
pub(super) fn one<T: FromValue>(rows: &[Row]) -> Result<T, StoreError> {
    rows.first().ok_or(StoreError::Malformed)?.get(0)
}

/// The value of a query that may have one.
pub(super) fn optional<T: FromValue>(rows: &[Row]) -> Result<Option<T>, StoreError> {
    rows.first().map(|row| row.get(0)).transpose()
}

/// What a value can be read as.
pub(super) trait FromValue: Sized {
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! into_value {
    ($($type:ty, $variant:ident;)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

into_value! {
    bool, Bool;
    i64, Int;
    u32, Int;
    String, Text;
    &str, Text;
    Vec<u8>, Bytes;
    &[u8], Bytes;
    Index, Bytes;
}

macro_rules! from_value {
    ($($type:ty, $variant:ident;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
    )*};
}

from_value! {
    i64, Int;
    String, Text;
    Vec<u8>, Bytes;
}

impl FromValue for bool {
    /// SQLite has numbers for it.
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(*value),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

macro_rules! unsigned {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                <$type>::try_from(i64::from_value(value)?).ok()
            }
        }
    )*};
}

unsigned!(u32 u64);

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
