// Talks to the server: streams, long polls, tokens. Never decides when, and never reads a snapshot.
//
// Server-Sent Events come by `fetch`, not by `EventSource`, which can send no `Authorization`. `Last-Event-ID` as in
// WHATWG HTML section 9.2; entity tags as in RFC 9110 section 13.1.2.

export class Feed {
  #core;
  #host;
  #conversation;

  constructor(host) {
    this.#host = host;
  }

  /** Who is told. */
  tell(core) {
    this.#core = core;
  }

  /** Gives up the conversation under way. */
  close() {
    this.#conversation?.abort();
    this.#conversation = undefined;
  }

  /** Asks for snapshots; tells the core everything by the number of the connection. */
  open(connection, isStream, src, token, seq, etag) {
    const signal = this.#begin();
    const url = address(src, isStream, etag);
    const headers = { Accept: isStream ? "text/event-stream, application/json;q=0.5" : "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (isStream && seq !== undefined) headers["Last-Event-ID"] = `${seq}`;
    if (!isStream && etag) headers["If-None-Match"] = etag;
    this.#converse(connection, url, { headers, signal, cache: "no-store" });
  }

  /** Asks the page's function for a token, else `token-src`. */
  async renew(connection) {
    const signal = this.#begin();
    let token;
    try {
      const given = await (this.#host.tokenProvider ?? (() => fetchToken(this.#host, signal))).call(this.#host);
      token = given?.token ?? given;
    } catch {
      // No token is what the core is told.
    }
    if (!signal.aborted) this.#core.renewed(connection, typeof token === "string" ? token : undefined);
  }

  #begin() {
    this.close();
    this.#conversation = new AbortController();
    return this.#conversation.signal;
  }

  async #converse(connection, url, init) {
    const tell = (name, ...what) => init.signal.aborted || this.#core[name](connection, ...what);
    try {
      if (!url) return await Promise.resolve().then(() => tell("unaskable"));
      const answer = await fetch(url, init);
      const header = (name) => answer.headers.get(name) ?? undefined;
      const kind = header("content-type") ?? "";
      const isStream = kind.startsWith("text/event-stream");
      const isUnchanged = answer.status === 304;
      if (!answer.ok && !isUnchanged) return tell("refused", answer.status, Number(header("retry-after")) || 0);
      if (!isStream && !isUnchanged && !kind.startsWith("application/json")) return tell("refused", 0, 0);
      tell("opened", isStream, Date.parse(header("date")) || 0);
      if (isStream) {
        // A loop, because not every browser iterates over streams.
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) tell("piece", part.value);
      } else if (isUnchanged) tell("unchanged");
      else tell("told", await answer.text(), header("etag"));
      tell("closed");
    } catch {
      tell("failed");
    }
  }
}

/**
 * The URL to ask. Of an HTTP resource the stream is beside it, under `/events`; anything else (`blob:`, `data:`: a
 * snapshot or a recorded stream inside the page) is read as it is.
 */
function address(src, isStream, etag) {
  const url = URL.parse ? URL.parse(src, document.baseURI) : URL.canParse(src, document.baseURI) && new URL(src, document.baseURI);
  if (!url || !url.protocol.startsWith("http")) return url;
  const resource = url.pathname.replace(/\/+$/, "").replace(/\/events$/, "");
  url.pathname = isStream ? `${resource}/events` : resource;
  // Without a tag the server would hold back what is not known here yet.
  if (!isStream && etag) url.searchParams.set("wait", "25");
  return url;
}

// Of the page's own origin only: a token is not fetched from, or with the cookies of, anybody else.
async function fetchToken(host, signal) {
  const url = new URL(host.getAttribute("token-src"), document.baseURI);
  if (url.origin !== location.origin) throw new TypeError("token-src is of another origin");
  const answer = await fetch(url, { signal, cache: "no-store" });
  return answer.ok ? answer.json() : undefined;
}
