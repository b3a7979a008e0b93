// How a tenant's gate stands, in words. Pure: the answer of `GET /v1/tenants/{id}/gate` in, text out. The shapes are those
// of the core's `gate::GateView`, with what the tenant's object adds: `cache` and `held`.

import { capital, clockTime, countdown, duration, number, spaced } from "./words.js";

/** What holds executions up at `now`, in the order in which the gate looks: `{ kind, words, tone }` each. Empty: nothing does. */
export function holdsOf(view, now) {
  const closed = [breakerHold(view.breaker, now), embargoHold(view, now), tokenHold(view.credentials, now)];
  const holds = closed.filter((hold) => hold !== null);
  const line = lineHold(view, holds.length > 0);
  return line === null ? holds : [...holds, line];
}

/** The figures: `{ term, value, note, tone }` each, always the same terms. */
export function figuresOf(view, now) {
  return [
    inFlight(view),
    { term: "Calls a second", value: decimal(view.per_second), note: "at most" },
    waiting(view),
    { term: "Mean answer", value: view.mean_ms === null ? "–" : duration(view.mean_ms) },
    { term: "Breaker", ...breaker(view.breaker, now) },
    { term: "Token", ...token(view.credentials, now) },
  ];
}

/** What the gate and the cache have done so far, in the same form. */
export function countsOf({ counts, cache }) {
  return [
    { term: "Calls let go", value: number(counts.granted) },
    { term: "Told to wait", value: number(counts.sent_away) },
    { term: "429s", value: number(counts.rate_limited) },
    { term: "CXone’s faults", value: number(counts.faults) },
    { term: "Breaker opened", value: number(counts.opened) },
    { term: "Results kept", value: number(cache.entries) },
    { term: "Cache hits", value: number(cache.hits) },
    { term: "Cache misses", value: number(cache.misses) },
  ];
}

/** Whether calls go or want to go: then it changes from one second to the next. */
export function isBusy(view) {
  return view.in_flight > 0 || waitingCount(view) > 0;
}

/** When it next changes by time alone, in epoch milliseconds after `since`; null where it does not. */
export function changesAt({ breaker: { until }, embargo_until: embargo, credentials: { retry_at: retry } }, since) {
  const instants = [until, embargo, retry].filter((instant) => instant !== null).map(Date.parse);
  return instants.filter((instant) => instant > since).sort((a, b) => a - b)[0] ?? null;
}

/** What a reset has done, of the gate before it; null where that is not known. */
export function tellReset(before) {
  if (before === null) return "Reset: nothing that was learned of CXone stands in the way any more.";
  const { breaker: { state }, embargo_until: embargo, credentials, limit, bound } = before;
  const done = [
    state === "closed" ? "" : "The breaker is closed.",
    embargo === null ? "" : "The wait that CXone asked for is lifted.",
    credentials.state === "good" || credentials.state === "none" ? "" : "The trouble with the token is forgotten.",
    limit < bound ? `The limit is back at ${number(bound)} in flight.` : "",
  ].filter((words) => words !== "");
  const what = done.length === 0 ? "Nothing was in the way." : done.join(" ");
  const rest = waitingCount(before) > 0 ? " Whoever was told to wait comes back at its time." : "";
  return `Reset. ${what} Calls in flight stay.${rest}`;
}

function breakerHold({ state, until, probes }, now) {
  switch (state) {
    case "closed": return null;
    case "open": {
      const when = Date.parse(until) > now ? `Nothing goes ${untilWords(until, now)}, then a probe.` : "The next call goes as a probe.";
      return { kind: "open", words: `The breaker is open: CXone fails. ${when}`, tone: "bad" };
    }
    case "half_open": {
      const who = probes === 0 ? "The next call goes as a probe" : `${counted(probes, "probe is", "probes are")} under way`;
      return { kind: "half_open", words: `The breaker is half-open. ${who}, to see whether CXone has recovered.`, tone: "warn" };
    }
    default: return { kind: state, words: `The breaker is ${spaced(state)}.`, tone: "warn" };
  }
}

function embargoHold({ embargo_until: until }, now) {
  if (until === null || Date.parse(until) <= now) return null;
  return { kind: "embargo", words: `CXone asked for no more calls ${untilWords(until, now)}.`, tone: "warn" };
}

function tokenHold({ state, retry_at: retryAt }, now) {
  if (state === "good" || state === "none") return null;
  const why = state === "refused" ? "CXone refuses the credentials" : "There is no token to be had";
  const next = retryAt !== null && Date.parse(retryAt) > now ? `The next try is in ${countdown(retryAt, now)}.` : "The next call tries again.";
  return { kind: "token", words: `${why}. ${next} The doctor says what is wrong.`, tone: "bad" };
}

/** Behind what holds all calls up, the line's own limit is of no account. */
function lineHold(view, isBehind) {
  const count = waitingCount(view);
  if (count === 0) return null;
  const who = counted(count, "call waits", "calls wait");
  if (isBehind) return { kind: "line", words: `${who} in line.`, tone: "warn" };
  const isFull = view.in_flight >= view.limit;
  if (!isFull) return { kind: "line", words: `${who} for a turn: at most ${decimal(view.per_second)} start in a second.`, tone: "warn" };
  const lowered = view.limit < view.bound ? `, lowered from ${number(view.bound)} while CXone is slow or refuses` : "";
  return { kind: "line", words: `${who} for a place among the ${number(view.limit)} in flight${lowered}.`, tone: "warn" };
}

function inFlight({ in_flight: count, limit, bound }) {
  const row = { term: "In flight", value: `${number(count)} of ${number(limit)}` };
  return limit < bound ? { ...row, note: `lowered from ${number(bound)}`, tone: "warn" } : row;
}

function waiting(view) {
  const count = waitingCount(view);
  const row = { term: "Waiting", value: number(count), tone: count > 0 ? "warn" : "plain" };
  const byKind = Object.entries(view.waiting.by_kind).filter(([, waiters]) => waiters > 0);
  return { ...row, note: byKind.map(([kind, waiters]) => `${number(waiters)} to ${spaced(kind)}`).join(", ") };
}

function breaker({ state, until, probes }, now) {
  switch (state) {
    case "closed": return { value: "Closed" };
    case "open": return { value: "Open", note: Date.parse(until) > now ? `for ${countdown(until, now)}` : "a probe is next", tone: "bad" };
    case "half_open": return { value: "Half-open", note: counted(probes, "probe out", "probes out"), tone: "warn" };
    default: return { value: capital(spaced(state)), tone: "warn" };
  }
}

function token({ state, expires_at: expiresAt, retry_at: retryAt }, now) {
  switch (state) {
    case "good": return { value: "Good", note: lasts(expiresAt, now) };
    case "none": return { value: "None yet", note: "fetched when needed" };
    default: {
      const note = retryAt !== null && Date.parse(retryAt) > now ? `next try in ${countdown(retryAt, now)}` : "tried with the next call";
      return { value: capital(spaced(state)), note, tone: "bad" };
    }
  }
}

/** A token of the settings has an end that no one lives to see. */
function lasts(expiresAt, now) {
  if (expiresAt === null || Date.parse(expiresAt) - now > YEAR_MS) return "does not expire";
  return Date.parse(expiresAt) - now > DAY_MS ? `for ${duration(Date.parse(expiresAt) - now)}` : `until ${clockTime(expiresAt)}`;
}

function untilWords(instant, now) {
  return `until ${clockTime(instant)}, in ${countdown(instant, now)}`;
}

function waitingCount({ waiting: { main, by_kind: byKind } }) {
  return Object.values(byKind).reduce((sum, count) => sum + count, main);
}

function counted(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

function decimal(value) {
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
