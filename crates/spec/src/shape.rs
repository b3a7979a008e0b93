//! How an operation names the schema of a body: by the type that it is made of.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, RemoveRefSiblings};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Gives a reference to a type's schema, and leaves the schema with the generator.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The shape of a type.
pub(crate) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Makes the schemas of what is read and of what is written: a field that may be absent in the one is there, and null, in
/// the other. Both put named schemas where OpenAPI and AsyncAPI have them.
pub(crate) struct Shapes {
    pub(crate) read: SchemaGenerator,
    pub(crate) written: SchemaGenerator,
}

impl Shapes {
    /// In JSON Schema 2020-12, as OpenAPI 3.1 has it.
    pub(crate) fn of_openapi() -> Self {
        Self::with(&SchemaSettings::draft2020_12())
    }

    /// In JSON Schema draft 07, as AsyncAPI 3.0 has it: there nothing may stand beside a reference.
    pub(crate) fn of_asyncapi() -> Self {
        Self::with(&SchemaSettings::draft07().with_transform(RemoveRefSiblings::default()))
    }

    fn with(settings: &SchemaSettings) -> Self {
        Self {
            read: generator(settings.clone().for_deserialize()),
            written: generator(settings.clone().for_serialize()),
        }
    }

    /// Every schema that was referred to, by name.
    pub(crate) fn into_components(mut self) -> Map<String, Value> {
        let mut all = self.written.take_definitions(true);
        all.extend(self.read.take_definitions(true));
        all
    }
}

fn generator(mut settings: SchemaSettings) -> SchemaGenerator {
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.transforms.push(Box::new(RecursiveTransform(tidy)));
    settings.into_generator()
}

/// Says it as tools outside Rust have it: words of an enum as one list, no sizes of integers that nobody else has, and
/// texts without the line ends of a comment.
fn tidy(schema: &mut Schema) {
    if let Some(words) = schema.get("oneOf").and_then(Value::as_array).and_then(|variants| words(variants)) {
        schema.remove("oneOf");
        schema.insert("type".into(), "string".into());
        schema.insert("enum".into(), words.iter().map(|(word, _)| word.as_str()).collect::<Value>());
        schema.insert("x-enum-descriptions".into(), words.into_iter().collect::<Map<String, Value>>().into());
    }
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        schema.remove("format");
    }
    if let Some(Value::String(text)) = schema.get("description") {
        let text = text.replace('\n', " ");
        schema.insert("description".into(), text.into());
    }
}

/// Each word with what it means, in their order, where all variants are words.
fn words(variants: &[Value]) -> Option<Vec<(String, Value)>> {
    let word = |variant: &Value| {
        let word = variant.get("const")?.as_str()?.to_owned();
        Some((word, variant.get("description").cloned().unwrap_or_default()))
    };
    variants.iter().map(word).collect()
}
