//! What holds of a batch under any sequence of ends, wakes, cancels, redrives and restarts, however late and often they come.
//!
//! The shell of these tests keeps what a real one keeps: the standing and the rows of the items that a turn names.

use std::collections::{BTreeMap, BTreeSet};

use cxpulse_core::batch::{Answer, Effect, Event, Item, Turn};
use cxpulse_core::flow::NodeStatus;
use cxpulse_core::id::Run;
use cxpulse_core::time::Span;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::check::{BatchScene, NOON, adds_up, answer};

/// Something that CXone, the caller, the world or the process does.
#[derive(Debug, Clone)]
enum Happening {
    Woken,
    /// One of those that run ends.
    End(usize, &'static str),
    /// Something that ended once is told again, maybe with other words.
    Again(usize, Option<&'static str>),
    WaitChanged,
    Cancel,
    /// What has one of these letters, and stands at one of these places.
    Redrive(Vec<NodeStatus>, usize),
    Restart,
    /// Time passes, in seconds.
    Pass(u64),
    Deadline,
}

/// A batch with what the world has seen of it.
struct World {
    scene: BatchScene,
    /// What was started, by run: it is so only once.
    started: BTreeMap<Run, u32>,
    /// What runs, as the world sees it.
    running: BTreeMap<u32, Run>,
    told: Vec<(u32, Answer)>,
    parallel: u32,
    chunk: usize,
}

proptest! {
    #[test]
    fn nothing_starts_twice_and_the_counts_add_up_whatever_happens(
        total in 1_usize..12,
        parallel in 1_u32..5,
        chunk in 1_u32..4,
        tolerate in prop::option::of(0_u32..4),
        happenings in prop::collection::vec(happening(), 1..120),
    ) {
        let mut world = World::new(total, parallel, chunk, tolerate);
        for happening in &happenings {
            world.play(happening)?;
        }
        world.finish()?;
    }

    #[test]
    fn answers_merge_alike_in_any_order_and_however_often(
        answers in prop::collection::vec((0_u32..4, 1_u32..4, ending()), 1..12),
        order in prop::collection::vec(any::<Index>(), 1..40),
    ) {
        let all: Vec<Answer> = answers.iter().map(|(run, generation, words)| answer(number(*run), *generation, words, NOON)).collect();
        let item = || Item { started_at: Some(NOON), ..Item::new(number(0)) };
        let once = all.iter().cloned().fold(item(), Item::merge);
        let shuffled = order.iter().map(|index| index.get(&all).clone()).fold(item(), Item::merge);
        let both = all.iter().cloned().fold(shuffled, Item::merge);
        prop_assert_eq!(&both, &once);
        prop_assert_eq!(&all.into_iter().rev().fold(once.clone(), Item::merge), &once);
    }
}

proptest! {
    /// Two generations of ends, in any order, with late and repeated ones between them: neither counts, nor their order.
    #[test]
    fn ends_in_any_order_and_however_often_come_to_the_same(
        first in prop::collection::vec(ending(), 1..12),
        second in prop::collection::vec(ending(), 12),
        orders in [places(), places()],
        repeats in [places(), places()],
    ) {
        let [one, other] = [0, 1].map(|which| come_to(&first, &second, &orders[which], &repeats[which]));
        prop_assert_eq!(one, other);
    }
}

/// What a batch shows after two generations, whose items end in the order that `order` gives, each told again after any of
/// `repeats`.
fn come_to(first: &[&'static str], second: &[&'static str], order: &[Index], repeats: &[Index]) -> String {
    let mut scene = World::new(first.len(), 200, 1_000, None).scene;
    let mut told: Vec<Event> = Vec::new();
    for words in [first, second] {
        scene.step(Event::Woken);
        let mut running: Vec<(u32, Run)> = scene.batch.running().collect();
        let mut order = order.iter();
        while !running.is_empty() {
            let (item, run) = running.remove(order.next().map_or(0, |place| place.index(running.len())));
            let words = words[usize::try_from(item).expect("an index")];
            let generation = scene.batch.item(item).expect("it is there").generation;
            told.push(Event::ItemEnded { item, answer: answer(run, generation, words, NOON) });
            scene.step(told.last().expect("it was told just now").clone());
            if let Some(place) = repeats.get(running.len()) {
                scene.step(place.get(&told).clone());
            }
        }
        if scene.batch.standing().generation() == 1 {
            // Runs are given in the order of the items, not in that of their ends.
            scene.step(Event::RedriveRequested { items: (0..scene.batch.summary().total).collect() });
        }
    }
    let answers: Vec<_> = (0..scene.batch.summary().total).map(|index| scene.batch.item(index).cloned()).collect();
    let snapshot = scene.snapshot();
    format!("{:?} {:?} {:?} {:?} {answers:?}", snapshot.summary, snapshot.sources, snapshot.failures, snapshot.outcome)
}

fn places() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 24)
}

#[test]
fn ten_thousand_items_go_through_two_generations() {
    let mut world = World::new(10_000, 200, 1_000, None);
    let mut words =
        ["successful", "failed", "degraded", "successful", "cached", "fallback", "retried"].into_iter().cycle();
    let mut started = Vec::new();
    while started.len() < 2 {
        world.run_out(|| words.next().expect("it goes on for ever")).expect("it holds");
        assert!(world.scene.batch.standing().ended().is_some());
        assert!(adds_up(world.scene.batch.summary()));
        started.push(world.started.len());
        let before = *world.scene.batch.summary();
        world.play(&Happening::Redrive(NodeStatus::REDRIVEN.to_vec(), 10_000)).expect("it holds");
        let after = world.scene.batch.summary();
        assert_eq!(after.successful, before.successful, "what worked is kept");
        assert_eq!(after.not_started + after.running, 10_000 - before.successful);
        world.play(&Happening::Restart).expect("it holds");
    }
    assert_eq!(started, [10_000, 20_000 - first_successes()]);
}

/// Of seven ends four are successful, in the order that the words have.
fn first_successes() -> usize {
    let words = ["successful", "failed", "degraded", "successful", "cached", "fallback", "retried"];
    let is_good = |index: &usize| matches!(words[index % 7], "successful" | "cached" | "retried");
    (0..10_000).filter(is_good).count()
}

impl World {
    fn new(total: usize, parallel: u32, chunk: u32, tolerate: Option<u32>) -> Self {
        let payloads: Vec<String> = (0..total).map(|number| format!(r#"{{"id": "{number}"}}"#)).collect();
        let tolerate = tolerate.map(|failed| format!(r#""tolerate": {{"failed": {failed}}},"#)).unwrap_or_default();
        let request = format!(
            r#"{{"action_id": "a", "max_parallel": {parallel}, "chunk_size": {chunk}, "timeout_seconds": 3600, {tolerate}
            "payloads": [{}]}}"#,
            payloads.join(",")
        );
        let scene = BatchScene::open(&request);
        let chunk = usize::try_from(chunk).expect("a count");
        Self { scene, started: BTreeMap::new(), running: BTreeMap::new(), told: Vec::new(), parallel, chunk }
    }

    fn play(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Woken => self.step(Event::Woken)?,
            Happening::End(which, words) => self.end(*which, words)?,
            Happening::Again(which, words) => self.again(*which, *words)?,
            Happening::WaitChanged => self.step(Event::WaitChanged)?,
            Happening::Cancel => self.step(Event::CancelRequested)?,
            Happening::Redrive(statuses, count) => self.redrive(statuses, *count)?,
            Happening::Restart => self.restart()?,
            Happening::Pass(seconds) => self.scene.now = self.scene.now.plus(Span::from_secs(*seconds)),
            Happening::Deadline => {
                self.scene.now = self.scene.now.max(self.scene.batch.standing().deadline_at());
                self.step(Event::Woken)?;
            }
        }
        self.check()
    }

    fn step(&mut self, event: Event) -> Result<(), TestCaseError> {
        let before = self.scene.batch.clone();
        let turn = self.scene.step(event);
        prop_assert_eq!(turn.is_changed, self.scene.batch.standing().seq() > before.standing().seq());
        prop_assert!(turn.is_changed || (turn.effects.is_empty() && turn.items.is_empty()), "{turn:?}");
        let total = before.summary().total;
        let named: BTreeSet<u32> = turn.items.iter().copied().collect();
        let silent =
            (0..total).find(|index| !named.contains(index) && before.item(*index) != self.scene.batch.item(*index));
        prop_assert_eq!(silent, None, "an item changed and nobody was told");
        self.take_effects(&turn)
    }

    fn take_effects(&mut self, turn: &Turn) -> Result<(), TestCaseError> {
        let mut started = 0;
        for effect in &turn.effects {
            match effect {
                Effect::Start { item, run } => {
                    started += 1;
                    prop_assert_eq!(self.started.insert(*run, *item), None, "a run starts once");
                    prop_assert_eq!(self.running.insert(*item, *run), None, "an item has one execution at a time");
                }
                Effect::Cancel { item, run } => prop_assert_eq!(self.running.get(item), Some(run)),
                Effect::Notify { .. } => prop_assert!(false, "nobody asked"),
            }
        }
        prop_assert!(started <= self.chunk, "a chunk at most");
        Ok(())
    }

    fn end(&mut self, which: usize, words: &'static str) -> Result<(), TestCaseError> {
        let Some((item, run)) = self.running.iter().nth(which).map(|(item, run)| (*item, *run)) else { return Ok(()) };
        self.running.remove(&item);
        let generation = self.scene.batch.item(item).expect("it is there").generation;
        let answer = answer(run, generation, words, self.scene.now);
        self.told.push((item, answer.clone()));
        self.step(Event::ItemEnded { item, answer })
    }

    /// Changes nothing but what was due anyway.
    fn again(&mut self, which: usize, words: Option<&'static str>) -> Result<(), TestCaseError> {
        let Some((item, told)) = self.told.get(which).cloned() else { return Ok(()) };
        let other = words.map(|words| answer(told.run, told.generation, words, self.scene.now));
        let before =
            (0..self.scene.batch.summary().total).filter_map(|index| self.scene.batch.item(index)?.answer.clone());
        let before: Vec<Answer> = before.collect();
        self.step(Event::ItemEnded { item, answer: other.unwrap_or(told) })?;
        let after =
            (0..self.scene.batch.summary().total).filter_map(|index| self.scene.batch.item(index)?.answer.clone());
        prop_assert_eq!(before, after.collect::<Vec<_>>());
        Ok(())
    }

    fn redrive(&mut self, statuses: &[NodeStatus], count: usize) -> Result<(), TestCaseError> {
        let total = self.scene.batch.summary().total;
        let is_meant = |index: &u32| self.scene.batch.status(*index).is_some_and(|status| statuses.contains(&status));
        let items: Vec<u32> = (0..total).filter(is_meant).take(count).collect();
        self.step(Event::RedriveRequested { items })
    }

    fn restart(&mut self) -> Result<(), TestCaseError> {
        let before = self.scene.batch.clone();
        self.scene.restart();
        let after = &self.scene.batch;
        prop_assert_eq!(after.summary(), before.summary());
        prop_assert_eq!(after.sources(), before.sources());
        prop_assert_eq!(after.grid(), before.grid());
        prop_assert!(after.faults().eq(before.faults()));
        prop_assert_eq!(after.running().collect::<Vec<_>>(), before.running().collect::<Vec<_>>());
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let batch = &self.scene.batch;
        let (summary, sources) = (batch.summary(), batch.sources());
        prop_assert!(adds_up(summary), "{summary:?}");
        prop_assert!(summary.running <= self.parallel, "{summary:?}");
        prop_assert_eq!(batch.running().collect::<BTreeMap<_, _>>(), self.running.clone());
        let answered = sources.fresh + sources.retried + sources.cached + sources.degraded;
        prop_assert!(sources.fresh + sources.retried + sources.cached == summary.successful, "{sources:?} {summary:?}");
        prop_assert!(answered <= summary.successful + summary.degraded, "{sources:?} {summary:?}");
        let is_over = batch.standing().ended().is_some();
        prop_assert_eq!(is_over, summary.running == 0 && batch.next_wake_at().is_none());
        for status in NodeStatus::ALL {
            let shown = batch.grid().chars().filter(|letter| *letter == status.letter()).count();
            prop_assert_eq!(u32::try_from(shown).ok(), Some(summary.count(status)));
        }
        Ok(())
    }

    /// Left alone, with every execution ending in its time, it ends.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        self.run_out(|| "successful")?;
        prop_assert!(self.scene.batch.standing().ended().is_some(), "{}", self.scene.place());
        prop_assert!(self.running.is_empty());
        let before = self.scene.batch.clone();
        self.step(Event::Woken)?;
        prop_assert_eq!(before.standing().seq(), self.scene.batch.standing().seq(), "what is over stays so");
        Ok(())
    }

    fn run_out(&mut self, mut words: impl FnMut() -> &'static str) -> Result<(), TestCaseError> {
        let steps_max = self.scene.items.len() * 4 + 400;
        for _ in 0..steps_max {
            let is_due = self.scene.batch.next_wake_at().is_some_and(|at| at <= self.scene.now);
            if is_due {
                self.scene.step(Event::Woken).effects.iter().for_each(|effect| {
                    if let Effect::Start { item, run } = effect {
                        assert!(self.started.insert(*run, *item).is_none(), "a run starts once");
                        self.running.insert(*item, *run);
                    }
                });
            } else if let Some((item, run)) = self.running.pop_first() {
                let generation = self.scene.batch.item(item).expect("it is there").generation;
                let answer = answer(run, generation, words(), self.scene.now);
                let turn = self.scene.step(Event::ItemEnded { item, answer });
                self.take_effects(&turn)?;
            } else {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => Just(Happening::Woken),
        8 => (0_usize..5, ending()).prop_map(|(which, words)| Happening::End(which, words)),
        2 => (0_usize..30, prop::option::of(ending())).prop_map(|(which, words)| Happening::Again(which, words)),
        1 => Just(Happening::WaitChanged),
        1 => Just(Happening::Cancel),
        2 => (prop::collection::vec(select(&NodeStatus::ALL[..]), 1..4), 1_usize..12)
            .prop_map(|(statuses, count)| Happening::Redrive(statuses, count)),
        2 => Just(Happening::Restart),
        2 => (0_u64..600).prop_map(Happening::Pass),
        1 => Just(Happening::Deadline),
    ]
}

fn ending() -> impl Strategy<Value = &'static str> {
    select(&["successful", "retried", "cached", "failed", "failed OTHER", "degraded", "fallback", "canceled"][..])
}

fn number(run: u32) -> Run {
    Run::new(run).expect("a run that there can be")
}
