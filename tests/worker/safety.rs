//! What keeps answers from being taken for something else, and requests from costing more than they may: headers on
//! every answer, limits on addresses, heads and bodies.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::client::Answer;
use super::stack::{Stack, quick_start};

#[test]
fn every_answer_says_what_it_is() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), Duration::from_secs(60));
    for answer in answers(stack, accepted.id()) {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{}", answer.text());
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{}", answer.text());
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{}", answer.text());
        assert_eq!(answer.header("strict-transport-security"), "", "not where there is no TLS");
    }
    for answer in answers(stack, accepted.id()).iter().take(PRIVATE) {
        assert!(
            answer.header("cache-control").starts_with("no-"),
            "what is somebody's is kept by no cache: {}",
            answer.text()
        );
    }
}

#[test]
fn browsers_that_come_over_tls_are_told_to_stay_there() {
    let stack = secure();
    for path in ["/", "/healthz", "/v1/executions/exe_0123456789abcdef0123456789abcdef"] {
        let answer = stack.client().get(path);
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{path}");
    }
    let accepted = stack.accept(&quick_start("sim-instant", &json!({"callback": false})));
    let snapshot = stack.client().get(&format!("/v1/executions/{}", accepted.id()));
    assert_eq!(snapshot.header("strict-transport-security"), "max-age=31536000");
}

#[test]
fn an_elements_own_page_may_be_framed_by_whom_the_settings_say_and_the_others_by_ours() {
    let stack = secure();
    let ask = |path: &str| stack.client_with(None).get(path);
    let embed = ask("/embed/execution/exe_00000000000000000000000000000000");
    let console = ask("/");
    let ancestors =
        |answer: &Answer| answer.header("content-security-policy").rsplit("frame-ancestors ").next().map(str::to_owned);
    assert_eq!(ancestors(&embed).as_deref(), Some("'self' https://*.crm.example"));
    assert_eq!(ancestors(&console).as_deref(), Some("'self'"));
    assert_eq!(embed.header("cross-origin-resource-policy"), "cross-origin");
    for answer in [embed, console] {
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[test]
fn an_address_that_is_too_long_is_refused() {
    let stack = Stack::shared();
    let ask = |len: usize| {
        stack.client().get(&format!("/v1/executions/exe_0123456789abcdef0123456789abcdef?x={}", "a".repeat(len)))
    };
    assert_eq!(ask(15_000).problem(), "404 not-found");
    assert_eq!(ask(17_000).problem(), "414 address-too-long");
    let long = |path: &str| stack.client().get(path).status();
    for path in [
        format!("/v1/executions/exe_{}", "a".repeat(10_000)),
        format!("/v1/callbacks/{}", "a".repeat(10_000)),
        format!("/{}", "a/".repeat(5_000)),
    ] {
        assert!((400..500).contains(&long(&path)), "{}", path.len());
    }
}

#[test]
fn a_flood_of_headers_is_refused_where_somebody_sends_something_and_harms_nobody_elsewhere() {
    let stack = Stack::shared();
    let flooded = |count: usize, len: usize| {
        (0..count).fold(stack.client(), |client, number| client.with(&format!("x-flood-{number}"), &"a".repeat(len)))
    };
    let post = |count, len| flooded(count, len).post("/v1/executions", &quick_start("sim-instant", &json!({})));
    assert_eq!(post(80, 10).status(), 202);
    assert_eq!(post(110, 10).problem(), "431 headers-too-large");
    assert_eq!(post(9, 4_000).problem(), "431 headers-too-large");
    for (count, len) in [(1_000, 10), (1, 60_000), (5, 10_000)] {
        let answer = flooded(count, len).get("/v1/executions/exe_0123456789abcdef0123456789abcdef");
        assert!((400..500).contains(&answer.status()), "{count} of {len}: {}", answer.status());
    }
}

#[test]
fn a_body_that_dribbles_is_cut() {
    let stack = Stack::shared();
    let mut stream = open(stack);
    send(&mut stream, &head(stack, "content-length: 1000"));
    let mut writer = stream.try_clone().expect("a socket can be cloned");
    // A byte now and then, until nobody listens any more.
    let dribble = thread::spawn(move || {
        while writer.write_all(b" ").is_ok() && writer.flush().is_ok() {
            thread::sleep(Duration::from_secs(1));
        }
    });
    let answer = first_line(&mut stream);
    assert_eq!(answer, "HTTP/1.1 408 Request Timeout");
    drop(stream.shutdown(Shutdown::Both));
    drop(dribble.join());
}

#[test]
fn a_length_that_lies_is_found_out() {
    let stack = Stack::shared();
    let body = quick_start("sim-instant", &json!({})).to_string();
    // Shorter than it is: what is read is half of a body.
    let mut stream = open(stack);
    send(&mut stream, &format!("{}{body}", head(stack, "content-length: 20")));
    assert_eq!(first_line(&mut stream), "HTTP/1.1 400 Bad Request");
    // Longer, and then it ends: whatever is said to nobody, nothing is made of it, and the next caller is served.
    let mut stream = open(stack);
    send(&mut stream, &format!("{}{body}", head(stack, "content-length: 100000")));
    drop(stream.shutdown(Shutdown::Write));
    let answer = first_line(&mut stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    // Two lengths, or one that is none, are how requests are smuggled.
    for lie in [
        "content-length: 20\r\ncontent-length: 30",
        "content-length: -1",
        "content-length: 1e3",
        "transfer-encoding: chunked\r\ncontent-length: 20",
    ] {
        let mut stream = open(stack);
        send(&mut stream, &format!("{}{body}", head(stack, lie)));
        drop(stream.shutdown(Shutdown::Write));
        let answer = first_line(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{lie}: {answer}");
    }
    assert_eq!(stack.client().get("/healthz").status(), 200);
}

/// One answer of each kind; the first [`PRIVATE`] are somebody's.
fn answers(stack: &Stack, id: &str) -> Vec<Answer> {
    let client = stack.client();
    let this = format!("/v1/executions/{id}");
    vec![
        client.get(&this),
        client.get(&format!("{this}?wait=0")),
        client.get(&format!("{this}/journal")),
        client.get(&format!("{this}/events")),
        client.post("/v1/executions", &quick_start("sim-instant", &json!({}))),
        client.post("/v1/tokens", &json!({"resources": [id], "verbs": ["read"]})),
        client.send("POST", &format!("{this}/cancel"), b""),
        client.get("/v1/tenants/default/gate"),
        client.get("/dev/session"),
        stack.client_with(None).get(&this),
        client.get("/v1/nothing"),
        client.get("/healthz"),
        client.get("/"),
        client.get("/no-such-file"),
        stack.client_with(None).send("POST", "/v1/callbacks/nothing", b"{}"),
    ]
}

const PRIVATE: usize = 11;

/// As it would be behind TLS, with its own page open to others.
fn secure() -> &'static Stack {
    static SECURE: OnceLock<Stack> = OnceLock::new();
    SECURE.get_or_init(|| {
        let settings =
            ["CXPULSE_PUBLIC_URL=https://cxpulse.example", "CXPULSE_FRAME_ANCESTORS='self' https://*.crm.example"];
        Stack::start_in_production_with(Stack::shared(), &settings)
    })
}

fn open(stack: &Stack) -> TcpStream {
    let port: u16 = stack.client().port().parse().expect("it is a number");
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the Worker listens");
    stream.set_read_timeout(Some(Duration::from_secs(300))).expect("a limit can be set");
    stream
}

fn head(stack: &Stack, length: &str) -> String {
    format!(
        "POST /v1/executions HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n{length}\r\n\r\n",
        stack.base().trim_start_matches("http://"),
        stack.api_key(),
    )
}

fn send(stream: &mut TcpStream, text: &str) {
    // The other side may have closed already; what it answered is still there.
    drop(stream.write_all(text.as_bytes()));
}

/// Empty where nothing came before the end.
fn first_line(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        text.extend(byte);
    }
    String::from_utf8_lossy(&text).trim_end().to_owned()
}
