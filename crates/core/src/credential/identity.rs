//! Which account of which CXone a tenant stands for: what was learned of one is not true of another. Never shows a secret.

use alloc::string::String;

use super::Account;
use crate::cache::digest;
use crate::id::prefixed_hex;
use crate::profile::{Located, PlaceError, Profile, Site};

/// A tenant's identity at CXone: 64 hex digits over its profile's name, its places as far as they are known without a
/// call, and the names of its account. The secrets may change without it; a static token may not, for nothing else says
/// whose it is.
///
/// # Errors
/// [`PlaceError`], for the tenant's configuration to be set right.
pub fn identity(profile: &Profile, site: &Site, account: &Account) -> Result<String, PlaceError> {
    let base = profile.locate_base(site)?;
    let base_url = match &base {
        Located::At(url) => url,
        // Where it is found is CXone's to say, and no part of who the tenant is.
        Located::Ask(_) => DISCOVERED,
    };
    let token = profile.locate_token(site, base_url)?;
    let places = [Some(&base), token.as_ref()].into_iter().flat_map(|located| located.map_or([""; 2], place));
    let secret = account.static_token.as_ref().map(super::Secret::reveal);
    let names = [account.client_id.as_deref(), account.access_key_id.as_deref(), secret];
    let parts = [profile.name.as_str()].into_iter().chain(places).chain(names.map(Option::unwrap_or_default));
    Ok(prefixed_hex("", &digest(parts)))
}

/// Stands for a base URL that is discovered.
const DISCOVERED: &str = "https://cxone.example";

/// A URL, and what is asked for there.
fn place(located: &Located) -> [&str; 2] {
    match located {
        Located::At(url) => [url, ""],
        Located::Ask(question) => [&question.url, &question.pointer],
    }
}
