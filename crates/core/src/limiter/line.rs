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
    places: BTreeMap<Newcomer, Place>,
    /// Those who wait at the gate itself rather than having been told to come back.
    held: BTreeMap<Turn, Presence>,
    rounds: BTreeMap<u32, Round>,
    served_round: u32,
    swept_at: Timestamp,
}

/// Who asks. Ordered so that those of a key stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Newcomer {
    /// Whose share it takes: an execution, or the flow that it belongs to.
    pub key: u64,
    /// The call itself: asking again, it keeps its place.
    pub caller: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    turn: Turn,
    /// When it is to ask again.
    expected_at: Timestamp,
}

/// One who waits at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Presence {
    expected_at: Timestamp,
    hears: Hears,
}

/// Whether one who waits at the gate asks again when a call is reported on, or only when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// Any report may make its wait shorter.
    Reports,
    /// None does.
    Nothing,
}

/// A round, and which of those who joined it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    round: u32,
    number: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Round {
    joined: u32,
    left: u32,
}

impl Line {
    /// Nobody in it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            places: BTreeMap::new(),
            held: BTreeMap::new(),
            rounds: BTreeMap::new(),
            served_round: 0,
            swept_at: Timestamp::from_millis(0),
        }
    }

    /// Callers that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.places.len()
    }

    /// Whether somebody else who waits at the gate goes before this one.
    #[must_use]
    pub fn is_preceded(&self, caller: Newcomer, now: Timestamp) -> bool {
        let own = self.places.get(&caller).map(|place| place.turn);
        match (self.present(now).next(), own) {
            (Some(first), Some(own)) => first < own,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// How many of those who wait at the gate go before this one; at most [`HELD_LOOK_MAX`].
    #[must_use]
    pub fn held_before(&self, caller: Newcomer, now: Timestamp) -> u64 {
        let Some(own) = self.places.get(&caller).map(|place| place.turn) else { return 0 };
        let before = self.present(now).take_while(|turn| *turn < own).count();
        u64::try_from(before).unwrap_or(u64::MAX)
    }

    /// Whether the caller may stay at the gate, or does already.
    #[must_use]
    pub fn has_room(&self, caller: Newcomer) -> bool {
        let is_held = |place: &Place| self.held.contains_key(&place.turn);
        self.held.len() < HELD_MAX || self.places.get(&caller).is_some_and(is_held)
    }

    /// The caller's place, a new one where it has none; `None` where there is no room for another of its key, or at all.
    /// Gives how many go before it.
    pub fn join(&mut self, caller: Newcomer, now: Timestamp) -> Option<u64> {
        self.forget_gone(now);
        if let Some(place) = self.places.get(&caller) {
            return Some(self.ahead_of(place.turn));
        }
        let turn = self.next_turn(caller.key)?;
        let round = self.rounds.entry(turn.round).or_default();
        round.joined = turn.number;
        self.places.insert(caller, Place { turn, expected_at: now });
        Some(self.ahead_of(turn))
    }

    /// How many go before one who has no place and gets none.
    #[must_use]
    pub fn ahead_of_all(&self) -> u64 {
        u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }

    /// The caller was told to ask again then; `held`: that it stays at the gate, and what it hears there.
    pub fn expect_back(&mut self, caller: Newcomer, at: Timestamp, held: Option<Hears>) {
        let Some(place) = self.places.get_mut(&caller) else { return };
        place.expected_at = at;
        match held {
            Some(hears) => drop(self.held.insert(place.turn, Presence { expected_at: at, hears })),
            None => drop(self.held.remove(&place.turn)),
        }
    }

    /// A call was reported on: those who hear of it are to ask again now. Whoever of them is alive does.
    pub fn call(&mut self, now: Timestamp) {
        for presence in self.held.values_mut().take(HELD_LOOK_MAX) {
            match presence.hears {
                Hears::Reports => presence.expected_at = now.min(presence.expected_at),
                Hears::Nothing => {}
            }
        }
    }

    /// The clock was set back by `by`: everybody is expected earlier by as much.
    pub fn shift_back(&mut self, by: Span) {
        self.swept_at = self.swept_at.minus(by);
        for place in self.places.values_mut() {
            place.expected_at = place.expected_at.minus(by);
        }
        for presence in self.held.values_mut() {
            presence.expected_at = presence.expected_at.minus(by);
        }
    }

    /// The caller is served: the round moves on to its own.
    pub fn serve(&mut self, caller: Newcomer) {
        let Some(place) = self.places.remove(&caller) else { return };
        self.served_round = self.served_round.max(place.turn.round);
        self.gone(place.turn);
    }

    /// Where the next of a key stands; `None` where there is no room.
    fn next_turn(&self, key: u64) -> Option<Turn> {
        if self.places.len() >= WAITING_MAX {
            return None;
        }
        let of_key = self.places.range(Newcomer { key, caller: 0 }..=Newcomer { key, caller: u64::MAX });
        let rounds = of_key.map(|(_, place)| place.turn.round);
        let (waiting, last) =
            rounds.fold((0_u32, 0), |(count, last), round| (count.saturating_add(1), last.max(round)));
        if waiting >= WAITING_BY_KEY_MAX {
            return None;
        }
        // No key can be further ahead of itself than it has callers here, however many of its own went away.
        let last = last.min(self.served_round.saturating_add(waiting));
        let round = self.served_round.max(last).checked_add(1)?;
        let joined = self.rounds.get(&round).map_or(0, |round| round.joined);
        Some(Turn { round, number: joined.checked_add(1)? })
    }

    /// The turns of those first at the gate who are still there.
    fn present(&self, now: Timestamp) -> impl Iterator<Item = Turn> + '_ {
        let first = self.held.iter().take(HELD_LOOK_MAX);
        first.filter(move |(_, presence)| now <= presence.expected_at.plus(HELD_PATIENCE)).map(|(turn, _)| *turn)
    }

    /// Exact as long as those of its round leave in their order.
    fn ahead_of(&self, turn: Turn) -> u64 {
        let waiting = |round: &Round| u64::from(round.joined.saturating_sub(round.left));
        let earlier: u64 = self.rounds.range(..turn.round).map(|(_, round)| waiting(round)).sum();
        let left = self.rounds.get(&turn.round).map_or(0, |round| round.left);
        earlier.saturating_add(u64::from(turn.number.saturating_sub(left).saturating_sub(1)))
    }

    fn gone(&mut self, turn: Turn) {
        self.held.remove(&turn);
        if let Some(round) = self.rounds.get_mut(&turn.round) {
            round.left = round.left.saturating_add(1);
            if round.left >= round.joined {
                self.rounds.remove(&turn.round);
            }
        }
        if self.places.is_empty() {
            // Numbers begin again, so that they never run out.
            self.served_round = 0;
        }
    }

    /// Whoever is long overdue will not come any more.
    fn forget_gone(&mut self, now: Timestamp) {
        if now.since(self.swept_at) < SWEEP_INTERVAL {
            return;
        }
        self.swept_at = now;
        let mut gone = alloc::vec::Vec::new();
        self.places.retain(|_, place| {
            let is_there = now <= place.expected_at.plus(GONE_PATIENCE);
            if !is_there {
                gone.push(place.turn);
            }
            is_there
        });
        gone.into_iter().for_each(|turn| self.gone(turn));
    }
}

/// Callers that wait at a time; whoever comes after them is told to come again, and keeps no place.
pub const WAITING_MAX: usize = 10_000;

/// Callers of one key among them.
pub const WAITING_BY_KEY_MAX: u32 = 64;

/// Callers that stay at the gate at a time; whoever comes after them is sent away for a moment.
pub const HELD_MAX: usize = 1_024;

/// How late one at the gate may be before others go first: its holder may have died.
const HELD_PATIENCE: Span = Span::from_millis(250);

/// How late anybody may be before the place is given up.
const GONE_PATIENCE: Span = Span::from_secs(10);

/// How often it is looked for them.
const SWEEP_INTERVAL: Span = Span::from_secs(1);

/// Those at the gate that are looked at for one who is still there.
const HELD_LOOK_MAX: usize = 64;
