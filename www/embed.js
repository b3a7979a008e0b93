// One element on a page of its own, for an iframe. Kind and id come from the path; the token comes from the fragment,
// which reaches no server and no log, or from the query where a fragment cannot be had.

const KINDS = ["execution"];
const [, , kind, id] = location.pathname.split("/");
const query = new URLSearchParams(location.search);
const fragment = new URLSearchParams(location.hash.slice(1));
const option = (name) => fragment.get(name) ?? query.get(name);
const place = document.querySelector("#place");

if (KINDS.includes(kind) && id) {
  const element = document.createElement(`cxpulse-${kind}`);
  element.setAttribute("src", `/v1/${kind}s/${id}`);
  for (const name of ["token", "label", "lang", "theme"]) {
    if (option(name)) element.setAttribute(name, option(name));
  }
  place.replaceChildren(element);
  document.title = `${option("label") ?? decodeURIComponent(id)} · cxpulse`;
  // The page around the frame gives a new token, and hears the end.
  element.addEventListener("cxpulse-ended", ({ detail }) => tell({ type: "cxpulse-ended", id: detail.id, outcome: detail.outcome }));
  new ResizeObserver(() => tell({ type: "cxpulse-resized", height: Math.ceil(place.getBoundingClientRect().height) })).observe(place);
  addEventListener("hashchange", () => {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) element.setAttribute("token", token);
  });
} else {
  place.textContent = "There is nothing to show at this address.";
}

// Says nothing that the frame's own page could not see: an id, an outcome, a height.
function tell(message) {
  if (parent !== window) parent.postMessage(message, "*");
}
