//! `cargo xtask bench chain`: what it costs to check and plan a chain of 1,000 nodes and 5,000 dependencies, natively, with a value
//! flowing to each node and with one along each dependency, and to step one to its end.
//!
//! Times are of this build: its profile is told beside them.

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{Write as _, stdout};
use std::time::Instant;

use cxpulse_core::chain::{Answer, Bound, Chain, ChainIdentity, ChainOrder, Effect, Event};
use cxpulse_core::flow::End;
use cxpulse_core::id::FlowId;
use cxpulse_core::profile::Profile;
use cxpulse_core::status::Outcome;
use cxpulse_core::trace::TraceContext;
use cxpulse_core::validate::parse_chain;
use cxpulse_core::wire::chain::ChainPlan;
use cxpulse_template::Jinja;
use cxpulse_tests::BEGINNING;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = pico_args::Arguments::from_env();
    let is_json = arguments.contains("--json");
    if let Some(unknown) = arguments.finish().first() {
        return Err(format!("there is no argument {}", unknown.to_string_lossy()).into());
    }
    let (sparse, dense) = (body(1), body(2 * EACH));
    let found = json!({
        "profile": if cfg!(debug_assertions) { "dev" } else { "release" },
        "bytes": [sparse.len(), dense.len()],
        "plan_ms": plan(&sparse)?,
        "dense_plan_ms": plan(&dense)?,
        "step_us": step_through(&sparse)?,
    });
    let text = if is_json { found.to_string() } else { serde_json::to_string_pretty(&found)? };
    writeln!(stdout(), "{text}")?;
    Ok(())
}

/// Milliseconds to check and plan it, the median of some rounds.
fn plan(body: &str) -> Result<f64, Box<dyn Error>> {
    let mut took: Vec<f64> = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let request = parse_chain(body, &Jinja)?;
        black_box(ChainPlan::of(&request)?);
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    took.get(took.len() / 2).copied().ok_or_else(|| "nothing was measured".into())
}

/// The first fifty nodes need nothing, each other one five before it, and the last fifty ten: 5,000 dependencies.
/// Each reads so many of those that it needs.
fn body(reading: usize) -> String {
    let mut text = String::from(r#"{"inputs": {"account": "12345"}, "max_parallel": 200, "nodes": {"#);
    for node in 0..NODES {
        let count = if node < NODES - WIDE { EACH } else { 2 * EACH };
        let needs: Vec<usize> =
            if node < WIDE { Vec::new() } else { (0..count).map(|step| node - WIDE + step * 4).collect() };
        let names: Vec<String> = needs.iter().map(|need| format!("\"node_{need}\"")).collect();
        let reads: Vec<String> = needs
            .iter()
            .take(reading)
            .map(|need| format!(r#""of_{need}": "{{{{ node_{need}.customer.id }}}}""#))
            .collect();
        let comma = if node == 0 { "" } else { "," };
        let more = reads.iter().map(|read| format!(", {read}")).collect::<String>();
        let (names, account) = (names.join(", "), "{{ inputs.account }}");
        // A text cannot refuse what is written to it.
        let _ = write!(
            text,
            r#"{comma}"node_{node}": {{"action_id": "sim-fast", "depends_on": [{names}], "inputs": {{"account": "{account}"{more}}}}}"#
        );
    }
    text + "}}"
}

/// Microseconds of what one node costs the machine from its binding to its end, over a whole chain.
fn step_through(body: &str) -> Result<f64, Box<dyn Error>> {
    let request = parse_chain(body, &Jinja)?;
    let identity = ChainIdentity { id: FlowId::chain([1; 16]), trace: TraceContext::root([2; 16]), seed: 3 };
    let profile = Profile::built_in("dataactions").map_err(|error| format!("{error:?}"))?;
    let (order, _) = ChainOrder::accept(request, identity, &profile, BEGINNING);
    let mut chain = Chain::open(&order)?;
    let began = Instant::now();
    let mut effects = chain.step(&order, Event::Woken, BEGINNING).effects;
    while let Some(effect) = effects.pop() {
        let event = match effect {
            Effect::Bind { node } => Event::NodeBound { node, bound: Bound::Go },
            Effect::Start { node, .. } => {
                let item = chain.item(node).ok_or("a node is missing")?;
                let answer = Answer {
                    outcome: Some(Outcome::Completed),
                    ..Answer::without_execution(item, End::Successful, None, BEGINNING)
                };
                Event::NodeEnded { node, answer }
            }
            Effect::Cancel { .. } | Effect::Notify { .. } => continue,
        };
        effects.extend(chain.step(&order, event, BEGINNING).effects);
    }
    let micros = began.elapsed().as_secs_f64() * 1e6;
    if chain.standing().ended().is_none() {
        return Err("the chain did not end".into());
    }
    Ok(micros / f64::from(order.total()))
}

const NODES: usize = 1_000;

/// Nodes that need nothing, and those that need twice as much.
const WIDE: usize = 50;

/// Dependencies of all others.
const EACH: usize = 5;

const ROUNDS: usize = 25;
