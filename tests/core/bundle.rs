//! The replay bundle: taken whole where it is untouched, and refused at the line that is not what the core makes of it.

use cxpulse_core::bundle::{Bundle, BundleError, Head, Line, VERSION};
use cxpulse_core::execution::Execution;
use cxpulse_core::journal::Entry;
use cxpulse_core::json::Json;
use cxpulse_core::wire::Snapshot;
use expect_test::{Expect, expect};

use crate::check::{NOON, START, Scene};

/// The bundle of a life, line by line.
fn bundle() -> Vec<String> {
    let mut scene = Scene::after(START, "");
    let mut entries = vec![Entry::opened(&scene.order, &Execution::open(&scene.order))];
    for happening in ["cleared", "seen RUNNING 2/10", "woken when due", "cleared", "seen COMPLETED 10/10"] {
        let before = scene.execution.clone();
        let event = scene.event(happening).expect("an event");
        let step = scene.step(event.clone());
        entries.extend(Entry::of(entries.len() as u64 + 1, scene.now.into(), event, &before, &step));
    }
    let base = "https://cxpulse.example";
    let head = Head {
        version: VERSION,
        product: "0.1.0".into(),
        made_at: NOON.into(),
        execution: scene.order.id.clone(),
        profile: scene.order.profile.clone(),
        base: base.into(),
        entries: entries.len() as u64,
        records: 1,
    };
    let snapshot = Json::from_value(&Snapshot::of(&scene.order, &scene.execution, base)).expect("it is JSON");
    let record = Json::parse(r#"{"number":1,"kind":"opened"}"#).expect("it is JSON");
    let mut lines = vec![Line::Bundle(head), Line::Order(Box::new(scene.order.clone()))];
    lines.extend(entries.into_iter().map(|entry| Line::Entry(Box::new(entry))));
    lines.extend([Line::Record(record), Line::Snapshot(snapshot)]);
    lines.iter().map(|line| serde_json::to_string(line).expect("it is JSON")).collect()
}

/// The number of the line at which a replay ends, and why.
fn replay(lines: &[String]) -> String {
    let (first, rest) = lines.split_first().expect("there is a line");
    let mut bundle = match Bundle::begin(first) {
        Ok(bundle) => bundle,
        Err(error) => return format!("line 1: {error}"),
    };
    for (number, line) in (2..).zip(rest) {
        let before = bundle.clone();
        if let Err(error) = bundle.take(line) {
            assert_eq!(bundle, before, "what is refused changes nothing");
            return format!("line {number}: {error}");
        }
    }
    bundle.finish().map_or_else(|error| error.to_string(), |()| "the same".into())
}

/// Replays the bundle with one change of text.
#[track_caller]
fn check_tampered(from: &str, to: &str, expect: &Expect) {
    let whole = bundle().join("\n");
    assert!(whole.contains(from), "there is {from} in {whole}");
    let tampered: Vec<String> = whole.replacen(from, to, 1).lines().map(str::to_owned).collect();
    expect.assert_eq(&replay(&tampered));
}

#[test]
fn an_untouched_bundle_replays_to_its_own_snapshot() {
    assert_eq!(replay(&bundle()), "the same");
    assert!(Bundle::is_one(&bundle()[0]));
    assert!(!Bundle::is_one(&bundle()[2]) && !Bundle::is_one("") && !Bundle::is_one("[]"));
}

#[test]
fn a_change_is_found_at_its_line() {
    check_tampered(r#""version":1"#, r#""version":2"#, &expect!["line 1: the bundle is of version 2; this reads 1"]);
    check_tampered(
        r#"{"order":"#,
        r#"{"orders":"#,
        &expect![[
            r#"line 2: it is no line of a bundle here: unknown variant `orders`, expected one of `bundle`, `order`, `entry`, `record`, `snapshot` at line 1 column 9"#
        ]],
    );
    check_tampered(
        "CUST-99887",
        "CUST-99888",
        &expect!["line 3: the order is not the one that the journal begins with"],
    );
    check_tampered(
        r#""seq":2"#,
        r#""seq":3"#,
        &expect!["line 4: the core decides entry 2 otherwise than the journal says"],
    );
    check_tampered(
        r#"running"#,
        r#"failed"#,
        &expect!["line 5: the core decides entry 3 otherwise than the journal says"],
    );
    check_tampered(
        r#""kind":"execution","#,
        r#""kind":"execution" ,"#,
        &expect!["line 9: the snapshot is not what the journal leads to"],
    );
}

#[test]
fn a_missing_line_is_missed() {
    let whole = bundle();
    for missing in 0..whole.len() {
        let mut lines = whole.clone();
        lines.remove(missing);
        assert_ne!(replay(&lines), "the same", "line {missing}");
    }
    assert_eq!(replay(&whole[..whole.len() - 1]), "the bundle ends before its snapshot");
}

#[test]
fn a_line_twice_is_one_too_many() {
    let whole = bundle();
    for twice in 0..whole.len() {
        let mut lines = whole.clone();
        lines.insert(twice, whole[twice].clone());
        assert_ne!(replay(&lines), "the same", "line {twice}");
    }
}

#[test]
fn what_the_core_has_instead_comes_with_the_refusal() {
    let lines = bundle();
    let mut bundle = Bundle::begin(&lines[0]).expect("it is a head");
    bundle.take(&lines[1]).expect("it is the order");
    bundle.take(&lines[2]).expect("it is the opening");
    let refused = bundle.take(&lines[3].replacen(r#""seq":2"#, r#""seq":3"#, 1)).expect_err("it was changed");
    let BundleError::Replay { decided: Some(decided), .. } = refused else { unreachable!("{refused}") };
    let Line::Entry(entry) = serde_json::from_str(&lines[3]).expect("it is a line") else { unreachable!("an entry") };
    assert_eq!(decided, entry);
}
