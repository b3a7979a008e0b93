// Stands for Cloudflare's static assets where there is only workerd: a folder, with content types and 404.
const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  ts: "text/plain; charset=utf-8",
  wasm: "application/wasm",
};

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const path = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
    for (const candidate of [path, `${path}.html`]) {
      const type = TYPES[candidate.slice(candidate.lastIndexOf(".") + 1)];
      if (!type) continue;
      const file = await env.FILES.fetch(new URL(candidate, url));
      if (file.ok) return new Response(file.body, { headers: { "content-type": type } });
      await file.body?.cancel();
    }
    return new Response("Not found", { status: 404 });
  },
};
