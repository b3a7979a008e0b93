//! The feed of a page: many executions over one socket, each with its own token, number and end; a page that reads slowly,
//! asks for too much or talks nonsense harms nobody but itself.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::forge::Forge;
use super::snapshot::Snapshot;
use super::socket::{Heard, Socket};
use super::stack::{Stack, quick_start, wait_for};

#[test]
fn a_page_watches_many_executions_over_one_socket() {
    let stack = Stack::shared();
    let accepted: Vec<Snapshot> = (0..20).map(|_| stack.accept(&quick_start("sim-for-3s", &json!({})))).collect();
    let mut feed = Feed::open(stack);
    for (number, one) in (0..).zip(&accepted) {
        feed.watch(number, one.id(), Some(one.text("/view_token")), None);
    }
    let mut told: BTreeMap<u64, Vec<Snapshot>> = BTreeMap::new();
    let mut ended = Vec::new();
    while ended.len() < accepted.len() {
        let said = feed.next();
        let number = said["as"].as_u64().expect("it is of a watch");
        if said.get("snapshot").is_some() {
            assert!(!ended.contains(&number), "nothing follows an end");
            told.entry(number).or_default().push(Snapshot::of(said["snapshot"].clone()));
        } else if said.get("ended").is_some() {
            ended.push(number);
        } else {
            let index = usize::try_from(number).expect("a small number");
            assert_eq!(said["watching"], json!(accepted[index].id()), "{said}");
        }
    }
    for (number, one) in (0..).zip(&accepted) {
        let seqs: Vec<u64> = told[&number].iter().map(Snapshot::seq).collect();
        assert!(seqs.is_sorted_by(|earlier, later| earlier < later), "{seqs:?}");
        assert_eq!(told[&number].last(), Some(&stack.look(one.id())), "a feed's snapshot is the snapshot");
    }
}

#[test]
fn what_goes_wrong_with_one_watch_is_told_under_its_number_and_the_others_go_on() {
    let stack = Stack::shared();
    let (good, other) =
        (stack.accept(&quick_start("sim-never", &json!({}))), stack.accept(&quick_start("sim-never", &json!({}))));
    let forge = Forge::of(stack);
    let claims = |id: &str, exp: u64| json!({"tenant": "default", "resources": [id], "verbs": ["read"], "exp": exp});
    let nowhere = "exe_00000000000000000000000000000000";
    let mut feed = Feed::open(stack);
    feed.watch(1, good.id(), Some(good.text("/view_token")), None);
    for (number, id, token, status) in [
        (2, good.id(), None, 401),
        (3, good.id(), Some("cxv1.e30.AAAA".to_owned()), 401),
        (4, good.id(), Some(forge.token(&claims(good.id(), 1_000))), 401),
        (5, good.id(), Some(other.text("/view_token").to_owned()), 403),
        (6, nowhere, Some(forge.token(&claims(nowhere, FAR))), 404),
        (7, "no id at all", Some(stack.api_key().to_owned()), 404),
        (8, "", Some(stack.api_key().to_owned()), 404),
    ] {
        feed.watch(number, id, token.as_deref(), None);
        let said = feed.of(number);
        assert_eq!(said["problem"]["status"], json!(status), "{id}: {said}");
        assert!(said["problem"]["type"].as_str().is_some_and(|it| it.starts_with("https://cxpulse.dev/problems/")));
    }
    // The first watch is alive: its end comes.
    feed.watch(9, other.id(), Some(other.text("/view_token")), None);
    stack.client().post(&format!("/v1/executions/{}/cancel", good.id()), &json!({}));
    feed.until_ended(1);
    stack.client().post(&format!("/v1/executions/{}/cancel", other.id()), &json!({}));
    feed.until_ended(9);
}

#[test]
fn a_watch_goes_on_after_what_was_seen_and_stops_when_it_is_left() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let mut feed = Feed::open(stack);
    feed.watch(1, accepted.id(), Some(accepted.text("/view_token")), None);
    let seen = Snapshot::of(feed.snapshot_of(1)).seq();
    feed.say(&json!({"leave": 1}));
    feed.watch(2, accepted.id(), Some(stack.api_key()), Some(seen));
    let next = Snapshot::of(feed.snapshot_of(2));
    assert!(next.seq() > seen, "only what is news");
    feed.say(&json!({"leave": 77}));
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    let mut numbers = Vec::new();
    loop {
        let said = feed.next();
        numbers.push(said["as"].clone());
        if said.get("ended").is_some() {
            break;
        }
    }
    assert!(numbers.iter().all(|number| *number == json!(2)), "{numbers:?}");
}

#[test]
fn a_watch_ends_with_its_token_and_another_takes_its_place() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let claims = |exp: u64| json!({"tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": exp});
    let forge = Forge::of(stack);
    let mut feed = Feed::open(stack);
    feed.watch(1, accepted.id(), Some(&forge.token(&claims(now_ms() + 8_000))), None);
    let refused = loop {
        let said = feed.next();
        if said.get("problem").is_some() {
            break said;
        }
    };
    assert_eq!((&refused["as"], &refused["problem"]["status"]), (&json!(1), &json!(401)));
    feed.watch(2, accepted.id(), Some(&forge.token(&claims(FAR))), None);
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    feed.until_ended(2);
}

#[test]
fn a_page_that_reads_nothing_is_sent_a_window_and_then_the_latest() {
    let stack = Stack::shared();
    let accepted: Vec<Snapshot> = (0..40).map(|_| stack.accept(&quick_start("sim-instant", &json!({})))).collect();
    for one in &accepted {
        stack.ended(one.id(), PATIENCE);
    }
    let mut feed = Feed::open(stack);
    feed.is_attentive = false;
    for (number, one) in (0..).zip(&accepted) {
        feed.watch(number, one.id(), Some(stack.api_key()), None);
    }
    assert_eq!(feed.count_up_to(32), (32, true), "the window, and no more");
    feed.say(&json!({"seen": 4}));
    assert_eq!(feed.count_up_to(4), (4, true), "as many as were seen");
    feed.say(&json!({"seen": 36}));
    assert_eq!(feed.count_up_to(4), (4, true), "the rest");
    feed.say(&json!({"seen": 41}));
    assert_eq!(feed.code(), 1008, "more than was sent");
}

#[test]
fn watches_of_one_page_are_bounded() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let mut feed = Feed::open(stack);
    for number in 0..=200 {
        feed.watch(number, accepted.id(), Some(stack.api_key()), Some(u64::MAX / 2));
    }
    let refused = loop {
        let said = feed.next();
        if said.get("problem").is_some() {
            break said;
        }
    };
    assert_eq!((&refused["as"], &refused["problem"]["status"]), (&json!(200), &json!(429)), "{refused}");
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    let mut ended = 0;
    while ended < 200 {
        ended += u32::from(feed.next().get("ended").is_some());
    }
}

#[test]
fn a_page_that_is_gone_leaves_its_place_to_another() {
    let settings = ["CXPULSE_FEED_PAGES_MAX=3"];
    let stack = Stack::start_with(Stack::shared(), &settings);
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let open = || Socket::open(&stack, "/v1/feed", &[]);
    let wait = || wait_for(PATIENCE, || open().ok()).expect("a place is free again");
    let held: Vec<Socket> = (0..3).map(|_| wait()).collect();
    let (status, body) = open().map(drop).expect_err("there is no place");
    assert_eq!(status, 503, "{body}");
    drop(held);
    for round in 0..40 {
        let mut feed = Feed { socket: wait(), snapshots: 0, is_attentive: true };
        match round % 4 {
            // It has a watch, is sent away, says it goes, or just breaks off.
            0 => {
                feed.watch(1, accepted.id(), Some(accepted.text("/view_token")), None);
                feed.snapshot_of(1);
            }
            1 => {
                feed.say(&json!({"nonsense": true}));
                assert_eq!(feed.code(), 1008);
            }
            2 => feed.socket.close(),
            _ => {}
        }
    }
}

#[test]
fn a_stranger_who_watches_nothing_is_sent_away() {
    let stack = Stack::shared();
    let mut feed = Feed::open(stack);
    feed.watch(1, "exe_00000000000000000000000000000000", Some("cxv1.e30.AAAA"), None);
    assert_eq!(feed.of(1)["problem"]["status"], json!(401));
    assert_eq!(feed.code(), 4002);
}

#[test]
fn nonsense_closes_a_feed_with_the_reason() {
    let stack = Stack::shared();
    for (garbage, code) in [
        ("hello", 1008),
        ("{}", 1008),
        ("[]", 1008),
        (r#"{"watch":"exe_1"}"#, 1008),
        (r#"{"watch":"exe_1","as":-1}"#, 1008),
        (r#"{"watch":"exe_1","as":1,"as":2}"#, 1008),
        (r#"{"leave":1,"more":true}"#, 1008),
        (r#"{"seen":1}"#, 1008),
        ("\u{0}", 1008),
    ] {
        let mut feed = Feed::open(stack);
        feed.socket.say(garbage);
        assert_eq!(feed.code(), code, "{garbage:?}");
    }
    let mut feed = Feed::open(stack);
    feed.socket.say(&format!("{{\"leave\":1}}{}", " ".repeat(20_000)));
    assert_eq!(feed.code(), 1009);
    let mut feed = Feed::open(stack);
    feed.socket.say_bytes(b"{\"leave\":1}");
    assert_eq!(feed.code(), 1003);
    let mut feed = Feed::open(stack);
    feed.socket.say("ping");
    assert_eq!(feed.socket.hear(), Heard::Text("pong".into()));
}

#[test]
fn a_key_that_opened_the_feed_stands_in_for_tokens_and_reaches_no_further() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let mut feed = Feed { socket: Socket::with_key(stack, "/v1/feed"), snapshots: 0, is_attentive: true };
    assert_eq!(feed.next()["feed"], json!(1));
    feed.watch(1, accepted.id(), None, None);
    feed.until_ended(1);
    feed.watch(2, accepted.id(), Some("cxv1.e30.AAAA"), None);
    assert_eq!(feed.of(2)["problem"]["status"], json!(401), "a token that is shown is the one that counts");
}

/// An open feed that says what it has seen.
struct Feed {
    socket: Socket,
    snapshots: u64,
    is_attentive: bool,
}

impl Feed {
    fn open(stack: &Stack) -> Self {
        let socket = Socket::open(stack, "/v1/feed", &[]).expect("anybody may open a feed, and sees nothing yet");
        let mut feed = Self { socket, snapshots: 0, is_attentive: true };
        let welcome = feed.next();
        assert_eq!(
            (&welcome["feed"], &welcome["window"], &welcome["watches_max"]),
            (&json!(1), &json!(32), &json!(200))
        );
        feed
    }

    fn say(&mut self, message: &Value) {
        self.socket.say(&message.to_string());
    }

    fn watch(&mut self, number: u32, id: &str, token: Option<&str>, after: Option<u64>) {
        self.say(&json!({"watch": id, "as": number, "token": token, "after": after}));
    }

    fn next(&mut self) -> Value {
        let said = self.socket.json();
        self.note(&said);
        said
    }

    fn note(&mut self, said: &Value) {
        if said.get("snapshot").is_some() {
            self.snapshots += 1;
            if self.is_attentive {
                self.say(&json!({"seen": self.snapshots}));
            }
        }
    }

    /// The next message of one watch.
    fn of(&mut self, number: u32) -> Value {
        loop {
            let said = self.next();
            if said["as"] == json!(number) {
                return said;
            }
        }
    }

    fn snapshot_of(&mut self, number: u32) -> Value {
        loop {
            let said = self.of(number);
            if let Some(snapshot) = said.get("snapshot") {
                return snapshot.clone();
            }
            assert!(said.get("watching").is_some(), "{said}");
        }
    }

    fn until_ended(&mut self, number: u32) {
        let mut last = Value::Null;
        loop {
            let said = self.of(number);
            assert!(said.get("problem").is_none(), "{said}");
            if said.get("ended").is_some() {
                break;
            }
            last = said;
        }
        assert!(last["snapshot"]["outcome"].is_string(), "the end was told before: {last}");
    }

    /// How many snapshots come up to so many, and whether none is among what comes before the answer to a ping after that.
    fn count_up_to(&mut self, wanted: usize) -> (usize, bool) {
        let mut count = 0;
        while count < wanted {
            count += usize::from(self.next().get("snapshot").is_some());
        }
        self.socket.say("ping");
        let mut is_quiet = true;
        loop {
            match self.socket.hear() {
                Heard::Text(text) if text == "pong" => return (count, is_quiet),
                Heard::Text(text) => is_quiet &= !text.contains("\"snapshot\""),
                other @ (Heard::Closed(_) | Heard::Nothing) => unreachable!("it stays open: {other:?}"),
            }
        }
    }

    fn code(&mut self) -> u16 {
        self.socket.rest().1
    }
}

fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_millis()).expect("before the year 500 million")
}

/// 2100.
const FAR: u64 = 4_102_444_800_000;
const PATIENCE: Duration = Duration::from_secs(60);
