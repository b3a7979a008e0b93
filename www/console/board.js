// The executions on the page, newest first, kept for the tab so that a reload loses none. All of them share one socket;
// where none gets through, only as many are watched at once as the browser has connections for: over HTTP/1.1 it opens six
// to one origin, and a page whose streams hold all six can start nothing more.

import { Card } from "./card.js";
import { byId, say } from "./dom.js";
import { storage } from "./session.js";

/** The list of cards. */
export class Board {
  #api;
  #cards = [];
  #preferred = null;
  #liveMax = liveMax();

  constructor(api) {
    this.#api = api;
    byId("clear").addEventListener("click", () => this.#clearEnded());
  }

  /** Brings back the executions of this tab, in their order. Throws a problem where no tokens are to be had. */
  async restore() {
    const records = JSON.parse(storage.read(KEY) ?? "[]");
    const tokens = await Promise.all(records.map(({ id, tenant }) => this.#api.mint(id, tenant)));
    this.#cards = records.map((record, index) => this.#card(record, tokens[index]));
    byId("cards").append(...this.#cards.map((card) => card.element));
    this.#arrange();
  }

  /** Puts a new execution on top; `snapshot` is the answer of its start, `tenant` whose it is, where that was said. */
  add(snapshot, tenant = null) {
    const { id, links, created_at, view_token: token } = snapshot;
    const label = snapshot.action_id ?? historyOf(snapshot) ?? snapshot.upstream?.action_id ?? snapshot.upstream?.execution_id ?? id;
    const card = this.#card({ id, label, links, created_at, tenant }, token);
    this.#cards.unshift(card);
    byId("cards").prepend(card.element);
    for (const old of this.#cards.slice(CARDS_MAX)) old.remove();
    for (const other of this.#cards.slice(1)) other.unfold(false);
    card.unfold(true);
    card.know(snapshot);
    this.#arrange();
    return card;
  }

  /** Whether it is on the board. */
  has(id) {
    return this.#cards.some((card) => card.record.id === id);
  }

  /** Whether one of them has not ended. */
  get hasRunning() {
    return this.#cards.some((card) => !card.isOver);
  }

  /** Follows the page's theme. */
  paint() {
    for (const card of this.#cards) card.paint();
  }

  #card(record, token) {
    const card = new Card(this.#api, record, token);
    card.element.addEventListener("changed", () => this.#arrange());
    card.element.addEventListener("connected", ({ detail }) => this.#allow(detail.mode));
    card.element.addEventListener("asked", () => {
      this.#preferred = card;
      this.#arrange();
    });
    card.element.addEventListener("removed", () => {
      this.#cards = this.#cards.filter((other) => other !== card);
      this.#arrange();
    });
    return card;
  }

  /** How many may be live depends on how they are told. */
  #allow(mode) {
    const max = mode === "socket" ? CARDS_MAX : liveMax();
    if (max === this.#liveMax) return;
    this.#liveMax = max;
    this.#arrange();
  }

  /** Gives the connections to the newest that have not ended, after the one that a person asked for. */
  #arrange() {
    const running = this.#cards.filter((card) => !card.isOver);
    const order = [...running.filter((card) => card === this.#preferred), ...running.filter((card) => card !== this.#preferred)];
    const live = new Set(order.slice(0, this.#liveMax));
    for (const card of this.#cards) {
      if (card.isOver || live.has(card)) card.watch();
      else card.pause();
    }
    this.#draw();
  }

  #draw() {
    const running = this.#cards.filter((card) => !card.isOver).length;
    byId("empty").hidden = this.#cards.length > 0;
    byId("clear").hidden = running === this.#cards.length;
    byId("count").textContent = this.#cards.length === 0 ? "" : running === 0 ? "All ended" : `${running} running`;
    document.title = running === 0 ? "cxpulse console" : `(${running}) cxpulse console`;
    storage.write(KEY, JSON.stringify(this.#cards.map((card) => card.record)));
  }

  #clearEnded() {
    for (const card of this.#cards.filter((card) => card.isOver)) card.remove();
    say("Ended executions cleared");
    byId("executions").focus();
  }
}

/** What a history is called: which interactions it is of. */
function historyOf({ query }) {
  if (!query || !("interaction_ids" in query)) return undefined;
  const { interaction_ids: ids, start } = query;
  if (ids > 0) return ids === 1 ? "History of 1 interaction" : `History of ${ids} interactions`;
  return start === null ? "History" : `History from ${new Date(start).toLocaleDateString()}`;
}

function liveMax() {
  const [page] = performance.getEntriesByType("navigation");
  return page?.nextHopProtocol === "h2" || page?.nextHopProtocol === "h3" ? 32 : 4;
}

const KEY = "cxpulse.executions";
const CARDS_MAX = 24;
