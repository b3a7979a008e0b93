//! Redacting a chain: what was asked for, and what its templates make of it. Never keeps an original beside what it gives.
//!
//! What is redacted in a result is redacted for the nodes after it, too: to read it is a fault of the node that does, for
//! CXone is not to be sent the word that stands in its place.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Concealed, Document, Originals, REDACTED, Rules, Values, raw, redact};
use crate::chain::{ChainNode, NodeOrder};
use crate::execution::{Door, Order};
use crate::json::Json;
use crate::validate::{ChainRequest, Code, Faults, Invalid};

/// What [`conceal_chain`] took out of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConcealedChain {
    /// Out of the chain's own inputs and context.
    pub chain: Concealed,
    /// Out of those of each node, in order; empty where there are no rules.
    pub nodes: Vec<Concealed>,
}

/// Redacts a chain by the tenant's rules and its own, which the request has both from then on. A value that is taken out of one
/// place is taken out of the inputs and contexts of all nodes.
///
/// # Errors
/// [`Invalid`] with the pointer of each field that holds such a value and is stored, shown and sent on as it is.
pub fn conceal_chain(request: &mut ChainRequest, tenant: &Rules) -> Result<ConcealedChain, Invalid> {
    request.redact = tenant.with(&request.redact);
    if request.redact.is_empty() {
        return Ok(ConcealedChain::default());
    }
    let rules = request.redact.clone();
    let own = Originals::new(request.inputs.clone(), request.context.clone());
    let mut found = own.found(&rules);
    let originals: Vec<Originals> = request.orders.iter().map(|node| originals_of(node, &own.context)).collect();
    found.extend(originals.iter().flat_map(|originals| originals.found(&rules)));
    let values = Values::of(found);
    check(request, &values)?;
    let (inputs, context) = cleaned(&own, &rules, &values);
    (request.inputs, request.context) = (inputs, context);
    let is_touched = own.inputs != request.inputs || own.context != request.context;
    let chain = Concealed { originals: is_touched.then_some(own), values: values.clone() };
    let shared = request.context.clone();
    let nodes = request.orders.iter_mut().zip(originals);
    let nodes = nodes.map(|(node, originals)| conceal_node(node, originals, &shared, &rules, &values)).collect();
    Ok(ConcealedChain { chain, nodes })
}

/// Redacts what a node's templates came to, by the rules that its order has. What these take out of `others`, the originals of
/// the chain and of the node, is taken out as well, wherever the templates put it, and so is what they made of it
/// ([`derived`](super::derived)).
#[must_use]
pub fn conceal_order(order: &mut Order, others: &[&Originals], derived: Vec<String>) -> Concealed {
    let Door::Start { inputs, context, .. } = &mut order.door else { return Concealed::default() };
    if order.redact.is_empty() {
        return Concealed::default();
    }
    let taken = others.iter().flat_map(|other| other.found(&order.redact)).chain(derived).collect();
    let originals = Originals { taken, ..Originals::new(inputs.clone(), context.clone()) };
    let values = originals.values(&order.redact);
    (*inputs, *context) = cleaned(&originals, &order.redact, &values);
    // What CXone answers is to be free of them, too, whether this node was given them or not.
    let is_touched = *inputs != originals.inputs || *context != originals.context || !originals.taken.is_empty();
    Concealed { originals: is_touched.then_some(originals), values }
}

/// Whether a value stands in inputs that was taken out of what they were made of.
#[must_use]
pub fn reads_redacted(inputs: &Json) -> bool {
    inputs.as_str().contains(REDACTED)
}

fn originals_of(node: &NodeOrder, shared: &Json) -> Originals {
    Originals::new(node.inputs.clone(), node.context.as_ref().unwrap_or(shared).clone())
}

fn cleaned(originals: &Originals, rules: &Rules, values: &Values) -> (Json, Json) {
    let inputs = redact(raw(&originals.inputs), Document::Inputs, rules, values).json;
    (inputs, redact(raw(&originals.context), Document::Context, rules, values).json)
}

/// What a node does not say itself, the chain says for it.
fn conceal_node(
    node: &mut NodeOrder,
    originals: Originals,
    shared: &Json,
    rules: &Rules,
    values: &Values,
) -> Concealed {
    let (inputs, context) = cleaned(&originals, rules, values);
    let is_touched = inputs != originals.inputs || context != originals.context;
    node.inputs = inputs;
    node.context = (node.context.is_some() || context != *shared).then_some(context);
    node.is_sealed = is_touched;
    // The values are those of the whole chain.
    Concealed { originals: is_touched.then_some(originals), values: Values::default() }
}

/// The fields that are no documents cannot be redacted.
fn check(request: &ChainRequest, values: &Values) -> Result<(), Invalid> {
    let mut bad: BTreeSet<String> = BTreeSet::new();
    let mut look = |pointer: String, text: &str| {
        if values.are_in(text) {
            bad.insert(pointer);
        }
    };
    for (index, tag) in request.tags.iter().enumerate() {
        look(format!("/tags/{index}"), tag.as_str());
    }
    if let Some(notify) = &request.notify {
        look("/notify/url".into(), &notify.url);
    }
    if let Some(key) = &request.correlation_id {
        look("/correlation_id".into(), key.as_str());
    }
    for (ChainNode { name, action_id, .. }, order) in request.nodes.iter().zip(&request.orders) {
        // A pointer is shown, too: it must not hold such a value either.
        let at = if values.are_in(name.as_str()) { "/nodes".into() } else { format!("/nodes/{}", name.as_str()) };
        look(at.clone(), name.as_str());
        look(format!("{at}/action_id"), action_id.as_str());
        look(format!("{at}/when"), order.when.as_deref().unwrap_or_default());
        look(format!("{at}/on_failure"), order.fallback.as_ref().map(Json::as_str).unwrap_or_default());
    }
    let faults = Faults::default();
    let message = "holds a value that is to be redacted, and cannot be redacted itself";
    bad.into_iter().for_each(|pointer| faults.add(pointer, Code::Contradiction, message));
    faults.check(Some(()))
}
