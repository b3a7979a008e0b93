//! The description against the Worker's own tables: its routes, its methods, its problems. The tables are `const` and
//! `match` in a crate that runs in wasm only, so they are read as text; what they answer is checked on the built Worker.

use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_described_paths_are_those_of_the_route_table() {
    let described: BTreeSet<String> =
        cxpulse_spec::operation::all().iter().map(|operation| anonymous(operation.path)).collect();
    let mut routed: BTreeSet<String> = ROUTES.lines().filter_map(route).collect();
    // What the table does not have by segments: the proxy's prefix, and files.
    routed.extend(["/v1/proxy/{}", "/openapi.json", "/asyncapi.json", "/schema/chain.json"].map(String::from));
    assert_eq!(described, routed);
}

#[test]
fn the_described_problems_are_the_workers_own() {
    let ours: BTreeMap<String, u16> =
        cxpulse_spec::problem::CAUSES.iter().map(|cause| (cause.slug.to_owned(), cause.status)).collect();
    let mut theirs: BTreeMap<String, u16> = PROBLEMS.lines().filter_map(class).collect();
    theirs.extend(PROBLEMS.lines().filter_map(held));
    assert_eq!(ours, theirs);
    assert!(PROBLEMS.contains(&format!("TYPE_BASE: &str = {:?}", cxpulse_spec::problem::TYPE_BASE)));
}

/// `["v1", "executions", id, "events", ""] => …`: a path, with `{}` for what varies.
fn route(line: &str) -> Option<String> {
    let (pattern, _) = line.trim().strip_prefix('[')?.split_once("] ")?;
    let segments: Vec<&str> = pattern.split(", ").filter(|segment| *segment != "\"\"").collect();
    // Whatever else there is under /v1 is nowhere.
    if segments.contains(&"..") {
        return None;
    }
    let segment = |segment: &&str| match segment.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(word) => format!("/{word}"),
        None => "/{}".into(),
    };
    Some(segments.iter().map(segment).collect())
}

/// `… => (400, "malformed-body", "The body …"),`
fn class(line: &str) -> Option<(String, u16)> {
    let (_, rest) = line.split_once("=> (")?;
    let (status, rest) = rest.split_once(", \"")?;
    Some((rest.split_once('"')?.0.to_owned(), status.parse().ok()?))
}

/// `Reason::Permit => "no-permit",` in the function that names what holds a call.
fn held(line: &str) -> Option<(String, u16)> {
    let (pattern, name) = line.trim().split_once(" => \"")?;
    pattern.starts_with("Reason::").then(|| (name.trim_end_matches("\",").to_owned(), 503))
}

/// A described path with the names of its parameters left out.
fn anonymous(path: &str) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    path.split('/').map(segment).collect::<Vec<String>>().join("/")
}

const ROUTES: &str = include_str!("../../crates/worker/src/lib.rs");
const PROBLEMS: &str = include_str!("../../crates/worker/src/problem.rs");
