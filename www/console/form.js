// The form of a new execution, batch, chain or history: fields into the body of `POST /v1/executions`, `/v1/batches`, `/v1/chains` or
// `/v1/histories`, violations back to their fields. Never judges a value, the Worker does; only what is not JSON cannot be sent inside JSON, and is refused here.

import { byId, make } from "./dom.js";
import { capital } from "./words.js";

/** The body as JSON text, and the violations that keep it from being sent. */
export function readBody(form) {
  const violations = [];
  const tree = {};
  for (const field of fieldsOf(form)) {
    const value = readField(field, violations);
    if (value !== undefined) put(tree, field.dataset.pointer, value);
  }
  const door = form.elements.door.value;
  if (door === "start" || door === "watch") tree[door] ??= {};
  if (door === "history" && form.dataset.historyTenant) tree.tenant ??= form.dataset.historyTenant;
  return { body: write(tree), violations };
}

/** Shows the fields of the chosen door only. */
export function showDoor(form) {
  const door = form.elements.door.value;
  for (const part of form.querySelectorAll("[data-door]")) part.hidden = !part.dataset.door.split(" ").includes(door);
  byId("door-hint").textContent = HINTS[door];
  byId("start").textContent = BUTTONS[door];
}

/** Takes back every refusal. */
export function clearRefusal(form) {
  byId("refusal").replaceChildren();
  for (const field of form.querySelectorAll("[aria-invalid]")) clearField(field);
}

/** Takes back the refusal of one field. */
export function clearField(field) {
  if (!field.hasAttribute("aria-invalid")) return;
  field.removeAttribute("aria-invalid");
  byId(errorId(field))?.remove();
  describedBy(field, (ids) => ids.filter((id) => id !== errorId(field)));
}

/** Shows a problem: each violation at its field, the rest above the button. Focuses the first field at fault. */
export function refuse(form, problem) {
  const elsewhere = [];
  const struck = [];
  for (const violation of problem.violations) {
    const field = fieldAt(form, violation.pointer);
    if (field === null) elsewhere.push(violation);
    else struck.push(mark(field, violation));
  }
  byId("refusal").replaceChildren(noticeOf(problem, elsewhere, struck.length));
  struck[0]?.focus();
}

function fieldsOf(form) {
  return [...form.querySelectorAll("[data-pointer]")].filter((field) => field.closest("[data-door][hidden]") === null);
}

function readField(field, violations) {
  const text = field.value.trim();
  switch (field.dataset.type) {
    case "flag": return field.checked ? undefined : false;
    case "choice": return text === "" ? undefined : text === "true";
    // In the page's zone for people, in UTC for the Worker.
    case "instant": return text === "" ? undefined : new Date(text).toISOString();
    case "ids": return text === "" ? undefined : text.split(/[\s,]+/);
    case "list": return text === "" ? undefined : text.split(",").map((item) => item.trim());
    // What is no number goes as text, for the Worker to refuse by name.
    case "number": return text === "" ? undefined : Number.isFinite(Number(text)) ? Number(text) : text;
    case "payloads": return text === "" ? undefined : readPayloads(field.dataset.pointer, text, violations);
    case "json": return text === "" ? undefined : readJson(field.dataset.pointer, text, violations);
    default: return text === "" ? undefined : text;
  }
}

function readJson(pointer, text, violations) {
  try {
    JSON.parse(text);
    return new Verbatim(text);
  } catch (error) {
    violations.push({ pointer, code: "not_json", message: `is not JSON: ${error.message}` });
    return undefined;
  }
}

/**
 * A JSON list as it stands; or lines, of which each is a payload (an object with an `id`), the inputs of one (any other object), or
 * just an id.
 */
function readPayloads(pointer, text, violations) {
  if (text.startsWith("[")) return readJson(pointer, text, violations);
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const payloads = lines.map((line, index) => {
    if (!line.startsWith("{")) return JSON.stringify({ id: line });
    const json = readJson(`${pointer}/${index}`, line, violations);
    if (json === undefined || "id" in JSON.parse(line)) return line;
    return `{"id":"${index + 1}","inputs":${line}}`;
  });
  return new Verbatim(`[${payloads.join(",")}]`);
}

/** JSON that goes out as it was typed, so that digits past 2^53 survive. */
class Verbatim {
  constructor(text) {
    this.text = text;
  }
}

/** Pointers here are names of one or two steps without escapes. */
function put(tree, pointer, value) {
  const names = pointer.split("/").slice(1);
  const last = names.pop();
  const parent = names.reduce((node, name) => (node[name] ??= {}), tree);
  parent[last] = value;
}

function write(value) {
  if (value instanceof Verbatim) return value.text;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`);
  return `{${members.join(",")}}`;
}

/** The visible field whose pointer is that one, or the nearest above it (`/tags/3` is shown at `/tags`). */
function fieldAt(form, pointer) {
  const fields = fieldsOf(form);
  const above = fields.filter((field) => `${pointer}/`.startsWith(`${field.dataset.pointer}/`));
  return above.sort((a, b) => b.dataset.pointer.length - a.dataset.pointer.length)[0] ?? null;
}

function mark(field, violation) {
  const rest = violation.pointer.slice(field.dataset.pointer.length + 1);
  const words = `${rest === "" ? "" : `${rest}: `}${violation.message}`;
  const shown = byId(errorId(field));
  if (shown !== null) {
    shown.append(make("br"), capital(words));
    return field;
  }
  field.setAttribute("aria-invalid", "true");
  describedBy(field, (ids) => [errorId(field), ...ids]);
  field.closest(".field, .check").append(make("p", { class: "field-error", id: errorId(field) }, capital(words)));
  field.closest("details")?.setAttribute("open", "");
  return field;
}

/** What describes a field besides, such as a hint, goes on doing so. */
function describedBy(field, change) {
  const ids = change((field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== ""));
  if (ids.length === 0) field.removeAttribute("aria-describedby");
  else field.setAttribute("aria-describedby", ids.join(" "));
}

function errorId(field) {
  return `error${field.dataset.pointer.replaceAll("/", "-")}`;
}

function noticeOf(problem, elsewhere, struckCount) {
  const notice = make("div", { class: "notice", "data-tone": "bad" }, make("p", { class: "notice-title" }, problem.title));
  if (problem.detail && problem.detail !== problem.title && struckCount === 0) notice.append(make("p", {}, capital(problem.detail)));
  if (struckCount > 0) notice.append(make("p", {}, struckCount === 1 ? "See the marked field." : `See the ${struckCount} marked places.`));
  if (elsewhere.length > 0) {
    const item = ({ pointer, message }) => make("li", {}, make("code", {}, pointer || "body"), ` ${message}`);
    notice.append(make("ul", { class: "violations" }, ...elsewhere.map(item)));
  }
  return notice;
}

/** What each door starts, by its collection. */
export const FLOWS = { batch: "batches", chain: "chains", history: "histories" };

/** A history begins a week ago, unless a person says otherwise: CXone keeps it for thirty days. */
export function beginHistory() {
  const at = new Date(Date.now() - WEEK_MS);
  at.setSeconds(0, 0);
  byId("history-start").value = new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const WEEK_MS = 7 * 86_400_000;

const HINTS = {
  start: "Submits a data action to CXone and follows it.",
  watch: "Follows an execution that somebody else submitted.",
  batch: "Submits one data action for many payloads, so many at once, and keeps what worked.",
  chain: "Runs several data actions as a graph: each begins when those it needs have ended, and reads what they came to.",
  history: "Reads what interactions went through on CXone, and shows which ways they took and where their time went.",
};
const BUTTONS = {
  start: "Start execution",
  watch: "Watch execution",
  batch: "Start batch",
  chain: "Start chain",
  history: "Load history",
};
