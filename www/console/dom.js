// Making and finding elements. Never sets markup from text, so nothing that a server says can become an element.

/** The element with that id, which the page's own markup has. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element: `make("p", { class: "hint", hidden: true }, "text", child)`. False and null leave an attribute out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A push button that does not submit. */
export function button(words, act, attributes = {}) {
  const element = make("button", { type: "button", class: "button quiet", ...attributes }, words);
  element.addEventListener("click", act);
  return element;
}

/** Figures in a list of terms. Changes what has changed only, so that what a person has selected stays selected. */
export class Figures {
  #list;
  #places = new Map();

  /** `list` is an empty `dl`. */
  constructor(list) {
    this.#list = list;
  }

  /** Shows rows of `{ term, value, note, tone }`; the first two are needed. */
  show(rows) {
    for (const { term, value, note = "", tone = "plain" } of rows) {
      const place = this.#places.get(term) ?? this.#add(term);
      if (place.value.textContent !== value) place.value.textContent = value;
      if (place.note.textContent !== note) place.note.textContent = note;
      place.row.dataset.tone = tone;
    }
  }

  #add(term) {
    const place = { value: make("span", { class: "figure" }), note: make("span", { class: "figure-note" }) };
    place.row = make("div", {}, make("dt", {}, term), make("dd", {}, place.value, " ", place.note));
    this.#list.append(place.row);
    this.#places.set(term, place);
    return place;
  }
}

/** Says something to a screen reader once, without moving the focus. */
export function say(words) {
  byId("said").textContent = words;
}

/** Copies text and says so on the button for two seconds; where the browser refuses, selects it for the reader to copy. */
export async function copy(text, source, pressed) {
  const words = pressed.textContent;
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
    say("Copied");
  } catch {
    getSelection().selectAllChildren(source);
    pressed.textContent = "Selected";
    say("Copying was refused. The text is selected.");
  }
  setTimeout(() => { pressed.textContent = words; }, 2_000);
}
