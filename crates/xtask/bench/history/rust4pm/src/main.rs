//! `history-rust4pm FILE.xes ROUNDS`: the best round of discovering the directly-follows graph of a log in memory, as JSON, with
//! the edges found.

use std::time::Instant;

use process_mining::core::event_data::case_centric::xes::{XESImportOptions, import_xes_path};
use process_mining::discovery::case_centric::dfg::discover_dfg;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let [_, file, rounds] = words.as_slice() else { panic!("history-rust4pm FILE.xes ROUNDS") };
    let log = import_xes_path(file, XESImportOptions::default()).expect("a log");
    let once = || {
        let begun = Instant::now();
        let graph = discover_dfg(&log);
        assert!(!graph.directly_follows_relations.is_empty());
        begun.elapsed().as_secs_f64() * 1_000.0
    };
    let best = (0..rounds.parse().expect("a number")).map(|_: u32| once()).fold(f64::INFINITY, f64::min);
    let graph = discover_dfg(&log);
    let edges: Vec<_> = graph.directly_follows_relations.iter().map(|((from, to), count)| (from, to, count)).collect();
    println!("{}", serde_json::json!({"graph_ms": best, "edges": edges}));
}
