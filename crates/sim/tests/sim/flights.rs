//! Calls in flight over a real socket: from arrival to delivery, never longer and never shorter.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{PATIENCE, Program, announced_length, body};

const LOOKUP: &str = "/api/v2/dataactions/executions?correlation_id=x";

#[test]
fn a_caller_who_waits_for_each_answer_is_never_two() {
    let program = Program::with(&["--static-token", "t", "--limit-per-second", "100000"]);
    let mut streams = [program.connect(), program.connect()];
    for index in 0..400 {
        let answer = converse(&mut streams[index % 2]);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert_eq!(program.stat("/in_flight_max"), Value::from(1));
    assert_eq!(program.stat("/api_calls"), Value::from(400));
}

#[test]
fn callers_at_a_time_are_as_many_as_they_are() {
    let program = Program::with(&["--static-token", "t"]);
    program.ask("POST", "/_sim/faults", "", r#"{"latency_ms": [400, 400]}"#);
    assert_eq!(together(&program, 7), 7);
    program.ask("POST", "/_sim/reset", "", "");
    program.ask("POST", "/_sim/faults", "", r#"{"rates": {"slow": 1}, "slow_ms": 800}"#);
    assert_eq!(together(&program, 4), 4);
    assert_eq!(program.stat("/in_flight"), Value::from(0));
}

#[test]
fn a_call_whose_caller_has_gone_is_not_in_flight() {
    let program = Program::with(&["--static-token", "t"]);
    program.ask("POST", "/_sim/faults", "", r#"{"outage": true, "outage_hang_ms": 600000}"#);
    let mut stream = program.connect();
    stream.write_all(request().as_bytes()).expect("a request sent");
    wait_until(|| program.stat("/in_flight") == 1);
    drop(stream);
    wait_until(|| program.stat("/in_flight") == 0);
}

#[test]
fn the_bound_and_the_interval_are_options() {
    let program = Program::with(&["--in-flight-max", "1", "--static-token", "t", "--extraction-interval-ms", "300"]);
    program.ask("POST", "/_sim/faults", "", r#"{"latency_ms": [500, 500]}"#);
    let statuses = answers(&program, 3);
    assert_eq!(statuses.iter().filter(|answer| answer.starts_with("HTTP/1.1 429 ")).count(), 2, "{statuses:?}");
    program.ask("POST", "/_sim/faults", "", "{}");
    let job = r#"{"entityName": "sim-fast", "version": "1", "startDate": "2026-11-01", "endDate": "2026-11-02"}"#;
    let start = || program.ask("POST", "/data-extraction/v1/jobs", "t", job);
    let first = start();
    assert!(first.starts_with("HTTP/1.1 202 "), "{first}");
    std::thread::sleep(Duration::from_millis(300));
    let second = start();
    assert!(second.starts_with("HTTP/1.1 202 "), "{second}");
}

#[test]
fn keys_and_tenants_are_options() {
    let program = Program::with(&["--access-key-id", "k", "--access-key-secret", "s", "--tenant-id", "acme"]);
    let key = r#"{"accessKeyId": "k", "accessKeySecret": "s"}"#;
    let token = program.ask("POST", "/authentication/v1/token/access-key", "", key);
    assert!(token.starts_with("HTTP/1.1 200 "), "{token}");
    let found = program.ask("GET", "/.well-known/cxone-configuration?tenantId=acme", "", "");
    assert!(found.starts_with("HTTP/1.1 200 ") && found.contains(r#""api_endpoint":"http://sim""#), "{found}");
}

fn request() -> String {
    format!("GET {LOOKUP} HTTP/1.1\r\nhost: sim\r\naccept: application/json\r\nauthorization: Bearer t\r\n\r\n")
}

/// A request and its whole answer, on a connection that stays.
fn converse(stream: &mut TcpStream) -> String {
    stream.write_all(request().as_bytes()).expect("a request sent");
    let mut answer = String::new();
    while announced_length(&answer).is_none_or(|length| body(&answer).len() < length) {
        let mut piece = [0; 4_096];
        let count = stream.read(&mut piece).expect("an answer");
        assert_ne!(count, 0, "the answer ended early: {answer}");
        answer.extend(String::from_utf8_lossy(&piece).chars().take(count));
    }
    answer
}

/// The answers to so many calls made at once.
fn answers(program: &Program, count: usize) -> Vec<String> {
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..count).map(|_| scope.spawn(|| program.ask("GET", LOOKUP, "t", ""))).collect();
        calls.into_iter().map(|call| call.join().expect("an answer")).collect()
    })
}

/// The most that the program had in flight after so many calls made at once.
fn together(program: &Program, count: usize) -> usize {
    answers(program, count);
    let most = program.stat("/in_flight_max").as_u64().expect("a count");
    usize::try_from(most).expect("a small number")
}

fn wait_until(is_so: impl Fn() -> bool) {
    let give_up_at = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < give_up_at, "it never came to that");
        std::thread::sleep(Duration::from_millis(10));
    }
}
