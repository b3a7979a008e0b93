//! The program on a real socket: faults of delivery reach the wire, callbacks are made, bad usage is told.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::{PATIENCE, Program, announced_length, body};

#[test]
fn faults_of_delivery_reach_the_wire() {
    let program = Program::start();
    let token = program.token();
    let id = program.submit(&token, "{}");
    let poll = |fault: &str| {
        program.ask("POST", "/_sim/faults", "", fault);
        program.ask("GET", &format!("/api/v2/dataactions/executions/{id}"), &token, "")
    };
    let whole = poll("{}");
    assert!(whole.starts_with("HTTP/1.1 200 OK\r\n") && whole.ends_with('}'), "{whole}");
    let cut = poll(r#"{"rates": {"cut": 1}}"#);
    let (announced, arrived) = (announced_length(&cut).expect("a length"), body(&cut).len());
    assert_eq!(arrived, announced / 2, "{cut}");
    assert_eq!(poll(r#"{"rates": {"lost_answer": 1}}"#), "");
    assert_eq!(poll(r#"{"rates": {"dropped": 1}}"#), "");
    let slow = poll(r#"{"rates": {"slow": 1}, "slow_ms": 200}"#);
    assert!(slow.contains("transfer-encoding: chunked") && slow.ends_with("0\r\n\r\n"), "{slow}");
    let started = Instant::now();
    poll(r#"{"latency_ms": [300, 300]}"#);
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_page_is_cut_and_goes_on_where_it_was() {
    let program = Program::start();
    let token = program.token();
    let query = r#"{"filter": "errorState = False", "limit": 10}"#;
    let ask = |headers: &str| program.ask_with("POST", "/api/v2/interactions/history/query", &token, headers, query);
    let whole = ask("");
    program.ask("POST", "/_sim/faults", "", r#"{"history": {"cut": 1, "cut_at": 5000}}"#);
    let cut = ask("");
    let tag = cut.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag").to_owned();
    assert_eq!((announced_length(&cut), body(&cut).len()), (announced_length(&whole), 5_000));
    program.ask("DELETE", "/_sim/faults", "", "");
    let rest = ask(&format!("range: bytes=5000-\r\nif-range: {tag}\r\n"));
    assert!(rest.starts_with("HTTP/1.1 206 Partial Content\r\n"), "{rest}");
    assert_eq!(announced_length(&rest), announced_length(&whole).map(|length| length - 5_000));
    assert_eq!(format!("{}{}", body(&cut), body(&rest)), body(&whole));
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let program = Program::start();
    let token = program.token();
    let body = " ".repeat(262_145);
    let refused = program.ask("POST", "/api/v2/dataactions/executions", &token, &body);
    assert!(refused.starts_with("HTTP/1.1 413 "), "{refused}");
}

#[test]
fn a_callback_that_fails_is_made_again() {
    let program = Program::start();
    let token = program.token();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/cb", listener.local_addr().expect("an address"));
    let id = program.submit(&token, &format!(r#"{{"callbackUrl": "{url}"}}"#));
    let first = take_call(&listener, "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let second = take_call(&listener, "HTTP/1.1 204 Yes\r\nconnection: close\r\n\r\n");
    assert_eq!(first, second);
    assert!(first.starts_with("POST /cb HTTP/1.1\r\n"), "{first}");
    assert!(first.contains(&id), "{first}");
}

#[test]
fn wrong_usage_is_told() {
    for arguments in [&["--port"][..], &["--port", "x"], &[], &["--port", "0", "--sed", "1"], BEYOND, BOTH, NOWHERE] {
        let output = Command::new(env!("CARGO_BIN_EXE_cxpulse-sim")).args(arguments).output().expect("a program");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && words.contains("usage: cxpulse-sim"), "{arguments:?}: {words}");
    }
}

const BEYOND: &[&str] = &["--port", "0", "--interactions", "1000001"];
const BOTH: &[&str] = &["--port", "0", "--interactions", "1", "--history", "Cargo.toml"];
const NOWHERE: &[&str] = &["--port", "0", "--history", "nowhere.json"];

/// The next call to a listener, which gets that answer.
fn take_call(listener: &TcpListener, answer: &str) -> String {
    listener.set_nonblocking(true).expect("a listener");
    let give_up_at = Instant::now() + PATIENCE;
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(error) => assert!(Instant::now() < give_up_at, "no call came: {error}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    stream.set_nonblocking(false).expect("a stream");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut call = String::new();
    while announced_length(&call).is_none_or(|length| body(&call).len() < length) {
        let mut piece = [0; 4_096];
        let count = stream.read(&mut piece).expect("a call");
        assert_ne!(count, 0, "the call ended early: {call}");
        call.extend(String::from_utf8_lossy(&piece).chars().take(count));
    }
    stream.write_all(answer.as_bytes()).expect("an answer sent");
    call
}
