// The way between the element and whoever answers it, where `fetch` would go out: never makes up an answer.

let streams = [];
let asked = [];

/** From now on `answer(method, address, body)` gives the status, a blank, and the JSON of each answer. */
export function serve(answer) {
  [streams, asked] = [[], []];
  globalThis.fetch = async (input, { method = "GET", body = "" } = {}) => {
    const { pathname, search } = new URL(input);
    const address = pathname.replace("/v1/chains/chn_1", "") + search;
    if (address === "/events") return new Response(stream(answer), { headers: { "content-type": "text/event-stream" } });
    asked.push(`${method} ${address} ${body}`.trim());
    const told = answer(method, address, body);
    const at = told.indexOf(" ");
    return new Response(told.slice(at + 1), { status: Number(told.slice(0, at)), headers: { "content-type": "application/json" } });
  };
}

/** Sends a snapshot to whoever listens. */
export function push(snapshot) {
  for (const out of streams) out.enqueue(event(snapshot));
}

/** What was asked beside the stream, a line each. */
export function questions() {
  return asked.join("\n");
}

/** Presses a key where the focus is; whether the page was kept from it. */
export function press_key(element, key) {
  const target = element.shadowRoot.activeElement ?? element.shadowRoot.querySelector("[part~=node]");
  return !target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }));
}

/** Left, top, right and bottom of each node that is drawn, a line each. */
export function boxes(element) {
  const box = (node) => node.getBoundingClientRect();
  return [...element.shadowRoot.querySelectorAll("[part~=node]")].map(box).map(({ left, top, right, bottom }) => [left, top, right, bottom].join(" ")).join("\n");
}

function stream(answer) {
  const start = (out) => {
    streams.push(out);
    out.enqueue(event(answer("GET", "", "").slice(4)));
  };
  return new ReadableStream({ start });
}

const event = (snapshot) => new TextEncoder().encode(`event: snapshot\ndata: ${snapshot}\n\n`);
