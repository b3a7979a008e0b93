//! The messages of `/v1/feed`: one WebSocket over which a page watches many executions. Never holds a state: see
//! [`crate::feed`]. Version 1; fields and messages are added, never changed, so a reader passes over what it does not know.
//!
//! A page says [`Asked`], the server says [`Told`], each as one text message. `ping` and `pong`, bare, are no JSON and
//! keep the connection open. A watch goes by the number that the page gives it, so that nothing that is still on its way
//! for an old one is taken for a new one.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::json::Json;
use crate::time::Rfc3339;

/// What a page says: one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Asked {
    /// It wants to see an execution.
    Watch(Watch),
    /// It has seen enough of one.
    Leave(Leave),
    /// How much has come.
    Seen(Seen),
}

/// `{"watch": "exe_…", "as": 7, "token": "cxv1.…", "after": 12}`: from now on everything about this execution is told. A
/// number that is in use is taken from the watch that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FeedWatch"))]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Id of the execution.
    pub watch: String,
    /// What the page calls this watch.
    #[serde(rename = "as")]
    pub number: u32,
    /// A view token for it, or a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// `seq` of the snapshot that the page has: only a newer one is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// `{"leave": 7}`: nothing more of this watch is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FeedLeave"))]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// What the page calls the watch.
    pub leave: u32,
}

/// `{"seen": 40}`: how many snapshots have come over this connection, all watches together. The server is never more than
/// [`WINDOW`] snapshots, or one beyond [`WINDOW_BYTES`], ahead of it: say it after every eighth, and after each that is
/// longer than 64 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FeedSeen"))]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Snapshots since the connection was opened.
    pub seen: u64,
}

/// What the server says: one of these.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FeedMessage"))]
#[serde(untagged)]
pub enum Told {
    /// The first message.
    Welcome(Welcome),
    /// A watch began.
    Watching {
        /// What the page calls the watch.
        #[serde(rename = "as")]
        number: u32,
        /// Id of the execution.
        watching: String,
    },
    /// An execution changed, or is seen for the first time.
    Snapshot {
        /// What the page calls the watch.
        #[serde(rename = "as")]
        number: u32,
        /// The execution as it stands: what `GET` answers.
        #[cfg_attr(feature = "schema", schemars(with = "super::Snapshot"))]
        snapshot: Json,
    },
    /// The execution has ended, its last snapshot was told, and the watch is over.
    Ended {
        /// What the page calls the watch.
        #[serde(rename = "as")]
        number: u32,
        /// `true`.
        ended: bool,
    },
    /// The watch was refused or is over; the others go on.
    Problem {
        /// What the page calls the watch.
        #[serde(rename = "as")]
        number: u32,
        /// Why, after RFC 9457. `status` says what to do: 401 get another token, 403 and 404 give it up, 503 try again.
        problem: Json,
    },
}

/// `{"feed": 1, "at": "2026-11-21T10:00:00.000Z", "window": 32, "watches_max": 200}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FeedWelcome"))]
pub struct Welcome {
    /// [`VERSION`].
    pub feed: u32,
    /// The server's clock.
    pub at: Rfc3339,
    /// Snapshots that are sent ahead of what the page has said to have seen.
    pub window: u32,
    /// Executions that may be watched at once.
    pub watches_max: u32,
}

impl Welcome {
    /// The first message of a connection.
    #[must_use]
    pub const fn at(at: Rfc3339) -> Self {
        Self { feed: VERSION, at, window: WINDOW, watches_max: WATCHES_MAX }
    }
}

impl Asked {
    /// Reads a message of a page; `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MESSAGE_BYTES_MAX {
            return None;
        }
        let seen = || serde_json::from_str(text).map(Self::Seen);
        let leave = || serde_json::from_str(text).map(Self::Leave);
        serde_json::from_str(text).map(Self::Watch).or_else(|_| seen()).or_else(|_| leave()).ok()
    }
}

/// What stands before a snapshot's own text in [`Told::Snapshot`]; [`TAIL`] stands after it. A snapshot is passed on
/// without being read.
#[must_use]
pub fn snapshot_head(number: u32) -> String {
    format!("{{\"as\":{number},\"snapshot\":")
}

/// The same for [`Told::Problem`].
#[must_use]
pub fn problem_head(number: u32) -> String {
    format!("{{\"as\":{number},\"problem\":")
}

/// What stands after it.
pub const TAIL: &str = "}";

/// The version of these messages.
pub const VERSION: u32 = 1;

/// Snapshots that may be on their way to a page. Beyond these only the latest of each watch is kept.
pub const WINDOW: u32 = 32;

/// Bytes of snapshots that may be on their way to a page before no other is sent.
pub const WINDOW_BYTES: usize = 4 << 20;

/// Executions that one connection watches at most.
pub const WATCHES_MAX: u32 = 200;

/// Bytes of a page's message: a view token may name many executions.
pub const MESSAGE_BYTES_MAX: usize = 16_384;

/// Codes that our sockets are closed with, beside those of RFC 6455 section 7.4.1. Of 4000 to 4999 they are ours to give.
pub mod close {
    /// The execution has ended, and its last snapshot was told.
    pub const ENDED: u16 = 4000;
    /// The token's time is over: come back with another.
    pub const EXPIRED: u16 = 4001;
    /// Nothing was watched for a while.
    pub const IDLE: u16 = 4002;
    /// A message is not text: RFC 6455.
    pub const NOT_TEXT: u16 = 1003;
    /// A message is none that is taken here: RFC 6455.
    pub const NOT_TAKEN: u16 = 1008;
    /// A message is too long: RFC 6455.
    pub const TOO_LONG: u16 = 1009;
    /// Come back, and it goes on: the connection has done its share (the registry of RFC 6455, "Service Restart").
    pub const AGAIN: u16 = 1012;
}
