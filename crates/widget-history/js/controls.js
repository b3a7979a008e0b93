// Keys on the map, the slider, and times that a person sets: tells the core which. Never decides what follows.

export class Controls {
  #root;
  #ears = new AbortController();

  constructor(host) {
    this.#root = host.shadowRoot;
  }

  /** Tells the core what is used. */
  tell(core) {
    const listen = (name, listener) => this.#root.addEventListener(name, listener, this.#ears);
    listen("keydown", (event) => {
      const { key, target, altKey, ctrlKey, metaKey } = event;
      if (altKey || ctrlKey || metaKey) return;
      const isOpen = this.#root.querySelector("[part=detail]:not([hidden])");
      const isUsed = key === "Escape" ? isOpen && core.press("close", "") : target.closest("[part=nodes]") && core.press("key", key);
      if (isUsed) event.preventDefault();
    });
    listen("input", ({ target }) => target.type === "range" && core.press("edges", target.value));
    // In the page's zone for people, in UTC for the server.
    listen("change", ({ target: { type, name, value } }) => type === "datetime-local" && core.press(name, value && new Date(value).toISOString()));
    listen("click", ({ target }) => {
      const name = target.closest("[data-do]")?.dataset.do;
      for (const input of this.#root.querySelectorAll("[type=datetime-local]")) if (name === input.name || name === "widen") input.value = "";
    });
  }

  /** The element has left the page. */
  end() {
    this.#ears.abort();
  }
}

/** An instant in a language, with its date, in the page's zone. */
export function moment(text, tag) {
  return new Date(text).toLocaleString(tag, { dateStyle: "medium", timeStyle: "short" });
}
