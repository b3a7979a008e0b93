// Every cause of a refusal once, with where it is told.

import { make } from "/console/dom.js";
import { inline } from "./prose.js";

/** The table of problems. */
export function problemSection(spec, operations) {
  const causes = new Map();
  for (const operation of operations) {
    for (const [status, { description }] of Object.entries(operation.responses)) {
      if (!(Number(status) >= 400)) continue;
      for (const line of description.split("\n\n")) {
        const [, name, meaning] = /^`([^`]+)`: ([^]*)$/.exec(line);
        const cause = causes.get(name) ?? { name, status, meaning, operations: [] };
        cause.operations.push(operation);
        causes.set(name, cause);
      }
    }
  }
  const sorted = [...causes.values()].sort((one, other) => one.status.localeCompare(other.status) || one.name.localeCompare(other.name));
  return make("ul", { class: "fields" }, ...sorted.map((cause) => row(cause, operations.length)));
}

function row({ name, status, meaning, operations }, total) {
  const told = operations.length > total / 2
    ? ["Any operation may say so."]
    : operations.flatMap((operation, index) => [index > 0 ? ", " : "", make("a", { href: `#${operation.operationId}-${status}` }, operation.operationId)]);
  return make("li", { id: `problem-${name}`, tabindex: -1 },
    make("div", { class: "field-head" }, make("code", { class: "status", "data-class": status[0] }, status), " ", make("code", { class: "name" }, name)),
    make("div", { class: "about" }, ...inline(meaning), make("p", { class: "rules" }, ...told)));
}
