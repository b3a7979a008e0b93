// The form that starts an execution. Checks only what the server cannot say better: that the inputs are JSON.

const byId = (id) => document.getElementById(id);

export class StartForm {
  #form = byId("form");
  #options;

  /** `start(key or undefined, body)` starts the execution, and throws a Refusal where the server says no. */
  constructor(options) {
    this.#options = options;
    byId("key-field").hidden = !options.asksForKey;
    byId("key").value = options.asksForKey ? options.key : "";
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#start();
    });
    this.#form.addEventListener("input", (event) => showFault(event.target, ""));
  }

  /** Fills the menu of scripted lives; picking one fills in the action. */
  offerScripts(scripts) {
    if (scripts.length === 0) return;
    const menu = byId("script");
    const about = () => {
      const script = scripts.find(({ name }) => name === menu.value);
      byId("script-about").textContent = script?.about ?? "Any action that the simulation knows, such as sim-for-90s.";
      return script;
    };
    menu.replaceChildren(...scripts.map(({ name }) => new Option(title(name), name)), new Option("Another action", ""));
    menu.value = byId("action").value;
    menu.addEventListener("change", () => {
      const script = about();
      byId("action").value = script?.name ?? "sim-for-90s";
      showFault(byId("action"), "");
      if (!script) byId("action").select();
    });
    byId("action").addEventListener("input", () => {
      menu.value = scripts.some(({ name }) => name === byId("action").value) ? byId("action").value : "";
      about();
    });
    about();
    byId("script-field").hidden = false;
  }

  async #start() {
    this.#clear();
    const body = this.#body();
    if (!body) return;
    const submit = byId("submit");
    submit.disabled = true;
    try {
      await this.#options.start(this.#options.asksForKey ? byId("key").value.trim() : undefined, body);
    } catch (refusal) {
      this.#show(refusal);
    } finally {
      submit.disabled = false;
    }
  }

  #body() {
    let inputs;
    try {
      inputs = JSON.parse(byId("inputs").value.trim() || "{}");
    } catch (error) {
      showFault(byId("inputs"), `is not JSON: ${error.message}`);
      byId("inputs").focus();
      return undefined;
    }
    const number = (id) => (byId(id).value === "" ? undefined : Number(byId(id).value));
    return {
      start: { action_id: byId("action").value.trim(), inputs },
      policy: this.#form.elements.policy.value,
      timeout_seconds: number("timeout"),
      backoff: {
        base_seconds: number("base"),
        multiplier: number("multiplier"),
        max_seconds: number("max"),
        max_attempts: number("attempts"),
        jitter: byId("jitter").value || undefined,
        predict: byId("predict").checked,
      },
      callback: byId("callback").checked,
    };
  }

  #clear() {
    byId("problem").hidden = true;
    for (const field of this.#form.querySelectorAll("[aria-invalid]")) showFault(field, "");
  }

  /** Each violation at its field; what has no field above the button. */
  #show(refusal) {
    if (refusal.status === 401 && this.#options.asksForKey) {
      showFault(byId("key"), "is not a key of this server");
      byId("key").focus();
      return;
    }
    const rest = [];
    let first;
    for (const { pointer, message } of refusal.problem?.violations ?? []) {
      const field = [...this.#form.querySelectorAll("[name^='/']")].find((it) => pointer === it.name || pointer.startsWith(`${it.name}/`));
      if (!field) {
        rest.push(`${pointer} ${message}`);
        continue;
      }
      showFault(field, pointer === field.name ? message : `${pointer.slice(field.name.length)} ${message}`);
      field.closest("details")?.setAttribute("open", "");
      first ??= field;
    }
    first?.focus();
    if (first && rest.length === 0) return;
    const problem = byId("problem");
    problem.replaceChildren(refusal.message, ...rest.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    problem.hidden = false;
  }
}

function showFault(field, message) {
  const fault = byId(`${field.id}-fault`);
  if (!fault) return;
  fault.textContent = message && `This ${message}.`.replace(/\.\.$/, ".");
  fault.hidden = !message;
  message ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
}

const title = (name) => name.replace(/^sim-/, "").replaceAll("-", " ").replace(/^./, (letter) => letter.toUpperCase());
