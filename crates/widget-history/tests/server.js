// The way between the element and whoever answers it, where `fetch` would go out, and what the page would keep as files: never makes up
// an answer.

let streams = [];
let asked = [];
let files = [];

/** From now on `answer(method, address, token)` gives the status, a blank, and the text of each answer. */
export function serve(answer) {
  [streams, asked, files] = [[], [], []];
  globalThis.fetch = async (input, { method = "GET", headers = {} } = {}) => {
    const { pathname, search } = new URL(input);
    const address = pathname.replace("/v1/histories/his_1", "") + search;
    if (address === "/events") return new Response(stream(answer), { headers: { "content-type": "text/event-stream" } });
    const told = answer(method, address, headers.Authorization ?? "");
    asked.push(`${method} ${address} ${told.slice(0, 3)}`);
    const at = told.indexOf(" ");
    return new Response(told.slice(at + 1), { status: Number(told.slice(0, at)), headers: { "content-type": "application/json" } });
  };
  HTMLAnchorElement.prototype.click = function () {
    files.push(`${this.download} ${new URL(this.href).protocol}`);
  };
}

/** Sends a snapshot to whoever listens. */
export function push(snapshot) {
  for (const out of streams) out.enqueue(event(snapshot));
}

/** What was asked beside the stream, a line each, with the status it was answered with. */
export function questions() {
  return asked.join("\n");
}

/** What the page was given to keep, a line each. */
export function kept() {
  return files.join("\n");
}

/** The element's page gives this token when it is asked for one. */
export function provide(element, token) {
  element.tokenProvider = async () => token;
}

/** Presses a key where the focus is; whether the page was kept from it. */
export function press_key(element, key) {
  const target = element.shadowRoot.activeElement ?? element.shadowRoot.querySelector("[part~=node]");
  return !target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }));
}

/** Gives a field a value, as a person would. */
export function fill(element, selector, value) {
  const field = element.shadowRoot.querySelector(selector);
  field.value = value;
  field.dispatchEvent(new Event(field.type === "range" ? "input" : "change", { bubbles: true }));
}

/** Left, top, right and bottom of all that a selector finds, a line each. */
export function boxes(element, selector) {
  const box = (node) => node.getBoundingClientRect();
  return [...element.shadowRoot.querySelectorAll(selector)].map(box).map(({ left, top, right, bottom }) => [left, top, right, bottom].join(" ")).join("\n");
}

function stream(answer) {
  const start = (out) => {
    streams.push(out);
    out.enqueue(event(answer("GET", "", "Bearer T").slice(4)));
  };
  return new ReadableStream({ start });
}

const event = (snapshot) => new TextEncoder().encode(`event: snapshot\ndata: ${snapshot}\n\n`);
