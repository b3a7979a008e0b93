//! One page's feed: which watches it has, what may be sent now, and what waits until the page has seen what it was sent.
//! Never talks: the shell opens sockets and sends. The messages are in [`crate::wire::feed`].
//!
//! Nothing is queued: of each watch at most one snapshot waits, the latest. Bounded are the snapshots on their way, their
//! bytes, and the bytes of what waits, so that a slow page costs little more than a quick one.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::wire::feed::{WATCHES_MAX, WINDOW, WINDOW_BYTES};

/// One page's feed; `P` is a snapshot as the shell has it.
#[derive(Debug)]
pub struct Feed<P> {
    watches: BTreeMap<u32, Standing<P>>,
    /// Watches with something that waits, in the order that they began to wait.
    waiting: VecDeque<u32>,
    /// Bytes of what waits.
    waiting_bytes: usize,
    /// Bytes of each snapshot that is on its way, oldest first.
    under_way: VecDeque<usize>,
    /// Snapshots sent.
    sent: u64,
    /// Snapshots that have come, as the page says.
    seen: u64,
    /// Watches ever begun.
    begun: u32,
}

#[derive(Debug)]
struct Standing<P> {
    owed: Option<(P, usize)>,
    has_ended: bool,
}

/// Why a watch cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The page has [`WATCHES_MAX`].
    TooMany,
    /// The connection has begun [`BEGUN_MAX`]: it is to be closed, and the page comes back.
    Spent,
}

/// Something that goes to the page now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent<P> {
    /// A watch's latest snapshot.
    Snapshot(u32, P),
    /// The watch is over; it was taken away.
    Ended(u32),
}

/// More waits for a page than is kept for one: the connection is to be closed, and the page comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow;

/// The page says that it has seen more than it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsent;

impl<P> Default for Feed<P> {
    fn default() -> Self {
        Self {
            watches: BTreeMap::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            under_way: VecDeque::new(),
            sent: 0,
            seen: 0,
            begun: 0,
        }
    }
}

impl<P> Feed<P> {
    /// Begins a watch. One of the same number is taken away: the shell closes what it had open for it.
    ///
    /// # Errors
    /// [`Refusal`]; one of the same number is taken away all the same.
    pub fn begin(&mut self, number: u32) -> Result<(), Refusal> {
        self.leave(number);
        if self.begun >= BEGUN_MAX {
            return Err(Refusal::Spent);
        }
        if self.watches.len() >= usize::try_from(WATCHES_MAX).unwrap_or(usize::MAX) {
            return Err(Refusal::TooMany);
        }
        self.begun = self.begun.saturating_add(1);
        self.watches.insert(number, Standing { owed: None, has_ended: false });
        Ok(())
    }

    /// Takes a watch away, with what waits for it.
    pub fn leave(&mut self, number: u32) {
        let owed = self.watches.remove(&number).and_then(|standing| standing.owed);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(owed.map_or(0, |(_, bytes)| bytes));
        self.waiting.retain(|other| *other != number);
    }

    /// Whether there is such a watch.
    #[must_use]
    pub fn has(&self, number: u32) -> bool {
        self.watches.contains_key(&number)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.watches.is_empty()
    }

    /// The execution of a watch changed; its snapshot has so many bytes. Gives it where it may be sent now; else it takes
    /// the place of what waited.
    ///
    /// # Errors
    /// [`Slow`] where more than [`WAITING_BYTES_MAX`] would wait.
    pub fn change(&mut self, number: u32, snapshot: P, bytes: usize) -> Result<Option<P>, Slow> {
        let is_open = self.is_open();
        let Some(standing) = self.watches.get_mut(&number) else { return Ok(None) };
        if is_open && standing.owed.is_none() {
            self.note_sent(bytes);
            return Ok(Some(snapshot));
        }
        let before = standing.owed.replace((snapshot, bytes));
        if before.is_none() {
            self.waiting.push_back(number);
        }
        let others = self.waiting_bytes.saturating_sub(before.map_or(0, |(_, bytes)| bytes));
        self.waiting_bytes = others.saturating_add(bytes);
        if self.waiting_bytes > WAITING_BYTES_MAX { Err(Slow) } else { Ok(None) }
    }

    /// The execution of a watch has ended, and no other snapshot follows. Gives whether that is said now; else it is said
    /// after the snapshot that waits.
    pub fn end(&mut self, number: u32) -> bool {
        let Some(standing) = self.watches.get_mut(&number) else { return false };
        if standing.owed.is_some() {
            standing.has_ended = true;
            return false;
        }
        self.leave(number);
        true
    }

    /// The page has seen so many snapshots. Gives what goes out now, in order. A smaller number than before is old news.
    ///
    /// # Errors
    /// [`Unsent`] for more than were sent.
    pub fn see(&mut self, count: u64) -> Result<Vec<Sent<P>>, Unsent> {
        if count > self.sent {
            return Err(Unsent);
        }
        while self.seen < count {
            self.seen = self.seen.saturating_add(1);
            self.under_way.pop_front();
        }
        let mut out = Vec::new();
        while self.is_open() {
            let Some(number) = self.waiting.pop_front() else { break };
            let Some(standing) = self.watches.get_mut(&number) else { continue };
            let Some((snapshot, bytes)) = standing.owed.take() else { continue };
            let has_ended = standing.has_ended;
            self.waiting_bytes = self.waiting_bytes.saturating_sub(bytes);
            self.note_sent(bytes);
            out.push(Sent::Snapshot(number, snapshot));
            if has_ended {
                self.leave(number);
                out.push(Sent::Ended(number));
            }
        }
        Ok(out)
    }

    fn note_sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(1);
        self.under_way.push_back(bytes);
    }

    fn is_open(&self) -> bool {
        let bytes = self.under_way.iter().fold(0_usize, |sum, bytes| sum.saturating_add(*bytes));
        self.sent.saturating_sub(self.seen) < u64::from(WINDOW) && bytes < WINDOW_BYTES
    }
}

/// Bytes of all that waits for one page: an isolate has 128 MiB for all pages.
pub const WAITING_BYTES_MAX: usize = 8 << 20;

/// Watches that one connection begins at most. Each is a request to an object, of which an invocation of a Worker may make
/// a thousand.
pub const BEGUN_MAX: u32 = 900;
