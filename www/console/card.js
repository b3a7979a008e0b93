// One execution, batch, chain or history on the page: the element, an execution's journal, the HTML to embed it. The element does the watching; this never
// reads a snapshot of its own, and learns of changes from the element's events.

import { button, byId, make, say } from "./dom.js";
import { kindOf } from "./kinds.js";
import { snippets } from "./snippet.js";
import { Timeline } from "./timeline.js";
import { capital, spaced } from "./words.js";

/**
 * A card. Fires `changed` (a snapshot came), `connected` (and how), `removed` and `asked` (a person wants it watched) on its
 * element.
 */
export class Card {
  #api;
  #record;
  #snapshot = null;
  #watcher = null;
  #isLost = false;
  #timeline;

  /** `record` is `{ id, label, links, created_at, tenant }`; `token` reads it. */
  constructor(api, record, token) {
    this.#api = api;
    this.#record = record;
    this.token = token;
    this.#timeline = kindOf(record.id).name === "execution" ? new Timeline(api, record) : null;
    this.slot = make("div", { class: "slot" });
    this.failure = make("p", { class: "field-error", role: "alert" });
    this.canceler = button("Cancel", () => this.#cancel(), { "aria-label": `Cancel ${record.label}` });
    // The elements of batches, chains and histories offer what can be done by themselves.
    this.canceler.hidden = kindOf(record.id).actions !== "";
    const actions = make("div", { class: "actions" }, this.canceler, this.#page(), button("Remove", () => this.#dismiss(), { "aria-label": `Remove ${record.label} from this page` }));
    this.element = make("article", { class: "card", "aria-label": `${capital(kindOf(record.id).name)} ${record.label}` },
      this.#head(actions), this.slot, this.failure, this.#timeline?.element, snippets(record, token));
  }

  get record() {
    return this.#record;
  }

  /** Whether nothing more comes: it ended, or the element gave it up and says why. */
  get isOver() {
    return this.#isEnded || this.#isLost;
  }

  get #isEnded() {
    return this.#snapshot !== null && this.#snapshot.outcome !== null;
  }

  /** What is known of it so far. */
  know(snapshot) {
    if (this.#snapshot !== null && snapshot.seq <= this.#snapshot.seq) return;
    this.#snapshot = snapshot;
    this.canceler.disabled = this.#isEnded;
    this.#timeline?.know(snapshot);
    this.element.dispatchEvent(new Event("changed"));
  }

  /** Unfolds its journal, where it has one, or folds it. */
  unfold(isOpen) {
    if (this.#timeline !== null) this.#timeline.element.open = isOpen;
  }

  /** Shows it live. */
  watch() {
    if (this.#watcher !== null) return;
    const { id, label, links } = this.#record;
    const { name: kind, module, actions } = kindOf(id);
    import(module);
    const shown = { src: new URL(links.self).pathname, token: this.token, label, theme: themeNow(), ...(actions && { actions }) };
    const watcher = make(`cxpulse-${kind}`, shown, "Live status needs a browser with WebAssembly.");
    watcher.tokenProvider = () => this.#api.mint(id);
    for (const name of HEARD) watcher.addEventListener(name, ({ detail }) => this.know(detail));
    watcher.addEventListener("cxpulse-failed", () => this.#lose(true));
    watcher.addEventListener("cxpulse-connected", ({ detail }) => {
      this.#lose(false);
      this.element.dispatchEvent(new CustomEvent("connected", { detail }));
    });
    this.#watcher = watcher;
    this.slot.replaceChildren(watcher);
  }

  /** Lets go of its connection, and says why. */
  pause() {
    if (this.#watcher === null && this.slot.hasChildNodes()) return;
    this.#watcher = null;
    const status = this.#snapshot === null ? "" : `, last seen ${spaced(this.#snapshot.status)}`;
    const words = `${status}. It goes on at the edge, and is watched again when this browser has a connection free.`;
    const watch = button("Watch now", () => this.element.dispatchEvent(new Event("asked")));
    this.slot.replaceChildren(make("div", { class: "paused" }, make("p", {}, make("strong", {}, this.#record.label), words), watch));
  }

  /** Follows the page's theme. */
  paint() {
    this.#watcher?.setAttribute("theme", themeNow());
  }

  /** Takes it off the page. It goes on at the edge. */
  remove() {
    this.#timeline?.close();
    this.element.dispatchEvent(new Event("removed"));
    this.element.remove();
  }

  #lose(isLost) {
    if (this.#isLost === isLost) return;
    this.#isLost = isLost;
    this.element.dispatchEvent(new Event("changed"));
  }

  /** The focus must not fall back to the page's start with the button gone. */
  #dismiss() {
    this.remove();
    byId("executions").focus({ preventScroll: true });
  }

  #head(actions) {
    const { id, created_at: createdAt } = this.#record;
    const at = new Date(createdAt);
    const time = make("time", { datetime: createdAt, title: at.toLocaleString() }, at.toLocaleTimeString());
    return make("header", { class: "card-head" }, make("p", { class: "meta" }, time, make("code", { title: id }, id)), actions);
  }

  #page() {
    const { links, label } = this.#record;
    const link = `${new URL(links.embed).pathname}#token=${this.token}&label=${encodeURIComponent(label)}`;
    return make("a", { class: "button quiet", href: link, target: "_blank", rel: "noopener", "aria-label": `Open ${label} on a page of its own` }, "Open");
  }

  async #cancel() {
    this.canceler.disabled = true;
    this.failure.textContent = "";
    try {
      this.know(await this.#api.cancel(this.#record.id));
      say("Cancel requested");
    } catch (problem) {
      this.failure.textContent = `Not canceled: ${problem.message}`;
      this.canceler.disabled = this.#isEnded;
    }
  }
}

function themeNow() {
  return document.documentElement.dataset.theme ?? "auto";
}

const HEARD = ["cxpulse-changed", "cxpulse-progressed", "cxpulse-ended"];
