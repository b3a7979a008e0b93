//! A chain on a stage: happenings in words, played on the core's machine, and what the Worker would answer of it. Nothing is made up
//! but how executions end.
//!
//! A chain in words is `a; b a; c a,b continue; d c fallback; e a when`, each node with what it needs and more; a node that says
//! `when` has a condition that comes to nothing. A story is `woken; +1500ms; a successful; b failed UPSTREAM_FAILED; cancel; redrive`.

use cxpulse_core::chain::picture::{Picture, PictureForm};
use cxpulse_core::chain::{Answer, AnswerSource, Bound, Chain, ChainIdentity, ChainOrder, Effect, Event, ItemFault};
use cxpulse_core::execution::Reason;
use cxpulse_core::flow::End;
use cxpulse_core::id::FlowId;
use cxpulse_core::json::Json;
use cxpulse_core::profile::Profile;
use cxpulse_core::status::Outcome;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::{ChainRedrive, parse_chain};
use cxpulse_core::wire::Waiting;
use cxpulse_core::wire::chain::{ChainRedrivePreview, ChainResults, ChainSnapshot};
use cxpulse_template::Jinja;

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    order: ChainOrder,
    chain: Chain,
    pub(crate) now: Timestamp,
    conditions: Vec<bool>,
    waits_until: Option<Timestamp>,
}

impl Scene {
    /// As the Worker accepts it, by the profile `dataactions`.
    pub(crate) fn open(words: &str) -> Self {
        let request = parse_chain(&request(words), &Jinja).unwrap_or_else(|invalid| unreachable!("{invalid}"));
        let identity = ChainIdentity { id: FlowId::chain([0x44; 16]), trace: TraceContext::root([0x55; 16]), seed: 42 };
        let profile = Profile::built_in("dataactions").expect("a built-in profile");
        let (order, _) = ChainOrder::accept(request, identity, &profile, NOON);
        let chain = Chain::open(&order).expect("no circle");
        let conditions = words.split(';').map(|node| !node.split_whitespace().any(|word| word == "when")).collect();
        Self { order, chain, now: NOON, conditions, waits_until: None }
    }

    pub(crate) fn after(words: &str, story: &str) -> Self {
        let mut scene = Self::open(words);
        scene.play(story);
        scene
    }

    /// Plays happenings, `;` between them.
    pub(crate) fn play(&mut self, story: &str) {
        for happening in story.split(';').map(str::trim).filter(|happening| !happening.is_empty()) {
            self.happen(happening);
        }
    }

    fn happen(&mut self, happening: &str) {
        let words: Vec<&str> = happening.split_whitespace().collect();
        if let Some(millis) = happening.strip_prefix('+') {
            let millis = millis.trim_end_matches("ms").parse().expect("milliseconds");
            self.now = self.now.plus(Span::from_millis(millis));
            return;
        }
        let event = match words.as_slice() {
            ["woken"] => Event::Woken,
            ["deadline"] => {
                self.now = self.now.max(self.chain.standing().deadline_at());
                Event::Woken
            }
            ["waits", millis] => {
                self.waits_until = Some(self.now.plus(Span::from_millis(millis.parse().expect("milliseconds"))));
                Event::WaitChanged
            }
            ["cancel"] => Event::CancelRequested,
            ["redrive"] => {
                let plan = self.chain.plan(&REDRIVE).expect("a plan");
                Event::RedriveRequested { nodes: plan.nodes }
            }
            [name, end, rest @ ..] => self.ended(name, end, rest.first().copied()),
            _ => unreachable!("no such happening: {happening}"),
        };
        self.step(event);
    }

    /// Steps, and binds what it asks for, as the Worker does.
    fn step(&mut self, event: Event) {
        let turn = self.chain.step(&self.order, event, self.now);
        for effect in turn.effects {
            if let Effect::Bind { node } = effect {
                let runs = self.conditions.get(node as usize).copied().unwrap_or(true);
                self.step(Event::NodeBound { node, bound: if runs { Bound::Go } else { Bound::Skip } });
            }
        }
    }

    fn ended(&self, name: &str, word: &str, code: Option<&str>) -> Event {
        let node = self.chain.names().index(name).unwrap_or_else(|| unreachable!("no node {name}"));
        let item = self.chain.item(node).expect("a node");
        let (end, outcome, source) = match word {
            "successful" => (End::Successful, Outcome::Completed, Some(AnswerSource::Fresh)),
            "retried" => (End::Successful, Outcome::Completed, Some(AnswerSource::Retried)),
            "cached" => (End::Successful, Outcome::Completed, Some(AnswerSource::Cached)),
            "late" => (End::Degraded, Outcome::TimedOut, Some(AnswerSource::Degraded)),
            "failed" => (End::Failed, Outcome::Failed, None),
            "unknown" => (End::Degraded, Outcome::Unknown, None),
            "canceled" => (End::Canceled, Outcome::Canceled, None),
            _ => unreachable!("no such end: {word}"),
        };
        let fault = |code: &str| ItemFault { code: code.into(), message: "CXone says that the action failed".into() };
        let code =
            code.or((word == "failed").then_some("UPSTREAM_FAILED")).or((word == "unknown").then_some("FATE_UNKNOWN"));
        let attempts = if matches!(source, Some(AnswerSource::Retried)) { 3 } else { 1 };
        let answer = Answer {
            run: item.run,
            generation: item.generation,
            end,
            outcome: Some(outcome),
            source,
            attempts,
            may_have_run: word == "unknown",
            started_at: item.started_at.unwrap_or(self.now),
            ended_at: self.now,
            fault: code.map(fault).map(Box::new),
        };
        Event::NodeEnded { node, answer }
    }

    /// `GET …`.
    pub(crate) fn snapshot(&self) -> String {
        let waiting = self.waits_until.map(|until| Waiting { reason: Reason::RateLimited, until: until.into() });
        text(&ChainSnapshot::of(&self.order, &self.chain, waiting, "https://cxpulse.example"))
    }

    /// `GET …/graph`.
    pub(crate) fn graph(&self) -> String {
        Picture::of(&self.order, &self.chain).written(PictureForm::Json)
    }

    /// `GET …/results?node=…`, where its execution came to `output`.
    pub(crate) fn results(&self, node: &str, output: &str) -> String {
        let mut results = ChainResults::of(&self.order, &self.chain);
        if !output.is_empty() {
            results.results.push((node.into(), Json::parse(output).expect("JSON")));
        }
        text(&results)
    }

    /// `POST …/redrive` with `preview`.
    pub(crate) fn preview(&self) -> String {
        let plan = self.chain.plan(&REDRIVE).expect("a plan");
        text(&ChainRedrivePreview::of(&self.order, &self.chain, &plan))
    }
}

fn request(words: &str) -> String {
    let nodes: Vec<String> = words.split(';').map(node).collect();
    format!(r#"{{"timeout_seconds": 600, "max_parallel": 200, "nodes": {{{}}}}}"#, nodes.join(", "))
}

fn node(words: &str) -> String {
    let mut words = words.split_whitespace();
    let name = words.next().expect("a name");
    let mut more = String::new();
    for word in words {
        more += &match word {
            "continue" => r#", "on_failure": "continue""#.to_owned(),
            "fallback" => r#", "on_failure": {"fallback": {"id": "none"}}"#.to_owned(),
            "when" => r#", "when": "false""#.to_owned(),
            names => format!(r#", "depends_on": ["{}"]"#, names.replace(',', r#"",""#)),
        };
    }
    format!(r#""{name}": {{"action_id": "sim-fast"{more}}}"#)
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

const REDRIVE: ChainRedrive = ChainRedrive { nodes: None, is_preview: false };

/// 2026-11-21T10:00:00Z.
pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_255_200_000);
