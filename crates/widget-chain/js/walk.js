// Keys on the graph: tells the core which, and whether the nodes are a graph now or, for want of room, a list. Never decides where they
// lead.

export class Walk {
  #root;
  #ears = new AbortController();

  constructor(host) {
    this.#root = host.shadowRoot;
  }

  /** Tells the core what is pressed. */
  tell(core) {
    this.#root.addEventListener("keydown", (event) => {
      const { key, target, altKey, ctrlKey, metaKey } = event;
      if (altKey || ctrlKey || metaKey) return;
      const isOpen = this.#root.querySelector("[part=detail]:not([hidden])");
      const isUsed = key === "Escape" ? isOpen && core.press("close", "") : target.closest("[part=nodes]") && core.press("key", `${key} ${this.#form()}`);
      if (isUsed) event.preventDefault();
    }, this.#ears);
  }

  /** The element has left the page. */
  end() {
    this.#ears.abort();
  }

  #form() {
    return this.#root.querySelector("[part=edges]")?.checkVisibility() ? "graph" : "list";
  }
}
