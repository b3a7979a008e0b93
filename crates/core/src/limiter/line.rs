//! Who waits for a tenant's limits, in a fair order. Never decides how long: pace and permits do.
//!
//! Start-time fair queueing (Goyal, Vin, Cheng, 1997): whoever comes joins the round after the one being served, and the
//! same key a round later for each of its own that waits already. So of a batch with hundreds of calls and a single
//! execution that comes after it, the single one waits for one call of the batch, not for hundreds.

use alloc::collections::BTreeMap;

use crate::time::{Span, Timestamp};

/// The callers that wait. Kept in memory only: after a restart they come back by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    order: BTreeMap<Turn, u64>,
    places: BTreeMap<u64, Place>,
    /// Those who wait at the gate itself rather than having been told to come back.
    /// Each with when it is to ask again, or was called to.
    held: BTreeMap<Turn, Timestamp>,
    rounds: BTreeMap<u64, u64>,
    keys: BTreeMap<u64, Key>,
    served_round: u64,
    numbered: u64,
}

/// One caller's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    turn: Turn,
    key: u64,
    /// When it is to ask again.
    expected_at: Timestamp,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomer {
    /// The call itself: asking again, it keeps its place.
    pub caller: u64,
    /// Whose share it takes: an execution, or the flow that it belongs to.
    pub key: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    round: u64,
    number: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Key {
    last_round: u64,
    waiting: u32,
}

impl Line {
    /// Nobody in it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            order: BTreeMap::new(),
            places: BTreeMap::new(),
            held: BTreeMap::new(),
            rounds: BTreeMap::new(),
            keys: BTreeMap::new(),
            served_round: 0,
            numbered: 0,
        }
    }

    /// Callers that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.places.len()
    }

    /// Whether somebody else who waits at the gate goes before this one.
    #[must_use]
    pub fn is_preceded(&self, caller: u64, now: Timestamp) -> bool {
        let own = self.places.get(&caller).map(|place| place.turn);
        let first = self.present(now).next();
        match (first, own) {
            (Some(first), Some(own)) => first < own,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// How many of those who wait at the gate go before this one; at most [`HELD_LOOK_MAX`].
    #[must_use]
    pub fn held_before(&self, caller: u64, now: Timestamp) -> u64 {
        let Some(own) = self.places.get(&caller).map(|place| place.turn) else { return 0 };
        let before = self.present(now).take_while(|turn| *turn < own).count();
        u64::try_from(before).unwrap_or(u64::MAX)
    }

    /// The caller's place, a new one where it has none; `None` where there is no room for another of its key, or at all.
    /// Gives how many go before it.
    pub fn join(&mut self, newcomer: Newcomer, now: Timestamp) -> Option<u64> {
        self.forget_gone(now);
        if let Some(place) = self.places.get(&newcomer.caller) {
            return Some(self.ahead_of(place.turn));
        }
        let key = self.keys.get(&newcomer.key).copied().unwrap_or_default();
        if key.waiting >= WAITING_BY_KEY_MAX || self.places.len() >= WAITING_MAX {
            return None;
        }
        // No key can be further ahead of itself than it has callers here, however many of its own went away.
        let last_round = key.last_round.min(self.served_round.saturating_add(key.waiting.into()));
        let round = self.served_round.max(last_round).saturating_add(1);
        self.numbered = self.numbered.saturating_add(1);
        let turn = Turn { round, number: self.numbered };
        let ahead = self.rounds.range(..=round).map(|(_, count)| *count).sum();
        self.order.insert(turn, newcomer.caller);
        self.places.insert(newcomer.caller, Place { turn, key: newcomer.key, expected_at: now });
        let waiting = key.waiting.saturating_add(1);
        self.keys.insert(newcomer.key, Key { last_round: round, waiting });
        let count = self.rounds.entry(round).or_default();
        *count = count.saturating_add(1);
        Some(ahead)
    }

    /// How many go before one who has no place and gets none.
    #[must_use]
    pub fn ahead_of_all(&self) -> u64 {
        u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }

    /// The caller was told to ask again then; `is_held`: whether it stays at the gate.
    pub fn expect(&mut self, caller: u64, at: Timestamp, is_held: bool) {
        let Some(place) = self.places.get_mut(&caller) else { return };
        place.expected_at = at;
        if is_held {
            self.held.insert(place.turn, at);
        } else {
            self.held.remove(&place.turn);
        }
    }

    /// Those who stay at the gate are called to ask again now. Whoever is alive does.
    pub fn call(&mut self, now: Timestamp) {
        for expected_at in self.held.values_mut().take(HELD_LOOK_MAX) {
            *expected_at = now.min(*expected_at);
        }
    }

    /// The clock was set back by `by`: everybody is expected earlier by as much.
    pub fn shift_back(&mut self, by: Span) {
        for place in self.places.values_mut() {
            place.expected_at = place.expected_at.minus(by);
        }
        for expected_at in self.held.values_mut() {
            *expected_at = expected_at.minus(by);
        }
    }

    /// The caller goes, or has gone away.
    pub fn leave(&mut self, caller: u64) {
        let Some(place) = self.places.remove(&caller) else { return };
        self.order.remove(&place.turn);
        self.held.remove(&place.turn);
        if let Some(count) = self.rounds.get_mut(&place.turn.round) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.rounds.remove(&place.turn.round);
            }
        }
        if let Some(key) = self.keys.get_mut(&place.key) {
            key.waiting = key.waiting.saturating_sub(1);
            if key.waiting == 0 {
                self.keys.remove(&place.key);
            }
        }
    }

    /// The caller is served: the round moves on to its own.
    pub fn serve(&mut self, caller: u64) {
        if let Some(place) = self.places.get(&caller) {
            self.served_round = self.served_round.max(place.turn.round);
        }
        self.leave(caller);
    }

    /// The turns of those first at the gate who are still there.
    fn present(&self, now: Timestamp) -> impl Iterator<Item = Turn> + '_ {
        let first = self.held.iter().take(HELD_LOOK_MAX);
        first.filter(move |(_, expected_at)| now <= expected_at.plus(HELD_PATIENCE)).map(|(turn, _)| *turn)
    }

    fn ahead_of(&self, turn: Turn) -> u64 {
        let earlier: u64 = self.rounds.range(..turn.round).map(|(_, count)| *count).sum();
        let first = self.order.range(Turn { round: turn.round, number: 0 }..).next();
        let first_number = first.map_or(turn.number, |(first, _)| first.number);
        // Numbers of other rounds lie between, so it is at most that many.
        let of_round = self.rounds.get(&turn.round).copied().unwrap_or(0).saturating_sub(1);
        earlier.saturating_add(turn.number.saturating_sub(first_number).min(of_round))
    }

    /// Whoever is first and long overdue will not come any more.
    fn forget_gone(&mut self, now: Timestamp) {
        while let Some((_, caller)) = self.order.first_key_value() {
            let caller = *caller;
            let is_gone = self.places.get(&caller).is_none_or(|place| now > place.expected_at.plus(GONE_PATIENCE));
            if !is_gone {
                break;
            }
            self.leave(caller);
        }
    }
}

/// Callers that wait at a time; whoever comes after them is told to come again, and keeps no place.
pub const WAITING_MAX: usize = 10_000;

/// Callers of one key among them.
pub const WAITING_BY_KEY_MAX: u32 = 64;

/// How late one at the gate may be before others go first: its holder may have died.
const HELD_PATIENCE: Span = Span::from_millis(250);

/// How late anybody may be before the place is given up.
const GONE_PATIENCE: Span = Span::from_secs(10);

/// Those at the gate that are looked at for one who is still there.
const HELD_LOOK_MAX: usize = 64;
