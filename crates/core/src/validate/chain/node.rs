//! One node of a chain as it was written. Never looks at another.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::{read_policy, read_timeout};
use crate::backoff::Backoff;
use crate::chain::{ChainNode, NODES_MAX, NodeName, NodeOrder, OnFailure};
use crate::execution::Policy;
use crate::id::ActionId;
use crate::json::{self, Json, sound};
use crate::time::Span;
use crate::validate::execution::{read_backoff, read_cache};
use crate::validate::fields::{Faults, Fields};
use crate::validate::{BODY_MAX, Code, VIOLATIONS_MAX};

/// A node as far as it could be read.
pub(super) struct Draft<'a> {
    /// As it was written, well formed or not.
    pub(super) name: String,
    /// Where it stands: `/nodes/fetch`.
    pub(super) pointer: String,
    /// What it says that it needs, each with its place in the list; `None` where there is no list.
    pub(super) depends_on: Vec<(Option<usize>, String)>,
    /// Where templates may stand.
    pub(super) inputs: Option<&'a RawValue>,
    pub(super) when: Option<String>,
    action_id: Option<ActionId>,
    on_failure: OnFailure,
    fallback: Option<Json>,
    context: Option<Json>,
    timeout: Option<Span>,
    policy: Option<Policy>,
    backoff: Option<Backoff>,
    cache_ttl: Option<Span>,
}

/// All nodes, in the order that they are written in.
pub(super) fn read_all<'a>(nodes: &'a RawValue, faults: &'a Faults) -> Vec<Draft<'a>> {
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    let mut count = 0_usize;
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let is_object = json::each_field(nodes, |name, node| {
        count = count.saturating_add(1);
        if count > NODES_MAX {
            return;
        }
        match places.get(&name) {
            Some(first) => {
                let message = format!("is the name of two nodes, number {first} and number {count}");
                faults.add(pointer_of(&name), Code::RepeatedField, message);
            }
            None => drop(places.insert(name.clone(), count)),
        }
        drafts.push(read(name, node, faults));
    });
    if is_object.is_none() && count == 0 && !nodes.get().starts_with('{') {
        faults.add("/nodes".into(), Code::WrongType, "must be an object of nodes by name");
    } else if count == 0 || count > NODES_MAX {
        faults.add("/nodes".into(), Code::OutOfRange, format!("must have 1 to {NODES_MAX} nodes"));
    }
    drafts
}

fn pointer_of(name: &str) -> String {
    format!("/nodes/{}", json::escape(name))
}

fn read<'a>(name: String, node: &'a RawValue, faults: &'a Faults) -> Draft<'a> {
    let pointer = pointer_of(&name);
    if let Err(rule) = NodeName::parse(name.as_str()) {
        faults.add(pointer.clone(), Code::OutOfRange, rule);
    }
    let mut draft = Draft::blank(name, pointer);
    if node.get().len() > BODY_MAX {
        faults.add(draft.pointer.clone(), Code::OutOfRange, format!("must be at most {BODY_MAX} bytes"));
        return draft;
    }
    for (at, flaw) in sound::flaws(node.get(), VIOLATIONS_MAX) {
        faults.add_flaw(format!("{}{at}", draft.pointer), flaw);
    }
    if let Some(fields) = Fields::of(node, draft.pointer.clone(), faults) {
        draft.read(fields);
    }
    draft
}

impl<'a> Draft<'a> {
    const fn blank(name: String, pointer: String) -> Self {
        Self {
            name,
            pointer,
            depends_on: Vec::new(),
            inputs: None,
            when: None,
            action_id: None,
            on_failure: OnFailure::Halt,
            fallback: None,
            context: None,
            timeout: None,
            policy: None,
            backoff: None,
            cache_ttl: None,
        }
    }

    fn read(&mut self, mut fields: Fields<'a>) {
        self.action_id = read_action(&mut fields);
        self.depends_on = read_dependencies(&mut fields);
        self.inputs = read_inputs(&mut fields);
        self.context = fields.raw_object("context");
        self.when = fields.text("when", Ok::<_, String>);
        if let Some(on_failure) = fields.take("on_failure") {
            self.read_on_failure(on_failure, &fields);
        }
        self.timeout = read_timeout(&mut fields);
        self.policy = read_policy(&mut fields);
        self.backoff = fields.object("backoff").map(read_backoff);
        self.cache_ttl = fields.object("cache").and_then(read_cache);
        fields.finish();
    }

    /// `"halt"`, `"continue"` or `{"fallback": any value}`, of which `null` is one.
    fn read_on_failure(&mut self, value: &'a RawValue, fields: &Fields<'a>) {
        let fallback =
            json::fields(value).filter(|given| given.len() == 1).and_then(|mut given| given.remove("fallback"));
        match (json::text(value).as_deref(), fallback) {
            (Some("halt"), _) => {}
            (Some("continue"), _) => self.on_failure = OnFailure::Continue,
            (_, Some(fallback)) => {
                self.on_failure = OnFailure::Fallback;
                self.fallback = Some(fallback.into());
            }
            _ => {
                let message = "must be \"halt\", \"continue\", or an object with fallback alone";
                fields.fault("on_failure", Code::OutOfRange, message);
            }
        }
    }

    /// The pointer to what it says that it needs.
    pub(super) fn dependency(&self, place: Option<usize>) -> String {
        let in_list = place.map(|place| format!("/{place}")).unwrap_or_default();
        format!("{}/depends_on{in_list}", self.pointer)
    }

    /// The node, with what it needs and reads; `None` where something of it is not there.
    pub(super) fn finish(self, needs: Vec<u32>, reads: Vec<u32>) -> Option<(ChainNode, NodeOrder)> {
        let name = NodeName::parse(self.name).ok()?;
        let inputs = self.inputs.map(Json::from).or_else(|| Json::parse("{}").ok())?;
        let order = NodeOrder {
            inputs,
            when: self.when,
            reads,
            context: self.context,
            fallback: self.fallback,
            timeout: self.timeout.unwrap_or(TIMEOUT_DEFAULT),
            policy: self.policy,
            backoff: self.backoff,
            cache_ttl: self.cache_ttl,
            is_sealed: false,
        };
        Some((ChainNode { name, action_id: self.action_id?, needs, on_failure: self.on_failure }, order))
    }
}

/// The seed calls it `definition_id`.
fn read_action(fields: &mut Fields<'_>) -> Option<ActionId> {
    let (has_action, has_definition) = (fields.has("action_id"), fields.has("definition_id"));
    if has_action && has_definition {
        fields.fault("definition_id", Code::Contradiction, "cannot stand beside action_id, which is the same");
    }
    if !has_action && !has_definition {
        fields.missing("action_id");
    }
    let action_id = fields.text("action_id", ActionId::parse);
    let definition_id = fields.text("definition_id", ActionId::parse);
    action_id.or(definition_id)
}

/// One name, or a list of them.
fn read_dependencies(fields: &mut Fields<'_>) -> Vec<(Option<usize>, String)> {
    let Some(value) = fields.take("depends_on") else { return Vec::new() };
    if let Some(name) = json::text(value) {
        return alloc::vec![(None, name)];
    }
    let Some(items) = json::items(value) else {
        fields.fault("depends_on", Code::WrongType, "must be the name of a node, or a list of names");
        return Vec::new();
    };
    let mut named = Vec::new();
    for (place, item) in items.into_iter().enumerate() {
        match json::text(item) {
            Some(name) => named.push((Some(place), name)),
            None => {
                let at = format!("{}/{place}", fields.at("depends_on"));
                fields.faults().add(at, Code::WrongType, "must be the name of a node");
            }
        }
    }
    named
}

fn read_inputs<'a>(fields: &mut Fields<'a>) -> Option<&'a RawValue> {
    let inputs = fields.take("inputs")?;
    if !inputs.get().starts_with('{') {
        fields.fault("inputs", Code::WrongType, "must be an object");
        return None;
    }
    Some(inputs)
}

const TIMEOUT_DEFAULT: Span = Span::from_secs(3_600);
