//! Our side, natively: `history-bench FILE ROUNDS` prints the best of the rounds as JSON, with the edges found; `history-bench
//! --make STEPS FILE` writes a made log, `history-bench --xes FILE TO` one as XES.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use cxpulse_core::history::{Filter, Log, Options, write_steps, write_xes};
use history_bench::{alike, analyze};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--make", steps, file] => fs::write(file, synthetic(steps.parse().expect("a number"))).expect("written"),
        ["--xes", file, to] => fs::write(to, xes(file)).expect("written"),
        [file, rounds] => measure(file, rounds.parse().expect("a number")),
        _ => panic!("history-bench FILE ROUNDS | --make STEPS FILE | --xes FILE TO"),
    }
}

fn measure(file: &str, rounds: u32) {
    let text = load(file);
    let before = PEAK.reset();
    let report = {
        let mut log = Log::new();
        log.page(&text, 0).expect("a page");
        log.report(&Options::default(), &Filter::default()).expect("a workflow")
    };
    let peak = PEAK.highest() - before;
    let mut log = Log::new();
    log.page(&text, 0).expect("a page");
    let best = |work: &mut dyn FnMut()| {
        let once = |work: &mut dyn FnMut()| {
            let begun = Instant::now();
            work();
            begun.elapsed().as_secs_f64() * 1_000.0
        };
        (0..rounds).map(|_| once(work)).fold(f64::INFINITY, f64::min)
    };
    let mut edges = 0;
    let loaded = best(&mut || edges += log.report(&alike(), &Filter::default()).expect("a workflow").dfg.edges.len());
    let full = best(&mut || edges += log.report(&Options::default(), &Filter::default()).expect("a workflow").dfg.edges.len());
    let parsed = best(&mut || edges += analyze(&text));
    let from_file = best(&mut || edges += analyze(&load(file)));
    let mut told = String::new();
    let each = best(&mut || {
        told.clear();
        write_steps(&text, &Options::default(), &mut told).expect("a page");
    });
    assert!(edges > 0);
    let lines = told.lines().count();
    let edges: Vec<_> = report.dfg.edges.iter().map(|edge| (&edge.from, &edge.to, edge.times.count)).collect();
    println!(
        "{}",
        serde_json::json!({
            "steps": report.steps, "loaded_ms": loaded, "full_ms": full, "parsed_ms": parsed, "file_ms": from_file,
            "steps_ms": each, "lines": lines, "edges": edges, "peak_mib": peak as f64 / 1_048_576.0,
        })
    );
}

fn xes(file: &str) -> String {
    let (mut log, mut out) = (Log::new(), String::new());
    log.page(&load(file), 0).expect("a page");
    write_xes(&log, &Options::default(), &Filter::default(), &mut out).expect("written");
    out
}

fn load(file: &str) -> String {
    let bytes = fs::read(file).expect("a file");
    if !file.ends_with(".gz") {
        return String::from_utf8(bytes).expect("UTF-8");
    }
    // As long as gzip says that it is, as the command has it.
    let len = bytes.last_chunk::<4>().map_or(0, |len| u32::from_le_bytes(*len));
    let mut text = String::with_capacity(len as usize);
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    text
}

/// Interactions of some ten steps through a workflow of twelve nodes, with loops, gaps, and variables that change.
fn synthetic(steps: usize) -> String {
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = move |below: u64| {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        (chance >> 11) % below
    };
    let mut page = String::from("{\"data\":[");
    let (mut made, mut number) = (0, 0_u64);
    while made < steps {
        let comma = if number > 0 { "," } else { "" };
        write!(page, "{comma}{{\"interactionId\":\"{number:08x}-0000-4000-8000-{:012x}\",\"steps\":[", draw(1 << 40)).expect("text");
        let (mut node, mut at) = (0, 1_790_000_000_000 + number * 7_000);
        let len = (4 + draw(13)).min((steps - made) as u64);
        let mut before = "{}".to_owned();
        for step in 0..len {
            let (start, end) = (at + draw(2_000), at + 2_000 + draw(20_000));
            let kind = if node % 4 == 3 { "DECISION" } else { "ACTION" };
            let after = format!(
                "{{\"customerId\":\"CUST-{number:06}\",\"language\":\"en\",\"queue\":\"queue-{}\",\"attempts\":{},\"segment\":\"gold\"}}",
                node % 3,
                step / 3
            );
            let [from, to] = [start, end].map(cxpulse_core::time::Timestamp::from_millis);
            let (comma, is_error) = (if step > 0 { "," } else { "" }, draw(50) == 0);
            write!(
                page,
                "{comma}{{\"nodeId\":\"Node {node:02} of the workflow\",\"nodeType\":\"{kind}\",\"startTime\":\"{from}\",\"endTime\":\"{to}\",\
                 \"variablesBefore\":{before},\"variablesAfter\":{after},\"errorState\":{is_error}}}"
            )
            .expect("text");
            (before, at) = (after, end);
            node = if draw(5) == 0 { draw(12) } else { (node + 1) % 12 };
        }
        page.push_str("]}");
        made += len as usize;
        number += 1;
    }
    page.push_str("]}");
    page
}

/// Bytes in use, and the most of them.
struct Peak {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Peak {
    fn reset(&self) -> usize {
        let now = self.now.load(Relaxed);
        self.most.store(now, Relaxed);
        now
    }

    fn highest(&self) -> usize {
        self.most.load(Relaxed)
    }

    fn grow(&self, len: usize) {
        let now = self.now.fetch_add(len, Relaxed) + len;
        self.most.fetch_max(now, Relaxed);
    }
}

// SAFETY: everything is the system's allocator's; this one counts.
unsafe impl GlobalAlloc for &'static Peak {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.grow(layout.size());
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller says.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old block and the new one stand side by side for a moment.
        self.grow(size);
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller says.
        unsafe { System.realloc(block, layout, size) }
    }
}

static PEAK: Peak = Peak { now: AtomicUsize::new(0), most: AtomicUsize::new(0) };

#[global_allocator]
static ALLOCATOR: &Peak = &PEAK;
