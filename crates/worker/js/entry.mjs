// The Worker's entry: loads the wasm module and forwards what the runtime calls. It decides nothing and reads nothing
// of a request; every rule is in Rust. What it adds is survival: a trap (a panic in Rust) leaves a module in an unknown
// state, so the next call in starts a fresh instance, and objects are made anew from their storage.
// worker-build's shim does the same through a proxy around every export and every method, which costs a fifth of the
// requests per second on a plain route (`cargo xtask bench snapshot`).

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import module from "./cxpulse_bg.wasm";
import * as cxpulse from "./cxpulse.js";

cxpulse.initSync({ module });
// Kept by the SDK: `criticalError` after a panic, and `instanceId`, another for each instance.
const life = cxpulse.__worker_init_state();

// A trap inside a future surfaces here: no caller is on the stack when a microtask polls it.
addEventListener("error", (event) => noteTrap(event.error));

export default {
  fetch(request, env, context) {
    renewAfterTrap();
    try {
      const answer = cxpulse.fetch(request, env, context);
      return answer instanceof Response ? answer : answer.catch(unavailable);
    } catch (error) {
      return unavailable(error);
    }
  },
};

// An object was reset, is overloaded or trapped, or this module did: the caller is told to try again, and no more.
function unavailable(error) {
  noteTrap(error);
  renewAfterTrap();
  return cxpulse.unavailable(error);
}

export const Execution = objectClass("Execution");
export const Tenant = objectClass("Tenant");
export const Directory = objectClass("Directory");
export const Flow = objectClass("Flow");
export const History = objectClass("History");

// Makes calls for a flow. Bound as a service to our own objects only: a request from outside comes to the entry above.
export class Relay extends WorkerEntrypoint {
  fetch(request) {
    // A service is not told how its caller takes redirects.
    return fetch(request, { redirect: "manual" });
  }
}

function objectClass(name) {
  return class extends DurableObject {
    #inner;
    #instanceId;

    constructor(state, env) {
      super(state, env);
      this.#renew();
    }

    fetch(request) {
      return guarded(() => this.#current().fetch(request));
    }

    alarm() {
      return guarded(() => this.#current().alarm());
    }

    webSocketMessage(socket, message) {
      return guarded(() => this.#current().webSocketMessage(socket, message));
    }

    webSocketClose() {
      return guarded(() => this.#current().webSocketClose());
    }

    webSocketError() {
      return guarded(() => this.#current().webSocketClose());
    }

    #current() {
      renewAfterTrap();
      if (this.#instanceId !== life.instanceId) this.#renew();
      return this.#inner;
    }

    #renew() {
      renewAfterTrap();
      this.#instanceId = life.instanceId;
      this.#inner = guarded(() => new cxpulse[name](this.ctx, this.env));
    }
  };
}

function guarded(call) {
  try {
    return call();
  } catch (error) {
    noteTrap(error);
    throw error;
  }
}

// A RangeError is the stack running out, with whatever was borrowed still borrowed.
function noteTrap(error) {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) life.criticalError = true;
}

function renewAfterTrap() {
  if (!life.criticalError) return;
  life.criticalError = false;
  cxpulse.__wbg_reset_state();
}
