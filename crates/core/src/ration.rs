//! How many requests of its own an invocation may still make: production allows so many, and fails those that come after, as if
//! they had been sent and nobody had answered. Never makes one, and never waits: whoever finds nothing left asks for a new
//! invocation, and goes on in that.
//!
//! Source: Cloudflare Workers, "Limits", subrequests: 50 for each invocation on the free plan, 1,000 and more on others. What
//! happens in a Durable Object counts against the event that came to it last, a request or an alarm, and each event brings the
//! whole number anew.

/// What an object may do until the next event comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ration {
    max: u32,
    taken: u32,
}

impl Ration {
    /// A whole one, of [`RATION_MIN`] requests at least.
    #[must_use]
    pub const fn new(max: u32) -> Self {
        Self { max: if max < RATION_MIN { RATION_MIN } else { max }, taken: 0 }
    }

    /// Takes what one call may cost at the most; `false` where that is not left, and then nothing is taken.
    pub const fn take_call(&mut self) -> bool {
        let taken = self.taken.saturating_add(CALL_COST);
        let is_left = taken <= self.max;
        if is_left {
            self.taken = taken;
        }
        is_left
    }

    /// Takes one request that cannot wait: those that there are of them are few.
    pub const fn take_one(&mut self) {
        self.taken = self.taken.saturating_add(1);
    }

    /// An event came: there is as much as ever.
    pub const fn renew(&mut self) {
        self.taken = 0;
    }

    /// How many requests were taken since.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.taken
    }
}

/// Requests that one call to CXone costs at the most: to ask the gate, to call, to report on it, to have its result remembered.
pub const CALL_COST: u32 = 4;

/// The least that a ration may be: some calls, so that each invocation gets something done.
pub const RATION_MIN: u32 = 20;

/// What a ration is where nothing is said: below 1,000 by what is not waited for (a message of news four times a second for
/// the ten seconds that an alarm may stay, and the notifications of the same time).
pub const RATION_DEFAULT: u32 = 800;
