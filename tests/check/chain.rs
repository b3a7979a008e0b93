//! A chain on a stage: happenings in words, played on the machine.
//!
//! | words | happening |
//! | --- | --- |
//! | `+7s`, `-5s` | time passes, or the clock goes back; nothing else |
//! | `woken`, `deadline` | the alarm; the same once the deadline has passed |
//! | `b will skip`, `b will fault`, `b will go` | what binding it comes to from now on; nothing else |
//! | `a go`, `a skip`, `a fault` | binding it has come to that |
//! | `a successful`, `a failed CODE`, … | the latest execution of node `a` ends so: [`answer`] has the words |
//! | `first a failed` | the same of its first execution, whatever became of it |
//! | `waits` | what its executions wait for is something else |
//! | `cancel`, `redrive`, `redrive a,b` | the caller's wishes |
//! | `restart` | the chain is stored, and read again |
//!
//! What a turn asks to be bound is bound within the same happening, as the Worker does, unless the scene is by hand.

use std::collections::BTreeMap;

use cxpulse_core::chain::{Bound, Chain, ChainIdentity, ChainOrder, Effect, Event, Item, NodeOrder, Standing, Turn};
use cxpulse_core::id::{FlowId, Run};
use cxpulse_core::time::Timestamp;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{ChainRedrive, parse_chain};
use cxpulse_core::wire::chain::{ChainSnapshot, ChainStatus, ChainSummary};
use cxpulse_template::Jinja;
use expect_test::Expect;

use super::{NOON, answer, parse_span, profile};

/// Accepts a request as the Worker would, by the profile `dataactions`.
pub(crate) fn chain_order(request: &str) -> (ChainOrder, Vec<NodeOrder>) {
    let request = parse_chain(request, &Jinja).unwrap_or_else(|invalid| unreachable!("{invalid}"));
    let identity = ChainIdentity { id: FlowId::chain([0x44; 16]), trace: TraceContext::root([0x55; 16]), seed: 42 };
    ChainOrder::accept(request, identity, &profile(), NOON)
}

/// A request in words: `a; b a; c a continue; d b,c fallback`, each node with what it needs and what its failure does.
pub(crate) fn chain_request(words: &str, more: &str) -> String {
    let node = |node: &str| {
        let mut words = node.split_whitespace();
        let name = words.next().expect("a node has a name");
        let (mut needs, mut on_failure) = (String::new(), r#""halt""#);
        for word in words {
            match word {
                "continue" => on_failure = r#""continue""#,
                "fallback" => on_failure = r#"{"fallback": {"id": "none"}}"#,
                names => needs = format!(r#""{}""#, names.replace(',', r#"",""#)),
            }
        }
        format!(r#""{name}": {{"action_id": "sim-fast", "depends_on": [{needs}], "on_failure": {on_failure}}}"#)
    };
    let nodes: Vec<String> = words.split(';').map(str::trim).map(node).collect();
    format!(r#"{{"timeout_seconds": 600, {more} "nodes": {{{}}}}}"#, nodes.join(", "))
}

/// Plays a story, one happening a line, and compares what each led to.
#[track_caller]
pub(crate) fn check_chain(request: &str, story: &str, expect: &Expect) {
    let mut scene = ChainScene::open(request);
    let lines: Vec<String> = story.split(';').map(|line| scene.play(line.trim())).collect();
    expect.assert_eq(&format!("{}\n", lines.join("\n")));
}

/// A chain, its order, the clock, and what its shell has stored.
#[derive(Debug, Clone)]
pub(crate) struct ChainScene {
    pub(crate) order: ChainOrder,
    pub(crate) nodes: Vec<NodeOrder>,
    pub(crate) chain: Chain,
    pub(crate) now: Timestamp,
    pub(crate) is_by_hand: bool,
    standing: String,
    rows: BTreeMap<u32, String>,
    wills: BTreeMap<String, String>,
}

impl ChainScene {
    pub(crate) fn open(request: &str) -> Self {
        let (order, nodes) = chain_order(request);
        let chain = Chain::open(&order).expect("a checked request has no circle");
        let standing = serde_json::to_string(chain.standing()).expect("a standing is JSON");
        let (rows, wills) = (BTreeMap::new(), BTreeMap::new());
        Self { order, nodes, chain, now: NOON, is_by_hand: false, standing, rows, wills }
    }

    pub(crate) fn by_hand(request: &str, script: &str) -> Self {
        let mut scene = Self { is_by_hand: true, ..Self::open(request) };
        script.split(';').map(str::trim).filter(|line| !line.is_empty()).for_each(|line| drop(scene.play(line)));
        scene
    }

    pub(crate) fn after(request: &str, script: &str) -> Self {
        let mut scene = Self::open(request);
        script.split(';').map(str::trim).filter(|line| !line.is_empty()).for_each(|line| drop(scene.play(line)));
        scene
    }

    pub(crate) fn snapshot(&self) -> ChainSnapshot {
        ChainSnapshot::of(&self.order, &self.chain, [], "https://cxpulse.example")
    }

    /// What a happening led to.
    pub(crate) fn play(&mut self, happening: &str) -> String {
        if happening == "restart" {
            self.restart();
            return format!("restart => {}", self.place());
        }
        if let Some((name, will)) = happening.split_once(" will ") {
            self.wills.insert(name.to_owned(), will.to_owned());
            return format!("{happening} => nothing yet");
        }
        let Some(event) = self.event(happening) else { return format!("{happening} => time passes") };
        let turn = self.turn(event);
        format!("{happening} => {}", self.told(&turn))
    }

    /// Steps, and binds what it asks for, until nothing is asked for any more.
    pub(crate) fn turn(&mut self, event: Event) -> Turn {
        let mut turn = self.step(event);
        let mut at = 0;
        while let Some(effect) = turn.effects.get(at).copied().filter(|_| !self.is_by_hand) {
            at += 1;
            if let Effect::Bind { node } = effect {
                let name = self.chain.names().id(node).expect("a node that there is");
                let bound = bound(self.wills.get(name).map_or("go", String::as_str));
                turn = turn.and(self.step(Event::NodeBound { node, bound }));
            }
        }
        turn
    }

    /// Steps, and stores what the turn names as a shell would: nothing else.
    pub(crate) fn step(&mut self, event: Event) -> Turn {
        let turn = self.chain.step(&self.order, event, self.now);
        if turn.is_changed {
            self.standing = serde_json::to_string(self.chain.standing()).expect("a standing is JSON");
        }
        for index in &turn.items {
            let item = self.chain.item(*index).expect("a node that there is");
            self.rows.insert(*index, serde_json::to_string(item).expect("an item is JSON"));
        }
        turn
    }

    /// Forgets what is not stored.
    pub(crate) fn restart(&mut self) {
        let standing: Standing = serde_json::from_str(&self.standing).expect("our own standing");
        let row = |index| self.rows.get(&index).map(|row| serde_json::from_str::<Item>(row).expect("our own item"));
        self.chain = Chain::restore(&self.order, standing, row).expect("a checked request has no circle");
    }

    pub(crate) fn index(&self, name: &str) -> u32 {
        self.chain.names().index(name).unwrap_or_else(|| unreachable!("there is no node {name}"))
    }

    pub(crate) fn event(&mut self, happening: &str) -> Option<Event> {
        let (verb, rest) = happening.split_once(' ').unwrap_or((happening, ""));
        if let Some(span) = verb.strip_prefix('+') {
            self.now = self.now.plus(parse_span(span));
            return None;
        }
        if let Some(span) = verb.strip_prefix('-') {
            self.now = self.now.minus(parse_span(span));
            return None;
        }
        Some(match (verb, rest) {
            ("woken", _) => Event::Woken,
            ("deadline", _) => {
                self.now = self.now.max(self.chain.standing().deadline_at());
                Event::Woken
            }
            ("waits", _) => Event::WaitChanged,
            ("cancel", _) => Event::CancelRequested,
            ("redrive", names) => self.redrive(names),
            ("first", rest) => {
                let (name, end) = rest.split_once(' ').expect("a node and its end");
                self.ended(name, end, true)
            }
            (name, "go" | "skip" | "fault") => Event::NodeBound { node: self.index(name), bound: bound(rest) },
            (name, end) => self.ended(name, end, false),
        })
    }

    fn redrive(&self, words: &str) -> Event {
        let named: Vec<String> = words.split(',').filter(|word| !word.is_empty()).map(String::from).collect();
        let request = ChainRedrive { nodes: (!named.is_empty()).then_some(named), is_preview: false };
        let plan = self.chain.plan(&request).expect("the table names nodes that there are");
        Event::RedriveRequested { nodes: plan.nodes }
    }

    fn ended(&self, name: &str, words: &str, is_first: bool) -> Event {
        let node = self.index(name);
        let known = self.chain.item(node).expect("a node that there is");
        let run = if is_first { Run::new(node).expect("a run") } else { known.run };
        let generation = if is_first { 1 } else { known.generation };
        Event::NodeEnded { node, answer: answer(run, generation, words, self.now) }
    }

    fn told(&self, turn: &Turn) -> String {
        if let Some(ignored) = turn.ignored.filter(|_| !turn.is_changed) {
            return format!("ignored {}", serde_json::to_string(&ignored).expect("JSON").trim_matches('"'));
        }
        let is_told = |effect: &&Effect| self.is_by_hand || !matches!(effect, Effect::Bind { .. });
        let told: Vec<String> = turn.effects.iter().filter(is_told).map(|effect| self.effect(effect)).collect();
        let told = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
        format!("{told} | {}", self.place())
    }

    pub(crate) fn effect(&self, effect: &Effect) -> String {
        let name = |node: &u32| self.chain.names().id(*node).expect("a node that there is");
        match effect {
            Effect::Bind { node } => format!("bind {}", name(node)),
            Effect::Start { node, run } => format!("start {}#{run}", name(node)),
            Effect::Cancel { node, run } => format!("cancel {}#{run}", name(node)),
            Effect::Notify { topic, node: None } => format!("notify {}", topic.name()),
            Effect::Notify { topic, node: Some(node) } => format!("notify {} {}", topic.name(), name(node)),
        }
    }

    /// Status, outcome, and the counts that are not zero.
    pub(crate) fn place(&self) -> String {
        let standing = self.chain.standing();
        let outcome = standing.ended().map(|(outcome, _)| format!(" {}", outcome.name())).unwrap_or_default();
        let summary = self.chain.summary();
        let counts = ChainStatus::ALL.map(|status| (summary.count(status), status.name()));
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
        format!("{}{outcome}: {}", standing.status().name(), counts.join(", "))
    }
}

/// What binding a node comes to, in a word.
pub(crate) fn bound(word: &str) -> Bound {
    match word {
        "go" => Bound::Go,
        "skip" => Bound::Skip,
        "fault" => Bound::Fault { code: "TEMPLATE_UNDEFINED".into(), message: "/inputs/id: a.id is undefined".into() },
        _ => unreachable!("binding comes to no such thing: {word}"),
    }
}

/// Whether the parts make the whole.
pub(crate) fn chain_adds_up(summary: &ChainSummary) -> bool {
    ChainStatus::ALL.iter().map(|status| summary.count(*status)).sum::<u32>() == summary.total
}
