// The page `/embed/{kind}/{id}#token=…`: one element. Kind and id come from the path; token, label, lang, theme and, of all but an execution, actions from
// the fragment, which reaches neither servers nor their logs, or else from the query. Never renews a token by
// itself: the page that frames this one puts a new one into the fragment.

const KINDS = {
  execution: { tag: "cxpulse-execution", collection: "executions", module: "/pkg/cxpulse.js" },
  batch: { tag: "cxpulse-batch", collection: "batches", module: "/pkg/cxpulse-batch.js" },
  chain: { tag: "cxpulse-chain", collection: "chains", module: "/pkg/cxpulse-chain.js" },
  history: { tag: "cxpulse-history", collection: "histories", module: "/pkg/cxpulse-history.js" },
};

const THEMES = ["light", "dark"];

const place = document.getElementById("place");

show();
addEventListener("hashchange", renew);

function show() {
  const [, , kind, id] = location.pathname.split("/");
  const shown = Object.hasOwn(KINDS, kind) ? KINDS[kind] : null;
  const given = settings();
  if (shown === null || !id) return say("There is nothing to show at this address.");
  // At once: it takes longer than all that follows.
  import(shown.module);
  if (!given.has("token")) return say("This address lacks its view token: it ends in #token= and the token.");
  if (THEMES.includes(given.get("theme"))) document.documentElement.dataset.theme = given.get("theme");
  if (given.has("lang")) document.documentElement.lang = given.get("lang");
  document.title = `${given.get("label") ?? id} · cxpulse`;
  const element = document.createElement(shown.tag);
  for (const name of ["token", "label", "lang", "theme", "actions"]) {
    if (given.has(name)) element.setAttribute(name, given.get(name));
  }
  element.setAttribute("src", `/v1/${shown.collection}/${id}`);
  element.textContent = "Live status needs a browser with WebAssembly.";
  return place.replaceChildren(element);
}

/** A new fragment is how the framing page hands over a fresh token: the element goes on with it. */
function renew() {
  const element = place.querySelector(Object.values(KINDS).map(({ tag }) => tag).join());
  const token = settings().get("token");
  if (element === null) show();
  else if (token !== null) element.setAttribute("token", token);
}

/** The query, overruled by the fragment. */
function settings() {
  const given = new URLSearchParams(location.search);
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) given.set(name, value);
  return given;
}

function say(words) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.textContent = words;
  place.replaceChildren(notice);
}
