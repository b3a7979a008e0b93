//! What holds of a chain of any shape under any sequence of ends, wakes, cancels, redrives and restarts, however late and often
//! they come.
//!
//! The shell of these tests keeps what a real one keeps: the standing and the rows of the nodes that a turn names. It dies
//! between a request for binding and its answer as well as anywhere else.

use std::collections::{BTreeMap, BTreeSet};

use cxpulse_core::chain::{Answer, Effect, Event, Turn};
use cxpulse_core::id::Run;
use cxpulse_core::time::Span;
use cxpulse_core::wire::chain::ChainStatus;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::check::{ChainScene, answer, bound, chain_adds_up, chain_request};

/// Something that CXone, the caller, the world or the process does.
#[derive(Debug, Clone)]
enum Happening {
    Woken,
    /// One of those that were asked for is bound.
    Bind(Index, &'static str),
    /// One of those that run ends.
    End(Index, &'static str),
    /// Something that ended once is told again, maybe with other words.
    Again(Index, Option<&'static str>),
    WaitChanged,
    Cancel,
    /// All that failed, or one node.
    Redrive(Option<Index>),
    Restart,
    /// Time passes, in seconds.
    Pass(u64),
    Deadline,
}

/// A chain with what the world has seen of it.
struct World {
    scene: ChainScene,
    needs: Vec<Vec<u32>>,
    /// What was asked to be bound, and is not answered.
    asked: BTreeSet<u32>,
    /// What was started, by run: it is so only once.
    started: BTreeMap<Run, u32>,
    /// What runs, as the world sees it.
    running: BTreeMap<u32, Run>,
    told: Vec<(u32, Answer)>,
    parallel: usize,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_starts_before_all_it_needs_has_ended_whatever_happens(
        nodes in (1_usize..14).prop_flat_map(nodes),
        parallel in 1_u32..5,
        happenings in prop::collection::vec(happening(), 1..140),
    ) {
        let mut world = World::new(&nodes, parallel);
        for happening in &happenings {
            world.play(happening)?;
        }
        world.finish()?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn large_chains_hold_to_the_same(
        nodes in (100_usize..=200).prop_flat_map(nodes),
        parallel in 1_u32..=50,
        happenings in prop::collection::vec(happening(), 400..800),
    ) {
        let mut world = World::new(&nodes, parallel);
        for happening in &happenings {
            world.play(happening)?;
        }
        world.finish()?;
    }

    /// Without failures, cancels and restarts the order of ends decides nothing: every node runs once, and as many at once as
    /// may.
    #[test]
    fn a_chain_that_nothing_happens_to_runs_each_node_once_and_as_many_at_once_as_may(
        nodes in (1_usize..=200).prop_flat_map(nodes),
        parallel in 1_u32..=50,
        order in prop::collection::vec(any::<Index>(), 200),
    ) {
        let mut world = World::new(&nodes, parallel);
        world.turn(Event::Woken)?;
        for place in order.iter().cycle() {
            world.bind_all("go")?;
            world.check_is_busy()?;
            let Some((node, run)) = world.pick_running(place) else { break };
            world.end(node, run, "successful")?;
        }
        prop_assert!(world.scene.place().starts_with("completed completed:"), "{}", world.scene.place());
        prop_assert_eq!(world.started.len(), nodes.len());
    }

    #[test]
    fn a_failure_halts_what_depends_on_it_and_nothing_else(
        nodes in (2_usize..=60).prop_flat_map(plain_nodes),
        failing in prop::collection::vec(any::<Index>(), 1..4),
    ) {
        let mut world = World::new(&nodes, 200);
        let failing: BTreeSet<u32> = failing.iter().map(|place| number(place.index(nodes.len()))).collect();
        world.turn(Event::Woken)?;
        loop {
            world.bind_all("go")?;
            let Some((node, run)) = world.running.first_key_value().map(|(node, run)| (*node, *run)) else { break };
            world.end(node, run, if failing.contains(&node) { "failed" } else { "successful" })?;
        }
        for node in 0..number(nodes.len()) {
            let is_halted = world.ancestors(node).iter().any(|before| failing.contains(before));
            let expected = match (is_halted, failing.contains(&node)) {
                (true, _) => ChainStatus::NotStarted,
                (false, true) => ChainStatus::Failed,
                (false, false) => ChainStatus::Successful,
            };
            prop_assert_eq!(world.scene.chain.status(node), Some(expected), "node {}", node);
        }
    }

    /// What succeeded keeps its run, unless it depends on what runs again.
    #[test]
    fn a_redrive_keeps_what_succeeded(
        nodes in (2_usize..=40).prop_flat_map(nodes),
        ends in prop::collection::vec(ending(), 40),
    ) {
        let mut world = World::new(&nodes, 200);
        world.turn(Event::Woken)?;
        loop {
            world.bind_all("go")?;
            let Some((node, run)) = world.running.first_key_value().map(|(node, run)| (*node, *run)) else { break };
            world.end(node, run, ends[usize::try_from(node).expect("an index") % ends.len()])?;
        }
        let before: Vec<_> = (0..number(nodes.len())).map(|node| (world.scene.chain.status(node), world.scene.chain.item(node).cloned())).collect();
        let Some(Event::RedriveRequested { nodes: roots }) = world.scene.event("redrive") else { unreachable!("it is one") };
        let roots: BTreeSet<u32> = roots.into_iter().collect();
        world.turn(Event::RedriveRequested { nodes: roots.iter().copied().collect() })?;
        for (node, (status, item)) in (0..).zip(before) {
            let is_touched = roots.contains(&node) || world.ancestors(node).iter().any(|before| roots.contains(before));
            let is_kept = world.scene.chain.item(node).cloned() == item;
            prop_assert!(is_kept || is_touched, "node {} was {:?}", node, status);
            if status == Some(ChainStatus::Successful) && !is_touched {
                prop_assert_eq!(world.scene.chain.status(node), status);
            }
        }
    }
}

impl World {
    fn new(nodes: &[(Vec<u32>, &'static str)], parallel: u32) -> Self {
        let words: Vec<String> = (0..)
            .zip(nodes)
            .map(|(number, (needs, on_failure))| {
                let needs: Vec<String> = needs.iter().map(|need| format!("n{need}")).collect();
                format!("n{number} {} {on_failure}", needs.join(","))
            })
            .collect();
        let more = format!(r#""max_parallel": {parallel}, "notify": {{"url": "https://example.com/hook"}},"#);
        let scene = ChainScene::by_hand(&chain_request(&words.join(";"), &more), "");
        let needs = nodes.iter().map(|(needs, _)| needs.clone()).collect();
        Self {
            scene,
            needs,
            asked: BTreeSet::new(),
            started: BTreeMap::new(),
            running: BTreeMap::new(),
            told: Vec::new(),
            parallel: usize::try_from(parallel).expect("a count"),
        }
    }

    fn play(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Woken => self.turn(Event::Woken),
            Happening::Bind(place, word) => {
                let asked: Vec<u32> = self.asked.iter().copied().collect();
                if asked.is_empty() {
                    return Ok(());
                }
                self.turn(Event::NodeBound { node: asked[place.index(asked.len())], bound: bound(word) })
            }
            Happening::End(place, words) => match self.pick_running(place) {
                Some((node, run)) => self.end(node, run, words),
                None => Ok(()),
            },
            Happening::Again(place, words) => self.tell_again(place, *words),
            Happening::WaitChanged => self.turn(Event::WaitChanged),
            Happening::Cancel => self.turn(Event::CancelRequested),
            Happening::Redrive(place) => {
                let name = place.map(|place| format!(" n{}", place.index(self.needs.len()))).unwrap_or_default();
                let event = self.scene.event(&format!("redrive{name}")).expect("it is one");
                self.turn(event)
            }
            Happening::Restart => {
                // What was not stored is not lost: it follows from what was.
                let before = place(&self.scene);
                self.scene.restart();
                prop_assert_eq!(place(&self.scene), before, "what is in memory follows from what is stored");
                self.asked.clear();
                Ok(())
            }
            Happening::Pass(seconds) => {
                self.scene.now = self.scene.now.plus(Span::from_secs(*seconds));
                Ok(())
            }
            Happening::Deadline => {
                let event = self.scene.event("deadline").expect("it is one");
                self.turn(event)
            }
        }
    }

    fn tell_again(&mut self, place: &Index, words: Option<&str>) -> Result<(), TestCaseError> {
        if self.told.is_empty() {
            return Ok(());
        }
        let (node, told) = self.told[place.index(self.told.len())].clone();
        let is_awaited = self.running.get(&node) == Some(&told.run);
        let answer =
            words.map_or_else(|| told.clone(), |words| answer(told.run, told.generation, words, self.scene.now));
        let before = self.scene.chain.summary();
        self.turn(Event::NodeEnded { node, answer })?;
        prop_assert!(!is_awaited, "what ended once does not run");
        if self.scene.chain.standing().ended().is_some() {
            prop_assert_eq!(self.scene.chain.summary(), before);
        }
        Ok(())
    }

    fn end(&mut self, node: u32, run: Run, words: &str) -> Result<(), TestCaseError> {
        let generation = self.scene.chain.item(node).expect("it is there").generation;
        let answer = answer(run, generation, words, self.scene.now);
        self.told.push((node, answer.clone()));
        self.running.remove(&node);
        self.turn(Event::NodeEnded { node, answer })
    }

    fn bind_all(&mut self, word: &str) -> Result<(), TestCaseError> {
        while let Some(node) = self.asked.first().copied() {
            self.turn(Event::NodeBound { node, bound: bound(word) })?;
        }
        Ok(())
    }

    fn pick_running(&self, place: &Index) -> Option<(u32, Run)> {
        let running: Vec<(u32, Run)> = self.running.iter().map(|(node, run)| (*node, *run)).collect();
        (!running.is_empty()).then(|| running[place.index(running.len())])
    }

    /// Steps, and holds what follows against all that the world has seen.
    fn turn(&mut self, event: Event) -> Result<(), TestCaseError> {
        if let Event::NodeBound { node, .. } = &event {
            self.asked.remove(node);
        }
        let (seq, has_ended) = (self.scene.chain.standing().seq(), self.scene.chain.standing().ended());
        let is_redrive = matches!(event, Event::RedriveRequested { .. });
        let turn = self.scene.step(event);
        prop_assert_eq!(turn.is_changed, self.scene.chain.standing().seq() > seq);
        prop_assert!(turn.is_changed || turn.ignored.is_some() || !turn.effects.is_empty());
        if has_ended.is_some() && !(is_redrive && turn.is_changed) {
            prop_assert_eq!(self.scene.chain.standing().ended(), has_ended, "an end never changes");
        }
        self.take(&turn)?;
        self.check()
    }

    fn take(&mut self, turn: &Turn) -> Result<(), TestCaseError> {
        // Those that are waited for no longer are answered for all the same: nobody tells a shell.
        for effect in &turn.effects {
            match effect {
                Effect::Bind { node } => {
                    self.asked.insert(*node);
                    self.check_needs(*node)?;
                }
                Effect::Start { node, run } => {
                    prop_assert_eq!(self.started.insert(*run, *node), None, "run {} starts twice", run);
                    prop_assert_eq!(self.running.insert(*node, *run), None, "node {} runs twice", node);
                    self.check_needs(*node)?;
                }
                Effect::Cancel { node, run } => prop_assert_eq!(self.running.get(node), Some(run)),
                Effect::Notify { .. } => {}
            }
        }
        Ok(())
    }

    /// All that it needs has ended, and none of it halts.
    fn check_needs(&self, node: u32) -> Result<(), TestCaseError> {
        for need in &self.needs[usize::try_from(node).expect("an index")] {
            prop_assert!(!self.running.contains_key(need), "{} begins while {} runs", node, need);
            let answer = self.scene.chain.answer(*need);
            prop_assert!(answer.is_some_and(|answer| answer.end.is_good()), "{} begins on {:?}", node, answer);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let (chain, summary) = (&self.scene.chain, self.scene.chain.summary());
        prop_assert!(chain_adds_up(&summary), "{:?}", summary);
        prop_assert!(chain.running().eq(self.running.iter().map(|(node, run)| (*node, *run))));
        prop_assert!(self.running.len() + chain.binding().count() <= self.parallel);
        let is_idle = self.running.is_empty() && chain.next_wake_at().is_none();
        prop_assert_eq!(chain.standing().ended().is_some(), is_idle);
        Ok(())
    }

    /// As many run as may, of those whose needs have ended.
    fn check_is_busy(&self) -> Result<(), TestCaseError> {
        let has_ended = |node: &u32| self.scene.chain.answer(*node).is_some();
        let is_ready = |node: &u32| {
            !has_ended(node) && self.needs[usize::try_from(*node).expect("an index")].iter().all(has_ended)
        };
        let ready = (0..number(self.needs.len())).filter(is_ready).count();
        prop_assert_eq!(self.running.len(), ready.min(self.parallel));
        Ok(())
    }

    fn ancestors(&self, node: u32) -> BTreeSet<u32> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![node]);
        while let Some(next) = open.pop() {
            let needs = &self.needs[usize::try_from(next).expect("an index")];
            open.extend(needs.iter().filter(|need| seen.insert(**need)));
        }
        seen
    }

    /// Every chain ends once what runs does.
    fn finish(mut self) -> Result<(), TestCaseError> {
        for _ in 0..4 * self.needs.len() + 4 {
            self.turn(Event::Woken)?;
            self.bind_all("go")?;
            let Some((node, run)) = self.running.first_key_value().map(|(node, run)| (*node, *run)) else { break };
            self.end(node, run, "successful")?;
        }
        prop_assert!(self.scene.chain.standing().ended().is_some(), "{}", self.scene.place());
        Ok(())
    }
}

/// Where everything stands, but the time.
fn place(scene: &ChainScene) -> String {
    let chain = &scene.chain;
    let node = |node| format!("{:?} {:?}", chain.status(node), chain.item(node));
    let nodes: Vec<String> = (0..chain.total()).map(node).collect();
    format!("{} {:?} {nodes:?}", scene.place(), chain.binding().collect::<Vec<_>>())
}

/// What each node needs, any of those before it, and what its failure does.
fn nodes(total: usize) -> impl Strategy<Value = Vec<(Vec<u32>, &'static str)>> {
    let node = |number: u32| {
        let needs = prop::collection::btree_set(0..number.max(1), 0..4);
        let needs = needs.prop_map(move |needs| if number == 0 { Vec::new() } else { needs.into_iter().collect() });
        (needs, select(&["", "", "", "continue", "fallback"][..]))
    };
    (0..number(total)).map(node).collect::<Vec<_>>()
}

fn plain_nodes(total: usize) -> impl Strategy<Value = Vec<(Vec<u32>, &'static str)>> {
    nodes(total).prop_map(|nodes| nodes.into_iter().map(|(needs, _)| (needs, "")).collect())
}

fn ending() -> impl Strategy<Value = &'static str> {
    select(&["successful", "successful", "retried", "cached", "failed", "degraded", "fallback", "canceled"][..])
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => Just(Happening::Woken),
        12 => (any::<Index>(), select(&["go", "go", "go", "go", "skip", "fault"][..]))
            .prop_map(|(place, word)| Happening::Bind(place, word)),
        12 => (any::<Index>(), ending()).prop_map(|(place, words)| Happening::End(place, words)),
        3 => (any::<Index>(), prop::option::of(ending())).prop_map(|(place, words)| Happening::Again(place, words)),
        1 => Just(Happening::WaitChanged),
        1 => Just(Happening::Cancel),
        2 => prop::option::of(any::<Index>()).prop_map(Happening::Redrive),
        3 => Just(Happening::Restart),
        2 => (0_u64..100).prop_map(Happening::Pass),
        1 => Just(Happening::Deadline),
    ]
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("a count")
}
