// The grid's cells on one canvas: ten thousand of them cost one node. Each outcome has a shape and a colour, so that none is told by
// its colour alone; the colours are those that the style sheet gives to the list of counts. A change draws what changed, not
// the rest. Never knows what an item is.

const SIZES = [26, 20, 16, 13, 10, 8, 7, 6, 5];
const HEIGHT_WANTED = 300;
// Below this side a cell is a dab of colour: what did not succeed fills all of it, and what did steps back.
const SIDE_SMALL = 6;
const SCHEMES = ["(prefers-color-scheme:dark)", "(forced-colors:active)", "(prefers-contrast:more)"];

export class Cells {
  #root;
  #letters = "";
  #cursor = -1;
  #size = 0;
  #columns = 1;
  #frame;
  #painted = "";
  #marked = -1;
  #ears = new AbortController();
  #watcher = new ResizeObserver(() => this.#paint());
  #seen;

  constructor(host) {
    this.#root = host.shadowRoot;
    for (const scheme of SCHEMES) matchMedia(scheme).addEventListener("change", () => this.#paint(), this.#ears);
  }

  /** Tells the core where a pointer or a key leads. */
  tell(core) {
    const options = this.#ears;
    const grid = (event) => event.target.closest("[part=grid]");
    const listen = (name, listener) => this.#root.addEventListener(name, (event) => grid(event) && listener(event) && event.preventDefault(), options);
    listen("keydown", ({ key, altKey, ctrlKey, metaKey }) => !(altKey || ctrlKey || metaKey) && core.press("key", `${key} ${this.#columns}`));
    listen("click", ({ offsetX, offsetY, target }) => {
      const [column, row] = [offsetX, offsetY].map((at) => Math.floor(at / this.#size));
      const index = row * this.#columns + Math.min(column, this.#columns - 1);
      return target.tagName === "CANVAS" && index < this.#letters.length && core.press("cell", `${index}`);
    });
  }

  /** Shows a letter for each item, and the cursor where it is not -1. */
  show(letters, cursor) {
    const isMoved = this.#cursor !== cursor;
    this.#letters = letters;
    this.#cursor = cursor;
    this.#paint();
    if (isMoved) this.#follow();
  }

  /** The element has left the page. */
  end() {
    this.#ears.abort();
    this.#watcher.disconnect();
  }

  #paint() {
    const canvas = this.#root.querySelector("canvas");
    if (canvas !== this.#seen) {
      this.#watcher.disconnect();
      if (canvas) this.#watcher.observe(canvas.parentElement);
      this.#seen = canvas;
      this.#frame = "";
    }
    const width = canvas?.parentElement.clientWidth;
    if (!width) return;
    const count = this.#letters.length;
    const rows = (size) => Math.ceil(count / Math.floor(width / size));
    const size = SIZES.find((size) => rows(size) * size <= HEIGHT_WANTED) ?? SIZES.at(-1);
    const scale = devicePixelRatio || 1;
    const inks = this.#inks();
    const frame = [width, size, scale, count, ...Object.values(inks)].join();
    const isSame = frame === this.#frame;
    const isMoved = this.#cursor !== this.#marked;
    if (isSame && !isMoved && this.#letters === this.#painted) return;
    const before = isSame ? this.#painted : "";
    const stale = isMoved ? this.#around(this.#marked) : [];
    [this.#frame, this.#marked, this.#painted] = [frame, this.#cursor, this.#letters];
    const pen = isSame ? canvas.getContext("2d") : this.#stretch(canvas, width, size, scale);
    this.#cells(pen, size, inks, before, stale);
    this.#mark(pen, size, inks);
  }

  /** An empty canvas for all cells. */
  #stretch(canvas, width, size, scale) {
    const count = this.#letters.length;
    this.#size = size;
    this.#columns = Math.max(Math.floor(width / size), 1);
    const [across, down] = [Math.min(this.#columns, count) * size, Math.ceil(count / this.#columns) * size];
    canvas.width = across * scale;
    canvas.height = down * scale;
    canvas.style.setProperty("inline-size", `${across}px`);
    canvas.style.setProperty("block-size", `${down}px`);
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    return pen;
  }

  /** The cells whose letter is not what it was, and those that a ring is taken from. */
  #cells(pen, size, inks, before, stale) {
    const gap = size > 6 ? 2 : 1;
    const side = size - gap;
    pen.lineWidth = Math.max(side / 8, 1);
    for (const [letter, shape] of Object.entries(SHAPES)) {
      pen.fillStyle = pen.strokeStyle = inks[letter];
      for (let at = this.#letters.indexOf(letter); at >= 0; at = this.#letters.indexOf(letter, at + 1)) {
        if (before[at] === letter && !stale.includes(at)) continue;
        const [x, y] = this.#place(at);
        if (before) pen.clearRect(x, y, size, size);
        shape(pen, x + gap / 2, y + gap / 2, side, inks.back);
      }
    }
  }

  #mark(pen, size, inks) {
    if (this.#cursor < 0) return;
    const [x, y] = this.#place(this.#cursor);
    pen.strokeStyle = inks.ink;
    pen.lineWidth = 2;
    // A cell that is small is ringed from without, as far as there is canvas.
    const out = size < 10 ? 2 : 0;
    const { canvas } = pen;
    const [right, bottom] = [canvas.width, canvas.height].map((end) => end / pen.getTransform().a - 1);
    const [left, top] = [x - out, y - out].map((at) => Math.max(at, 1));
    pen.strokeRect(left, top, Math.min(x + size + out, right) - left, Math.min(y + size + out, bottom) - top);
  }

  /** The cells that a ring around one touches. */
  #around(at) {
    const near = [-1, 0, 1];
    return at < 0 ? [] : near.flatMap((row) => near.map((column) => at + row * this.#columns + column));
  }

  #place(at) {
    return [(at % this.#columns) * this.#size, Math.floor(at / this.#columns) * this.#size];
  }

  /** Scrolls to the cursor, within the grid only. */
  #follow() {
    const box = this.#seen?.parentElement;
    if (!box || this.#cursor < 0) return;
    const [, y] = this.#place(this.#cursor);
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + this.#size > box.scrollTop + box.clientHeight) box.scrollTop = y + this.#size - box.clientHeight;
  }

  #inks() {
    const inks = {};
    for (const count of this.#root.querySelectorAll("[part=count]")) {
      inks[count.dataset.class[0]] = getComputedStyle(count.firstElementChild).color;
    }
    const card = getComputedStyle(this.#root.firstElementChild);
    return { ...inks, ink: card.color, back: card.backgroundColor };
  }
}

function outline(pen, x, y, side) {
  const half = pen.lineWidth / 2;
  pen.strokeRect(x + half, y + half, side - pen.lineWidth, side - pen.lineWidth);
}

// By the letter of an outcome: a full square, half of one, a cross, a slash, a ring, a dot.
const SHAPES = {
  s: (pen, x, y, side) => {
    pen.globalAlpha = side < SIDE_SMALL ? 0.4 : 1;
    pen.fillRect(x, y, side, side);
    pen.globalAlpha = 1;
  },
  d: (pen, x, y, side) => {
    pen.beginPath();
    pen.moveTo(x, y + side);
    pen.lineTo(x + side, y + side);
    pen.lineTo(x + side, y);
    pen.fill();
    if (side >= SIDE_SMALL) outline(pen, x, y, side);
  },
  f: (pen, x, y, side, back) => {
    if (side < SIDE_SMALL) return pen.fillRect(x - 0.5, y - 0.5, side + 1, side + 1);
    pen.fillRect(x, y, side, side);
    const inset = side / 4;
    pen.save();
    pen.strokeStyle = back;
    pen.beginPath();
    pen.moveTo(x + inset, y + inset);
    pen.lineTo(x + side - inset, y + side - inset);
    pen.moveTo(x + side - inset, y + inset);
    pen.lineTo(x + inset, y + side - inset);
    pen.stroke();
    pen.restore();
  },
  c: (pen, x, y, side) => {
    pen.beginPath();
    pen.moveTo(x, y + side);
    pen.lineTo(x + side, y);
    pen.stroke();
    if (side >= SIDE_SMALL) outline(pen, x, y, side);
  },
  r: (pen, x, y, side) => outline(pen, x, y, side),
  n: (pen, x, y, side) => {
    const dot = Math.max(side / 4, 1);
    pen.fillRect(x + (side - dot) / 2, y + (side - dot) / 2, dot, dot);
  },
};
