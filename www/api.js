// The HTTP API as the console uses it. Never keeps a key: whoever calls gives it.

/** An answer that is not 2xx: `problem` is its RFC 9457 body, or what can be said without one. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

/** Key and simulation of a development server; undefined in production. */
export async function session() {
  const answer = await fetch("/dev/session", { cache: "no-store" });
  return answer.ok ? answer.json() : undefined;
}

/** Starts an execution; gives its snapshot with `view_token`. */
export const start = (key, body) => call("/v1/executions", { key, body });

/** Asks for an end. */
export const cancel = (key, id) => call(`/v1/executions/${encodeURIComponent(id)}/cancel`, { key, body: {} });

/** Mints a view token for one execution. */
export async function viewToken(key, id) {
  const answer = await call("/v1/tokens", { key, body: { resources: [id], verbs: ["read"], ttl_seconds: 3600 } });
  return answer.token ?? answer.view_token;
}

/** Journal entries after the one of that number. */
export async function journal(key, id, after) {
  const answer = await send(`/v1/executions/${encodeURIComponent(id)}/journal?after=${after}&limit=500`, {
    headers: { Authorization: `Bearer ${key}`, Accept: "application/x-ndjson" },
  });
  return (await answer.text()).split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
}

/** A call of the simulated CXone's own routes. */
export async function simulation(base, path, method = "GET", body = undefined) {
  const answer = await send(`${base}/_sim/${path}`, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  return answer.status === 204 ? undefined : answer.json();
}

async function call(path, { key, body }) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const answer = await send(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}

async function send(url, init) {
  let answer;
  try {
    answer = await fetch(url, { cache: "no-store", ...init });
  } catch {
    throw new Refusal(0, { title: "The server cannot be reached." });
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, problem.title || problem.detail ? problem : { title: problem.error_description ?? problem.message ?? undefined });
}
