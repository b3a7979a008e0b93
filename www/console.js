// The console: puts its parts together. Each part owns its piece of the page.
import * as api from "./api.js";
import { Cards } from "./cards.js";
import { setUpFaults } from "./faults.js";
import { StartForm } from "./form.js";

const KEY = "cxpulse-key";
const where = document.querySelector("#where");

const session = await api.session().catch(() => undefined);
let key = session?.api_key ?? sessionStorage.getItem(KEY) ?? "";

const cards = new Cards(() => key);
const form = new StartForm({
  asksForKey: !session,
  key,
  start: async (typed, body) => {
    key = typed ?? key;
    const snapshot = await api.start(key, body);
    if (typed) sessionStorage.setItem(KEY, typed);
    cards.add({ id: snapshot.id, token: snapshot.view_token, label: body.start.action_id });
  },
});

where.textContent = session ? "Development server" : location.host;
if (session?.sim) {
  form.offerScripts(await api.simulation(session.sim, "scripts").then(({ scripts }) => scripts, () => []));
  await setUpFaults(session.sim);
}
document.documentElement.dataset.ready = "";
