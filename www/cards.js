// The executions that were started here, newest first. Kept for the tab, so that a reload loses none.
import * as api from "./api.js";
import { Journal } from "./journal.js";

const KEPT = "cxpulse-executions";
const KEPT_MAX = 30;

export class Cards {
  #key;
  #kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
  #list = document.querySelector("#cards");

  /** `key()` gives the API key at hand. */
  constructor(key) {
    this.#key = key;
    this.#kept.forEach((one) => this.#list.append(this.#card(one)));
    this.#save();
  }

  /** Shows one more: its id, its view token, its label. */
  add(one) {
    this.#kept = [one, ...this.#kept];
    for (const old of this.#kept.slice(KEPT_MAX)) this.#list.querySelector(`[data-id="${CSS.escape(old.id)}"]`)?.remove();
    this.#list.prepend(this.#card(one));
    this.#save();
  }

  #save() {
    this.#kept = this.#kept.slice(0, KEPT_MAX);
    sessionStorage.setItem(KEPT, JSON.stringify(this.#kept));
    document.querySelector("#empty").hidden = this.#kept.length > 0;
  }

  #card({ id, token, label }) {
    const card = document.querySelector("#card").content.cloneNode(true).firstElementChild;
    const find = (selector) => card.querySelector(selector);
    card.dataset.id = id;
    find(".id").textContent = id;
    const element = find("cxpulse-execution");
    element.tokenProvider = () => api.viewToken(this.#key(), id);
    element.setAttribute("src", `/v1/executions/${id}`);
    element.setAttribute("token", token ?? "");
    element.setAttribute("label", label);
    element.addEventListener("cxpulse-ended", () => { find("[data-do=cancel]").hidden = true; });
    find("[data-do=alone]").href = `/embed/execution/${id}#token=${encodeURIComponent(token ?? "")}`;
    find(".embed code").textContent = markup(id, token);
    this.#listen(card, id, find);
    new Journal(find(".journal"), element, () => this.#key(), id);
    return card;
  }

  #listen(card, id, find) {
    const attempt = async (action) => {
      const fault = find("[data-fault]");
      try {
        await action();
        fault.hidden = true;
      } catch (error) {
        fault.textContent = error.message;
        fault.hidden = false;
      }
    };
    find("[data-do=cancel]").addEventListener("click", () => attempt(() => api.cancel(this.#key(), id)));
    find("[data-do=remove]").addEventListener("click", () => {
      this.#kept = this.#kept.filter((one) => one.id !== id);
      card.remove();
      this.#save();
      document.querySelector("#live").focus({ preventScroll: true });
    });
    find("[data-do=copy]").addEventListener("click", ({ target }) =>
      attempt(async () => {
        await navigator.clipboard.writeText(find(".embed code").textContent);
        target.textContent = "Copied";
        setTimeout(() => { target.textContent = "Copy"; }, 2_000);
      }));
  }
}

const markup = (id, token) => `<script type="module" src="${location.origin}/pkg/cxpulse.js"></script>
<cxpulse-execution
  src="${location.origin}/v1/executions/${id}"
  token="${token ?? "…"}"
  token-src="/your/token/route">
  Execution ${id}
</cxpulse-execution>`;
