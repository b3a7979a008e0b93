// The little Markdown that descriptions have: paragraphs, `code`, **strong** and [links](…). Makes elements, never markup.

import { make } from "/console/dom.js";

/** A text's paragraphs. */
export function prose(text = "") {
  return text.split(/\n{2,}/).filter((part) => part.trim()).map((part) => make("p", {}, ...inline(part)));
}

/** A text within a line. */
export function inline(text = "") {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/).map((part) => {
    if (part.startsWith("`")) return make("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return make("strong", {}, part.slice(2, -2));
    const link = /^\[([^\]]+)\]\((https:\/\/[^)]+|\/[^)]*|#[^)]*)\)$/.exec(part);
    return link ? make("a", { href: link[2] }, link[1]) : part;
  });
}
