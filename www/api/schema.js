// JSON Schema 2020-12 for people: a tree that opens where it is asked to, so that no schema is too deep or goes in circles.

import { make } from "/console/dom.js";
import { inline, prose } from "./prose.js";

/** A named schema on its own. */
export function schemaSection(spec, name) {
  const schema = spec.components.schemas[name];
  return make("details", { class: "fold schema", id: `schema-${name}`, tabindex: -1 },
    make("summary", {}, make("code", {}, name)),
    ...prose(schema.description),
    body(spec, schema));
}

/** What a schema is made of: its fields where it is an object, else its rules. */
export function body(spec, schema) {
  const { schema: plain } = resolve(spec, schema);
  const fields = fieldsOf(spec, plain);
  if (fields.length > 0) return make("ul", { class: "fields" }, ...fields.map((field) => row(spec, field)));
  return make("p", { class: "rules" }, kind(spec, schema), " ", ...rules(spec, plain));
}

/** A schema in a few words, with a link where it has a name. */
export function kind(spec, schema) {
  const { schema: plain, name, isNullable } = resolve(spec, schema);
  const words = name ? make("a", { href: `#schema-${name}` }, name) : make("span", {}, typeOf(spec, plain));
  return make("span", { class: "kind" }, words, isNullable ? " or null" : null);
}

/** Its limits, its words, its default. */
export function rules(spec, schema) {
  const { schema: plain } = resolve(spec, schema);
  const said = [];
  const { minimum: least, maximum: most } = plain;
  if (least !== undefined && most !== undefined) said.push(`${least} to ${most}`);
  else if (least !== undefined) said.push(`${least} or more`);
  else if (most !== undefined) said.push(`at most ${most}`);
  const length = [plain.minLength ?? plain.minItems, plain.maxLength ?? plain.maxItems];
  const unit = plain.maxItems !== undefined || plain.minItems !== undefined ? "items" : "characters";
  if (length[0] !== undefined && length[1] !== undefined) said.push(`${length[0]} to ${length[1]} ${unit}`);
  else if (length[1] !== undefined) said.push(`at most ${length[1]} ${unit}`);
  else if (length[0] !== undefined) said.push(`at least ${length[0]} ${unit}`);
  const nodes = said.length > 0 ? [said.join(", ")] : [];
  if (plain.pattern) nodes.push(nodes.length > 0 ? ", like " : "like ", make("code", { class: "pattern" }, plain.pattern));
  const fallback = schema.default ?? plain.default;
  if (fallback !== undefined) nodes.push(nodes.length > 0 ? "; " : "", make("span", {}, "default ", make("code", {}, JSON.stringify(fallback))));
  return nodes;
}

function row(spec, { name, schema, need }) {
  const { schema: plain } = resolve(spec, schema);
  const head = [
    make("code", { class: "name" }, name), " ", kind(spec, schema),
    need ? make("span", { class: "required" }, need) : null,
  ];
  const about = make("div", { class: "about" }, ...inline(schema.description ?? plain.description), meanings(plain), limits(spec, schema));
  const inner = innerOf(spec, plain);
  return make("li", {}, make("div", { class: "field-head" }, ...head), about, inner ? lazy(spec, inner) : null);
}

function limits(spec, schema) {
  const nodes = rules(spec, schema);
  return nodes.length > 0 ? make("p", { class: "rules" }, ...nodes) : null;
}

/** Each word of an enum, with what it means where that is said. */
function meanings(schema) {
  const words = schema.enum ?? schema.items?.enum;
  if (!words) return null;
  const said = schema["x-enum-descriptions"] ?? {};
  return make("ul", { class: "words" }, ...words.map((word) =>
    make("li", {}, make("code", {}, JSON.stringify(word)), said[word] ? " " : null, ...inline(said[word]))));
}

/** The schema whose fields are worth opening, where there is one. */
function innerOf(spec, schema) {
  if (fieldsOf(spec, schema).length > 0) return schema;
  if (schema.items && typeof schema.items === "object") return innerOf(spec, resolve(spec, schema.items).schema);
  return null;
}

/** Fields that are made when they are first looked at. */
function lazy(spec, schema) {
  const fold = make("details", { class: "deeper", "data-deep": true }, make("summary", {}, "Fields"));
  fold.addEventListener("toggle", () => {
    if (fold.open && fold.childElementCount === 1) fold.append(body(spec, schema));
  });
  return fold;
}

/** Fields of an object and of all that it is made of: those that must be there first, in the order in which they are written. */
function fieldsOf(spec, schema) {
  const parts = [schema, ...(schema.allOf ?? []).map((part) => resolve(spec, part).schema)];
  const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
  const required = parts.flatMap((part) => part.required ?? []);
  const choices = (schema.oneOf ?? []).flatMap((part) => part.required ?? []);
  const first = [...required, ...choices];
  const place = (name) => first.includes(name) ? first.indexOf(name) : first.length;
  return Object.keys(properties)
    .sort((one, other) => place(one) - place(other) || one.localeCompare(other))
    .map((name) => ({
      name,
      schema: properties[name] === true ? {} : properties[name],
      need: required.includes(name) ? "required" : choices.includes(name) ? `one of ${choices.join(", ")} is required` : null,
    }));
}

/** Follows references, and takes "or null" out of the way. */
function resolve(spec, schema, isNullable = false) {
  if (schema === true) return { schema: {}, isNullable };
  const some = schema.anyOf?.filter((one) => one.type !== "null");
  if (some?.length === 1 && some.length < schema.anyOf.length) return resolve(spec, some[0], true);
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    const { schema: plain, isNullable: isInner } = resolve(spec, spec.components.schemas[name], isNullable);
    return { schema: plain, name, isNullable: isInner };
  }
  return { schema, isNullable };
}

function typeOf(spec, schema) {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return `${types.map((type) => typeOf(spec, { ...schema, type })).join(" or ")}${types.length < schema.type.length ? " or null" : ""}`;
  }
  if (schema.type === "array") {
    const { schema: inner, name } = resolve(spec, schema.items ?? true);
    return `list of ${name ?? typeOf(spec, inner)}`;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  return schema.type ?? (schema.allOf ? "object" : "any JSON");
}
