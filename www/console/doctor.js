// What the doctor found, step by step: each with a mark, a word, what was seen and what to do. Never asks anything itself.

import { button, copy, make, say } from "./dom.js";
import { capital, clockTime, duration } from "./words.js";

/** The report in a place of the page, which is hidden while there is none. */
export class DoctorReport {
  #place;

  constructor(place) {
    this.#place = place;
  }

  /** Shows the answer of `POST /v1/tenants/{id}/doctor`, in the place of the one before. */
  show(report) {
    const title = verdictOf(report);
    const steps = make("ol", { class: "steps" }, ...report.steps.map(stepOf));
    const at = new Date();
    const copier = button("Copy", () => copy(textOf(report, at), steps, copier), { "aria-label": "Copy the doctor’s report" });
    const closer = button("Close", () => this.#dismiss(), { "aria-label": "Close the doctor’s report" });
    const took = report.steps.reduce((sum, step) => sum + step.took_ms, 0);
    const about = `Tenant ${report.tenant}, profile ${report.profile}, asked ${clockTime(at)}, took ${duration(took)}.`;
    this.#place.replaceChildren(
      make("div", { class: "title-row" }, make("h3", { id: "doctor-title", "data-tone": toneOf(report) }, title), copier, closer),
      make("p", { class: "hint" }, about), steps);
    this.#place.hidden = false;
    say(title);
  }

  /** Takes it away. */
  close() {
    this.#place.hidden = true;
    this.#place.replaceChildren();
  }

  /** The focus must not fall back to the page's start with the button gone. */
  #dismiss() {
    this.close();
    document.getElementById("gate-doctor").focus();
  }
}

/** Healthy is said only of what answered: where nothing was asked, nobody knows. */
function verdictOf({ is_healthy: isHealthy, steps }) {
  const count = steps.filter((step) => step.judgement === "bad").length;
  if (count > 0) return count === 1 ? "The connection to CXone has a fault" : `The connection to CXone has ${count} faults`;
  if (!isHealthy) return "Nothing was asked of CXone";
  const isWhole = steps.every((step) => step.judgement === "good");
  return isWhole ? "The connection to CXone is healthy" : "What was tried of the connection to CXone is healthy";
}

function toneOf({ is_healthy: isHealthy, steps }) {
  if (steps.some((step) => step.judgement === "bad")) return "bad";
  return isHealthy ? "good" : "plain";
}

function stepOf(step) {
  const { tone, word } = JUDGEMENTS[step.judgement];
  const head = make("p", { class: "step-head" },
    make("strong", {}, capital(step.step)), make("span", { class: "judgement" }, word),
    make("span", { class: "aside" }, tookOf(step)));
  const remedy = step.remedy ? make("p", { class: "remedy" }, make("strong", {}, "To do: "), sentence(step.remedy)) : null;
  return make("li", { "data-tone": tone }, head, make("p", { class: "found" }, sentence(step.found)), remedy);
}

/** For a ticket or a mail: no colour, no markup. */
function textOf(report, at) {
  const lines = report.steps.flatMap((step) => {
    const took = tookOf(step);
    const line = `${JUDGEMENTS[step.judgement].mark.padEnd(7)}  ${step.step}${took === "" ? "" : ` (${took})`}: ${step.found}`;
    return step.remedy ? [line, `         to do: ${step.remedy}`] : [line];
  });
  const head = `cxpulse doctor, tenant ${report.tenant}, profile ${report.profile}, ${at.toISOString()}`;
  return [head, verdictOf(report), ...lines, ""].join("\n");
}

/** Nothing where nothing was asked. */
function tookOf({ took_ms: took }) {
  return took === 0 ? "" : duration(took);
}

function sentence(words) {
  return `${capital(words)}${/[.!?]$/.test(words) ? "" : "."}`;
}

/** What each judgement is called: to who sees it, and in plain text. */
const JUDGEMENTS = {
  good: { tone: "good", word: "Good", mark: "good" },
  bad: { tone: "bad", word: "Fault", mark: "FAULT" },
  untried: { tone: "plain", word: "Not tried", mark: "untried" },
};
