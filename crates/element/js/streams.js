// Streams and long polls, for where no socket gets through and for sources inside the page, and tokens of `token-src`.
// Loaded when first needed. Never decides when, and never reads a snapshot.
//
// Server-Sent Events come by `fetch`, not by `EventSource`, which can send no `Authorization`. `Last-Event-ID` as in
// WHATWG HTML section 9.2; entity tags as in RFC 9110 section 13.1.2.

/** Asks, and tells everything; fails where there is no answer, or one that breaks off. */
export async function converse(tell, signal, src, isStreamWanted, token, seq, etag) {
  const headers = { Accept: isStreamWanted ? "text/event-stream, application/json;q=0.5" : "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (isStreamWanted && seq !== undefined) headers["Last-Event-ID"] = `${seq}`;
  if (!isStreamWanted && etag) headers["If-None-Match"] = etag;
  const answer = await fetch(address(src, isStreamWanted, etag), { headers, signal, cache: "no-store" });
  const header = (name) => answer.headers.get(name) ?? undefined;
  const kind = header("content-type") ?? "";
  const isStream = kind.startsWith("text/event-stream");
  const isUnchanged = answer.status === 304;
  if (!answer.ok && !isUnchanged) return tell("refused", answer.status, Number(header("retry-after")) || 0);
  if (!isStream && !isUnchanged && !kind.startsWith("application/json")) return tell("refused", 0, 0);
  tell("opened", isStream ? 1 : 2, Date.parse(header("date")) || 0);
  if (isStream) {
    // A loop, because not every browser iterates over streams.
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) tell("piece", part.value);
  } else if (isUnchanged) tell("unchanged");
  else tell("told", await answer.text(), header("etag"));
  tell("closed");
}

/**
 * The URL to ask. Of an HTTP resource the stream is beside it, under `/events`; anything else (`blob:`, `data:`: a
 * snapshot or a recorded stream inside the page) is read as it is.
 */
function address(url, isStream, etag) {
  if (!url.protocol.startsWith("http")) return url;
  const resource = url.pathname.replace(/\/+$/, "").replace(/\/events$/, "");
  url.pathname = isStream ? `${resource}/events` : resource;
  // Without a tag the server would hold back what is not known here yet.
  if (!isStream && etag) url.searchParams.set("wait", "25");
  return url;
}

/** A token of the page's own origin only: none is fetched from, or with the cookies of, anybody else. */
export async function fetchToken(host, signal) {
  const url = new URL(host.getAttribute("token-src"), document.baseURI);
  if (url.origin !== location.origin) throw new TypeError("token-src is of another origin");
  const answer = await fetch(url, { signal, cache: "no-store" });
  return answer.ok ? answer.json() : undefined;
}
