//! The documents themselves: of the specifications' schemas, with nothing that leads nowhere.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check::document;

#[test]
fn the_openapi_document_is_of_its_specifications_schema() {
    let schema: Value = serde_json::from_str(include_str!("../fixture/openapi-3.1.schema.json")).expect("it is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the specification's schema is one");
    let faults: Vec<String> =
        validator.iter_errors(document()).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_asyncapi_document_is_of_its_specifications_schema() {
    let schema: Value = serde_json::from_str(include_str!("../fixture/asyncapi-3.0.schema.json")).expect("it is JSON");
    let validator = jsonschema::draft7::new(&schema).expect("the specification's schema is one");
    let document = cxpulse_spec::asyncapi();
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn the_schema_of_chains_stands_alone_and_says_what_the_openapi_document_says() {
    let schema = cxpulse_spec::schema::chain();
    assert!(jsonschema::draft202012::meta::is_valid(&schema), "{schema}");
    let validator = jsonschema::draft202012::new(&schema).expect("it refers to nothing but itself");
    let good = json!({"nodes": {"fetch": {"action_id": "a"}, "score": {"action_id": "b", "depends_on": "fetch", "inputs": {"id": "{{ fetch.id }}"}}}});
    assert!(validator.is_valid(&good), "{good}");
    for bad in [
        json!({}),
        json!({"nodes": {}}),
        json!({"nodes": {"a b": {"action_id": "a"}}}),
        json!({"nodes": {"a": {"action_id": "a", "onfailure": "halt"}}}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
    let mut here = schema.get("properties").cloned().expect("it has fields").to_string();
    here = here.replace("#/$defs/", "#/components/schemas/");
    let there = document().pointer("/components/schemas/ChainRequest/properties").expect("it is described");
    assert_eq!(here, there.to_string());
}

#[test]
fn every_schema_is_a_json_schema() {
    type IsValid = fn(&Value) -> bool;
    let is_valid: [(Value, IsValid); 2] = [
        (document().clone(), jsonschema::draft202012::meta::is_valid),
        (cxpulse_spec::asyncapi(), jsonschema::draft7::meta::is_valid),
    ];
    for (document, is_valid) in is_valid {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object).expect("there are schemas");
        for (name, schema) in schemas {
            assert!(is_valid(schema), "{name}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_referred_to() {
    for document in [document().clone(), cxpulse_spec::asyncapi()] {
        let mut references = BTreeSet::new();
        gather(&document, &mut references);
        for reference in &references {
            let pointer = reference.strip_prefix('#').unwrap_or_default();
            assert!(document.pointer(pointer).is_some(), "{reference} leads somewhere");
        }
        for kind in ["schemas", "parameters", "headers", "messages"] {
            let named = document.pointer(&format!("/components/{kind}")).and_then(Value::as_object);
            for name in named.into_iter().flat_map(|components| components.keys()) {
                assert!(references.contains(&format!("#/components/{kind}/{name}")), "{kind}/{name} is used");
            }
        }
    }
}

#[test]
fn operations_have_names_that_a_client_can_be_made_of() {
    let mut names = BTreeSet::new();
    for operation in cxpulse_spec::operation::all() {
        let is_camel = operation.id.starts_with(|first: char| first.is_ascii_lowercase())
            && operation.id.chars().all(|letter| letter.is_ascii_alphanumeric());
        assert!(is_camel && names.insert(operation.id), "{}", operation.id);
        assert!(!operation.summary.ends_with('.') && operation.description.ends_with('.'), "{}", operation.id);
    }
}

#[test]
fn every_parameter_of_a_path_is_described() {
    let parameters = cxpulse_spec::parameter::parameters();
    for operation in cxpulse_spec::operation::all() {
        let described: BTreeSet<&str> = operation
            .parameters
            .iter()
            .map(|name| parameters.get(*name).expect("the parameter is there"))
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let named: BTreeSet<&str> =
            operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(described, named, "{}", operation.id);
    }
}

#[test]
fn every_problem_of_an_operation_is_one_that_there_is() {
    let known: BTreeSet<&str> = cxpulse_spec::problem::CAUSES.iter().map(|cause| cause.slug).collect();
    assert_eq!(known.len(), cxpulse_spec::problem::CAUSES.len(), "each is there once");
    let mut told = BTreeSet::new();
    for operation in cxpulse_spec::operation::all() {
        for slug in operation.all_problems() {
            assert!(known.contains(slug), "{}: {slug}", operation.id);
            told.insert(slug);
        }
    }
    assert_eq!(told, known, "every cause is told by some operation");
}

fn gather(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (Some(reference), true) = (value.as_str(), name == "$ref") {
                    references.insert(reference.to_owned());
                }
                gather(value, references);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
