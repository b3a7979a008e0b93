// The Worker's HTTP API as the console uses it. Never retries: the person does. Errors are RFC 9457 problems.

import { kindOf } from "./kinds.js";

/** Why a request was refused, or could not be made. */
export class Problem extends Error {
  /** `status` is 0 where no answer came. `violations` are `{pointer, code, message}`, empty where there are none. */
  constructor({ status = 0, title, detail = "", violations = [] }) {
    super(detail || title);
    Object.assign(this, { status, title, detail, violations });
  }
}

/** Asks for `path` on this Worker. Throws [`Problem`] unless the answer is 2xx. */
export async function request(path, { key = null, method = "GET", body = null, headers: more = {}, patienceMs = ANSWER_MS } = {}) {
  const headers = { accept: "application/json", ...more };
  if (key !== null) headers.authorization = `Bearer ${key}`;
  if (body !== null) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body, cache: "no-store", signal: AbortSignal.timeout(patienceMs) });
  } catch {
    throw new Problem({ title: "The Worker does not answer", detail: "Nothing came back from the Worker. Is it still running?" });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The API with a key. */
export class Api {
  #key;

  constructor(key) {
    this.#key = key;
  }

  /** Starts or watches; `body` is JSON text. The same `key` again finds the first. Answers with the snapshot and its `view_token`. */
  async start(body, key) {
    return (await this.#ask("/v1/executions", { method: "POST", body, headers: { "idempotency-key": key } })).json();
  }

  /** Starts a batch, a chain or a history, by its collection; as [`start`], with a token that may do what its element offers. */
  async startFlow(collection, body, key) {
    const snapshot = await (await this.#ask(`/v1/${collection}`, { method: "POST", body, headers: { "idempotency-key": key } })).json();
    return { ...snapshot, view_token: await this.mint(snapshot.id, JSON.parse(body).tenant) };
  }

  /** A page of a tenant's executions, newest first: `{ items, next }`. `next` is the path of the page after it, or null. */
  async list(tenant, page = null) {
    const path = page ?? `/v1/executions?limit=${LISTED}&tenant=${encodeURIComponent(tenant)}`;
    const { items, next } = await (await this.#ask(path)).json();
    // Links name the Worker as it is reached from outside; this page asks the one that it came from.
    return { items, next: next === null ? null : `/v1/executions${new URL(next).search}` };
  }

  /** The snapshot, with a view token for its stream. */
  async look(id) {
    const [snapshot, token] = await Promise.all([this.#ask(pathOf(id)).then((answer) => answer.json()), this.mint(id)]);
    return { ...snapshot, view_token: token };
  }

  /** The records of an execution's audit log, in order; of very many the first thousand. */
  async audit(id) {
    return (await this.#ask(`${pathOf(id)}/audit`)).json();
  }

  /** Asks for a cancel. Answers with the snapshot. */
  async cancel(id) {
    return (await this.#ask(`${pathOf(id)}/cancel`, { method: "POST" })).json();
  }

  /** The journal's lines after that number, in order, at most `limit`: JSON text as it is kept, byte for byte. */
  async journal(id, after, limit) {
    const path = `${pathOf(id)}/journal?after=${after}&limit=${limit}`;
    const text = await (await this.#ask(path, { headers: { accept: "application/x-ndjson" } })).text();
    return text.split("\n").filter((line) => line !== "");
  }

  /** A new view token for one execution, batch, chain or history, which may do what its element offers. `tenant` is whose it is; the key's own where null. */
  async mint(id, tenant = null) {
    const verbs = ["read", ...kindOf(id).actions.split(" ").filter((verb) => verb !== "")];
    const body = JSON.stringify({ resources: [id], verbs, ttl_seconds: 3_600, tenant: tenant ?? undefined });
    return (await (await this.#ask("/v1/tokens", { method: "POST", body })).json()).token;
  }

  /** How a tenant's gate stands. For an operator's key. */
  async gate(tenant) {
    return (await this.#ask(`${tenantOf(tenant)}/gate`)).json();
  }

  /** Has a tenant's gate forget what it has learned of CXone. */
  async resetGate(tenant) {
    await this.#ask(`${tenantOf(tenant)}/gate/reset`, { method: "POST" });
  }

  /** Has a tenant's connection to CXone examined. Answers with the report. */
  async examine(tenant) {
    return (await this.#ask(`${tenantOf(tenant)}/doctor`, { method: "POST", patienceMs: EXAMINE_MS })).json();
  }

  #ask(path, options = {}) {
    return request(path, { key: this.#key, ...options });
  }
}

function tenantOf(tenant) {
  return `/v1/tenants/${encodeURIComponent(tenant)}`;
}

function pathOf(id) {
  return `/v1/${kindOf(id).collection}/${encodeURIComponent(id)}`;
}

async function problemOf(response) {
  const fallback = { status: response.status, title: `The Worker answered ${response.status}` };
  try {
    const { title = fallback.title, detail, violations } = await response.json();
    return new Problem({ status: response.status, title, detail, violations });
  } catch {
    return new Problem(fallback);
  }
}

const ANSWER_MS = 30_000;
// Several questions to a CXone that may be slow to answer each.
const EXAMINE_MS = 60_000;
// Executions of a page of a list.
const LISTED = 20;
