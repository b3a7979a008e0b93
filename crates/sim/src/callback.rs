//! Calls that CXone owes to `context.callbackUrl`: when each is due, and when a failed one is tried again. Never
//! makes one: a shell does, and says how it went.

use std::collections::BTreeMap;

use cxpulse_core::time::{Span, Timestamp};
use uuid::Uuid;

mod signing;

pub use signing::{Preset, Signing};

/// Tries that a callback gets before it is given up.
pub const CALLBACK_ATTEMPTS_MAX: u32 = 5;

/// One call for a shell to make: `POST` of `body` to `url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackCall {
    /// As the submit gave it.
    pub url: String,
    /// `content-type`, and the submit's correlation and trace headers.
    pub headers: Vec<(String, String)>,
    /// What shows that it is CXone's, where the tenant signs; made anew for each try.
    pub proof: Vec<(String, String)>,
    /// The same for every try of one message.
    pub id: String,
    /// The execution as of the instant at which the call fell due, with its correlation id.
    pub body: Vec<u8>,
    /// 1 for the first try, at most [`CALLBACK_ATTEMPTS_MAX`].
    pub attempt: u32,
}

/// A call that is owed.
#[derive(Debug)]
pub(crate) enum Owed {
    /// Not looked at yet: what it says is what is true when it falls due.
    Scheduled(Uuid),
    /// Written already, and late or to be tried again.
    Written(CallbackCall),
    /// Was sent already, and is sent once more by somebody who listened: byte for byte, whatever its time is.
    Replayed(CallbackCall),
}

/// The calls owed, by instant and then in the order in which they came to be owed.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    owed: BTreeMap<(Timestamp, u64), Owed>,
    number: u64,
}

impl Callbacks {
    pub(crate) fn push(&mut self, at: Timestamp, owed: Owed) {
        self.number = self.number.saturating_add(1);
        self.owed.insert((at, self.number), owed);
    }

    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.owed.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first that is due, with the instant at which it fell due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Owed)> {
        self.next_at().filter(|at| *at <= now)?;
        self.owed.pop_first().map(|((at, _), owed)| (at, owed))
    }

    /// Forgets what is scheduled for an execution: a cancel has made it untrue.
    pub(crate) fn unschedule(&mut self, execution: Uuid) {
        self.owed.retain(|_, owed| match owed {
            Owed::Scheduled(id) => *id != execution,
            Owed::Written(_) | Owed::Replayed(_) => true,
        });
    }

    /// Owes a failed call again, doubling the wait from try to try; `false` when it is given up.
    pub(crate) fn try_again(&mut self, call: CallbackCall, now: Timestamp) -> bool {
        if call.attempt >= CALLBACK_ATTEMPTS_MAX {
            return false;
        }
        let wait = Span::from_millis(RETRY_BASE_MS << call.attempt.saturating_sub(1));
        let attempt = call.attempt.saturating_add(1);
        self.push(now.plus(wait), Owed::Written(CallbackCall { attempt, ..call }));
        true
    }
}

const RETRY_BASE_MS: u64 = 500;
