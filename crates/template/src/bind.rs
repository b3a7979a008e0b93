//! Inputs with templates into inputs: walks lists and objects at any depth, and leaves alone what is no template. Names of fields are
//! never templates. Pointers of faults by RFC 6901.

use cxpulse_core::json::{Json, escape};
use serde_json::value::RawValue;

use crate::evaluate::Evaluation;
use crate::fault::{BindFault, BindFaultKind, Stop};
use crate::meter::{Meter, TEXT_MAX};
use crate::scope::Scope;
use crate::template::Template;
use crate::value::{Opened, Value, put, quoted};

/// `inputs` with every template in it evaluated. The same inputs and scope always give the same text.
///
/// # Errors
/// [`BindFault`] with the place of the first template, in the order written, that cannot be evaluated.
pub fn bind(inputs: &Json, scope: &Scope<'_>) -> Result<Json, BindFault> {
    if is_plain(inputs.as_str()) {
        return Ok(inputs.clone());
    }
    let meter = Meter::new();
    let mut binder =
        Binder { evaluation: Evaluation { scope, meter: &meter }, out: String::new(), pointer: String::new() };
    binder.put_raw(inputs.as_raw())?;
    Json::parse(&binder.out).map_err(|error| Stop::limit(format!("the inputs are {error}")).at(""))
}

/// Whether the condition `when` holds: neither false, null, zero nor empty. A text is refused, for `"false"` would hold.
///
/// # Errors
/// [`BindFault`], without a place.
pub fn decide(when: &str, scope: &Scope<'_>) -> Result<bool, BindFault> {
    let meter = Meter::new();
    let template = Template::parse_condition(when).map_err(|fault| Stop::fault(fault.to_string()).at(""))?;
    let decided = template.value(&Evaluation { scope, meter: &meter }).and_then(|value| match value {
        Value::Text(_) => Err(Stop::fault("the condition gives a text; compare it: `status == 'active'`")),
        value => value.is_true(),
    });
    decided.map_err(|stop| stop.at(""))
}

struct Binder<'s, 'a> {
    evaluation: Evaluation<'s, 'a>,
    out: String,
    /// Where it is.
    pointer: String,
}

impl Binder<'_, '_> {
    fn put_raw(&mut self, raw: &RawValue) -> Result<(), BindFault> {
        if is_plain(raw.get()) {
            return self.put(raw.get());
        }
        // A meter of its own: what the caller wrote is bounded by the size of a request.
        let free = Meter::new();
        let value = Value::of(raw, &free).map_err(|stop| stop.at(&self.pointer))?;
        if let Value::Text(text) = &value {
            return self.put_template(text);
        }
        match value.open(&free).map_err(|stop| stop.at(&self.pointer))? {
            Opened::List(items) => self.put_items(&items),
            Opened::Map(fields) => self.put_fields(&fields),
            Opened::Neither => self.put(raw.get()),
        }
    }

    fn put_value(&mut self, value: &Value<'_>) -> Result<(), BindFault> {
        match value {
            Value::Raw(raw) => self.put_raw(raw),
            Value::Text(text) => self.put_template(text),
            Value::Undefined(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Map(_) => {
                let mut text = String::new();
                let written = value.write_json(&mut text, self.evaluation.meter);
                written.map_err(|stop| stop.at(&self.pointer))?;
                self.put(&text)
            }
        }
    }

    fn put_items(&mut self, items: &[Value<'_>]) -> Result<(), BindFault> {
        for (index, item) in items.iter().enumerate() {
            self.put(if index == 0 { "[" } else { "," })?;
            self.within(&index.to_string(), item)?;
        }
        self.put(if items.is_empty() { "[]" } else { "]" })
    }

    fn put_fields(&mut self, fields: &[(std::rc::Rc<str>, Value<'_>)]) -> Result<(), BindFault> {
        for (index, (name, field)) in fields.iter().enumerate() {
            self.put(if index == 0 { "{" } else { "," })?;
            self.put(&quoted(name))?;
            self.put(":")?;
            self.within(name, field)?;
        }
        self.put(if fields.is_empty() { "{}" } else { "}" })
    }

    fn within(&mut self, token: &str, value: &Value<'_>) -> Result<(), BindFault> {
        let outside = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(token));
        self.put_value(value)?;
        self.pointer.truncate(outside);
        Ok(())
    }

    fn put_template(&mut self, text: &str) -> Result<(), BindFault> {
        if !text.contains('{') {
            return self.put(&quoted(text));
        }
        let template = Template::parse(text).map_err(|fault| Stop::fault(fault.to_string()).at(&self.pointer))?;
        let value = template.value(&self.evaluation).map_err(|stop| stop.at(&self.pointer))?;
        let written = value.write_json(&mut self.out, self.evaluation.meter);
        written.map_err(|stop| self.limited(stop))
    }

    fn put(&mut self, text: &str) -> Result<(), BindFault> {
        put(&mut self.out, text, self.evaluation.meter).map_err(|stop| self.limited(stop))
    }

    fn limited(&self, stop: Stop) -> BindFault {
        if stop.kind == BindFaultKind::Limit && self.out.len() >= TEXT_MAX / 2 {
            return Stop::limit(format!("the inputs would be longer than {TEXT_MAX} bytes")).at(&self.pointer);
        }
        stop.at(&self.pointer)
    }
}

/// Whether a JSON text has no template in it. An escaped brace counts as one.
fn is_plain(json: &str) -> bool {
    !json.contains("{{") && !json.contains("{%") && !json.contains("{#") && !json.contains("\\u00")
}
