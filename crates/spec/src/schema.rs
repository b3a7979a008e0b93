//! What may be written into a file, as a JSON Schema of its own, for editors and for those who check such files before they send
//! them. Says nothing that the OpenAPI document does not.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::request::Chain;
use crate::shape;

/// The schema of a chain, 2020-12: the body of `POST /v1/chains`.
#[must_use]
pub fn chain() -> Value {
    document::<Chain>("A chain of cxpulse")
}

fn document<T: JsonSchema>(title: &str) -> Value {
    let generator = shape::tidied(SchemaSettings::draft2020_12().for_deserialize()).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema.to_value()
}
