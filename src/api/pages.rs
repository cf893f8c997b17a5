//! Pages of lists (AIP-158): their size, and the tokens for the next page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prost::Message;

use super::ApiError;
use crate::{
    pb::{Fault, Faults},
    store::Store,
};

/// Entries of a page if the caller names no size.
const DEFAULT_SIZE: usize = 50;

/// The most entries of a page.
const LARGEST_SIZE: usize = 500;

/// The most bytes of a page with more than one entry. Clients accept 4 MiB by default, and one
/// entry is smaller than that.
const LARGEST_BYTES: usize = 1024 * 1024;

/// Entries that are read at once, so that a page takes little more memory than its own bytes.
pub(super) const BATCH: usize = 50;

/// Reads a page size: 0 means the default, and larger sizes are cut to the largest.
pub(super) fn page_size(size: i32, faults: &mut Faults) -> usize {
    match usize::try_from(size) {
        Ok(0) => DEFAULT_SIZE,
        Ok(size) => size.min(LARGEST_SIZE),
        Err(_) => {
            faults.add("page_size", Fault::Negative);
            DEFAULT_SIZE
        }
    }
}

/// A page that is being filled.
pub(super) struct Page<M> {
    pub(super) entries: Vec<M>,
    limit: usize,
    bytes: usize,
}

impl<M: Message> Page<M> {
    /// With room for this many entries.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            entries: Vec::new(),
            limit,
            bytes: 0,
        }
    }

    /// How many more entries may be added, if they are small.
    pub(super) fn room(&self) -> usize {
        self.limit - self.entries.len()
    }

    /// Adds an entry if there is room for it. The first one always fits.
    pub(super) fn add(&mut self, entry: M) -> bool {
        let bytes = self.bytes + entry.encoded_len();
        let fits = self.entries.is_empty() || self.room() > 0 && bytes <= LARGEST_BYTES;
        if fits {
            self.bytes = bytes;
            self.entries.push(entry);
        }
        fits
    }
}

/// The page tokens of a list. They are sealed: nobody else can read or make one.
pub(super) struct Tokens<'a> {
    store: &'a dyn Store,
    list: &'a str,
}

impl<'a> Tokens<'a> {
    /// Of the list with this name, which stands for its filters and its order too.
    pub(super) fn new(store: &'a dyn Store, list: &'a str) -> Self {
        Self { store, list }
    }

    /// The token of the page after a position; empty if there is none.
    ///
    /// # Errors
    /// The position cannot be sealed.
    pub(super) fn after(&self, position: Option<String>) -> Result<String, ApiError> {
        let Some(position) = position else {
            return Ok(String::new());
        };
        let sealed = self.store.seal_token(self.list, &position)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads the position from a token with `parse`; `None` for the first page.
    ///
    /// # Errors
    /// The token belongs to another list.
    pub(super) fn read<T>(
        &self,
        token: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        if token.is_empty() {
            return Ok(None);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).ok();
        let position = sealed.and_then(|sealed| self.store.open_token(self.list, &sealed));
        let position = position.and_then(|position| parse(&position));
        position.map(Some).ok_or(ApiError::BadPageToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::fixtures::House, pb::v1};

    #[tokio::test]
    async fn a_token_reads_back_in_its_own_list_only_and_shows_nothing() {
        let house = House::new().await;
        let of = |list| Tokens::new(&*house.store, list);
        let read = |token: &str| of("tenants").read(token, |text| text.parse::<i64>().ok());
        let make = |list, position: &str| of(list).after(Some(position.to_owned())).unwrap();
        let token = make("tenants", "7");
        assert_eq!(read(&token).unwrap(), Some(7));
        assert_eq!(read("").unwrap(), None);
        assert_eq!(of("tenants").after(None).unwrap(), "");
        // Two tokens of one position have nothing in common but the key's id.
        assert_ne!(token[20..], make("tenants", "7")[20..]);
        let mut changed = token.clone().into_bytes();
        let last = changed.len() - 1;
        changed[last] ^= 1;
        for bad in [
            "7",
            "!",
            &URL_SAFE_NO_PAD.encode("tenants\n7"),
            &make("onboardings", "7"),
            &make("tenants", "x"),
            &String::from_utf8(changed).unwrap(),
        ] {
            assert!(matches!(read(bad), Err(ApiError::BadPageToken)), "{bad}");
        }
    }

    #[test]
    fn a_page_ends_at_its_number_of_entries_or_at_its_bytes() {
        let entry = |bytes: usize| v1::HistoryEntry {
            detail: "x".repeat(bytes),
            ..v1::HistoryEntry::default()
        };
        let fitting = |limit, sizes: &[usize]| {
            let mut page = Page::new(limit);
            let fit = sizes.iter().take_while(|size| page.add(entry(**size)));
            fit.count()
        };
        for (limit, sizes, fit) in [
            (3, &[1, 1, 1, 1][..], 3),
            (9, &[LARGEST_BYTES / 2; 3], 1),
            (9, &[LARGEST_BYTES / 3; 4], 2),
            (9, &[2 * LARGEST_BYTES, 1], 1),
            (9, &[1, 2 * LARGEST_BYTES], 1),
        ] {
            assert_eq!(fitting(limit, sizes), fit, "{limit} {sizes:?}");
        }
    }
}
