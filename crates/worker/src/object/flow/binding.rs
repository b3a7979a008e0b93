//! Makes what a node of a chain is opened with: looks at its condition, and evaluates its templates over what is stored of the
//! nodes before it. All that it reads has ended, so it comes to the same after any crash. Never starts anything, and keeps
//! nothing of what it reads.
//!
//! What must not be kept (`core::redaction`) is opened for this only: what the chain and the node were given word for word, as
//! far as it lies sealed. What was taken out of a result nobody has any more, so a node that reads that cannot run.

use std::rc::Rc;

use cxpulse_core::chain::{Bound, Held, NodeOrder, Turnout, output_of};
use cxpulse_core::execution::Order;
use cxpulse_core::json::{Json, descend};
use cxpulse_core::redaction::{Originals, conceal_order, derived, reads_redacted};
use cxpulse_core::time::Rfc3339;
use cxpulse_core::wire::chain::NodeMeta;
use cxpulse_template::{BindFault, Scope, Template, bind, decide};
use serde::Serialize;

use super::Conductor;
use super::work::ChainWork;
use crate::config::Settings;
use crate::problem::Problem;
use crate::vault;

/// What a node is opened with.
pub(super) struct Made {
    /// Its own context in it, word for word.
    node: NodeOrder,
    /// Its inputs, as its templates came to them.
    inputs: Json,
    /// What of the chain and the node must not be kept.
    originals: Vec<Originals>,
    /// What its templates made of that.
    derived: Vec<String>,
}

/// What a node is made of, word for word.
struct Given {
    node: NodeOrder,
    /// The node's inputs as they are kept.
    shown: Json,
    /// The chain's.
    inputs: Json,
    originals: Vec<Originals>,
}

/// A node that is read.
struct Upstream {
    index: u32,
    held: Held,
    meta: Json,
}

/// What templates read of the chain itself.
#[derive(Serialize)]
struct ChainFacts<'a> {
    id: &'a str,
    trace_id: &'a str,
    created_at: Rfc3339,
}

impl Conductor {
    /// What the condition and the inputs of a node come to, and what to open it with where it runs.
    pub(super) fn bind(self: &Rc<Self>, index: u32) -> Result<(Bound, Option<Made>), Problem> {
        let kept = self.kept.borrow();
        let work = kept.as_ref().ok_or(Problem::NotFound)?.work.chain()?;
        let Some(given) = self.given(work, index)? else { return Ok((lost(), None)) };
        let Some(upstream) = self.upstream(work, &given.node)? else { return Ok((too_much(), None)) };
        let facts = ChainFacts {
            id: work.order.id.as_str(),
            trace_id: work.order.trace.trace_id(),
            created_at: work.order.created_at.into(),
        };
        let facts = json(&facts)?;
        let scope_with = |inputs| {
            let mut scope = Scope::new().with_inputs(inputs).with_chain(facts.as_raw());
            for read in &upstream {
                if let Some(name) = work.chain.names().id(read.index) {
                    scope = scope.with_node(name, (&read.held).into(), read.meta.as_raw());
                }
            }
            scope
        };
        Ok(match bound(work, &given.node, &upstream, &scope_with(given.inputs.as_raw())) {
            Ok(Some(inputs)) => {
                let Given { node, shown, originals, .. } = given;
                let masked = || bind(&shown, &scope_with(work.given.inputs.as_raw())).ok();
                let derived = if originals.is_empty() { Vec::new() } else { derived(&inputs, masked().as_ref()) };
                (Bound::Go, Some(Made { node, inputs, originals, derived }))
            }
            Ok(None) => (Bound::Skip, None),
            Err(fault) => (fault, None),
        })
    }

    /// The order of a node's execution, redacted as any other, and what that has `[redacted]` for, sealed.
    pub(super) fn order_of_node(
        &self,
        work: &ChainWork,
        index: u32,
        made: Made,
        turnout: &Turnout,
    ) -> Result<(Order, Option<String>), Problem> {
        let Made { mut node, inputs, originals, derived } = made;
        node.is_sealed = false;
        let missing = || Problem::Fault("a node of a chain is missing".into());
        let mut order = work.order.execution_order(index, &node, inputs, turnout).ok_or_else(missing)?;
        let concealed = conceal_order(&mut order, &originals.iter().collect::<Vec<_>>(), derived);
        let settings = Settings::of(&self.host.env)?;
        let sealed = vault::keep_apart(&settings, &mut order, concealed.originals.as_ref())?;
        Ok((order, sealed))
    }

    /// `None` where something lies sealed that no key of this deployment opens.
    fn given(&self, work: &ChainWork, index: u32) -> Result<Option<Given>, Problem> {
        let opening = self.store.item::<NodeOrder>(index)?;
        let (mut node, mut inputs) = (opening.order, work.given.inputs.clone());
        let shown = node.inputs.clone();
        let mut originals = Vec::new();
        let settings = Settings::of(&self.host.env)?;
        let open = |sealed: &str| vault::open_at(&settings, work.order.id.hex(), sealed);
        if let Some(sealed) = &work.given.sealed {
            let Some(own) = open(sealed) else { return Ok(None) };
            inputs = own.inputs.clone();
            originals.push(own);
        }
        if let Some(sealed) = &opening.sealed {
            let Some(own) = open(sealed) else { return Ok(None) };
            node.inputs = own.inputs.clone();
            node.context = Some(own.context.clone());
            originals.push(own);
        }
        Ok(Some(Given { node, shown, inputs, originals }))
    }

    /// The nodes that a node's templates read; `None` where their results are more than fit together.
    fn upstream(&self, work: &ChainWork, node: &NodeOrder) -> Result<Option<Vec<Upstream>>, Problem> {
        let (mut found, mut bytes) = (Vec::with_capacity(node.reads.len()), 0_usize);
        for index in node.reads.iter().copied() {
            let fallback = self.fallback(work, index)?;
            let seen = self.with_answer(work, index, |execution| {
                let held = work.chain.held(index, execution, fallback.as_ref());
                (held, NodeMeta::of(&work.order, &work.chain, index, execution))
            })?;
            let (held, Some(meta)) = seen else { continue };
            if let Held::Whole(result) = &held {
                bytes = bytes.saturating_add(result.as_str().len());
            }
            if bytes > READ_MAX {
                return Ok(None);
            }
            found.push(Upstream { index, held, meta: json(&meta)? });
        }
        Ok(Some(found))
    }
}

/// The inputs; `None` where the condition says that it does not run.
fn bound(work: &ChainWork, node: &NodeOrder, upstream: &[Upstream], scope: &Scope<'_>) -> Result<Option<Json>, Bound> {
    if let Some(when) = &node.when {
        if !work.order.redact.is_empty() && decides_by_redacted(work, when, upstream) {
            return Err(redacted("/when"));
        }
        if !decide(when, scope).map_err(|fault| told("/when", fault))? {
            return Ok(None);
        }
    }
    let inputs = bind(&node.inputs, scope).map_err(|fault| told("/inputs", fault))?;
    // What stands in the place of a value is not sent for it. Where the caller wrote these words, they are theirs.
    if !work.order.redact.is_empty() && reads_redacted(&inputs) && !reads_redacted(&node.inputs) {
        return Err(redacted("/inputs"));
    }
    Ok(Some(inputs))
}

/// Whether a condition reads what was taken out of a result: it would be decided by the words in its place.
fn decides_by_redacted(work: &ChainWork, when: &str, upstream: &[Upstream]) -> bool {
    let Ok(condition) = Template::parse_condition(when) else { return false };
    condition.reads().iter().any(|read| {
        let (name, path) = read.split_once('.').unwrap_or((read, ""));
        let path = path.strip_prefix("output").filter(|rest| rest.is_empty() || rest.starts_with('.')).unwrap_or(path);
        let pointer: String =
            path.split('.').filter(|field| !field.is_empty()).map(|field| format!("/{field}")).collect();
        let is_it = |upstream: &&Upstream| work.chain.names().id(upstream.index) == Some(name);
        match upstream.iter().find(is_it).map(|upstream| &upstream.held) {
            Some(Held::Whole(result)) => {
                let value = descend(output_of(result.as_raw()), &pointer);
                value.is_some_and(|value| reads_redacted(&Json::from(value)))
            }
            Some(Held::Nothing | Held::TooLarge) | None => false,
        }
    })
}

fn told(field: &str, fault: BindFault) -> Bound {
    let message = format!("{field}{}: {}", fault.pointer, fault.message);
    Bound::Fault { code: fault.kind.code().into(), message }
}

fn redacted(field: &str) -> Bound {
    let message = format!("{field}: reads something of a result that was redacted, and is not known any more");
    Bound::Fault { code: "RESULT_REDACTED".into(), message }
}

fn lost() -> Bound {
    let message = "what it was given lies sealed with a key that this deployment does not have any more".into();
    Bound::Fault { code: "INPUTS_LOST".into(), message }
}

fn too_much() -> Bound {
    let message = format!("the results that its templates read are more than {READ_MAX} bytes together");
    Bound::Fault { code: "RESULT_TOO_LARGE".into(), message }
}

fn json(value: &impl Serialize) -> Result<Json, Problem> {
    Json::from_value(value).map_err(|error| Problem::Fault(error.to_string()))
}

/// Bytes of all results that the templates of one node read: they are in memory together. 16 MiB.
const READ_MAX: usize = 16_777_216;
