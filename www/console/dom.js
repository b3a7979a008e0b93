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
