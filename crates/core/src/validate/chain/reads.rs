//! What the templates of a chain's nodes read, and whether it is there by then. Never evaluates one.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::graph::places;
use super::node::Draft;
use crate::chain::graph::{Ancestors, order};
use crate::flow::Edges;
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
    needs: &[Vec<u32>],
    templates: &impl Templates,
    faults: &Faults,
) -> Vec<Found> {
    let upstream = Upstream::of(needs);
    let places = places(drafts);
    let mut all = Vec::with_capacity(drafts.len());
    for (index, draft) in (0_u32..).zip(drafts) {
        let reader = Reader { index, places: &places, upstream: &upstream, faults };
        let mut found = Found { fields: Vec::new(), nodes: Vec::new() };
        for (at, text, is_condition) in texts_of(draft) {
            let pointer = format!("{}{at}", draft.pointer);
            if text.len() > TEMPLATE_MAX {
                let message = format!("must be at most {TEMPLATE_MAX} bytes, for it is a template");
                faults.add(pointer, Code::OutOfRange, message);
                continue;
            }
            match if is_condition { templates.condition_reads(&text) } else { templates.reads(&text) } {
                Ok(reads) => reader.take(at, &pointer, reads, &mut found),
                Err(fault) => faults.add(pointer, Code::Template, told(&fault)),
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
    upstream: &'a Upstream,
    faults: &'a Faults,
}

impl Reader<'_> {
    /// Of one template. Each node that it should not read is told of once.
    fn take(&self, at: String, pointer: &str, reads: Vec<String>, found: &mut Found) {
        let names: BTreeSet<&str> = reads.iter().map(|read| read.split('.').next().unwrap_or_default()).collect();
        for name in names.into_iter().filter(|name| !OTHERS.contains(name)) {
            match self.places.get(name) {
                None => {
                    let message = format!("reads {name}, which is no node of this chain, nor inputs, nor chain");
                    self.faults.add(pointer.into(), Code::UnknownNode, message);
                }
                Some(node) if *node == self.index => {
                    self.faults.add(
                        pointer.into(),
                        Code::NotUpstream,
                        format!("reads {name}, which is the node itself"),
                    );
                }
                Some(node) if !self.upstream.has(self.index, *node) => {
                    let message = format!(
                        "reads {name}, which need not have ended by then: add \"{name}\" to the node's depends_on"
                    );
                    self.faults.add(pointer.into(), Code::NotUpstream, message);
                }
                Some(node) => found.nodes.push(*node),
            }
        }
        if !reads.is_empty() {
            found.fields.push(ChainRead { pointer: at, reads });
        }
    }
}

/// Who ends before whom.
enum Upstream {
    Sorted(Ancestors),
    /// With a circle in it, there is no order; the way is looked for each time.
    Circular(Vec<Vec<u32>>),
}

impl Upstream {
    fn of(needs: &[Vec<u32>]) -> Self {
        let edges = Edges::new(needs.to_vec()).ok();
        let sorted = edges.and_then(|edges| order(&edges).map(|order| Ancestors::new(&edges, &order)));
        sorted.map_or_else(|| Self::Circular(needs.to_vec()), Self::Sorted)
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
    if let Some(inputs) = draft.inputs {
        collect(inputs, &mut String::from("/inputs"), &mut texts);
    }
    texts
}

/// Texts at any depth; the body is no deeper than [`json::DEPTH_MAX`].
fn collect(value: &RawValue, at: &mut String, texts: &mut Vec<(String, String, bool)>) {
    // Signs may be written as escapes, too.
    let may_have_some = value.get().contains("\\u") || is_template(value.get());
    if !may_have_some {
        return;
    }
    let len = at.len();
    match value.get().as_bytes().first() {
        Some(b'"') => {
            let text = json::text(value).filter(|text| is_template(text));
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
