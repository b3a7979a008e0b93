// The console: opens the session, starts executions, batches, chains and histories and hands them to the board. Only wiring stands here.

import { Api } from "./api.js";
import { Board } from "./board.js";
import { byId, say } from "./dom.js";
import { FLOWS, beginHistory, clearField, clearRefusal, readBody, refuse, showDoor } from "./form.js";
import { Gate } from "./gate.js";
import { Recent } from "./recent.js";
import { forgetKey, keepKey, openSession } from "./session.js";
import { Sim } from "./sim.js";

const form = byId("start-form");
let api = null;
let board = null;
/** The start whose answer never came, to be asked after by the same key: a submit must not happen twice. */
let unanswered = null;

wireTheme();
wireKey();
wireForm();
byId("reload").addEventListener("click", () => location.reload());
await open();

async function open() {
  byId("unreachable").hidden = true;
  try {
    const { key, sim } = await openSession();
    if (key === null) askForKey();
    else await begin(key, sim);
  } catch (problem) {
    if (problem.status === 401) return refuseKey();
    byId("session").textContent = "";
    byId("unreachable").hidden = false;
    byId("unreachable-title").textContent = problem.title ?? "The console could not start";
    byId("unreachable-why").textContent = problem.message;
  }
}

async function begin(key, sim) {
  api = new Api(key);
  board = new Board(api);
  byId("key-form").hidden = true;
  byId("session").textContent = sim === null ? "With your API key" : "Development";
  byId("forget-key").hidden = sim !== null;
  // The simulated CXone is several: a tenant of its own speaks the dialect that has histories.
  if (sim !== null) form.dataset.historyTenant = "history";
  if (sim !== null) await openSim(sim);
  await board.restore();
  openGate();
  beginHistory();
  showDoor(form);
  form.hidden = false;
}

/** The console works without the simulator's controls; their absence is said. */
async function openSim(base) {
  try {
    await new Sim(base).open();
    byId("session").textContent = `Development · simulated CXone at ${new URL(base).host}`;
  } catch {
    byId("session").textContent = "Development · the simulated CXone does not answer";
  }
}

/** The gate of the tenant that the form names. */
function openGate() {
  const gate = new Gate(api, () => board.hasRunning);
  const tenant = byId("tenant");
  tenant.addEventListener("change", () => gate.follow(tenant.value.trim() || tenant.placeholder));
  gate.open();
  const recent = new Recent(api, board);
  tenant.addEventListener("change", () => recent.follow(tenant.value.trim() || tenant.placeholder));
}

function refuseKey() {
  forgetKey();
  byId("forget-key").hidden = true;
  askForKey("The key was refused.");
}

function askForKey(words = "") {
  byId("key-form").hidden = false;
  byId("session").textContent = "";
  byId("key-error").textContent = words;
  byId("key").focus();
}

function wireKey() {
  byId("key-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const key = byId("key").value.trim();
    if (key === "") return askForKey("Enter the key of this deployment.");
    keepKey(key);
    byId("key").value = "";
    return open();
  });
  byId("forget-key").addEventListener("click", () => {
    forgetKey();
    location.reload();
  });
}

function wireForm() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  form.addEventListener("input", ({ target }) => {
    if (target.name === "door") {
      clearRefusal(form);
      showDoor(form);
    }
    clearField(target);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

async function start() {
  const submit = byId("start");
  // Not `disabled`, which would drop the keyboard's focus.
  if (submit.getAttribute("aria-disabled") === "true") return;
  clearRefusal(form);
  const { body, violations } = readBody(form);
  if (violations.length > 0) return refuse(form, { title: "Not sent", violations });
  submit.setAttribute("aria-disabled", "true");
  try {
    if (unanswered?.body !== body) unanswered = { body, key: crypto.randomUUID() };
    const flow = FLOWS[form.elements.door.value];
    const snapshot = await (flow ? api.startFlow(flow, body, unanswered.key) : api.start(body, unanswered.key));
    const card = board.add(snapshot, JSON.parse(body).tenant);
    unanswered = null;
    say(`${card.record.label} started`);
    if (isOneColumn()) card.element.scrollIntoView({ behavior: "smooth", block: "start" });
  } catch (problem) {
    refuseStart(problem);
  } finally {
    submit.removeAttribute("aria-disabled");
  }
}

function refuseStart(problem) {
  if (problem.violations === undefined) throw problem;
  if (problem.status !== 0) unanswered = null;
  if (problem.status === 401) say("The key was refused");
  refuse(form, problem);
}

function isOneColumn() {
  return matchMedia("(max-width: 60rem)").matches;
}

function wireTheme() {
  const chosen = byId("theme");
  chosen.value = document.documentElement.dataset.theme ?? "auto";
  chosen.addEventListener("change", () => {
    if (chosen.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen.value;
    try {
      localStorage.setItem("cxpulse.theme", chosen.value);
    } catch {
      // Refused: the choice lasts until the reload.
    }
    board?.paint();
  });
}
