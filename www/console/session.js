// With which key the console speaks, and whether there is a simulated CXone. In development the Worker hands out
// both; elsewhere a person gives the key, which stays in this tab's session storage. Never sends it anywhere else.

import { request } from "./api.js";

/** `{ key, sim }`: each null where there is none. Throws a problem where the Worker does not answer. */
export async function openSession() {
  try {
    const { api_key: key, sim } = await (await request("/dev/session")).json();
    return { key, sim: sim ?? null };
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return { key: storage.read(KEY), sim: null };
  }
}

/** Keeps a key for this tab. */
export function keepKey(key) {
  storage.write(NO_OPERATOR, null);
  storage.write(KEY, key);
}

/** Forgets it. */
export function forgetKey() {
  storage.write(KEY, null);
}

/** Whether the key may be an operator's: nothing has said otherwise yet. */
export function isOperator() {
  return storage.read(NO_OPERATOR) === null;
}

/** The Worker refused it what operators may. */
export function noteNoOperator() {
  storage.write(NO_OPERATOR, "true");
}

/** Session storage; where that is refused, as in some private windows, this page's memory until its reload. */
export const storage = {
  read(name) {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return memory.get(name) ?? null;
    }
  },
  write(name, value) {
    try {
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, value);
    } catch {
      memory.set(name, value);
    }
  },
};

const memory = new Map();
const KEY = "cxpulse.key";
const NO_OPERATOR = "cxpulse.no-operator";
