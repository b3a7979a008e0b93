// The class behind each tag: forwards what the browser calls to the core in wasm. Decides nothing, draws nothing.

/** Defines `tag`, unless the page has it already; `create(host)` makes the core of one element. */
export function define(tag, create) {
  if (customElements.get(tag)) return;

  class PulseElement extends HTMLElement {
    static observedAttributes = ["src", "token", "token-src", "label", "lang", "theme"];
    #core;
    #provider;
    #isPlanned = false;

    connectedCallback() {
      if (!this.#core) {
        this.#upgrade("tokenProvider");
        this.constructor.observedAttributes.forEach((name) => this.#upgrade(property(name)));
        this.#core = create(this);
      }
      this.#plan();
    }

    // A move is a disconnection and a connection in one turn: what was shown stays.
    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.#core?.free();
        this.#core = undefined;
      });
    }

    connectedMoveCallback() {}

    attributeChangedCallback() {
      this.#plan();
    }

    /** A function that gives a token, or a promise of one: a string, or an object with `token`. */
    get tokenProvider() {
      return this.#provider;
    }

    set tokenProvider(provider) {
      this.#provider = typeof provider === "function" ? provider : undefined;
      this.#plan();
    }

    /** The latest snapshot, or null. */
    get snapshot() {
      return this.#core?.snapshot() ?? null;
    }

    // Attributes that are set one after another are taken together.
    #plan() {
      if (this.#isPlanned || !this.#core) return;
      this.#isPlanned = true;
      queueMicrotask(() => {
        this.#isPlanned = false;
        this.#core?.configure();
      });
    }

    // A property set before the tag was defined hides the accessor: set it again.
    #upgrade(name) {
      if (!Object.hasOwn(this, name)) return;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  for (const name of PulseElement.observedAttributes) {
    if (name === "lang") continue;
    Object.defineProperty(PulseElement.prototype, property(name), {
      get() { return this.getAttribute(name); },
      set(value) { value == null ? this.removeAttribute(name) : this.setAttribute(name, value); },
    });
  }
  customElements.define(tag, PulseElement);
}

const property = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
