// What `cargo xtask bench snapshot` compares the built Worker with: the same route, written by hand in JavaScript, with
// a JavaScript object behind it. Same key check, same reply headers, same body, state in the same kind of storage.
// It leaves out everything else that the Worker does, so it is a ceiling rather than a rival.

import { DurableObject } from "cloudflare:workers";

export default {
  async fetch(request, env) {
    const path = new URL(request.url).pathname;
    if (path === "/healthz") return new Response("ok");
    if (!path.startsWith("/v1/executions/")) return new Response("not found", { status: 404 });
    if (!hasKey(request, env)) return new Response("unauthorized", { status: 401 });
    return env.EXECUTION.getByName(path.slice("/v1/executions/".length)).fetch(request);
  },
};

export class Execution extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.sql = state.storage.sql;
    this.sql.exec("CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT");
    const [row] = this.sql.exec("SELECT body FROM state WHERE id = 1");
    this.snapshot = row ? JSON.parse(row.body) : null;
  }

  async fetch(request) {
    if (request.method === "PUT") {
      const body = await request.text();
      this.sql.exec("INSERT OR REPLACE INTO state VALUES (1, ?)", body);
      this.snapshot = JSON.parse(body);
      return new Response(null, { status: 204 });
    }
    if (!this.snapshot) return new Response("not found", { status: 404 });
    const etag = `"${this.snapshot.seq}"`;
    if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
    return new Response(JSON.stringify(this.snapshot), {
      headers: { "content-type": "application/json", "cache-control": "no-store", etag },
    });
  }
}

function hasKey(request, env) {
  const encoder = new TextEncoder();
  const given = encoder.encode((request.headers.get("authorization") ?? "").replace(/^Bearer /, ""));
  const expected = encoder.encode(env.CXPULSE_API_KEY);
  return given.byteLength === expected.byteLength && crypto.subtle.timingSafeEqual(given, expected);
}
