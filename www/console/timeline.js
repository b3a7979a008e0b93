// The journal of one execution as a timeline. Reads on from the last entry it has, whenever it is told that there may
// be more, and at intervals while it is open: some entries change no snapshot. Never reads while it is closed.

import { make } from "./dom.js";
import { describe, describeEnd, duration } from "./words.js";

/** A timeline. `element` is a disclosure; it reads while that is open. */
export class Timeline {
  #api;
  #id;
  #last = 0;
  #seq = 0;
  #openedAt = 0;
  #lines = [];
  #reading = null;
  #isWantedAgain = false;
  #end = null;
  #isEnded = false;
  #timer = null;

  constructor(api, { id, label }) {
    this.#api = api;
    this.#id = id;
    this.list = make("ol", { class: "timeline" });
    this.failure = make("p", { class: "hint", "data-tone": "bad", role: "status" });
    this.every = make("input", { type: "checkbox" });
    this.download = make("button", { type: "button", class: "button quiet" }, "Download");
    this.scroller = make("div", { class: "scroller", tabindex: 0, role: "region", "aria-label": `Journal of ${label}` }, this.list);
    const tools = make("div", { class: "tools" }, make("label", { class: "check" }, this.every, make("span", {}, "Every entry")), this.download);
    this.count = make("span", { class: "aside" });
    this.element = make("details", { class: "fold" }, make("summary", {}, "Journal ", this.count), tools, this.scroller, this.failure);
    this.every.addEventListener("change", () => this.#filter());
    this.download.addEventListener("click", () => this.#save());
    this.element.addEventListener("toggle", () => this.#toggled());
  }

  /** A snapshot came, so there may be more. After the end nothing follows but what is already on its way. */
  know(snapshot) {
    this.#isEnded = snapshot.outcome !== null;
    if (this.#isEnded && this.#end === null) this.#end = snapshot;
    this.#read();
  }

  #read() {
    if (!this.element.open) return;
    // One more round when a change comes in the middle of one, so that the last entries are never missed.
    if (this.#reading !== null) this.#isWantedAgain = true;
    else this.#reading = this.#readOn().finally(() => this.#done());
  }

  /** Stops for good. */
  close() {
    clearTimeout(this.#timer);
    this.element.open = false;
  }

  #toggled() {
    clearTimeout(this.#timer);
    // Nobody counts while it is closed.
    this.count.hidden = !this.element.open;
    this.#read();
  }

  #done() {
    this.#reading = null;
    if (this.#isWantedAgain) {
      this.#isWantedAgain = false;
      this.#read();
      return;
    }
    clearTimeout(this.#timer);
    const wait = this.#isEnded ? AFTER_END_MS : LIVE_MS;
    if (this.element.open) this.#timer = setTimeout(() => this.#read(), wait);
  }

  async #readOn() {
    if (document.hidden && this.#last > 0) return;
    try {
      let page;
      do {
        page = await this.#api.journal(this.#id, this.#last, PAGE);
        this.#add(page);
      } while (page.length === PAGE);
      this.#place();
      this.failure.textContent = "";
    } catch (problem) {
      this.failure.textContent = `The journal could not be read: ${problem.message}`;
    }
  }

  #add(lines) {
    if (lines.length === 0) return;
    const entries = lines.map((line) => JSON.parse(line));
    const isAtEnd = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_PX;
    if (this.#last === 0) this.#openedAt = Date.parse(entries[0].at);
    // Kept as they came: a replay compares them to the digit.
    this.#lines.push(...lines);
    this.list.append(...entries.map((entry) => this.#row(entry, describe(entry), `entry ${entry.number}`)));
    ({ number: this.#last, seq: this.#seq } = entries.at(-1));
    while (this.list.childElementCount > ROWS_MAX) this.list.firstElementChild.remove();
    this.count.textContent = this.#last === 1 ? "1 entry" : `${this.#last} entries`;
    if (isAtEnd) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The end stands where it came: entries after it tell of what was still cleared up. */
  #place() {
    // Not before its own entry is here.
    if (this.#end === null || this.#seq < this.#end.seq || this.list.querySelector(".end") !== null) return;
    const at = Date.parse(this.#end.ended_at);
    const row = this.#row({ at: this.#end.ended_at }, describeEnd(this.#end), "the end");
    row.classList.add("end");
    const after = [...this.list.children].find((other) => Date.parse(other.querySelector("time").dateTime) > at);
    this.list.insertBefore(row, after ?? null);
  }

  #row({ at }, { title, notes, tone, isMinor, anomalies }, name) {
    const since = `+${duration(Math.max(0, Date.parse(at) - this.#openedAt))}`;
    const time = make("time", { datetime: at, title: `${at}, ${name}` }, since);
    const codes = anomalies.map((code) => make("code", { class: "anomaly" }, code));
    const note = notes.length > 0 ? make("p", { class: "note" }, notes.join("\u00a0· ")) : null;
    const body = make("div", { class: "what" }, make("p", { class: "happened" }, title), note, ...codes);
    return make("li", { "data-tone": tone, "data-minor": isMinor }, time, body);
  }

  #filter() {
    this.list.toggleAttribute("data-every", this.every.checked);
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  async #save() {
    const blob = new Blob([this.#lines.map((line) => `${line}\n`).join("")], { type: "application/x-ndjson" });
    const link = make("a", { href: URL.createObjectURL(blob), download: `${this.#id}.ndjson` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

const PAGE = 500;
const ROWS_MAX = 600;
const NEAR_PX = 32;
const LIVE_MS = 3_000;
const AFTER_END_MS = 15_000;
