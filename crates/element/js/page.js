// What all elements of a page share: one clock, one timer, ears for the tab and the network, and its events. Never knows what an
// element is waiting for.

const due = new Map();
let timer;
let floor = 0;

// Browsers hold 31 bits of milliseconds, and take more for none at all: a longer wait takes several timers.
const DELAY_MAX = 2 ** 31 - 1;

/**
 * Epoch milliseconds. Never goes back: when the machine's clock does, time stands until it has caught up, and each
 * timer that rings moves it on.
 */
export function now() {
  floor = Math.max(floor, Date.now());
  return floor;
}

/** The time of day in a language; for none, the instant as our JSON has it. */
export function time(millis, lang) {
  const at = new Date(millis);
  return lang ? at.toLocaleTimeString(lang) : at.toISOString();
}

export function parse(text) {
  return Date.parse(text);
}

export function random() {
  return Math.random() * 2 ** 53;
}

/** Tells the page, across shadow roots. */
export function emit(host, name, detail) {
  host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail: JSON.parse(detail) }));
}

/** From now on `core` is told what happens to the tab and the network. */
export function remember(core) {
  if (due.size === 0) {
    document.addEventListener("visibilitychange", look);
    addEventListener("online", listen);
  }
  due.set(core, undefined);
  core.hidden(document.hidden);
  arm();
}

/** It is gone. */
export function forget(core) {
  due.delete(core);
  if (due.size > 0) return;
  clearTimeout(timer);
  document.removeEventListener("visibilitychange", look);
  removeEventListener("online", listen);
}

/** Sets the timer to the first element that is due. */
export function arm() {
  clearTimeout(timer);
  for (const core of due.keys()) due.set(core, core.dueAt() ?? Infinity);
  const first = Math.min(...due.values());
  if (first < Infinity) timer = setTimeout(ring, Math.min(Math.max(first - now(), 0), DELAY_MAX), first);
}

function ring(first) {
  floor = Math.max(floor, Math.min(first, floor + DELAY_MAX));
  for (const [core, at] of [...due]) if (at <= now() && due.has(core)) core.wake();
  arm();
}

const look = () => [...due.keys()].forEach((core) => core.hidden(document.hidden));
const listen = () => [...due.keys()].forEach((core) => core.online());
