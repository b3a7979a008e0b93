//! The recorded examples, against the schemas that they stand beside.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::{check_value, document};

#[test]
fn every_example_fits_its_schema() {
    let mut media = Vec::new();
    gather(document(), &mut media);
    let mut seen = 0;
    for (schema, examples) in media {
        for (name, example) in examples.as_object().into_iter().flatten() {
            seen += 1;
            // A request that is shown because it is refused does not fit.
            if !name.starts_with("refused") {
                check_value(schema, &example["value"], name);
            }
        }
    }
    assert!(seen > 20, "{seen} examples are in the document");
}

#[test]
fn what_is_read_and_what_is_answered_has_an_example() {
    let recorded = cxpulse_spec::example::recorded().expect("the recording can be read");
    let known: BTreeSet<&str> = cxpulse_spec::operation::all().iter().map(|operation| operation.id).collect();
    for operation in cxpulse_spec::operation::all() {
        // The proxy's is the same for each method; a page, a scrape and these documents are examples of themselves.
        let is_plain = !operation.path.starts_with("/v1/proxy")
            && !["embed", "getMetrics", "getOpenapi", "getAsyncapi", "getChainSchema"].contains(&operation.id);
        if !is_plain {
            continue;
        }
        let exchanges = recorded.get(operation.id).cloned().unwrap_or_default();
        let has_body = operation.answers.iter().any(|answer| !answer.content.is_empty());
        assert!(
            !has_body || exchanges.values().any(|exchange| exchange.status < 400),
            "{} has an answer",
            operation.id
        );
        assert!(
            operation.body.is_none() || exchanges.values().any(|exchange| exchange.request.is_some()),
            "{} has a request",
            operation.id
        );
    }
    for name in recorded.keys() {
        assert!(known.contains(name.as_str()) || name == "notification", "{name} is an operation");
    }
}

fn gather<'a>(value: &'a Value, media: &mut Vec<(&'a Value, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(schema), Some(examples @ Value::Object(_))) = (fields.get("schema"), fields.get("examples")) {
                media.push((schema, examples));
            }
            fields.values().for_each(|value| gather(value, media));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, media)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
