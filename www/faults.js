// The sliders that make the simulated CXone misbehave. The simulation has the last word on what can be set.
import { simulation } from "./api.js";

const RATES = [
  ["rate_limited", "Too many requests", "429, with Retry-After"],
  ["server_error", "Server error", "500, done or not"],
  ["unavailable", "Unavailable", "503"],
  ["unauthorized", "Token refused", "401"],
  ["lost_answer", "Answer lost", "done, and nothing comes back"],
  ["cut", "Answer cut", "the connection closes in the middle"],
  ["html", "HTML instead of JSON", "a gateway’s page, status 200"],
];
const LATENCY_MS_MAX = 5_000;
const byId = (id) => document.getElementById(id);

/** Builds the sliders as the simulation stands, and sends what is changed. */
export async function setUpFaults(base) {
  const faults = await simulation(base, "faults").catch(() => undefined);
  if (!faults) return;
  const sliders = [
    ...RATES.map(([name, title, note]) => slider(name, title, note, 100, "%", (faults.rates?.[name] ?? 0) * 100)),
    slider("latency", "Latency", "up to", LATENCY_MS_MAX, "ms", faults.latency_ms?.[1] ?? 0),
  ];
  byId("sliders").replaceChildren(...sliders.map(({ row }) => row));
  let timer;
  const change = () => {
    clearTimeout(timer);
    timer = setTimeout(() => send(base, sliders), 250);
    mark(sliders);
  };
  sliders.forEach(({ input }) => input.addEventListener("input", change));
  byId("faults-clear").addEventListener("click", () => {
    sliders.forEach((it) => it.set(0));
    change();
  });
  mark(sliders);
  byId("faults").hidden = false;
}

async function send(base, sliders) {
  const value = (name) => Number(sliders.find((it) => it.name === name).input.value);
  const rates = Object.fromEntries(RATES.map(([name]) => [name, value(name) / 100]));
  const fault = byId("faults-fault");
  try {
    await simulation(base, "faults", "POST", { rates, latency_ms: [0, value("latency")] });
    fault.hidden = true;
  } catch (refusal) {
    fault.textContent = `Not set: ${refusal.message}`;
    fault.hidden = false;
  }
}

function mark(sliders) {
  const count = sliders.filter(({ input }) => Number(input.value) > 0).length;
  const sum = RATES.reduce((sum, [name]) => sum + Number(sliders.find((it) => it.name === name).input.value), 0);
  byId("faults-badge").textContent = sum > 100 ? "over 100 % together" : `${count} on`;
  byId("faults-badge").hidden = count === 0;
}

function slider(name, title, note, max, unit, value) {
  const row = document.createElement("div");
  row.className = "slider";
  const label = Object.assign(document.createElement("label"), { textContent: title, htmlFor: `fault-${name}` });
  const small = Object.assign(document.createElement("span"), { className: "note", textContent: note });
  const output = Object.assign(document.createElement("output"), { htmlFor: `fault-${name}` });
  const input = Object.assign(document.createElement("input"), { type: "range", id: `fault-${name}`, min: 0, max, step: max / 100 });
  label.append(" ", small);
  const show = () => {
    output.textContent = `${input.value} ${unit}`;
    input.setAttribute("aria-valuetext", output.textContent);
  };
  const set = (to) => {
    input.value = Math.round(to);
    show();
  };
  input.addEventListener("input", show);
  set(value);
  row.append(label, output, input);
  return { name, row, input, set };
}
