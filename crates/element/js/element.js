// The class behind each tag: forwards what the browser calls to the core in wasm. Decides nothing.
import { forget, remember } from "./page.js";

const property = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/**
 * Defines `tag` with attributes of these names, unless the page has it already; `create(host)` makes the core of one element.
 * The names begin with src, token, label, lang, theme and token-src; a core may take one more.
 */
export function define(tag, names, create) {
  if (customElements.get(tag)) return;
  const attributes = names.split(" ");
  class PulseElement extends HTMLElement {
    static observedAttributes = attributes;
    #core;
    #provider;
    #isPlanned = false;

    connectedCallback() {
      if (!this.#core) {
        for (const name of ["tokenProvider", ...attributes.map(property)]) this.#upgrade(name);
        this.#core = create(this);
        this.#core.begin(this.#core);
        remember(this.#core);
      }
      this.#plan();
    }

    // A move is a disconnection and a connection in one turn: what was shown stays.
    disconnectedCallback() {
      queueMicrotask(() => {
        if (this.isConnected || !this.#core) return;
        forget(this.#core);
        this.#core.end();
        this.#core.free();
        this.#core = undefined;
      });
    }

    connectedMoveCallback() {}

    attributeChangedCallback() { this.#plan(); }

    get tokenProvider() { return this.#provider; }

    set tokenProvider(provider) {
      this.#provider = typeof provider === "function" ? provider : undefined;
      this.#plan();
    }

    get snapshot() { return JSON.parse(this.#core?.snapshot() ?? "null"); }

    // Attributes that are set one after another are taken together.
    #plan() {
      if (this.#isPlanned || !this.#core) return;
      this.#isPlanned = true;
      queueMicrotask(() => {
        this.#isPlanned = false;
        const lang = this.closest("[lang]")?.getAttribute("lang") ?? "";
        const isRenewable = !!this.#provider || this.hasAttribute("token-src");
        const [src, token, label, ...more] = attributes.map((name) => this.getAttribute(name) || undefined);
        this.#core?.configure(src, token, isRenewable, label, lang, more[3]);
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
  for (const name of attributes.filter((name) => name !== "lang")) {
    Object.defineProperty(PulseElement.prototype, property(name), {
      get() { return this.getAttribute(name); },
      set(value) { value == null ? this.removeAttribute(name) : this.setAttribute(name, value); },
    });
  }
  customElements.define(tag, PulseElement);
}
