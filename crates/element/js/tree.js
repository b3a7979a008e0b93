// The nodes of a shadow tree, and what was last written to them. Never writes the same twice: the browser would lay out
// again, and a screen reader might speak again.

const SVG = "http://www.w3.org/2000/svg";
const sheets = new Map();

export class Tree {
  #nodes = [];
  #written = [];

  /** Builds the nodes: a line for each with its tag, its part, the place of its parent, and what it always has. */
  constructor(host, plan, css) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(css)];
    root.replaceChildren();
    for (const line of plan.split("\n")) {
      const [tag, part, parent, ...always] = line.split(" ");
      const isSvg = tag === "svg" || tag === "path";
      const node = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
      if (part) node.setAttribute("part", part);
      for (const [name, value] of always.map((pair) => pair.split("="))) node.setAttribute(name, value.replaceAll("_", " "));
      (this.#nodes[parent] ?? root).append(node);
      this.#nodes.push(node);
      this.#written.push({});
    }
  }

  /** The text of a node; one without text is hidden. */
  text(place, text) {
    if (!this.#isNews(place, "", text)) return;
    this.#nodes[place].textContent = text;
    this.attribute(place, "hidden", text ? undefined : "");
  }

  /** An attribute; undefined takes it away. */
  attribute(place, name, value) {
    if (!this.#isNews(place, name, value)) return;
    value === undefined ? this.#nodes[place].removeAttribute(name) : this.#nodes[place].setAttribute(name, value);
  }

  /** A style property, through the object model, which a strict content security policy lets pass. */
  style(place, name, value) {
    if (this.#isNews(place, name, value)) this.#nodes[place].style.setProperty(name, value);
  }

  /** One child with text for each line. */
  list(place, tag, lines) {
    const child = (line) => Object.assign(document.createElement(tag), { textContent: line });
    this.#nodes[place].replaceChildren(...(lines ? lines.split("\n").map(child) : []));
  }

  #isNews(place, name, value) {
    const written = this.#written[place];
    if (name in written && written[name] === value) return false;
    written[name] = value;
    return true;
  }
}

// Elements of a page share a sheet.
function sheetOf(css) {
  if (!sheets.has(css)) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    sheets.set(css, sheet);
  }
  return sheets.get(css);
}
