// Talks to the server: the page's one socket, and tokens. Streams and polls are in `streams.js`, which is loaded where no
// socket gets through. Never decides when, and never reads a snapshot.
//
// The messages are those of `cxpulse_core::wire::feed`, over RFC 6455.

const streams = () => import("./streams.js");

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

  /** Asks for snapshots, by socket (0), stream (1) or poll (2); tells the core everything by the number of the connection. */
  async open(connection, mode, src, token, seq, etag) {
    const signal = this.#begin();
    const tell = (name, ...what) => signal.aborted || this.#core[name](connection, ...what);
    // The core is not told anything while it asks.
    await undefined;
    const url = URL.canParse(src, document.baseURI) && new URL(src, document.baseURI);
    try {
      if (!url) tell("unaskable");
      else if (mode) await (await streams()).converse(tell, signal, url, mode === 1, token, seq, etag);
      else if (!signal.aborted) join(url, tell, signal, token, seq);
    } catch {
      // Where nothing gets through, that says nothing of sockets.
      if (!signal.aborted) refused.clear();
      tell("failed");
    }
  }

  /** Asks the page's function for a token, else `token-src`. */
  async renew(connection) {
    const signal = this.#begin();
    let token;
    try {
      const given = await (this.#host.tokenProvider ?? (async () => (await streams()).fetchToken(this.#host, signal))).call(this.#host);
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
}

// One socket for each server, however many elements the page has, and of however many modules of ours; and until when a
// server's sockets are not tried again, in the clock of the page's life.
const [lines, refused] = (globalThis[Symbol.for("cxpulse")] ??= [new Map(), new Map()]);

const UPGRADE_MAX = 10_000;
const PING_INTERVAL = 15_000;
const REFUSED_FOR = 300_000;
const SEEN_EVERY = 8;
const LONG = 65_536;

function join(url, tell, signal, token, seq) {
  const [, base, id] = /^(http.*)\/\w+\/((?:exe|bat)_[\w-]+)\/*(?:events\/*)?$/.exec(url.origin + url.pathname) ?? [];
  if (!id || refused.get(base) > performance.now()) return tell("unserved");
  if (!lines.has(base)) lines.set(base, new Line(base));
  lines.get(base).watch({ tell, id, token: token ?? url.searchParams.get("token"), seq }, signal);
}

class Line {
  #base;
  #socket;
  #watches = new Map();
  #count = 0;
  #seen = 0;
  #unheard = 0;
  // How far the server's clock is ahead; undefined before it said anything.
  #ahead;
  #timer;

  constructor(base) {
    this.#base = base;
    this.#socket = new WebSocket(`${base.replace("http", "ws")}/feed`);
    this.#socket.onmessage = ({ data }) => this.#hear(data);
    this.#socket.onclose = () => this.#end();
    this.#timer = setTimeout(() => this.#look(), UPGRADE_MAX);
  }

  watch(watch, signal) {
    const number = this.#count++;
    this.#watches.set(number, watch);
    if (this.#ahead !== undefined) this.#ask(number, watch);
    signal.addEventListener("abort", () => this.#watches.delete(number) && this.#ahead !== undefined && this.#say({ leave: number }));
  }

  #ask(number, { id, token, seq }) {
    this.#say({ watch: id, as: number, token, after: seq });
  }

  #say(message) {
    if (this.#socket.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #hear(data) {
    this.#unheard = 0;
    if (data === "pong") return;
    const { feed, at, as, watching, snapshot, problem } = JSON.parse(data);
    if (feed) {
      this.#ahead = Date.parse(at) - Date.now();
      for (const [number, watch] of this.#watches) this.#ask(number, watch);
    }
    if (snapshot && (++this.#seen % SEEN_EVERY === 0 || data.length > LONG)) this.#say({ seen: this.#seen });
    const { tell, id } = this.#watches.get(as) ?? {};
    if (!tell) return;
    if (watching) tell("opened", 0, Date.now() + this.#ahead);
    else if (snapshot) tell("told", data);
    else if (problem) {
      // What a server's feed does not carry may still have a stream.
      this.#watches.delete(as);
      tell(id < "e" ? "unserved" : "refused", problem.status, 0);
    }
  }

  /** Looks after it: pings are counted, because a hidden tab's timers are slow. */
  #look() {
    if (this.#ahead === undefined || this.#unheard > 1 || this.#watches.size === 0) return this.#end();
    this.#unheard++;
    this.#socket.send("ping");
    this.#timer = setTimeout(() => this.#look(), PING_INTERVAL);
  }

  #end() {
    clearTimeout(this.#timer);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    lines.delete(this.#base);
    const isRefused = this.#ahead === undefined;
    if (isRefused) refused.set(this.#base, performance.now() + REFUSED_FOR);
    for (const { tell } of this.#watches.values()) tell(isRefused ? "unserved" : "failed");
  }
}
