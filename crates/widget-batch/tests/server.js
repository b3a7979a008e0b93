// The server's side of the wire for one batch of any size, where `fetch` would go out: answers as `core::wire::batch` has them, and
// notes what was asked. The last letters of its items say how they stand.

const NAMES = { s: "successful", f: "failed", d: "degraded", c: "canceled", n: "not_started", r: "running" };
let letters = "";
let generation = 1;
let refusal = 0;
let seq = 1;
let asked = [];

/** From now on there is a batch whose items stand so. */
export function serve(grid, refusedStatus) {
  [letters, refusal, generation, asked] = [grid, refusedStatus, 1, []];
  seq += 1;
  globalThis.fetch = answer;
}

/** `count` letters of `one` after those of `first`. */
export function letters_of(first, one, count) {
  return first + one.repeat(count - first.length);
}

/** What was posted, a line each. */
export function posted() {
  return asked.join("\n");
}

/** How many canvas pixels of the element are not blank, in percent. */
export function painted(element) {
  const canvas = element.shadowRoot?.querySelector("canvas");
  if (!canvas?.width) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) count += data[at] > 0;
  return (400 * count) / data.length;
}

export function press_key(element, key) {
  const grid = element.shadowRoot.querySelector("[part=grid]");
  return !grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }));
}

function snapshot() {
  const counts = Object.fromEntries(Object.entries(NAMES).map(([letter, name]) => [name, letters.split(letter).length - 1]));
  const isLive = counts.running + counts.not_started > 0;
  const outcome = isLive ? null : counts.successful === letters.length ? "completed" : "partial";
  const failures = counts.failed > 0 ? [{ code: "UPSTREAM_FAILED", message: "CXone says that the action failed", count: counts.failed, items: ["i2"] }] : [];
  return {
    id: "bat_1", kind: "batch", seq, status: isLive ? "running" : "completed", outcome, generation, action_id: "sim-fast",
    summary: { total: letters.length, ...counts }, sources: { fresh: 0, retried: 0, cached: 0, degraded: 0 }, rate: isLive ? { per_second: 2.5 } : null,
    ends_at: null, waiting: null, stopped: null, failures, created_at: "2026-11-21T10:00:00.000Z", updated_at: "2026-11-21T10:00:01.000Z",
    ended_at: isLive ? null : "2026-11-21T10:00:04.200Z",
  };
}

function item(index) {
  const isFailed = letters[index] === "f";
  const error = isFailed ? { code: "UPSTREAM_FAILED", message: "it failed" } : null;
  return { id: `i${index}`, index, status: NAMES[letters[index]], source: null, attempts: 1, error, links: { execution: `${location.origin}/v1/executions/exe_1-${index}` } };
}

async function answer(input, { method = "GET", body, headers } = {}) {
  const url = new URL(input);
  const json = (value, status = 200) => new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
  if (headers.Authorization !== "Bearer T") return json({ title: "No token" }, 401);
  if (method === "POST") {
    asked.push(`${url.pathname.split("/").at(-1)} ${body}`);
    return refusal ? json({ title: "Forbidden", detail: "the token is not for this" }, refusal) : post(url, JSON.parse(body), json);
  }
  if (url.pathname.endsWith("/events")) return stream();
  if (url.searchParams.get("fields") === "grid") return json({ ...snapshot(), grid: letters });
  if (url.searchParams.has("limit")) return json(page(url.searchParams));
  return json(snapshot());
}

function post(url, asks, json) {
  if (asks.preview) return json({ id: "bat_1", generation: 2, count: 2, by_status: { failed: 1, degraded: 1, canceled: 0, not_started: 0 }, items: ["i2"], may_have_run: { count: 1, items: [] }, left_out: 0 });
  generation += 1;
  seq += 1;
  letters = url.pathname.endsWith("cancel") ? letters.replaceAll(/[nr]/g, "c") : letters.replaceAll(/[fdc]/g, "s");
  return json(snapshot(), 202);
}

function page(query) {
  const wanted = query.get("status")?.split(",");
  const code = query.get("code");
  const isAsked = (index) => (!wanted || wanted.includes(NAMES[letters[index]])) && (!code || item(index).error?.code === code);
  const all = [...letters].map((_, index) => index).filter(isAsked);
  const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
  return { ...snapshot(), items: all.slice(offset, offset + limit).map(item), pagination: { offset, limit, total: all.length, next: null } };
}

/** A stream that stays open. */
function stream() {
  const body = new ReadableStream({ start: (out) => out.enqueue(new TextEncoder().encode(`event: snapshot\ndata: ${JSON.stringify(snapshot())}\n\n`)) });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}
