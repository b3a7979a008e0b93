// Finds operations and schemas by any words: "/" goes to the field, Escape clears it.

import { byId } from "/console/dom.js";

/** Wires the field to what is on the page now. */
export function wireSearch() {
  const field = byId("search");
  const sections = [...document.querySelectorAll("main .operation, main .schema")]
    .map((section) => ({ section, words: section.textContent.toLowerCase() }));
  field.addEventListener("input", () => filter(field.value, sections));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || field.value === "") return;
    event.preventDefault();
    field.value = "";
    filter("", sections);
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  filter(field.value, sections);
}

function filter(text, sections) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (all) => words.every((word) => all.includes(word));
  let operations = 0;
  let schemas = 0;
  const found = new Set();
  for (const { section, words: all } of sections) {
    section.hidden = !matches(all);
    if (section.hidden) continue;
    found.add(section.id);
    if (section.matches(".operation")) operations += 1;
    else schemas += 1;
  }
  for (const group of document.querySelectorAll("main .group")) {
    const parts = [...group.querySelectorAll(":scope > .operation, :scope > .schema")];
    group.hidden = words.length > 0 && parts.every((part) => part.hidden);
  }
  for (const entry of document.querySelectorAll("#contents li")) {
    const id = entry.querySelector("a").hash.slice(1);
    entry.hidden = words.length > 0 && !found.has(id);
  }
  for (const chapter of document.querySelectorAll("#contents .chapter")) {
    chapter.hidden = words.length > 0 && [...chapter.querySelectorAll("li")].every((entry) => entry.hidden);
  }
  document.querySelector("main .intro").hidden = words.length > 0;
  byId("found").textContent = words.length === 0 ? "" : tell(operations, schemas);
}

function tell(operations, schemas) {
  if (operations + schemas === 0) return "Nothing found";
  const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
  return `${count(operations, "operation", "operations")}, ${count(schemas, "schema", "schemas")}`;
}
