// Entries of the journal in words. Pure: an entry in, text out. The shapes are those of the core's `journal::Entry`;
// what it does not know it names as it stands, because the journal may grow.

/** `{ title, notes, tone, isMinor }` of an entry. `tone` is plain, good, warn or bad; notes follow the title. */
export function describe(entry) {
  const { opened, event } = entry.happened;
  const told = opened ? tellOpened(opened) : (EVENTS[event] ?? tellUnknown)(entry.happened, Date.parse(entry.at));
  const effects = (entry.effects ?? []).map(tellEffect);
  const anomalies = (entry.anomalies ?? []).map((anomaly) => anomalyCode(anomaly.kind));
  return {
    tone: "plain",
    isMinor: false,
    ...told,
    ...(anomalies.length > 0 ? { tone: "warn", isMinor: false } : {}),
    notes: [...(told.notes ?? []), ...effects, ...(entry.ignored ? [`ignored: ${spaced(entry.ignored)}`] : [])],
    anomalies,
  };
}

/** The end, which no entry names: it is what the entries came to. Of a terminal snapshot. */
export function describeEnd({ outcome, error, latency, source, stored_at: storedAt, created_at: from, ended_at: to }) {
  const calls = latency.calls === 1 ? "1 call answered" : `${number(latency.calls)} calls answered`;
  const why = error === null ? [] : [error.message];
  const kept = storedAt ? [`${source}: an earlier result, from ${clockTime(storedAt)}`] : [];
  const notes = [`after ${duration(Date.parse(to) - Date.parse(from))}`, calls, ...kept, ...why];
  return { title: `Ended: ${spaced(outcome)}`, notes, tone: OUTCOME_TONES[outcome] ?? "bad", isMinor: false, anomalies: [] };
}

/** `50,000`. */
export function number(value) {
  return NUMBER.format(value);
}

/** `41 ms`, `3.2 s`, `2 min 5 s`, `1 h 2 min`: of milliseconds. */
export function duration(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return joined(Math.floor(seconds / 60), "min", seconds % 60, "s");
  if (seconds < 86_400) return joined(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "min");
  return joined(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3_600), "h");
}

/** `10:00:05 AM` of an instant, as RFC 3339 or epoch milliseconds. */
export function clockTime(instant) {
  return new Date(instant).toLocaleTimeString("en");
}

/** `7 s`, `1 min 2 s`: what is left until an instant, in whole seconds. */
export function countdown(instant, now) {
  const seconds = Math.max(0, Math.ceil((Date.parse(instant) - now) / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

/** `rate limited` of `rate_limited`. */
export function spaced(word) {
  return String(word).replaceAll("_", " ");
}

const EVENTS = {
  woken: () => ({ title: "Woken by the alarm", isMinor: true }),
  cleared: ({ call }) => ({ title: `Gate open for ${callName(call)}`, isMinor: true }),
  postponed: tellPostponed,
  recalled: ({ memory }) => ({
    title: memory.is_fresh ? "Found in the cache" : "An old result is kept, in case",
    notes: [`from ${clockTime(memory.stored_at)}`],
    tone: memory.is_fresh ? "good" : "plain",
  }),
  answered: tellAnswered,
  interrupted: () => ({ title: "Interrupted, taken up again", notes: ["the process was lost"], tone: "warn" }),
  called_back: ({ sighting }) => ({ ...tellSighting(sighting, "CXone called back"), isMinor: false }),
  cancel_requested: () => ({ title: "Cancel requested" }),
};

function tellOpened(order) {
  const { start, watch } = order.door;
  const title = start ? `Accepted: start ${start.action_id}` : `Accepted: watch ${watch?.execution_id}`;
  return { title, notes: [order.policy, `deadline in ${duration(order.deadline_at - order.created_at)}`] };
}

function tellPostponed({ call, reason, until }, at) {
  const when = `for ${duration(Math.max(0, until - at))}, until ${clockTime(until)}`;
  return { title: `Gate holds ${callName(call)}`, notes: [HOLDS[reason] ?? spaced(reason), when], tone: "warn" };
}

function tellAnswered({ call, answer, took }) {
  const name = capital(callName(call));
  const notes = [duration(took), ...(call.credential === "fresh" ? ["with a fresh token"] : [])];
  switch (answer.answer) {
    case "seen": return tellSighting(answer, name, notes);
    case "absent": return { title: `${name}: nothing found yet`, notes };
    case "acknowledged": return { title: `${name}: acknowledged`, notes };
    case "failed": return tellFailure(answer, name, notes);
    default: return { title: `${name}: ${spaced(answer.answer)}`, notes };
  }
}

function tellSighting({ word, progress }, who, notes = []) {
  const status = word.known ?? word.unknown;
  const share = progress && progress.total > 0 ? [`${number(progress.done)} of ${number(progress.total)}`] : [];
  return { title: `${who}: ${spaced(status)}`, notes: [...share, ...notes], tone: TONES[status] ?? "plain" };
}

function tellFailure({ kind, message, retry_after: wait }, who, notes) {
  const asked = wait === undefined ? [] : [`retry after ${duration(wait)}`];
  return { title: `${who}: ${spaced(kind)}`, notes: [message, ...asked, ...notes], tone: "warn" };
}

function tellUnknown(happened) {
  return { title: spaced(happened.event ?? "unknown entry") };
}

function tellEffect({ effect, call, topic }) {
  switch (effect) {
    case "acquire": return `asks the gate for ${callName(call)}`;
    case "send": return `sends ${callName(call)}`;
    case "remember": return "keeps the result for others";
    case "notify": return `notifies: ${spaced(topic)}`;
    default: return spaced(effect);
  }
}

function callName({ kind, attempt }) {
  return `${kind === "look_up" ? "look-up" : spaced(kind)} ${attempt}`;
}

/** As the core's `AnomalyKind::code`. */
function anomalyCode({ kind, word, from, to, known, called_back: calledBack }) {
  const upper = (status) => String(status).toUpperCase();
  if (kind === "unknown_status") return `UNKNOWN_STATUS:${word}`;
  if (from && to) return `INVALID_TRANSITION:${upper(from)}->${upper(to)}`;
  if (known) return `CALLBACK_DISAGREES:${upper(calledBack)}!=${upper(known)}`;
  return upper(kind);
}

function joined(large, largeUnit, small, smallUnit) {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** With a capital first letter. */
export function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const NUMBER = new Intl.NumberFormat("en");
/** By the core's `Reason`s that come of a gate. */
const HOLDS = {
  rate_limited: "the rate limit is used up",
  permit: "no place in flight is free",
  breaker_open: "the breaker is open",
  credentials: "there is no token",
};
const TONES = { completed: "good", failed: "bad", canceled: "warn" };
// Every other end leaves the caller without a result.
const OUTCOME_TONES = { completed: "good", canceled: "warn" };
