// A tenant's latest executions, whoever started them, each with its audit log. Reads when a person opens it, and never by
// itself.

import { button, byId, make } from "./dom.js";
import { clockTime, duration, spaced } from "./words.js";

/** The list. */
export class Recent {
  #api;
  #board;
  #tenant = byId("tenant").value.trim() || byId("tenant").placeholder;
  #next = null;
  /** Counts readings: an answer to one before the latest is thrown away. */
  #turn = 0;

  constructor(api, board) {
    this.#api = api;
    this.#board = board;
    byId("recent").addEventListener("toggle", () => this.#begin());
    byId("recent-more").addEventListener("click", () => this.#read(this.#next));
    this.#begin();
  }

  /** Shows another tenant's. */
  follow(tenant) {
    this.#tenant = tenant;
    this.#begin();
  }

  #begin() {
    byId("recent-list").replaceChildren();
    byId("recent-more").hidden = true;
    if (byId("recent").open) this.#read(null);
  }

  async #read(page) {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const { items, next } = await this.#api.list(this.#tenant, page);
      if (turn !== this.#turn) return;
      byId("recent-list").append(...items.map((item) => this.#row(item)));
      this.#next = next;
      byId("recent-more").hidden = next === null;
      byId("recent-said").textContent = byId("recent-list").childElementCount === 0 ? "None yet." : "";
    } catch (problem) {
      if (turn === this.#turn) byId("recent-said").textContent = `The list could not be read: ${problem.message}`;
    }
  }

  #row({ id, action_id: action, status, outcome, created_at: created, tags }) {
    const log = make("ol", { class: "log" });
    const fold = make("details", {}, make("summary", {}, "Audit"), log);
    fold.addEventListener("toggle", () => { if (fold.open) this.#tell(id, log); });
    const watch = button("Watch", () => this.#watch(id, watch), { "aria-label": `Watch ${id}` });
    const state = outcome === null ? status : outcome;
    const head = make("p", {}, make("strong", {}, action ?? id), " ", spaced(state), make("span", { class: "aside" }, ` ${tags.join(", ")}`));
    const when = make("time", { datetime: created, title: created }, clockTime(created));
    return make("li", { "data-state": state }, head, make("p", { class: "aside" }, when, " ", make("code", {}, id)), watch, fold);
  }

  async #watch(id, pressed) {
    pressed.disabled = true;
    try {
      if (!this.#board.has(id)) this.#board.add(await this.#api.look(id));
    } catch (problem) {
      byId("recent-said").textContent = `It cannot be watched: ${problem.message}`;
    }
    pressed.disabled = false;
  }

  async #tell(id, log) {
    try {
      log.replaceChildren(...(await this.#api.audit(id)).map(line));
    } catch (problem) {
      log.replaceChildren(make("li", {}, `The log could not be read: ${problem.message}`));
    }
  }
}

/** One record: when, what, who, and what belongs to its kind. */
function line(record) {
  const when = make("time", { datetime: record.at, title: record.at }, clockTime(record.at));
  return make("li", {}, when, " ", make("strong", {}, spaced(record.kind)), ` ${notesOf(record).join(", ")} `, make("code", {}, record.who));
}

function notesOf({ decision, call, attempt, status, failure, http_status: http, reason, wait_ms: wait, took_ms: took, code, outcome, verb, allowed, delivery, ignored }) {
  const words = [decision, call, outcome, delivery, verb, status, failure, reason].filter(Boolean).map(spaced);
  const notes = [
    attempt === undefined ? "" : `attempt ${attempt}`,
    http === undefined ? "" : `HTTP ${http}`,
    wait === undefined ? "" : `in ${duration(wait)}`,
    took === undefined ? "" : `took ${duration(took)}`,
    code ?? "",
    allowed === false ? "refused" : "",
    ignored === undefined ? "" : `ignored: ${spaced(ignored)}`,
  ];
  return [...new Set(words), ...notes.filter((note) => note !== "")];
}
