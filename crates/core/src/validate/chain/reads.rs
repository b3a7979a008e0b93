//! What the templates of a chain's nodes read, and whether it is there by then. Never evaluates one.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::graph::{Sorted, places};
use super::node::Draft;
use crate::chain::graph::Ancestors;
use crate::json;
use crate::validate::fields::Faults;
use crate::validate::templates::{TemplateFault, Templates, is_template};
use crate::validate::{Code, TEMPLATE_MAX};
use crate::wire::chain::ChainRead;

/// What the templates of one node read.
pub(super) struct Found {
    /// By field, in the order that they are written in.
    pub(super) fields: Vec<ChainRead>,
    /// The nodes among it, by index, in order, each once.
    pub(super) nodes: Vec<u32>,
}

/// Tells of each template that is none, or reads what need not be there. Gives what each node reads.
pub(super) fn check(
    drafts: &[Draft<'_>],
    upstream: &Upstream<'_>,
    templates: &impl Templates,
    faults: &Faults,
) -> Vec<Found> {
    let places = places(drafts);
    let mut all = Vec::with_capacity(drafts.len());
    for (index, draft) in (0_u32..).zip(drafts) {
        let reader = Reader { index, places: &places, upstream, faults };
        let mut found = Found { fields: Vec::new(), nodes: Vec::new() };
        for (at, text, is_condition) in texts_of(draft) {
            // Most have no fault that a pointer is needed for.
            let pointer = || format!("{}{at}", draft.pointer);
            if text.len() > TEMPLATE_MAX {
                let message = format!("must be at most {TEMPLATE_MAX} bytes, for it is a template");
                faults.add(pointer(), Code::OutOfRange, message);
                continue;
            }
            match if is_condition { templates.condition_reads(&text) } else { templates.reads(&text) } {
                Ok(reads) => {
                    reader.take(&reads, pointer, &mut found.nodes);
                    if !reads.is_empty() {
                        found.fields.push(ChainRead { pointer: at, reads });
                    }
                }
                Err(fault) => faults.add(pointer(), Code::Template, told(&fault)),
            }
        }
        found.nodes.sort_unstable();
        found.nodes.dedup();
        all.push(found);
    }
    all
}

struct Reader<'a> {
    index: u32,
    places: &'a BTreeMap<&'a str, u32>,
    upstream: &'a Upstream<'a>,
    faults: &'a Faults,
}

impl Reader<'_> {
    /// Of one template, which stands at `pointer`. Each node that it should not read is told of once.
    fn take(&self, reads: &[String], pointer: impl Fn() -> String, nodes: &mut Vec<u32>) {
        let mut names: Vec<&str> = reads.iter().map(|read| read.split('.').next().unwrap_or_default()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().filter(|name| !OTHERS.contains(name)) {
            let fault = |code, message: String| self.faults.add(pointer(), code, message);
            match self.places.get(name) {
                None => fault(
                    Code::UnknownNode,
                    format!("reads {name}, which is no node of this chain, nor inputs, nor chain"),
                ),
                Some(node) if *node == self.index => {
                    fault(Code::NotUpstream, format!("reads {name}, which is the node itself"));
                }
                Some(node) if !self.upstream.has(self.index, *node) => fault(
                    Code::NotUpstream,
                    format!("reads {name}, which need not have ended by then: add \"{name}\" to the node's depends_on"),
                ),
                Some(node) => nodes.push(*node),
            }
        }
    }
}

/// Who ends before whom.
pub(super) enum Upstream<'a> {
    /// By their order.
    Sorted(Ancestors),
    /// With a circle in it, there is no order; the way is looked for each time.
    Circular(&'a [Vec<u32>]),
}

impl<'a> Upstream<'a> {
    pub(super) fn of(needs: &'a [Vec<u32>], sorted: Option<&Sorted>) -> Self {
        let ancestors = |sorted: &Sorted| Self::Sorted(Ancestors::new(&sorted.edges, &sorted.order));
        sorted.map_or(Self::Circular(needs), ancestors)
    }

    fn has(&self, node: u32, before: u32) -> bool {
        match self {
            Self::Sorted(ancestors) => ancestors.has(node, before),
            Self::Circular(needs) => {
                let (mut seen, mut open) = (BTreeSet::new(), alloc::vec![node]);
                while let Some(next) = open.pop() {
                    let needed = usize::try_from(next).ok().and_then(|at| needs.get(at));
                    open.extend(needed.into_iter().flatten().filter(|need| seen.insert(**need)));
                }
                seen.contains(&before)
            }
        }
    }
}

/// Every text of a node that is evaluated, with its place within the node, and whether it is the condition.
fn texts_of(draft: &Draft<'_>) -> Vec<(String, String, bool)> {
    let mut texts = Vec::new();
    if let Some(when) = &draft.when {
        texts.push(("/when".into(), when.clone(), true));
    }
    // Signs may be written as escapes, too.
    let may_have_some = |inputs: &&RawValue| inputs.get().contains("\\u") || is_template(inputs.get());
    if let Some(inputs) = draft.inputs.filter(may_have_some) {
        collect(inputs, &mut String::from("/inputs"), &mut texts);
    }
    texts
}

/// Texts at any depth; the body is no deeper than [`json::DEPTH_MAX`].
fn collect(value: &RawValue, at: &mut String, texts: &mut Vec<(String, String, bool)>) {
    let len = at.len();
    match value.get().as_bytes().first() {
        Some(b'"') => {
            let may_be_one = value.get().contains('{') || value.get().contains('\\');
            let text = Some(value).filter(|_| may_be_one).and_then(json::text).filter(|text| is_template(text));
            texts.extend(text.map(|text| (at.clone(), text, false)));
        }
        Some(b'{') => {
            let _ = json::each_field(value, |name, field| {
                at.push('/');
                at.push_str(&json::escape(&name));
                collect(field, at, texts);
                at.truncate(len);
            });
        }
        Some(b'[') => {
            let mut index = 0_u32;
            let _ = json::each_item(value, |item| {
                at.push_str(&format!("/{index}"));
                collect(item, at, texts);
                at.truncate(len);
                index = index.saturating_add(1);
            });
        }
        _ => {}
    }
}

fn told(fault: &TemplateFault) -> String {
    let column = fault.column.map(|column| format!(", column {column}")).unwrap_or_default();
    format!("is no template: line {}{column}: {}", fault.line, fault.message)
}

/// What templates read beside nodes.
const OTHERS: [&str; 2] = ["inputs", "chain"];
