//! The plain proxy: what passes, what is refused, what is taken off both ways, and that bodies stream.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::upstream::Upstream;
use super::client::Client;
use super::stack::{Stack, merged, quick_start, wait_for};

mod gate;
mod upstream;

#[test]
fn what_rules_allow_passes_with_the_tenants_token_and_without_the_callers() {
    let (stack, _) = proxied();
    let client = stack.client().with("cookie", "a=1").with("x-api-key", "k").with("connection", "x-hop, keep-alive");
    let client =
        client.with("x-hop", "1").with("x-forwarded-for", "10.0.0.1").with("cf-ray", "1").with("forwarded", "for=a");
    let client = client.with("te", "trailers").with("x-custom", "yes").with("cxpulse-tenant", "default");
    let client = client.with("origin", "https://crm.example").with("accept-language", "de");
    let answer = client.get("/v1/proxy/api/echo?b=2&a=%2F");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let echo = answer.json();
    assert_eq!(echo["target"], "/api/echo?b=2&a=%2F");
    let header = |name: &str| echo["headers"].get(name).and_then(Value::as_str);
    let token = header("authorization").unwrap_or_default();
    assert!(token.starts_with("Bearer ") && !token.contains(stack.api_key()), "{echo}");
    for name in
        ["cookie", "x-api-key", "x-hop", "x-forwarded-for", "cf-ray", "forwarded", "te", "cxpulse-tenant", "origin"]
    {
        assert_eq!(header(name), None, "{name}");
    }
    assert_eq!((header("x-custom"), header("accept-language")), (Some("yes"), Some("de")));
    assert!(header("traceparent").is_some_and(|trace| trace.len() == 55), "{echo}");
    assert!(
        header("host").is_some_and(|host| host.starts_with("127.0.0.1:") && !stack.base().ends_with(host)),
        "{echo}"
    );
}

#[test]
fn a_request_without_accept_asks_for_json_and_a_trace_goes_on() {
    let (stack, _) = proxied();
    let lines = ["traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=1"];
    let echo = raw(stack, "GET", "/v1/proxy/api/echo", &lines, b"").json();
    assert_eq!(echo["headers"]["accept"], "application/json");
    let trace = echo["headers"]["traceparent"].as_str().unwrap_or_default();
    assert!(
        trace.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && !trace.contains("b7ad6b7169203331"),
        "{trace}"
    );
    assert_eq!(echo["headers"]["tracestate"], "a=1");
}

#[test]
fn methods_and_bodies_pass_as_the_rules_say() {
    let (stack, _) = proxied();
    let echo = stack.client().post("/v1/proxy/api/echo", &json!({"a": 1}));
    assert_eq!((echo.json()["method"].as_str(), echo.json()["body"].as_str()), (Some("POST"), Some(r#"{"a":1}"#)));
    assert_eq!(echo.json()["headers"]["content-type"], "application/json");
    assert_eq!(stack.client().send("PUT", "/v1/proxy/api/echo", b"x").problem(), "404 not-proxied");
    assert_eq!(stack.client().get("/v1/proxy/other").problem(), "404 not-proxied");
    assert_eq!(stack.client().get("/v1/proxy").problem(), "404 not-found");
    let head = stack.client().send("HEAD", "/v1/proxy/api/echo", b"");
    assert_eq!((head.status(), head.body().len()), (200, 0));
}

#[test]
fn without_rules_nothing_passes_and_the_answer_says_how_to_allow_it() {
    let answer = Stack::shared().client().get("/v1/proxy/api/v2/anything");
    assert_eq!(answer.problem(), "404 not-proxied");
    assert!(answer.text().contains("CXONE_PROXY"), "{}", answer.text());
}

#[test]
fn only_keys_use_it_each_for_its_tenant() {
    let (stack, _) = proxied();
    let ask = |client: Client| client.get("/v1/proxy/api/echo");
    let viewer = stack.accept(&quick_start("sim-instant", &json!({"tenant": "other"})));
    assert_eq!(ask(stack.client_with(None)).problem(), "401 unauthorized");
    assert_eq!(ask(stack.client_with(Some(viewer.text("/view_token")))).problem(), "403 forbidden");
    assert_eq!(ask(stack.client().with("cxpulse-tenant", "other")).problem(), "404 not-proxied", "it has no rules");
    for nobody in ["nobody", "NOBODY", ""] {
        let refused = ask(stack.client().with("cxpulse-tenant", nobody));
        assert_eq!(refused.problem(), "400 invalid-parameter Cxpulse-Tenant out_of_range", "{nobody}");
    }
}

#[test]
fn no_spelling_leads_to_another_path() {
    let (stack, upstream) = proxied();
    for (path, expected) in [
        ("/api/%2e%2e/secret", 400),
        ("/api/%2E%2E/secret", 400),
        ("/api/..%2Fsecret", 400),
        ("/api/%252e%252e/secret", 400),
        ("/api//secret", 400),
        ("/api/secret/", 400),
        ("//elsewhere.example/secret", 400),
        ("/https://elsewhere.example/secret", 400),
        ("/api/..;/secret", 400),
        ("/api/a%5C..%5Csecret", 400),
        ("/api/%00secret", 400),
        ("/api/%C0%AE%C0%AE/secret", 400),
        ("/api/a%0D%0Asecret", 400),
        ("/user@elsewhere.example/secret", 400),
    ] {
        let answer = raw(stack, "GET", &format!("/v1/proxy{path}"), &[], b"");
        assert_eq!(answer.status, expected, "{path}: {}", answer.text());
        assert!(answer.text().contains("problems/proxy-path-refused"), "{path}: {}", answer.text());
    }
    // What the runtime itself resolves before we see it leads nowhere, or to what rules allow anyway.
    for path in
        ["/api/../secret", "/api/../../../v1/executions", "/api/./../secret", "/api\\..\\..\\secret", "/../../secret"]
    {
        let answer = raw(stack, "GET", &format!("/v1/proxy{path}"), &[], b"");
        assert!(matches!(answer.status, 400 | 404 | 405), "{path}: {}", answer.text());
    }
    let targets = upstream.seen().targets.lock().expect("no test fails while it holds this").clone();
    assert!(targets.iter().all(|target| !target.contains("secret")), "{targets:?}");
}

#[test]
fn the_others_cookies_policies_and_name_stay_there() {
    let (stack, _) = proxied();
    let answer = stack.client().get("/v1/proxy/api/policies");
    assert_eq!((answer.status(), answer.text()), (200, "{}"));
    for name in [
        "set-cookie",
        "server",
        "x-powered-by",
        "x-of-the-hop",
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "strict-transport-security",
        "x-frame-options",
        "cxpulse-cache",
    ] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    assert_eq!((answer.header("etag"), answer.header("x-ratelimit-remaining")), ("\"7\"", "9"));
    assert_eq!(answer.header("cache-control"), "private", "it answers one key");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
}

#[test]
fn redirects_are_passed_and_never_followed_nor_told_of_other_hosts() {
    let (stack, upstream) = proxied();
    let before = upstream.count("/api/echo?a=1");
    let here = stack.client().get("/v1/proxy/api/here");
    assert_eq!((here.status(), here.header("location")), (302, "/v1/proxy/api/echo?a=1"));
    let away = stack.client().get("/v1/proxy/api/away");
    assert_eq!((away.status(), away.header("location")), (302, ""));
    assert_eq!(upstream.count("/api/echo?a=1"), before);
    for status in [204, 304, 400, 404, 409, 429, 500, 503] {
        assert_eq!(stack.client().get(&format!("/v1/proxy/api/status?{status}")).status(), status);
    }
}

#[test]
fn bodies_of_five_megabytes_pass_both_ways_unchanged() {
    let (stack, _) = proxied();
    let body: Vec<u8> = (0..5_000_000_u32).flat_map(|n| u8::try_from(n % 251)).collect();
    let back = stack.client().send("POST", "/v1/proxy/api/back", &body);
    assert_eq!(back.status(), 200);
    assert!(back.body() == body, "{} bytes came back of {}", back.body().len(), body.len());
    assert_eq!(back.header("content-length"), body.len().to_string(), "its length is told before");
    let chunked = stack.client().get("/v1/proxy/api/chunked?5000000");
    assert_eq!(chunked.body().len(), 5_000_000);
}

#[test]
fn an_answer_is_passed_on_while_it_comes() {
    let (stack, upstream) = proxied();
    let mut reader = stack.client().open("GET", "/v1/proxy/api/drip", b"").into_body().into_reader();
    let mut first = [0; 5];
    reader.read_exact(&mut first).expect("the first part is there before the last is written");
    assert_eq!(&first, b"first");
    upstream.seen().may_go_on.store(true, Ordering::SeqCst);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("the rest comes");
    assert_eq!(rest, " last");
}

#[test]
fn a_request_is_passed_on_while_it_comes() {
    let (stack, upstream) = proxied();
    let before = upstream.seen().body_bytes.load(Ordering::SeqCst);
    let mut socket = connect(stack);
    let head = head(stack, "POST", "/v1/proxy/api/echo", &["transfer-encoding: chunked"]);
    socket.write_all(head.as_bytes()).expect("the head is sent");
    let chunk = [b"186a0\r\n".as_slice(), &[b'x'; 100_000], b"\r\n"].concat();
    socket.write_all(&chunk).expect("a part is sent");
    let arrived = || (upstream.seen().body_bytes.load(Ordering::SeqCst) - before >= 100_000).then_some(());
    assert!(wait_for(Duration::from_secs(20), arrived).is_some(), "the first part arrives before the last is sent");
    socket.write_all(&[chunk.as_slice(), b"0\r\n\r\n"].concat()).expect("the rest is sent");
    assert_eq!(Raw::read(socket).json()["bytes"], 200_000);
}

#[test]
fn what_is_too_long_is_refused_or_cut() {
    let (stack, upstream) = proxied();
    let post = |bytes: usize| stack.client().send("POST", "/v1/proxy/small/echo", &vec![b'x'; bytes]);
    assert_eq!(post(1_000).json()["bytes"], 1_000);
    assert_eq!(post(1_001).problem(), "413 too-large");
    let chunks = [b"3e9\r\n".as_slice(), &[b'x'; 1_001], b"\r\n0\r\n\r\n"].concat();
    let answer = raw(stack, "POST", "/v1/proxy/small/echo", &["transfer-encoding: chunked"], &chunks);
    assert_eq!(answer.status, 413, "{}", answer.text());
    let get = |target: &str| raw(stack, "GET", target, &[], b"");
    assert_eq!(get("/v1/proxy/small/whole?2000").body.len(), 2_000);
    assert_eq!(get("/v1/proxy/small/whole?2001").status, 502);
    let cut = get("/v1/proxy/small/chunked?50000");
    assert!(cut.status == 200 && !cut.is_whole && cut.body.len() < 50_000, "{} bytes", cut.body.len());
    assert!(upstream.count("/small/whole?2001") >= 1);
}

#[test]
fn what_takes_too_long_ends() {
    let (stack, _) = proxied();
    let asked_at = Instant::now();
    assert_eq!(stack.client().get("/v1/proxy/small/hang").problem(), "504 upstream-timeout");
    assert!(asked_at.elapsed() < Duration::from_secs(10), "{:?}", asked_at.elapsed());
}

#[test]
fn a_shared_get_is_made_once_and_serves_others_for_its_time() {
    let (stack, upstream) = proxied();
    let target = "/api/shared?once";
    let ask = || stack.client().get(&format!("/v1/proxy{target}"));
    let answers: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().expect("it is answered")).collect()
    });
    let mut sources: Vec<_> = answers.iter().map(|answer| answer.header("cxpulse-cache").to_owned()).collect();
    sources.sort();
    assert_eq!(sources.last().map(String::as_str), Some("miss"));
    assert_eq!(sources.iter().filter(|source| *source == "miss").count(), 1, "{sources:?}");
    assert!(answers.iter().all(|answer| answer.text() == "{\"count\": 1}"), "{sources:?}");
    let later = ask();
    assert_eq!((later.header("cxpulse-cache"), later.text()), ("hit", "{\"count\": 1}"));
    assert!(later.header("age").parse::<u64>().is_ok(), "{}", later.header("age"));
    assert_eq!(upstream.count(target), 1);
    let other = stack.client().with("accept", "text/plain").get(&format!("/v1/proxy{target}"));
    assert_eq!(other.header("cxpulse-cache"), "miss", "who asks for another form gets another answer");
    let renewed =
        wait_for(Duration::from_secs(20), || Some(ask()).filter(|answer| answer.header("cxpulse-cache") == "miss"));
    assert!(renewed.is_some(), "its time ends");
}

#[test]
fn only_good_answers_of_moderate_length_are_kept() {
    let (stack, upstream) = proxied();
    for _ in 0..2 {
        let large = stack.client().get("/v1/proxy/api/shared-large");
        assert_eq!((large.status(), large.body().len()), (200, 1_500_000));
        assert_eq!(large.header("cxpulse-cache"), "");
    }
    let before = upstream.count("/api/cached/echo");
    assert_eq!(stack.client().get("/v1/proxy/api/cached/echo").status(), 200);
    assert_eq!(stack.client().get("/v1/proxy/api/cached/echo").status(), 200);
    assert_eq!(upstream.count("/api/cached/echo"), before + 1);
    for _ in 0..2 {
        let failed = stack.client().get("/v1/proxy/api/cached-status?503");
        assert_eq!((failed.status(), failed.header("cxpulse-cache")), (503, "miss"));
    }
}

#[test]
fn calls_pass_the_gate_and_give_back_what_they_took() {
    let (stack, _) = proxied();
    let gate = || stack.client().get("/v1/tenants/default/gate").json();
    let granted = |gate: &Value| gate["counts"]["granted"].as_u64().unwrap_or_default();
    let before = granted(&gate());
    for target in ["/api/echo", "/api/whole?100000", "/api/status?404", "/api/cached/gate"] {
        stack.client().get(&format!("/v1/proxy{target}"));
    }
    assert!(granted(&gate()) >= before + 4, "{:#}", gate());
    let counted = gate();
    assert_eq!(counted["breaker"]["state"], "closed", "what a caller asks in vain is no fault of CXone's: {counted:#}");
}

#[test]
fn what_the_gate_holds_for_long_is_told_with_the_time_to_come_back() {
    let (stack, _) = proxied();
    let ask = || stack.client().with("cxpulse-tenant", "locked-out").get("/v1/proxy/api/echo");
    let held = ask();
    assert_eq!(held.problem(), "503 no-credentials");
    let seconds = held.header("retry-after").parse::<u64>();
    assert!(seconds.is_ok_and(|seconds| (1..=300).contains(&seconds)), "{}", held.header("retry-after"));
    let reset = stack.client().send("POST", "/v1/tenants/locked-out/gate/reset", b"");
    assert!(matches!(reset.status(), 200 | 204), "{}", reset.text());
    assert_eq!(ask().problem(), "503 no-credentials", "the secret is still wrong");
}

/// A Worker whose default tenant's CXone is a server of ours, with rules; a tenant without any; and one whose secret is
/// wrong.
fn proxied() -> &'static (Stack, Upstream) {
    static PROXIED: OnceLock<(Stack, Upstream)> = OnceLock::new();
    PROXIED.get_or_init(|| {
        let (shared, upstream) = (Stack::shared(), Upstream::start());
        let sim = format!("http://127.0.0.1:{}", shared.sim().port());
        let rules = json!([
            {"methods": ["GET"], "path": "/api/shared", "cache_seconds": 3},
            {"methods": ["GET"], "path": "/api/shared-large", "cache_seconds": 60},
            {"methods": ["GET"], "path": "/api/cached/*", "cache_seconds": 60},
            {"methods": ["GET"], "path": "/api/cached-status", "cache_seconds": 60},
            {"methods": ["GET", "POST"], "path": "/api/**"},
            {"methods": ["GET", "POST"], "path": "/small/{what}", "request_bytes_max": 1000, "answer_bytes_max": 2000,
             "timeout_seconds": 2},
        ]);
        // A tenant for each test that reads its gate.
        let gated = |more: &Value| {
            let tenant = json!({
                "profile": "dataactions", "base_url": upstream.url(), "token_url": format!("{sim}/oauth/token"),
                "client_id": "sim-client", "client_secret": {"binding": "CXONE_CLIENT_SECRET"},
                "proxy": [{"methods": ["GET", "POST"], "path": "/api/**"}],
            });
            merged(tenant, more)
        };
        let tenants = json!({"other": {
            "profile": "dataactions", "base_url": sim, "client_id": "sim-client",
            "client_secret": {"binding": "CXONE_CLIENT_SECRET"},
        }, "locked-out": {
            "profile": "dataactions", "base_url": sim, "client_id": "sim-client", "client_secret": {"binding": "CXONE_WRONG"},
            "proxy": [{"methods": ["GET"], "path": "/api/**"}],
        }, "counted": gated(&json!({})), "limited": gated(&json!({})), "failing": gated(&json!({})),
           "left": gated(&json!({})), "resetting": gated(&json!({})), "silent": gated(&json!({})), "refused": gated(&json!({})),
           "shared-out": gated(&json!({"limits": {"in_flight": 4}, "proxy": [
               {"methods": ["GET"], "path": "/api/endless"},
               {"methods": ["GET"], "path": "/api/echo", "timeout_seconds": 1},
           ]}))});
        let settings = [
            format!("CXONE_BASE_URL={}", upstream.url()),
            format!("CXONE_TOKEN_URL={sim}/oauth/token"),
            format!("CXONE_PROXY={rules}"),
            format!("CXPULSE_TENANTS={tenants}"),
            "CXONE_WRONG=wrong".into(),
        ];
        let stack = Stack::start_with(shared, &settings.each_ref().map(String::as_str));
        (stack, upstream)
    })
}

/// An answer as it is on the wire.
struct Raw {
    status: u16,
    body: Vec<u8>,
    /// Whether it came to its proper end.
    is_whole: bool,
}

/// A request whose target is sent as it is written: other clients tidy it up.
fn raw(stack: &Stack, method: &str, target: &str, headers: &[&str], body: &[u8]) -> Raw {
    let mut socket = connect(stack);
    socket.write_all(head(stack, method, target, headers).as_bytes()).expect("the head is sent");
    socket.write_all(body).expect("the body is sent");
    Raw::read(socket)
}

fn connect(stack: &Stack) -> TcpStream {
    let socket = TcpStream::connect(stack.base().trim_start_matches("http://")).expect("the Worker listens");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a time limit can be set");
    socket
}

fn head(stack: &Stack, method: &str, target: &str, headers: &[&str]) -> String {
    let host = stack.base().trim_start_matches("http://");
    let more: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let key = stack.api_key();
    format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n{more}\r\n"
    )
}

impl Raw {
    fn read(mut socket: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let ended = socket.read_to_end(&mut bytes);
        let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&bytes[..at]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("an answer has a status");
        let rest = &bytes[at + 4..];
        let (body, is_whole) = if head.contains("transfer-encoding: chunked") {
            unchunk(rest)
        } else {
            let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            (rest.to_vec(), len.is_none_or(|len| len == rest.len()))
        };
        Self { status, body, is_whole: is_whole && ended.is_ok() }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        assert!(read.is_ok(), "{} {}", self.status, self.text());
        read.unwrap_or_default()
    }
}

fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let len = std::str::from_utf8(&rest[..end]).ok().and_then(|line| usize::from_str_radix(line, 16).ok());
        let Some(chunk) = len.and_then(|len| rest.get(end + 2..end + 2 + len)) else { return (body, false) };
        if chunk.is_empty() {
            return (body, true);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + chunk.len()..).unwrap_or_default();
    }
}
