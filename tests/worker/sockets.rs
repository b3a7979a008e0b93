//! The socket of one execution, which its object keeps asleep: the same snapshots as a stream's, the same right to see them,
//! and a close that says why.

use std::time::Duration;

use serde_json::json;

use super::forge::Forge;
use super::snapshot::Snapshot;
use super::socket::{Heard, Socket};
use super::stack::{Stack, quick_start, wait_for};

#[test]
fn a_socket_tells_a_snapshot_each_change_once_and_closes_after_the_end() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-for-4s", &json!({})));
    let (told, code) = Socket::with_key(stack, &path(accepted.id())).rest();
    let told: Vec<Snapshot> = told.into_iter().map(Snapshot::of).collect();
    let seqs: Vec<u64> = told.iter().map(Snapshot::seq).collect();
    assert!(seqs.is_sorted_by(|earlier, later| earlier < later), "{seqs:?}");
    let last = told.last().expect("there are snapshots");
    assert_eq!((last.ending().as_str(), code), ("completed/completed", 4000));
    assert_eq!(*last, stack.look(accepted.id()), "a socket's snapshot is the snapshot");
}

#[test]
fn a_socket_goes_on_after_what_was_seen() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let seen = |seq: &str| Socket::with_key(stack, &format!("{}?last_event_id={seq}", path(accepted.id()))).rest();
    assert_eq!(seen(&ended.seq().to_string()), (vec![], 4000), "nothing is news, and it has ended");
    for none_of_ours in ["0", "999999", "-1", "x", ""] {
        let (told, code) = seen(none_of_ours);
        assert_eq!((told.len(), code), (1, 4000), "{none_of_ours}");
    }
}

#[test]
fn a_page_shows_its_token_in_the_query_or_as_a_sub_protocol() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let token = accepted.text("/view_token");
    let path = path(accepted.id());
    let mut by_query = Socket::open(stack, &format!("{path}?token={token}"), &[]).expect("the token opens it");
    assert_eq!((by_query.rest().1, by_query.protocol.as_deref()), (4000, None));
    let offered = format!("cxpulse.v1, cxpulse.token.{token}");
    let offered = [("sec-websocket-protocol", offered.as_str())];
    let mut by_protocol = Socket::open(stack, &path, &offered).expect("the token opens it");
    assert_eq!((by_protocol.rest().1, by_protocol.protocol.as_deref()), (4000, Some("cxpulse.v1")));
    let refused =
        |headers: &[(&str, &str)]| Socket::open(stack, &path, headers).map(drop).map_err(|(status, _)| status);
    let bearer = format!("Bearer {}", stack.api_key());
    assert_eq!(refused(&[("authorization", &bearer), ("sec-websocket-protocol", "chat")]), Err(400));
    assert_eq!(refused(&[]), Err(401));
}

#[test]
fn whom_a_stream_is_refused_a_socket_is_refused() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let forge = Forge::of(stack);
    let claims =
        |id: &str, verb: &str, exp: u64| json!({"tenant": "default", "resources": [id], "verbs": [verb], "exp": exp});
    let nowhere = "exe_00000000000000000000000000000000";
    for (case, token, id, expected) in [
        ("expired", forge.token(&claims(accepted.id(), "read", 1_000)), accepted.id(), 401),
        ("not ours", "cxv1.e30.AAAA".into(), accepted.id(), 401),
        ("of another execution", forge.token(&claims(nowhere, "read", FAR)), accepted.id(), 403),
        ("for another verb", forge.token(&claims(accepted.id(), "cancel", FAR)), accepted.id(), 403),
        ("of none that there is", forge.token(&claims(nowhere, "read", FAR)), nowhere, 404),
    ] {
        let refused = Socket::open(stack, &format!("{}?token={token}", path(id)), &[]).map(drop);
        let (status, body) = refused.expect_err("it is refused");
        assert_eq!(status, expected, "{case}: {body}");
        assert!(body.contains("\"type\":\"https://cxpulse.dev/problems/"), "{case}: {body}");
        assert!(!body.contains(&token), "{case}: no secret comes back");
    }
}

#[test]
fn a_plain_get_is_told_to_upgrade() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    for path in [path(accepted.id()), "/v1/feed".into()] {
        let answer = stack.client().get(&path);
        assert_eq!((answer.status(), answer.json()["status"].clone()), (426, json!(426)), "{path}");
        assert_eq!(stack.client().post(&path, &json!({})).status(), 405, "{path}");
    }
}

#[test]
fn a_page_of_another_origin_gets_no_socket_unless_it_is_allowed() {
    let stack = Stack::start_open_to(Stack::shared(), "https://crm.example");
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let bearer = format!("Bearer {}", stack.api_key());
    for path in [path(accepted.id()), "/v1/feed".into()] {
        let open = |origin: &str| {
            let headers = [("authorization", bearer.as_str()), ("origin", origin)];
            Socket::open(&stack, &path, &headers).map(drop).map_err(|(status, _)| status)
        };
        for allowed in [stack.base(), "https://crm.example"] {
            assert_eq!(open(allowed), Ok(()), "{path} {allowed}");
        }
        for foreign in ["https://evil.example", "https://crm.example.evil.example", "null", "https://", "file://"] {
            assert_eq!(open(foreign), Err(403), "{path} {foreign}");
        }
    }
}

#[test]
fn whoever_says_anything_but_ping_is_sent_away_with_the_reason() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let open = || {
        let mut socket = Socket::with_key(stack, &path(accepted.id()));
        socket.json();
        socket
    };
    let after = |mut socket: Socket| socket.rest().1;
    let mut polite = open();
    polite.say("ping");
    while let Heard::Text(text) = polite.hear() {
        if text == "pong" {
            break;
        }
    }
    for garbage in ["hello", "", "{}", "PING", "ping ", "\u{0}"] {
        let mut socket = open();
        socket.say(garbage);
        assert_eq!(after(socket), 1008, "{garbage:?}");
    }
    let mut socket = open();
    socket.say_bytes(b"ping");
    assert_eq!(after(socket), 1003);
    let mut socket = open();
    socket.say(&"x".repeat(20_000));
    assert_eq!(after(socket), 1009);
    polite.say("ping");
    assert!(matches!(polite.hear(), Heard::Text(_)), "the others stay");
    assert_eq!(stack.look(accepted.id()).outcome(), None);
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    assert_eq!(after(polite), 4000);
}

#[test]
fn a_socket_ends_with_its_token() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let exp = now_ms() + 8_000;
    let claims = json!({"tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": exp});
    let token = Forge::of(stack).token(&claims);
    let mut brief =
        Socket::open(stack, &format!("{}?token={token}", path(accepted.id())), &[]).expect("it is good yet");
    let mut lasting = Socket::with_key(stack, &path(accepted.id()));
    assert_eq!(brief.rest().1, 4001);
    assert!(now_ms() >= exp, "not before its time");
    assert!(matches!(lasting.hear(), Heard::Text(_)), "another's goes on");
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    assert_eq!(lasting.rest().1, 4000);
}

#[test]
fn a_crash_closes_sockets_and_they_come_back_after_what_was_seen() {
    let stack = Stack::start_beside(Stack::shared());
    let accepted = stack.accept(&quick_start("sim-for-12s", &json!({})));
    let mut socket = Socket::with_key(&stack, &path(accepted.id()));
    let seen = Snapshot::of(socket.json()).seq();
    let crashed = stack.crash();
    assert!(matches!(socket.rest(), (_, 1006)));
    let stack = crashed.restart();
    let (told, code) = Socket::with_key(&stack, &format!("{}?last_event_id={seen}", path(accepted.id()))).rest();
    assert!(told.iter().all(|one| one["seq"].as_u64() > Some(seen)), "{told:?}");
    let last = told.last().map(|one| one["outcome"].clone());
    assert_eq!((last, code), (Some(json!("completed")), 4000));
}

/// A runtime may put an object away after ten seconds in which nothing happens, and makes it anew for the change. Whether it
/// did, it does not say: what is shown here is that a socket is told either way.
#[test]
fn a_socket_is_told_of_a_change_that_comes_after_a_long_silence() {
    let stack = Stack::shared();
    let sleepy = json!({"base_seconds": 20, "multiplier": 1, "max_seconds": 20, "min_seconds": 20, "jitter_factor": 0, "predict": false});
    let accepted = stack.accept(&quick_start("sim-never", &json!({"timeout_seconds": 3_600, "backoff": sleepy})));
    let mut sockets: Vec<Socket> = (0..5).map(|_| Socket::with_key(stack, &path(accepted.id()))).collect();
    let asleep = wait_for(Duration::from_secs(60), || {
        let waiting = stack.look(accepted.id());
        (waiting.text("/waiting/reason") == "backoff" && waiting.at("/latency/calls").as_u64() > Some(1)).then_some(())
    });
    assert!(asleep.is_some(), "it waits between two polls");
    // Whoever asked now would wake the object: what it does next, it tells.
    let calls = stack.look(accepted.id()).at("/latency/calls").as_u64();
    for socket in &mut sockets {
        while socket.json()["latency"]["calls"].as_u64() <= calls {}
    }
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    for socket in &mut sockets {
        let (told, code) = socket.rest();
        assert_eq!((told.last().map(|one| one["outcome"].clone()), code), (Some(json!("canceled")), 4000));
    }
}

fn path(id: &str) -> String {
    format!("/v1/executions/{id}/socket")
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_millis()).expect("before the year 500 million")
}

/// 2100.
const FAR: u64 = 4_102_444_800_000;
const PATIENCE: Duration = Duration::from_secs(60);
