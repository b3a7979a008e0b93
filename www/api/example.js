// Examples as they were sent and answered, to be copied.

import { button, copy, make } from "/console/dom.js";

/** All examples of a media type, each in a fold; nothing where there is none. */
export function examples(media, role, operation) {
  const all = Object.entries(media.examples ?? {});
  if (all.length === 0) return null;
  return make("div", { class: "examples" }, ...all.map(([key, { summary, value }], index) =>
    fold(summary, text(value), `${operation}-${role}-${key}`, index === 0 && role === "request")));
}

/** The first example of a request as a command for a shell. */
export function command(operation, media) {
  const [first] = Object.values(media.examples ?? {});
  if (!first) return null;
  const key = operation.security.length > 0 ? ' \\\n  -H "Authorization: Bearer $CXPULSE_API_KEY"' : "";
  const json = JSON.stringify(first.value).replaceAll("'", "'\\''");
  const words = `curl -X ${operation.method.toUpperCase()} '${location.origin}${operation.path}'${key} \\\n  -H "Content-Type: application/json" \\\n  -d '${json}'`;
  return make("div", { class: "examples" }, fold("As a command", words, `${operation.operationId}-command`, false));
}

function fold(title, words, id, isOpen) {
  const code = make("code", {}, words);
  const press = button("Copy", () => copy(words, code, press), { "aria-describedby": id });
  return make("details", { class: "fold example", open: isOpen },
    make("summary", { id }, title),
    make("div", { class: "snippet" }, make("div", { class: "title-row" }, press),
      make("pre", { tabindex: 0, role: "region", "aria-labelledby": id }, code)));
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
