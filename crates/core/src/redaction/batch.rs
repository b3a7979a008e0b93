//! Redacting a batch: each item as an execution of its own would be. Never keeps an original beside what it gives.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Concealed, Document, Originals, Rules, Values, raw, redact};
use crate::batch::ItemOrder;
use crate::json::Json;
use crate::validate::{BatchRequest, Code, Faults, Invalid, Violation};

/// Redacts a batch by the tenant's rules and its own, which the request has both from then on. Gives what was taken out of each
/// item, in order; nothing at all where there are no rules. An item that others would find by such a value is refused: with
/// `accept_valid` it alone.
///
/// # Errors
/// [`Invalid`] with the pointer of each field that holds such a value and is stored, shown and sent on as it is.
pub fn conceal_batch(request: &mut BatchRequest, tenant: &Rules) -> Result<Vec<Concealed>, Invalid> {
    request.redact = tenant.with(&request.redact);
    if request.redact.is_empty() {
        return Ok(Vec::new());
    }
    let shared = request.context.clone();
    let found = redact(raw(&shared), Document::Context, &request.redact, &Values::default());
    request.context = found.json;
    let mut bad_fields = BTreeSet::new();
    check_fields(request, &Values::of(found.found), &mut bad_fields);
    let (items, places) = (core::mem::take(&mut request.items), core::mem::take(&mut request.places));
    let faults = Faults::default();
    let mut concealed = Vec::new();
    for (mut item, place) in items.into_iter().zip(places) {
        let taken = conceal_item(&mut item, &shared, request);
        check_fields(request, &taken.values, &mut bad_fields);
        let bad = check_item(&item, place, &taken.values);
        match &mut request.refused {
            _ if bad.is_empty() => {
                request.items.push(item);
                request.places.push(place);
                concealed.push(taken);
            }
            Some(refused) => refused.add(place, bad),
            None => bad.into_iter().for_each(|bad| faults.add(bad.pointer, bad.code, bad.message)),
        }
    }
    bad_fields.into_iter().for_each(|pointer| faults.add(pointer, Code::Contradiction, HOLDS));
    if request.items.is_empty() && faults.is_empty() {
        faults.add("/payloads".into(), Code::Contradiction, "has no item that can be redacted");
    }
    faults.check(Some(concealed))
}

/// What an item does not say itself, the batch says for it; only where the item's values stand in that, it has its own.
fn conceal_item(item: &mut ItemOrder, shared: &Json, request: &BatchRequest) -> Concealed {
    let context = item.context.clone().unwrap_or_else(|| shared.clone());
    let originals = Originals::new(item.inputs.clone(), context);
    let values = originals.values(&request.redact);
    item.inputs = redact(raw(&originals.inputs), Document::Inputs, &request.redact, &values).json;
    let context = redact(raw(&originals.context), Document::Context, &request.redact, &values).json;
    let is_touched = item.inputs != originals.inputs || context != originals.context;
    item.context = (item.context.is_some() || context != request.context).then_some(context);
    Concealed { originals: is_touched.then_some(originals), values }
}

fn check_item(item: &ItemOrder, place: u32, values: &Values) -> Vec<Violation> {
    let correlation_id = item.correlation_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
    let fields = [("id", item.id.as_str()), ("correlation_id", correlation_id)];
    let is_bad = |(_, text): &(&str, &str)| values.are_in(text);
    let violation = |(name, _): (&str, &str)| Violation {
        pointer: format!("/payloads/{place}/{name}"),
        code: Code::Contradiction,
        message: HOLDS.into(),
    };
    fields.into_iter().filter(is_bad).map(violation).collect()
}

/// The fields of the batch itself, each named once however many items it gives away.
fn check_fields(request: &BatchRequest, values: &Values, bad: &mut BTreeSet<String>) {
    if values.is_empty() {
        return;
    }
    if values.are_in(request.action_id.as_str()) {
        bad.insert("/action_id".into());
    }
    for (index, tag) in request.tags.iter().enumerate() {
        if values.are_in(tag.as_str()) {
            bad.insert(format!("/tags/{index}"));
        }
    }
    if request.notify.as_ref().is_some_and(|notify| values.are_in(&notify.url)) {
        bad.insert("/notify/url".into());
    }
}

const HOLDS: &str = "holds a value that is to be redacted, and cannot be redacted itself";
