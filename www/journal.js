// An execution's journal as a timeline. Asks only while it is open, and until the execution has ended.
import * as api from "./api.js";

const INTERVAL_MS = 1_500;

export class Journal {
  #details;
  #element;
  #key;
  #id;
  #last = 0;
  #begun;
  #timer;
  #isAsking = false;

  constructor(details, element, key, id) {
    [this.#details, this.#element, this.#key, this.#id] = [details, element, key, id];
    details.addEventListener("toggle", () => this.#ask());
    element.addEventListener("cxpulse-changed", () => this.#ask());
  }

  async #ask() {
    if (!this.#details.open || !this.#details.isConnected || this.#isAsking) return;
    clearTimeout(this.#timer);
    this.#isAsking = true;
    const fault = this.#details.querySelector(".fault");
    let count = 0;
    try {
      const entries = await api.journal(this.#key(), this.#id, this.#last);
      entries.forEach((entry) => this.#show(entry));
      count = entries.length;
      fault.hidden = true;
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
    }
    this.#isAsking = false;
    const isOver = this.#element.snapshot?.outcome && count === 0;
    if (!isOver) this.#timer = setTimeout(() => this.#ask(), INTERVAL_MS);
  }

  #show(entry) {
    if (entry.number <= this.#last) return;
    this.#last = entry.number;
    const at = Date.parse(entry.at);
    this.#begun ??= at;
    const { title, note, tone } = sentence(entry.happened);
    const line = node("li", tone ?? "");
    const time = node("time", "", `+${((at - this.#begun) / 1_000).toFixed(2)} s`);
    time.dateTime = entry.at;
    time.title = new Date(at).toLocaleString();
    const what = node("div", "what");
    what.append(node("strong", "", title), note ? node("span", "note", note) : "");
    for (const effect of entry.effects ?? []) what.append(node("span", "effect", effectText(effect)));
    for (const { kind } of entry.anomalies ?? []) what.append(node("span", "anomaly", anomalyText(kind)));
    if (entry.ignored) what.append(node("span", "effect", `ignored: ${spaced(entry.ignored)}`));
    line.append(time, what);
    this.#details.querySelector(".timeline").append(line);
    this.#details.querySelector("[data-count]").textContent = `${entry.number}`;
  }
}

/** What happened, in a few words. */
function sentence(happened) {
  if (happened.opened) return { title: "Accepted" };
  const call = happened.call ? `${spaced(happened.call.kind)} ${happened.call.attempt}` : "";
  switch (happened.event) {
    case "cleared": return { title: "Let through", note: call };
    case "postponed": return { title: "Held back", note: `${call}, ${spaced(happened.reason)}`, tone: "warn" };
    case "answered": return answered(happened, call);
    case "called_back": return { title: "CXone called back", note: word(happened.sighting?.word) };
    case "cancel_requested": return { title: "Cancel requested" };
    case "interrupted": return { title: "Process lost, taken up again", tone: "warn" };
    case "woken": return { title: "Woken" };
    default: return { title: spaced(happened.event ?? "event") };
  }
}

function answered({ answer = {}, took }, call) {
  const after = `${call}, ${took} ms`;
  switch (answer.answer) {
    case "failed": {
      const status = answer.status ? ` ${answer.status}` : "";
      return { title: `Failed: ${spaced(answer.kind ?? "")}${status}`, note: after, tone: "bad" };
    }
    case "absent": return { title: "Not found yet", note: after, tone: "warn" };
    case "acknowledged": return { title: "Acknowledged", note: after };
    default: {
      const progress = answer.progress ? `, ${answer.progress.done.toLocaleString()} of ${answer.progress.total.toLocaleString()}` : "";
      return { title: `CXone says ${word(answer.word)}`, note: after + progress };
    }
  }
}

function effectText({ effect, call, topic }) {
  if (effect === "acquire") return `ask the gate for ${spaced(call?.kind ?? "a call")} ${call?.attempt ?? ""}`.trim();
  if (effect === "send") return `send ${spaced(call?.kind ?? "a call")} ${call?.attempt ?? ""}`.trim();
  return `${spaced(effect)} ${topic ?? ""}`.trim();
}

const anomalyText = (kind) => [spaced(kind.kind), kind.from && `${kind.from} → ${kind.to}`, kind.word].filter(Boolean).join(" ");
const word = (word) => (typeof word === "string" ? word : Object.values(word ?? {}).join(" ")) || "something";
const spaced = (name) => name.replaceAll("_", " ");

function node(tag, className = "", text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}
