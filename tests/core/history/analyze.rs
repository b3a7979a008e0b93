//! `cargo xtask analyze`: what it reads, what it prints, and what it says of a file that is none.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use cxpulse_core::history::Report;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::{json_of, page_of, report_of, row};

#[test]
fn a_page_a_list_and_lines_plain_or_packed_give_the_report_of_the_core() {
    let folder = Folder::new();
    let rows = rows();
    let expected = json_of(&report_of(&rows)) + "\n";
    let twice = format!("\n{}\r\n{}\n", page_of(&rows[..1]), page_of(&rows[1..]));
    for (name, text) in [
        ("page.json", page_of(&rows)),
        ("list.json", format!("[{}]", rows.join(","))),
        ("rows.ndjson", rows.join("\n")),
        ("pages.ndjson", twice),
        ("marked.json", format!("\u{feff}{}", page_of(&rows))),
    ] {
        let plain = folder.write(name, text.as_bytes());
        assert_eq!(printed(&[&plain, "--json"]), expected, "{name}");
        let packed = folder.write(&format!("{name}.gz"), &gzip(text.as_bytes()));
        assert_eq!(printed(&["--json", &packed]), expected, "{name}.gz");
    }
    let packed = gzip(page_of(&rows).as_bytes());
    assert_eq!(text(&run(&["-", "--json"], &packed).stdout), expected, "from the standard input");
}

#[test]
fn a_file_that_is_no_history_is_named_with_the_place_and_the_reason() {
    let folder = Folder::new();
    let packed = gzip(page_of(&rows()).as_bytes());
    for (name, bytes, reason) in [
        ("broken.json", b"{\"data\":[\n{\"x\" 1}]}".as_slice(), "line 2, column 6: a colon is expected"),
        ("number.json", b"17", "line 1, column 1: neither an object nor a list"),
        ("empty.json", b" \n ", "has nothing in it"),
        ("bytes.json", b"{\"data\":[\"\xff\"]}", "is not UTF-8: byte 10"),
        ("cut.json.gz", packed.get(..packed.len() / 2).unwrap_or_default(), "is not whole, or no gzip"),
    ] {
        let file = folder.write(name, bytes);
        let output = run(&[&file], b"");
        let said = text(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{name}: {}", text(&output.stdout));
        assert!(said.contains(&file) && said.contains(reason) && !said.contains("panicked"), "{name}: {said}");
    }
    let missing = run(&["/nowhere/at/all.json"], b"");
    assert!(text(&missing.stderr).starts_with("cannot read /nowhere/at/all.json: "), "{}", text(&missing.stderr));
}

#[test]
fn words_that_are_not_understood_are_refused_with_what_would_be() {
    for (words, said) in [
        (vec![], "which history?"),
        (vec!["a.json", "b.json"], "b.json is not understood here"),
        (vec!["a.json", "--export", "pdf"], "pdf is none of xes, csv, dot, mermaid, steps"),
        (vec!["a.json", "--hours", "mon-fri nine to five"], "is not like \"mon-fri 09:00-17:30 +01:00\""),
        (vec!["a.json", "--from", "yesterday"], "yesterday is "),
        (vec!["a.json", "--threshold", "-1"], "-1 is no number of seconds"),
    ] {
        let output = run(&words, b"");
        assert!(!output.status.success() && text(&output.stderr).contains(said), "{words:?}: {}", text(&output.stderr));
    }
}

#[test]
fn rows_that_cannot_be_read_are_counted_and_the_others_analysed() {
    let folder = Folder::new();
    let file = folder.write("rows.ndjson", format!("{}\n{{\"interactionId\":\n{}\n", rows()[0], rows()[1]).as_bytes());
    let report: Report = serde_json::from_str(&printed(&[&file, "--json"])).expect("a report");
    assert_eq!((report.interactions, report.anomalies[0].count), (2, 1));
    let table = printed(&[&file]);
    assert!(table.contains("unreadable row: 1") && table.contains("variants: 2"), "{table}");
}

#[test]
fn options_and_filters_reach_the_core() {
    let folder = Folder::new();
    let file = folder.write("page.json", page_of(&rows()).as_bytes());
    let report = |words: &[&str]| -> Report {
        let words: Vec<&str> = [file.as_str(), "--json"].into_iter().chain(words.iter().copied()).collect();
        serde_json::from_str(&printed(&words)).expect("a report")
    };
    assert_eq!(report(&["--error", "true"]).interactions, 1);
    assert_eq!(report(&["--node", "c"]).interactions, 1);
    assert_eq!(report(&["--until", "2026-11-23T10:00:00Z"]).interactions, 0);
    assert_eq!(report(&["--all-nodes", "--threshold", "4"]).bottlenecks.flagged, 2);
    assert_eq!(report(&["--top", "1"]).variants.top.len(), 1);
    assert_eq!(report(&["--take-next-start"]).steps, 5);
    let closed = report(&["--hours", "tue-sun 00:00-24:00"]);
    assert!(closed.method.is_business_time && closed.bottlenecks.total == 0.0, "a Monday");
}

#[test]
fn exports_are_what_the_core_writes() {
    let folder = Folder::new();
    let page = page_of(&rows());
    let file = folder.write("page.json", page.as_bytes());
    let export = |format: &str| printed(&[&file, "--export", format]);
    assert!(export("xes").starts_with("<?xml version=\"1.0\"") && export("xes").contains("<trace>"));
    assert_eq!(export("csv").lines().count(), 5, "a header, and four steps with both times");
    assert!(export("dot").starts_with("digraph") && export("mermaid").starts_with("flowchart LR"));
    let steps = export("steps");
    assert!(steps.lines().count() == 4 && steps.starts_with("{\"interaction\":\"i\",\"node\":\"a\""), "{steps}");
    // Lines of a file are told each step once, however many of them have it.
    let lines = folder.write("rows.ndjson", format!("{page}\n{}\n{page}\n", rows()[0]).as_bytes());
    assert_eq!(printed(&[&lines, "--export", "steps"]), steps);
}

#[test]
fn another_file_is_held_against_it() {
    let folder = Folder::new();
    let cases = |len: u64| {
        page_of(&(0..40).map(|id| row(&format!("i{id}"), &format!("a 0-{}", len + id % 3))).collect::<Vec<_>>())
    };
    let (earlier, later) =
        (folder.write("earlier.json", cases(10).as_bytes()), folder.write("later.json", cases(20).as_bytes()));
    let table = printed(&[&later, "--compare", &earlier]);
    assert!(table.contains("+91.1 %* dwell: a") && table.contains("100.0 %"), "{table}");
    let json: serde_json::Value =
        serde_json::from_str(&printed(&[&later, "--compare", &earlier, "--json"])).expect("JSON");
    let absolute = json["dwell"][0]["mean"]["absolute"].as_f64().expect("a number");
    assert!((absolute - 10.0).abs() < 1e-9, "{json}");
    assert_eq!(json["variants"][0]["is_known"], true);
}

/// Four steps with both times, one without an end.
fn rows() -> [String; 2] {
    [row("i", "a 0-5; b! 5-30 error"), row("j", "a 0-; c 9-10; d 12-13")]
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Gives the file's path.
    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let file = self.0.path().join(name);
        std::fs::write(&file, bytes).expect("written");
        file.to_str().expect("a path in UTF-8").into()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

fn printed(words: &[&str]) -> String {
    let output = run(words, b"");
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn run(words: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cxpulse-analyze"));
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    // One that reads no input closes it.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("the command ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
