//! What a template can read: results of nodes, the chain's declared inputs, and the chain's own names. Nothing else exists.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cxpulse_core::chain::{self, output_of};
use serde_json::value::RawValue;

use crate::fault::Stop;
use crate::meter::Meter;
use crate::value::{Opened, Value};

/// What can be read while the inputs of one node are bound.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    nodes: BTreeMap<&'a str, Node<'a>>,
    globals: BTreeMap<&'static str, Global<'a>>,
}

/// What there is of a node's result.
#[derive(Debug, Clone, Copy)]
pub enum Held<'a> {
    /// All of it, as the node's execution ended with it.
    Whole(&'a RawValue),
    /// None: the node was skipped, or failed and was excused.
    Nothing,
    /// It was too large to be kept: reading it is [`crate::BindFaultKind::TooLarge`].
    TooLarge,
}

impl<'a> From<&'a chain::Held> for Held<'a> {
    fn from(held: &'a chain::Held) -> Self {
        match held {
            chain::Held::Nothing => Self::Nothing,
            chain::Held::Whole(result) => Self::Whole(result.as_raw()),
            chain::Held::TooLarge => Self::TooLarge,
        }
    }
}

impl<'a> Scope<'a> {
    /// Nothing to read.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `inputs.…`: what the chain was given.
    #[must_use]
    pub fn with_inputs(mut self, inputs: &'a RawValue) -> Self {
        self.globals.insert("inputs", Global::new(inputs));
        self
    }

    /// `chain.…`: an object such as `{"id": "chn_…", "trace_id": "…", "created_at": "…"}`.
    #[must_use]
    pub fn with_chain(mut self, chain: &'a RawValue) -> Self {
        self.globals.insert("chain", Global::new(chain));
        self
    }

    /// `name.…`: a node that has ended. Of `result` the [`output_of`] is read; `meta` is an object that tells of its execution.
    #[must_use]
    pub fn with_node(mut self, name: &'a str, result: Held<'a>, meta: &'a RawValue) -> Self {
        let result = match result {
            Held::Whole(result) => Held::Whole(output_of(result)),
            other => other,
        };
        self.nodes.insert(name, Node { result, fields: OnceCell::new(), meta });
        self
    }

    /// What `name` alone stands for.
    pub(crate) fn named(&self, name: &str, meter: &Meter) -> Result<Value<'a>, Stop> {
        match (self.nodes.get(name), self.globals.get(name)) {
            (Some(node), _) => node.output(name, meter),
            (None, Some(global)) => Value::of(global.raw, meter),
            (None, None) => Ok(Value::Undefined(name.into())),
        }
    }

    /// What `name.field` stands for.
    pub(crate) fn field(&self, name: &str, field: &str, meter: &Meter) -> Result<Value<'a>, Stop> {
        let missing = || Value::Undefined(format!("{name}.{field}").into());
        match (self.nodes.get(name), self.globals.get(name)) {
            (Some(node), _) => match field {
                "meta" => Value::of(node.meta, meter),
                "output" => node.output(name, meter),
                _ => Ok(look(&node.fields, node.output(name, meter)?, field, meter)?.unwrap_or_else(missing)),
            },
            (None, Some(global)) => {
                Ok(look(&global.fields, Value::of(global.raw, meter)?, field, meter)?.unwrap_or_else(missing))
            }
            (None, None) => Ok(Value::Undefined(name.into())),
        }
    }
}

type Fields<'a> = Rc<Vec<(Rc<str>, Value<'a>)>>;

#[derive(Debug)]
struct Node<'a> {
    result: Held<'a>,
    /// Looked into once, however many templates read of it.
    fields: OnceCell<Fields<'a>>,
    meta: &'a RawValue,
}

impl<'a> Node<'a> {
    fn output(&self, name: &str, meter: &Meter) -> Result<Value<'a>, Stop> {
        match self.result {
            Held::Whole(output) => Value::of(output, meter),
            Held::Nothing => Ok(Value::Undefined(name.into())),
            Held::TooLarge => Err(Stop::too_large(name)),
        }
    }
}

#[derive(Debug)]
struct Global<'a> {
    raw: &'a RawValue,
    fields: OnceCell<Fields<'a>>,
}

impl<'a> Global<'a> {
    const fn new(raw: &'a RawValue) -> Self {
        Self { raw, fields: OnceCell::new() }
    }
}

fn look<'a>(
    known: &OnceCell<Fields<'a>>,
    whole: Value<'a>,
    field: &str,
    meter: &Meter,
) -> Result<Option<Value<'a>>, Stop> {
    if known.get().is_none() {
        let fields = match whole.open(meter)? {
            Opened::Map(fields) => fields,
            Opened::List(_) | Opened::Neither => Fields::default(),
        };
        // It is empty: nobody else has this cell while this runs.
        let _ = known.set(fields);
    }
    let fields = known.get().map(|fields| fields.as_slice()).unwrap_or_default();
    meter.spend(fields.len())?;
    Ok(last(fields, field).cloned())
}

/// Of a repeated field the last, as everywhere.
pub(crate) fn last<'v, 'a>(fields: &'v [(Rc<str>, Value<'a>)], name: &str) -> Option<&'v Value<'a>> {
    fields.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value)
}
