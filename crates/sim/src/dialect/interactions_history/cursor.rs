//! Cursors: the place of the last row of a page, sealed, so that only what was given out comes back. Never keeps one:
//! it says all itself.

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cxpulse_core::time::Timestamp;
use sha2::{Digest, Sha256};

use super::query::Sort;
use super::row::Key;

/// Writes and reads the cursors of one query of one tenant; those of others are none.
#[derive(Debug)]
pub(super) struct Cursors {
    query: [u8; 32],
}

impl Cursors {
    pub(super) fn of(seed: u64, filter: &str, sort: Sort) -> Self {
        let sort: &[u8] = match sort {
            Sort::NewestFirst => b"newest",
            Sort::OldestFirst => b"oldest",
        };
        let query = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(sort).chain_update(filter).finalize();
        Self { query: query.into() }
    }

    pub(super) fn write(&self, (Reverse(at), number): Key) -> String {
        let place = [at.as_millis().to_be_bytes(), number.to_be_bytes()].concat();
        URL_SAFE_NO_PAD.encode([place.as_slice(), &self.seal(&place)].concat())
    }

    pub(super) fn read(&self, text: &str) -> Option<Key> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, seal) = bytes.split_at_checked(16)?;
        if *seal != self.seal(place) {
            return None;
        }
        let (at, number) = place.split_at_checked(8)?;
        let at = u64::from_be_bytes(at.try_into().ok()?);
        Some((Reverse(Timestamp::from_millis(at)), u64::from_be_bytes(number.try_into().ok()?)))
    }

    fn seal(&self, place: &[u8]) -> [u8; 8] {
        let digest = Sha256::new().chain_update(self.query).chain_update(place).finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }
}
