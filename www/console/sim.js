// The simulated CXone's controls: its scripted lives, its faults, its counts. Only in development; never part of the
// product's own API. Faults are put as a whole, so what the sliders show is what is set.

import { byId, make } from "./dom.js";
import { number } from "./words.js";

/** The control panel of the simulated CXone at `base`. */
export class Sim {
  #base;
  #inputs = new Map();
  #switches = new Map();
  #pending = null;
  #seed = 1;

  constructor(base) {
    this.#base = base.replace(/\/$/, "");
  }

  /** Fills the menu of lives and the sliders, and begins to show the counts. Throws where the simulator is away. */
  async open() {
    const [{ scripts }, faults] = await Promise.all([this.#ask("/_sim/scripts"), this.#ask("/_sim/faults")]);
    fillLives(scripts);
    byId("sliders").replaceChildren(...SLIDERS.map((slider) => this.#slider(slider)));
    byId("switches").replaceChildren(...Object.entries(SWITCHES).map(([name, words]) => this.#switch(name, words)));
    byId("only").addEventListener("change", () => this.#changed());
    byId("calm").addEventListener("click", () => this.#calm());
    byId("sim").hidden = false;
    this.#show(faults);
    this.#count();
    setInterval(() => this.#count(), COUNT_EVERY_MS);
  }

  async #ask(path, options = {}) {
    const response = await fetch(`${this.#base}${path}`, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS), ...options });
    const text = await response.text();
    if (!response.ok) throw new Error(wordsOf(text) ?? `The simulator answered ${response.status}`);
    return text === "" ? null : JSON.parse(text);
  }

  #slider({ name, words, max, step, write }) {
    const id = `fault-${name}`;
    const input = make("input", { type: "range", id, min: 0, max, step, value: 0 });
    const output = make("output", { for: id }, write(0));
    input.addEventListener("input", () => { this.#draw(name); this.#changed(); });
    this.#inputs.set(name, { input, output, write });
    return make("div", { class: "slider" }, make("label", { for: id }, words), output, input);
  }

  #switch(name, words) {
    const input = make("input", { type: "checkbox", id: `fault-${name}` });
    input.addEventListener("change", () => this.#changed());
    this.#switches.set(name, input);
    return make("label", { class: "check" }, input, make("span", {}, words));
  }

  #draw(name) {
    const { input, output, write } = this.#inputs.get(name);
    output.textContent = write(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
    output.toggleAttribute("data-set", Number(input.value) > 0);
  }

  #show(faults) {
    this.#seed = faults.seed;
    for (const { name, read } of SLIDERS) {
      this.#inputs.get(name).input.value = read(faults);
      this.#draw(name);
    }
    for (const [name, input] of this.#switches) input.checked = faults[name] === true;
    byId("only").value = faults.only?.[0] ?? "";
    byId("faults-said").textContent = this.#summary();
  }

  #summary() {
    if (this.#switches.get("outage").checked) return "None of these calls is answered but by 503.";
    const struck = [...this.#inputs].reduce((sum, [name, { input }]) => sum + (name in RATES ? Number(input.value) : 0), 0);
    return struck === 0 ? "No call fails." : `${struck} % of these calls fail.`;
  }

  /** A drag is many changes: the last one within a moment is put. */
  #changed() {
    clearTimeout(this.#pending);
    this.#pending = setTimeout(() => this.#put(), SETTLE_MS);
  }

  async #put() {
    const value = (name) => Number(this.#inputs.get(name).input.value);
    const only = byId("only").value;
    const faults = {
      seed: this.#seed,
      rates: Object.fromEntries(Object.keys(RATES).map((name) => [name, value(name) / 100])),
      latency_ms: [0, value("latency")],
      callback: { drop: value("drop") / 100 },
      ...Object.fromEntries([...this.#switches].map(([name, input]) => [name, input.checked])),
      outage_hang_ms: 0,
      only: only === "" ? [] : [only],
    };
    await this.#tell({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(faults) });
  }

  async #calm() {
    clearTimeout(this.#pending);
    await this.#tell({ method: "DELETE" });
  }

  async #tell(options) {
    try {
      await this.#ask("/_sim/faults", options);
      this.#show(await this.#ask("/_sim/faults"));
      byId("faults-said").removeAttribute("data-tone");
    } catch (error) {
      byId("faults-said").textContent = `Not set: ${error.message}`;
      byId("faults-said").dataset.tone = "bad";
    }
  }

  async #count() {
    if (document.hidden) return;
    try {
      const { totals, faults, requests_per_second_max: rate } = await this.#ask("/_sim/stats");
      const sum = (counts) => Object.values(counts ?? {}).reduce((total, count) => total + count, 0);
      const rows = [
        ["Submits", totals.submit ?? 0],
        ["Polls", totals.poll ?? 0],
        ["Tokens", totals.token ?? 0],
        ["Faults", sum(faults)],
        ["Most in 1 s", rate ?? 0],
      ];
      byId("figures").replaceChildren(...rows.map(([term, count]) => make("div", {}, make("dt", {}, term), make("dd", {}, number(count)))));
    } catch {
      byId("figures").replaceChildren(make("p", { class: "hint" }, "The simulator does not answer."));
    }
  }
}

/** The menu of lives, which writes the action id; an id typed by hand moves the menu. */
function fillLives(scripts) {
  const [life, action, about] = [byId("life"), byId("action"), byId("life-about")];
  const names = new Map(scripts.map((script) => [script.name, script.about ?? ""]));
  const option = (name) => make("option", { value: name }, name.replace(/^sim-/, "").replaceAll("-", " "));
  life.replaceChildren(...[...names.keys()].map(option), make("option", { value: "" }, "another"));
  const show = () => { about.textContent = names.get(life.value) ?? "Any action id that the simulator knows."; };
  life.addEventListener("change", () => {
    if (life.value === "") action.focus();
    else action.value = life.value;
    action.dispatchEvent(new Event("input", { bubbles: true }));
    show();
  });
  action.addEventListener("input", () => { life.value = names.has(action.value) ? action.value : ""; show(); });
  for (const field of [action, byId("batch-action")]) if (field.value === "") field.value = scripts[0]?.name ?? "";
  life.value = names.has(action.value) ? action.value : "";
  byId("life-field").hidden = false;
  show();
}

function wordsOf(text) {
  try {
    const { error, message, detail, violations } = JSON.parse(text);
    return violations?.join?.("; ") ?? detail ?? message ?? (typeof error === "string" ? error : error?.message);
  } catch {
    return text.trim() || null;
  }
}

const percent = (value) => (value === 0 ? "–" : `${value} %`);

const RATES = {
  rate_limited: "429 Rate limited",
  unavailable: "503 Unavailable",
  server_error: "500 Server error",
  unauthorized: "401 Token refused",
  cut: "Answer cut short",
  lost_answer: "Done, answer lost",
  dropped: "Dropped, not done",
  html: "HTML, not JSON",
};

const SWITCHES = {
  outage: "Outage: all but tokens answered 503",
  token_refused: "Credentials refused",
};

const SLIDERS = [
  ...Object.entries(RATES).map(([name, words]) => ({
    name,
    words,
    max: 100,
    step: 5,
    write: percent,
    read: ({ rates }) => Math.round((rates?.[name] ?? 0) * 100),
  })),
  {
    name: "latency",
    words: "Latency, up to",
    max: 5_000,
    step: 100,
    write: (value) => (value === 0 ? "–" : `${(value / 1_000).toFixed(1)} s`),
    read: ({ latency_ms: latency }) => latency?.[1] ?? 0,
  },
  {
    name: "drop",
    words: "Callbacks never made",
    max: 100,
    step: 5,
    write: percent,
    read: ({ callback }) => Math.round((callback?.drop ?? 0) * 100),
  },
];

const ANSWER_MS = 3_000;
const SETTLE_MS = 250;
const COUNT_EVERY_MS = 2_000;
