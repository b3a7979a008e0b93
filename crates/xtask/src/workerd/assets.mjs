// Stands for Cloudflare's static assets where there is only workerd: a folder, with content types, ETags and 404.
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
      if (file.ok) return answer(request, await file.arrayBuffer(), type);
      await file.body?.cancel();
    }
    return new Response("Not found", { status: 404 });
  },
};

async function answer(request, body, type) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body)).slice(0, 16);
  const etag = `"${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
  const known = request.headers.get("if-none-match")?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag)) return new Response(null, { status: 304, headers: { etag } });
  return new Response(body, { headers: { "content-type": type, etag } });
}
