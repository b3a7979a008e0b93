//! What the elements of batches and chains share: how far one is, what a person may do about it, and where that stands. Never
//! knows of what it is.

mod act;
mod head;
mod question;
#[cfg(target_arch = "wasm32")]
mod stage;

pub use act::{Act, Deed, Deeds, Next, reason_of};
pub use head::{Count, counts, head, shape};
pub use question::question;
#[cfg(target_arch = "wasm32")]
pub use stage::Stage;

use alloc::string::String;

use crate::model::{Announcement, Link, Problem};
use crate::text::{Words as Every, decimal, fill, named};

/// How far a batch or a chain is, or how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing has begun.
    Pending,
    /// Something has.
    Running,
    /// All went well.
    Completed,
    /// It ended, and not all of it well.
    Partial,
    /// Too much failed, or everything.
    Failed,
    /// Somebody stopped it.
    Canceled,
    /// Its time was up.
    TimedOut,
}

/// Why nothing more is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// More failed than is tolerated.
    Tolerance,
    /// Its time was up.
    Deadline,
    /// Somebody wanted it.
    Canceled,
}

/// What is said of a batch or a chain in a language, in the words for either. `@` stands for what is put in.
#[derive(Debug)]
pub struct Words {
    /// In the order of [`State::ALL`].
    pub states: [&'static str; 7],
    /// In the order of [`Stop`].
    pub stops: [&'static str; 3],
    /// In the order of [`Problem`].
    pub problems: [&'static str; 5],
    /// Where there is no label, and nothing else to call it.
    pub untitled: &'static str,
    /// After the count done, and after the total.
    pub progress: [&'static str; 2],
    /// Which generation.
    pub generation: &'static str,
    /// What most that run wait for.
    pub most: &'static str,
    /// The counts' name.
    pub counts: &'static str,
    /// In the order of [`Deed`].
    pub deeds: [DeedWords; 2],
    /// What would be canceled: what runs, what would not start.
    pub cancels: [&'static str; 2],
    /// The server is asked what a redrive would run.
    pub previewing: &'static str,
    /// What would run: one, several.
    pub runs: [&'static str; 2],
    /// Nothing would.
    pub runs_none: &'static str,
    /// What may have run already: one, several.
    pub doubts: [&'static str; 2],
    /// What was refused was read.
    pub dismiss: &'static str,
    /// The server does not let this page do so.
    pub forbidden: &'static str,
    /// The server did not answer.
    pub unreached: &'static str,
}

/// What is said about something that a person may do.
#[derive(Debug)]
pub struct DeedWords {
    /// The button that begins it.
    pub begin: &'static str,
    /// The question.
    pub ask: &'static str,
    /// Yes.
    pub confirm: &'static str,
    /// No.
    pub leave: &'static str,
    /// It is being sent.
    pub sending: &'static str,
    /// It was done.
    pub done: &'static str,
    /// It was not.
    pub refused: &'static str,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Running, Self::Completed, Self::Partial, Self::Failed, Self::Canceled, Self::TimedOut];

    /// As the wire has it: a status of what goes on, an outcome of what is over.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::TimedOut => "timed_out",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

impl Stop {
    /// The stop of that name.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "tolerance" => Some(Self::Tolerance),
            "deadline" => Some(Self::Deadline),
            "canceled" => Some(Self::Canceled),
            _ => None,
        }
    }
}

impl Words {
    /// A state.
    #[must_use]
    pub fn state(&self, state: State) -> &'static str {
        named(&State::ALL, &self.states, state)
    }

    /// Why nothing more is started.
    #[must_use]
    pub fn stop(&self, stop: Stop) -> &'static str {
        named(&[Stop::Tolerance, Stop::Deadline, Stop::Canceled], &self.stops, stop)
    }

    /// Why the element cannot go on.
    #[must_use]
    pub const fn problem(&self, problem: Problem) -> &'static str {
        crate::text::problem(&self.problems, problem)
    }

    /// What is said about a deed.
    #[must_use]
    pub const fn deed(&self, deed: Deed) -> &DeedWords {
        let [cancel, redrive] = &self.deeds;
        match deed {
            Deed::Cancel => cancel,
            Deed::Redrive => redrive,
        }
    }

    /// What shape and colour follow, and the words for it: of a state, or of a connection that has not brought one.
    #[must_use]
    pub fn headline(&self, every: &Every, state: Option<State>, link: Link) -> (&'static str, &'static str) {
        match (state, link) {
            (Some(state), _) => (state.name(), self.state(state)),
            (None, Link::Stopped(_)) => ("stopped", every.unavailable),
            (None, Link::Idle) => ("idle", every.nothing),
            (None, _) => ("idle", every.loading),
        }
    }

    /// `9,120 of 10,000 items`.
    #[must_use]
    pub fn progress(&self, every: &Every, ended: u64, total: u64) -> String {
        let [done, of] = self.progress;
        [fill(done, &every.count(ended)), fill(of, &every.count(total))].concat()
    }

    /// `Generation 2`; empty in the first one.
    #[must_use]
    pub fn generation(&self, every: &Every, generation: u64) -> String {
        if generation < 2 { String::new() } else { fill(self.generation, &every.count(generation)) }
    }

    /// What a cancel would do, in words: of so many that run, and so many that have not begun.
    #[must_use]
    pub fn cancel(&self, every: &Every, running: u64, not_started: u64) -> String {
        let [runs, waits] = self.cancels;
        [fill(runs, &every.count(running)), fill(waits, &every.count(not_started))].concat()
    }

    /// Why a deed was refused, in words.
    #[must_use]
    pub fn refusal(&self, deed: Deed, status: u16, reason: &str) -> String {
        let ours = match status {
            0 => self.unreached,
            401 | 403 => self.forbidden,
            _ => "",
        };
        let blank = if ours.is_empty() || reason.is_empty() { "" } else { " " };
        [self.deed(deed).refused, ": ", ours, blank, reason].concat()
    }

    /// What is said aloud of the connection and of a state; empty where it has passed.
    #[must_use]
    pub fn spoken(&self, every: &Every, announcement: Announcement, state: Option<State>, link: Link) -> String {
        match (announcement, state, link) {
            (Announcement::Status, Some(state), _) => self.state(state).into(),
            (Announcement::Quarter(quarter), ..) => fill(every.percent_done, &decimal(quarter.saturating_mul(25))),
            (Announcement::Lost, ..) => every.connection_lost.into(),
            (Announcement::Back, ..) => every.connection_back.into(),
            (Announcement::Stopped, _, Link::Stopped(problem)) => self.problem(problem).into(),
            (Announcement::Status | Announcement::Stopped, ..) => String::new(),
        }
    }

    /// What is said aloud of what became of a deed.
    #[must_use]
    pub fn spoken_act<P>(&self, act: &Act<P>) -> String {
        match act {
            Act::Done(deed) => self.deed(*deed).done.into(),
            Act::Refused(deed, status, reason) => self.refusal(*deed, *status, reason),
            Act::None | Act::Previewing | Act::Asked(..) | Act::Sending(_) => String::new(),
        }
    }
}
