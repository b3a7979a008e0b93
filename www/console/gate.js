// The tenant's gate on the page: what limits all its executions now, its reset, and the doctor. For an operator's key: to
// any other it says so once and stays away. Never asks while the page is hidden.

import { DoctorReport } from "./doctor.js";
import { Figures, byId, make, say } from "./dom.js";
import { isOperator, noteNoOperator } from "./session.js";
import { changesAt, countsOf, figuresOf, holdsOf, isBusy, tellReset } from "./standing.js";
import { clockTime } from "./words.js";

/** The section. */
export class Gate {
  #api;
  #anythingRuns;
  #tenant = TENANT;
  #view = null;
  /** When the view was had, and when it was last asked for, in epoch milliseconds. */
  #seenAt = 0;
  #askedAt = 0;
  #isAsking = false;
  /** Why the view is an old one, or none. */
  #failure = null;
  /** When the words under the figures were said: they are of that moment, and go when it is past. */
  #saidAt = Infinity;
  /** What was last said aloud. */
  #told = null;
  #timer = null;
  #figures = new Figures(byId("gate-figures"));
  #counts = new Figures(byId("gate-counts"));
  #report = new DoctorReport(byId("doctor"));

  /** `anythingRuns` says whether an execution on the page has not ended. */
  constructor(api, anythingRuns) {
    this.#api = api;
    this.#anythingRuns = anythingRuns;
  }

  /** Shows it, and keeps it up to date. */
  open() {
    if (!isOperator()) return;
    for (const [id, act] of [["gate-reset", () => this.#reset()], ["gate-doctor", () => this.#examine()]]) {
      byId(id).addEventListener("click", () => this.#press(byId(id), act));
    }
    document.addEventListener("visibilitychange", () => this.#tick());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  /** Turns to another tenant's. */
  follow(tenant) {
    if (tenant === this.#tenant || this.#timer === null) return;
    this.#tenant = tenant;
    Object.assign(byId("gate-tenant"), { textContent: tenant === TENANT ? "" : tenant });
    [this.#view, this.#failure, this.#told, this.#askedAt] = [null, null, null, 0];
    this.#report.close();
    this.#say("");
    this.#tick();
  }

  #tick() {
    if (document.hidden || this.#timer === null) return;
    this.#draw();
    if (Date.now() - this.#saidAt > SAID_MS) this.#say("");
    if (this.#isDue()) this.#ask();
  }

  #isDue() {
    if (this.#isAsking) return false;
    const isLively = this.#anythingRuns() || (this.#view !== null && isBusy(this.#view));
    const dueAt = this.#askedAt + (isLively ? LIVELY_MS : QUIET_MS);
    const changes = this.#view === null ? null : changesAt(this.#view, this.#seenAt);
    // Asked for once more when a countdown is over, not every second after it where no answer comes.
    return Date.now() >= dueAt || (changes !== null && this.#askedAt < changes && changes <= Date.now());
  }

  async #ask() {
    const tenant = this.#tenant;
    this.#isAsking = true;
    this.#askedAt = Date.now();
    try {
      const view = await this.#api.gate(tenant);
      if (tenant === this.#tenant) [this.#view, this.#seenAt, this.#failure] = [view, Date.now(), null];
    } catch (problem) {
      if (tenant === this.#tenant) this.#fail(problem);
    } finally {
      this.#isAsking = false;
    }
    this.#draw();
  }

  #fail(problem) {
    this.#failure = problem.status === 404 ? `There is no tenant “${this.#tenant}”.` : `The gate cannot be read. ${problem.message}`;
    if (problem.status === 404) this.#view = null;
    // Asking again would bring the same.
    if (problem.status === 401 || problem.status === 403) this.#stop();
    if (problem.status === 403) this.#leave();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Said in this tab once: the next reload shows nothing. */
  #leave() {
    noteNoOperator();
    this.#failure = "The gate is for the operators’ key. This one is a tenant’s own, which starts and watches executions.";
    this.#view = null;
  }

  #draw() {
    if (this.#view === null && this.#failure === null) return;
    const now = Date.now();
    const hasView = this.#view !== null;
    byId("gate").hidden = false;
    for (const id of ["gate-reset", "gate-doctor", "gate-figures", "gate-more"]) byId(id).hidden = !hasView;
    if (hasView) {
      this.#figures.show(figuresOf(this.#view, now));
      this.#counts.show(countsOf(this.#view));
    }
    this.#drawHolds(this.#failure === null ? holdsOf(this.#view, now) : [this.#doubt()]);
  }

  #doubt() {
    const since = this.#view === null ? "" : ` The figures are those of ${clockTime(this.#seenAt)}.`;
    return { kind: "unknown", words: `${this.#failure}${since}`, tone: this.#timer === null ? "plain" : "warn" };
  }

  #drawHolds(holds) {
    const shown = holds.length > 0 ? holds : [{ words: "Nothing holds executions up.", tone: "good" }];
    const list = byId("gate-holds");
    const isSame = [...list.children].map((item) => item.textContent).join("\n") === shown.map(({ words }) => words).join("\n");
    if (!isSame) list.replaceChildren(...shown.map(({ words, tone }) => make("li", { "data-tone": tone }, words)));
    this.#announce(holds);
  }

  /** Aloud when it is another limit that holds executions up, not at each second of a countdown. */
  #announce(holds) {
    const kinds = holds.map(({ kind }) => kind).join(" ");
    if (kinds === this.#told) return;
    if (kinds !== "" || this.#told !== null) say(holds[0]?.words ?? "Nothing holds executions up any more.");
    this.#told = kinds;
  }

  async #reset() {
    const before = this.#failure === null ? this.#view : null;
    await this.#api.resetGate(this.#tenant);
    this.#say(tellReset(before));
    await this.#ask();
  }

  async #examine() {
    this.#say("The doctor asks CXone, step by step.");
    this.#report.show(await this.#api.examine(this.#tenant));
    this.#say("");
    await this.#ask();
  }

  async #press(button, act) {
    // Not `disabled`, which would drop the keyboard's focus.
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    try {
      await act();
    } catch (problem) {
      this.#say(`${button.textContent}: not done. ${problem.message}`, "bad");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  #say(words, tone = "plain") {
    const place = byId("gate-said");
    place.textContent = words;
    this.#saidAt = words === "" ? Infinity : Date.now();
    place.dataset.tone = tone;
  }
}

const TENANT = "default";
const TICK_MS = 1_000;
const LIVELY_MS = 2_000;
const QUIET_MS = 10_000;
const SAID_MS = 30_000;
