//! A tenant's tokens.

mod asking;
mod deciding;
mod property;

use cxpulse_core::credential::{Account, Credentials, Grant, Secret, Verdict};
use cxpulse_core::profile::Profile;
use cxpulse_core::time::{Span, Timestamp};

use crate::check::NOON;

fn account() -> Account {
    Account {
        client_id: Some("me:1".to_owned()),
        client_secret: Some(Secret::new("s&cret")),
        access_key_id: Some("key id".to_owned()),
        access_key_secret: Some(Secret::new("k\"ey")),
        static_token: Some(Secret::new("fixed")),
    }
}

/// A profile with that token rule.
fn profile(token: &str) -> Profile {
    Profile::parse(&format!(
        r#"{{"name": "a", "version": 1, "source": "b", "base": {{"template": "https://c.example"}}, "token": {token},
            "history": {{"method": "GET", "path": "/d", "answer": {{"list": ""}}}}}}"#
    ))
    .expect("it is well formed")
}

fn grant(seconds: u64) -> Grant {
    Grant { secret: Secret::new("t"), lifetime: Some(Span::from_secs(seconds)) }
}

fn at(seconds: u64) -> Timestamp {
    NOON.plus(Span::from_secs(seconds))
}

/// What is done `seconds` after noon: `use VERSION`, `fetch`, or `wait SECONDS`.
fn decided(credentials: &Credentials, newer_than: Option<u64>, seconds: u64) -> String {
    match credentials.decide(newer_than, at(seconds)) {
        Verdict::Use(token) => format!("use {}", token.version),
        Verdict::Fetch => "fetch".to_owned(),
        Verdict::Wait(until) => format!("wait {}", until.since(at(seconds)).as_millis() / 1_000),
    }
}
