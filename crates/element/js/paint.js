// Makes nodes of a plan (`view/plan.rs`), and on the next plan changes only what differs: what has the focus keeps it, and a screen
// reader hears nothing twice. Never decides what stands where.

const SVG = "http://www.w3.org/2000/svg";
const had = new WeakMap();

export class Paint {
  #root;
  #plan;
  #ears = new AbortController();

  constructor(host, css) {
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren();
  }

  /** Tells the core what a person uses: what has `data-do`. */
  tell(core, host) {
    const press = (event, name, value) => core.press(name, value) && event.preventDefault();
    const used = ({ target }) => target.closest("[data-do]");
    this.#root.addEventListener("click", (event) => {
      const { do: name, value } = used(event)?.dataset ?? {};
      const isOff = used(event)?.getAttribute("aria-disabled");
      if (name === "item") choose(host, event, value, used(event).href);
      else if (name && event.target.tagName !== "SELECT" && !isOff) press(event, name, value ?? "");
    }, this.#ears);
    this.#root.addEventListener("change", (event) => used(event) && press(event, "filter", event.target.value), this.#ears);
  }

  /** The element has left the page. */
  end() {
    this.#ears.abort();
  }

  /** Brings the nodes up to a plan. */
  draw(plan) {
    if (plan === this.#plan) return;
    this.#plan = plan;
    // Of each depth the node that is open, and the child that comes next.
    const open = [this.#root];
    const next = [this.#root.firstElementChild];
    const end = (depth) => {
      for (; next.length > depth; next.pop()) {
        for (let rest = next.at(-1); rest; ) {
          const after = rest.nextElementSibling;
          rest.remove();
          rest = after;
        }
      }
    };
    for (const line of plan.split("\n")) {
      const [place, name, ...fields] = line.split("\t");
      const [tag, part] = name.split(".");
      const depth = Number(place);
      end(depth + 1);
      if (part) fields.push(`part=${part}`);
      const has = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf("=")), field.slice(field.indexOf("=") + 1)]));
      const key = `${tag} ${has.key ?? has["data-class"] ?? part ?? ""}`;
      let node = next[depth];
      while (node && had.get(node)?.[0] !== key) node = node.nextElementSibling;
      if (!node) node = tag === "svg" || tag === "path" ? document.createElementNS(SVG, tag) : document.createElement(tag);
      if (node === next[depth]) next[depth] = node.nextElementSibling;
      else open[depth].insertBefore(node, next[depth]);
      dress(node, key, has);
      open[depth + 1] = node;
      next[depth + 1] = node.firstElementChild;
    }
    end(0);
    // A choice can be shown only once what it chooses from is there.
    for (const node of this.#root.querySelectorAll("select")) node.value = had.get(node)[1][".value"];
  }

  /** Puts the focus on a part. */
  focus(part) {
    this.#root.querySelector(`[part~="${part}"]`)?.focus();
  }
}

function dress(node, key, has) {
  const before = had.get(node)?.[1] ?? {};
  for (const name in { ...before, ...has }) {
    const value = has[name];
    if (before[name] === value || name[0] === "." || name === "key") continue;
    if (name === "") node.textContent = value ?? "";
    else if (name[0] === "-") node.style.setProperty(name, value ?? "");
    else if (value === undefined) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
  had.set(node, [key, has]);
}

/** An item's link leads to its execution, unless the page has something better to do with it. */
function choose(host, event, item, href) {
  const detail = { item, href };
  const isLeft = host.dispatchEvent(new CustomEvent("cxpulse-chosen", { bubbles: true, composed: true, cancelable: true, detail }));
  if (!isLeft) event.preventDefault();
}
