// One operation: who may, what it reads, what it answers, why it refuses, and how it looks on the wire.

import { make } from "/console/dom.js";
import { command, examples } from "./example.js";
import { inline, prose } from "./prose.js";
import { body, kind, rules } from "./schema.js";

/** The section of an operation. */
export function operationSection(spec, operation) {
  const { operationId: id, method, path, summary } = operation;
  return make("article", { class: "operation", id, tabindex: -1, "aria-labelledby": `${id}-title` },
    make("h3", { id: `${id}-title` }, summary, " ", make("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${summary}` }, "#")),
    make("p", { class: "address" }, make("span", { class: "method", "data-method": method }, method), " ", make("code", {}, ...broken(path))),
    ...prose(operation.description),
    who(operation),
    parameters(spec, operation),
    request(spec, operation),
    answers(spec, operation));
}

/** A path that may be broken at its slashes. */
function broken(path) {
  return path.split(/(?=\/)/).flatMap((part) => [make("wbr"), part]);
}

function who({ security }) {
  if (security.length === 0) return make("p", { class: "who" }, "Needs no key.");
  const scope = security.find((one) => one.key)?.key[0];
  const verb = security.find((one) => one.viewToken)?.viewToken[0];
  return make("p", { class: "who" }, "Needs ",
    make("a", { href: "#access-key" }, "a key"), ...(scope ? [" with the scope ", make("code", {}, scope)] : []),
    ...(verb ? [", or ", make("a", { href: "#access-viewToken" }, "a view token"), " with the verb ", make("code", {}, verb)] : []), ".");
}

function parameters(spec, { parameters: all = [] }) {
  if (all.length === 0) return null;
  const plain = all.map((one) => spec.components.parameters[one.$ref.split("/").at(-1)]);
  return part("Parameters", make("ul", { class: "fields" }, ...plain.map((one) => make("li", {},
    make("div", { class: "field-head" },
      make("code", { class: "name" }, one.name), " ", make("span", { class: "kind" }, one.in, " · "), kind(spec, one.schema),
      one.required ? make("span", { class: "required" }, "required") : null),
    make("div", { class: "about" }, ...inline(one.description), make("p", { class: "rules" }, ...rules(spec, one.schema)))))));
}

function request(spec, operation) {
  if (!operation.requestBody) return null;
  const [[type, media]] = Object.entries(operation.requestBody.content);
  return part(["Body ", make("span", { class: "aside" }, type)], body(spec, media.schema), command(operation, media), examples(media, "request", operation.operationId));
}

function answers(spec, operation) {
  const all = Object.entries(operation.responses).sort(([one], [other]) => one.localeCompare(other));
  return part("Answers", ...all.map(([status, response]) => answer(spec, operation, status, response)));
}

function answer(spec, operation, status, response) {
  const isProblem = Number(status) >= 400;
  const fold = make("details", { class: "fold answer", id: `${operation.operationId}-${status}` },
    make("summary", {}, make("code", { class: "status", "data-class": status[0] }, status), " ", ...inline(isProblem ? names(response.description) : response.description)));
  fold.append(make("div", { class: "stack" },
    ...(isProblem ? prose(response.description) : []),
    headers(spec, response),
    ...Object.entries(response.content ?? {}).map(([type, media]) => content(spec, operation, status, type, media, isProblem))));
  return fold;
}

function content(spec, { operationId }, status, type, media, isProblem) {
  const lines = media.schema["x-line-schema"];
  return make("div", { class: "media" },
    make("p", { class: "rules" }, make("code", {}, type), " ", lines ? "each line " : "", kind(spec, isProblem ? media.schema.allOf[0] : lines ?? media.schema)),
    isProblem ? null : body(spec, lines ?? media.schema),
    examples(media, `answer-${status}`, operationId));
}

function headers(spec, { headers: all }) {
  if (!all) return null;
  return make("ul", { class: "fields" }, ...Object.entries(all).map(([name, reference]) => make("li", {},
    make("div", { class: "field-head" }, make("code", { class: "name" }, name), " ", make("span", { class: "kind" }, "header")),
    make("div", { class: "about" }, ...inline(spec.components.headers[reference.$ref.split("/").at(-1)].description)))));
}

/** The names of causes, out of "`name`: meaning" paragraphs. */
function names(description) {
  return description.split("\n\n").map((line) => line.split(":")[0]).join(", ");
}

function part(title, ...children) {
  return make("section", { class: "part" }, make("h4", {}, ...[title].flat()), ...children);
}
