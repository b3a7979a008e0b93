// Questions to the server beside the connection: one request, one answer. A token that has run out is renewed once. Never decides
// what is asked, or when.

const streams = () => import("./streams.js");

export class Asks {
  #host;
  #core;
  #open = new AbortController();

  constructor(host) {
    this.#host = host;
  }

  /** Who is told. */
  tell(core) {
    this.#core = core;
  }

  /** Gives up everything that is under way. */
  hush() {
    this.#open.abort();
    this.#open = new AbortController();
  }

  /** Asks, and tells the answer by the number of the question; status 0 where none came. One for a `file` is kept as that. */
  async ask(number, src, address, body, token, file) {
    const { signal } = this.#open;
    let answered = [0, ""];
    try {
      let answer = await send(src, address, body, token, signal, file);
      const fresh = answer.status === 401 ? await this.#renew(signal) : undefined;
      if (fresh) {
        if (!signal.aborted) this.#core.renew(fresh);
        answer = await send(src, address, body, fresh, signal, file);
      }
      answered = [answer.status, file && answer.ok ? keep(await answer.blob(), file) : await answer.text()];
    } catch {
      // No answer is what the core is told.
    }
    if (!signal.aborted) this.#core.answer(number, ...answered);
  }

  async #renew(signal) {
    const { tokenProvider } = this.#host;
    if (!tokenProvider && !this.#host.hasAttribute("token-src")) return undefined;
    const given = await (tokenProvider ? tokenProvider.call(this.#host) : (await streams()).fetchToken(this.#host, signal));
    return given?.token ?? given;
  }
}

function send(src, address, body, token, signal, file) {
  const url = new URL(src, document.baseURI);
  const [path, query = ""] = address.split("?");
  url.pathname = url.pathname.replace(/\/+$/, "").replace(/\/events$/, "") + path;
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  const headers = { Accept: file ? "*/*" : "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const patience = AbortSignal.any([signal, AbortSignal.timeout(file ? PATIENCE_FILE : PATIENCE)]);
  return fetch(url, { method: body ? "POST" : "GET", body, headers, signal: patience, cache: "no-store" });
}

/** As if a link led there, which could carry no token. */
function keep(blob, file) {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(href), PATIENCE);
  return "";
}

const PATIENCE = 30_000;
const PATIENCE_FILE = 600_000;
