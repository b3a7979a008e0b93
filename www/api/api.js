// The page /api: shows /openapi.json. Reads nothing else, sends nothing to the API.

import { byId, make, button } from "/console/dom.js";
import { operationSection } from "./operation.js";
import { problemSection } from "./problem.js";
import { prose } from "./prose.js";
import { schemaSection } from "./schema.js";
import { wireSearch } from "./search.js";

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];

wireTheme();
await show();

async function show() {
  const main = byId("content");
  try {
    const answer = await fetch("/openapi.json", { credentials: "omit" });
    if (!answer.ok) throw new Error(`the description answers ${answer.status}`);
    render(await answer.json());
  } catch (error) {
    const again = button("Try again", () => { main.replaceChildren(); show(); });
    main.replaceChildren(make("div", { class: "notice", "data-tone": "bad", role: "alert" },
      make("p", { class: "notice-title" }, "The description cannot be shown"), make("p", {}, error.message)), again);
  } finally {
    main.removeAttribute("aria-busy");
  }
}

function render(spec) {
  const groups = spec.tags.map((tag) => ({ tag, operations: operationsOf(spec, tag.name) }));
  const schemas = Object.keys(spec.components.schemas).sort();
  byId("content").replaceChildren(
    make("section", { class: "intro", id: "introduction" },
      make("h1", {}, `${spec.info.title} API `, make("span", { class: "aside" }, spec.info.version)),
      ...prose(spec.info.description),
      access(spec)),
    ...groups.map(({ tag, operations }) => make("section", { class: "group", "aria-labelledby": slug(tag.name) },
      make("h2", { id: slug(tag.name) }, tag.name),
      ...prose(tag.description),
      ...operations.map((operation) => operationSection(spec, operation)))),
    make("section", { class: "group", "aria-labelledby": "problems" },
      make("h2", { id: "problems" }, "Problems"),
      problemSection(spec, groups.flatMap(({ operations }) => operations))),
    make("section", { class: "group", "aria-labelledby": "schemas" },
      make("h2", { id: "schemas" }, "Schemas"),
      ...schemas.map((name) => schemaSection(spec, name))));
  byId("contents").replaceChildren(
    ...groups.map(({ tag, operations }) => list(tag.name, slug(tag.name), operations.map(entry))),
    list("Reference", "problems", [link("problems", "Problems"), link("schemas", "Schemas")]));
  wireSearch();
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", openAll);
  reveal();
  mark();
}

function operationsOf(spec, tag) {
  const all = Object.entries(spec.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })));
  return all.filter((operation) => operation.tags.includes(tag));
}

function access(spec) {
  const schemes = Object.entries(spec.components.securitySchemes);
  const sent = (scheme) => scheme.type === "http" ? "Authorization: Bearer …" : scheme.in === "header" ? `${scheme.name}: …` : `?${scheme.name}=…`;
  return make("dl", { class: "access" }, ...schemes.flatMap(([name, scheme]) => [
    make("dt", { id: `access-${name}` }, make("code", {}, sent(scheme))),
    make("dd", {}, ...prose(scheme.description)),
  ]));
}

function entry({ operationId, method, path, summary }) {
  return link(operationId, summary, make("span", { class: "method", "data-method": method }, method), `${method} ${path} ${operationId}`);
}

function link(id, words, before, more = "") {
  return make("li", { "data-words": `${words} ${more}`.toLowerCase() }, make("a", { href: `#${id}` }, before, make("span", {}, words)));
}

function list(title, id, entries) {
  return make("div", { class: "chapter" }, make("a", { class: "chapter-title", href: `#${id}` }, title), make("ul", {}, ...entries));
}

/** Opens whatever an address points into, and goes there: the browser looked for it before it was made. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.matches("details")) at.open = true;
  target.scrollIntoView();
  target.focus({ preventScroll: true });
}

/** Says in the contents which operation is being read. */
function mark() {
  const links = new Map([...document.querySelectorAll("#contents li a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    const first = entries.find((one) => one.isIntersecting);
    if (!first) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(first.target.id)?.setAttribute("aria-current", "true");
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const section of document.querySelectorAll(".operation")) seen.observe(section);
}

/** On paper nothing can be opened. */
function openAll() {
  for (const fold of document.querySelectorAll("main details:not([data-deep])")) fold.open = true;
}

function slug(words) {
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

function wireTheme() {
  const chosen = byId("theme");
  chosen.value = document.documentElement.dataset.theme ?? "auto";
  chosen.addEventListener("change", () => {
    if (chosen.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen.value;
    try {
      localStorage.setItem("cxpulse.theme", chosen.value);
    } catch {
      // Refused: the choice lasts until the reload.
    }
  });
}
