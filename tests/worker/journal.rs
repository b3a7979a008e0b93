//! The audit log over HTTP: whole, paged, free of secrets, and enough to run the execution again.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cxpulse_core::audit::IGNORED_MAX;
use cxpulse_core::bundle::Bundle;
use cxpulse_core::journal::{Entry, Replay};
use cxpulse_core::wire::Snapshot as CoreSnapshot;
use serde_json::{Value, json};

use super::forge::Forge;
use super::stack::{Stack, quick_start};

#[test]
fn a_journal_replays_to_the_snapshot_that_is_shown() {
    let stack = Stack::shared();
    for action_id in ["sim-failing", "sim-skipping", "sim-large"] {
        let accepted = stack.accept(&quick_start(action_id, &json!({"tags": ["replayed"], "callback": true})));
        let ended = stack.ended(accepted.id(), PATIENCE);
        let replay = replay(&stack.journal(accepted.id()));
        let shown = CoreSnapshot::of(replay.order(), replay.execution(), stack.base());
        let shown = serde_json::to_value(shown).expect("a snapshot is JSON");
        assert_eq!(shown.get("outcome"), ended.value().get("outcome"), "{action_id}");
        // A callback may still have come in between, which changes `seq` at most.
        assert_eq!(shown.get("ended_at"), ended.value().get("ended_at"), "{action_id}");
        assert_eq!(shown.get("result"), ended.value().get("result"), "{action_id}");
    }
}

#[test]
fn callbacks_that_come_for_ever_are_taken_and_written_down_up_to_a_bound() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({"timeout_seconds": 900})));
    let ended = stack.ended(accepted.id(), PATIENCE);
    let body = json!({"execution_id": ended.at("/upstream/execution_id"), "status": "COMPLETED"});
    let path = Forge::of(stack).callback_path(accepted.id());
    let call_back = |times: u64| {
        for _ in 0..times {
            let answer = stack.client_with(None).post(&path, &body);
            assert_eq!(answer.status(), 204, "{}", answer.text());
        }
        let journal = stack.journal(accepted.id());
        (journal.iter().filter(|line| line.contains("\"ignored\"")).count() as u64, journal)
    };
    assert_eq!(call_back(IGNORED_MAX + 20).0, IGNORED_MAX);
    let (count, journal) = call_back(20);
    assert_eq!(count, IGNORED_MAX);
    let shown = CoreSnapshot::of(replay(&journal).order(), replay(&journal).execution(), stack.base());
    assert_eq!(&serde_json::to_value(shown).expect("a snapshot is JSON"), stack.look(accepted.id()).value());
}

#[test]
fn pages_follow_one_another_by_their_links() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-fast", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let whole = stack.journal(accepted.id());
    assert!(whole.len() > 4, "{}", whole.len());

    let mut next = Some(format!("{}?limit=2", accepted.text("/links/journal")));
    let mut paged: Vec<String> = Vec::new();
    while let Some(url) = next {
        let page = stack.client().get(&url);
        assert_eq!(page.status(), 200, "{}", page.text());
        let lines: Vec<String> = page.text().lines().map(str::to_owned).collect();
        assert!(lines.len() <= 2, "{lines:?}");
        paged.extend(lines);
        next = next_of(page.header("link"));
    }
    assert_eq!(paged, whole);
}

#[test]
fn a_journal_comes_as_json_where_that_is_asked_for() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let whole = stack.journal(accepted.id());
    let answer = stack.client().with("accept", "application/json").get(accepted.text("/links/journal"));
    assert!(answer.header("content-type").starts_with("application/json"), "{}", answer.header("content-type"));
    let body = answer.json();
    let entries = body.get("entries").and_then(Value::as_array).or_else(|| body.as_array());
    let entries = entries.expect("the entries are a list");
    let lines: Vec<Value> = whole.iter().map(|line| serde_json::from_str(line).unwrap_or_default()).collect();
    assert_eq!(*entries, lines);
}

#[test]
fn pages_have_limits() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({})));
    let ask = |query: &str| stack.client().get(&format!("{}?{query}", accepted.text("/links/journal")));
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=x", "after=-1", "after=x"] {
        assert!(ask(query).problem().starts_with("400 invalid-parameter"), "{query}");
    }
    let beyond = ask("after=100000");
    assert_eq!((beyond.status(), beyond.text(), next_of(beyond.header("link"))), (200, "", None));
}

#[test]
fn a_journal_holds_no_secret() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-failing", &json!({"callback": true})));
    stack.ended(accepted.id(), PATIENCE);
    let journal = stack.journal(accepted.id()).join("\n");
    for secret in [stack.api_key(), "sim-secret", "Bearer ", accepted.text("/view_token"), "/v1/callbacks/"] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
    }
}

#[test]
fn a_bundle_replays_to_its_own_snapshot_byte_for_byte() {
    let stack = Stack::shared();
    for action_id in ["sim-failing", "sim-large"] {
        let accepted = stack.accept(&quick_start(action_id, &json!({"tags": ["bundled"]})));
        stack.ended(accepted.id(), PATIENCE);
        let answer = stack.client().get(&format!("/v1/executions/{}/bundle", accepted.id()));
        assert_eq!(
            (answer.status(), answer.header("content-type")),
            (200, "application/x-ndjson"),
            "{}",
            answer.text()
        );
        let (first, rest) = answer.text().split_once('\n').expect("a bundle has lines");
        let mut bundle = Bundle::begin(first).expect("it begins with its head");
        for line in rest.lines() {
            assert!(bundle.take(line).is_ok(), "{:?}", bundle.take(line));
        }
        assert_eq!(bundle.finish(), Ok(()));
        assert!(bundle.head().records > 0, "the audit log is in it");
        let snapshot = rest.lines().last().unwrap_or_default();
        let shown = stack.client().get(&format!("/v1/executions/{}", accepted.id()));
        assert_eq!(snapshot, format!("{{\"snapshot\":{}}}", shown.text()), "it is the snapshot that callers are shown");
    }
}

#[test]
fn the_command_replays_what_was_downloaded_and_says_where_it_was_changed() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-fast", &json!({})));
    stack.ended(accepted.id(), PATIENCE);
    let download = |what: &str| {
        let answer = stack.client().get(&format!("/v1/executions/{}/{what}", accepted.id()));
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.text().to_owned()
    };
    for what in ["journal", "bundle"] {
        let whole = download(what);
        let (is_good, said) = replay_by_command(what, &whole);
        assert!(is_good && said.contains("the core decides every line"), "{what}: {said}");
        let changed = whole.replacen("\"attempt\":2", "\"attempt\":3", 1);
        assert_ne!(changed, whole, "it has a second attempt");
        let (is_good, said) = replay_by_command(what, &changed);
        assert!(!is_good && said.contains("otherwise than the journal says"), "{what}: {said}");
    }
}

/// Whether the command is content with a file of that text, and what it prints.
pub(crate) fn replay_by_command(name: &str, text: &str) -> (bool, String) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.ndjson", std::process::id()));
    fs::write(&file, text).expect("there is room for a file");
    let output = Command::new(env!("CARGO_BIN_EXE_cxpulse-replay")).arg(&file).output().expect("the command runs");
    drop(fs::remove_file(&file));
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a journal through the core.
///
/// # Panics
/// Where the core decides otherwise than the journal says.
pub(crate) fn replay(lines: &[String]) -> Replay {
    let mut entries = lines.iter().map(|line| {
        let read: Result<Entry, _> = serde_json::from_str(line);
        assert!(read.is_ok(), "{line}: {:?}", read.as_ref().err());
        read.expect("asserted just now")
    });
    let opening = entries.next().expect("a journal has an opening");
    let mut replay = Replay::begin(opening).expect("the journal begins as the core does");
    for entry in entries {
        let followed = replay.follow(&entry).map(drop);
        assert_eq!(followed, Ok(()), "{}", serde_json::to_string(&entry).unwrap_or_default());
    }
    replay
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_of(link: &str) -> Option<String> {
    let next = link.split(',').find(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))?;
    Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
}

const PATIENCE: Duration = Duration::from_secs(30);
