// The HTML that shows an execution, a batch, a chain or a history in another page. What it gives out works when pasted; it never holds the API key.

import { button, copy, make } from "./dom.js";
import { kindOf } from "./kinds.js";

/** A disclosure with both ways to embed an execution. */
export function snippets({ id, label, links }, token) {
  const element = tag(kindOf(id), links.self, token, label);
  const frame = `<iframe src="${links.embed}#token=${token}&amp;label=${encodeURIComponent(label)}"\n        title="${escape(label)}" width="480" height="320"></iframe>`;
  return make("details", { class: "fold" },
    make("summary", {}, "Embed"),
    block("In your page", element, `snippet-element-${id}`),
    block("In an iframe", frame, `snippet-frame-${id}`),
    make("p", { class: "hint" },
      "The token is for this alone, for an hour. For your users, let your server mint one with ",
      make("code", {}, "POST /v1/tokens"),
      " and name your site’s origin in ",
      make("code", {}, "CXPULSE_ALLOWED_ORIGINS"),
      "."));
}

function tag({ name: kind, module }, src, token, label) {
  return [
    `<script type="module" src="${new URL(module, src)}"></script>`,
    `<cxpulse-${kind} src="${src}"`,
    `    token="${token}"`,
    `    label="${escape(label)}">`,
    "  Live status needs a browser with WebAssembly.",
    `</cxpulse-${kind}>`,
  ].join("\n");
}

function block(title, html, id) {
  const code = make("code", {}, html);
  const press = button("Copy", () => copy(html, code, press), { "aria-describedby": id });
  const head = make("div", { class: "title-row" }, make("h4", { id }, title), press);
  return make("div", { class: "snippet" }, head, make("pre", { tabindex: 0, role: "region", "aria-labelledby": id }, code));
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
