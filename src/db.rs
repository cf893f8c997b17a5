//! What stores share: sealing, the blind index, errors, and for SQLite one writer and a pool of
//! read-only connections. Knows no domain.

mod blind_index;
mod error;
mod jobs;
mod keys_in_use;
mod open;
mod owner;
mod read_pool;
mod seal;
mod writer;

pub use blind_index::{
    BlindIndex, IndexKeyError, META_SCHEMA, MetaRow, load_or_create_index_key, open_index_key,
    unmark_older_keys,
};
pub use error::DbError;
pub use jobs::in_share;
pub use keys_in_use::{KEY_IN_USE, mark_of, marked};
pub use open::OpenError;
pub use read_pool::ReadPool;
pub use seal::{DATA_VERSION, DataKey, KeyError, KeyId, Keyring, SealContext, SealError};
pub use writer::{Stats, Wipe, Writer};
