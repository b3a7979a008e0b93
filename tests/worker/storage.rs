//! Storage that refuses: a whole disk that takes nothing more, and one object's database. Both are done to the running Worker
//! from outside, and end by themselves or by us.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::journal::replay;
use super::stack::{Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn an_execution_whose_object_cannot_write_for_a_while_goes_on_though_nobody_asks() {
    let stack = Stack::start_beside(Stack::shared());
    for when in ["1", "abs(random()) % 2 = 0"] {
        let correlation_id = fresh_correlation_id();
        let accepted = stack.accept(&quick_start("sim-for-2s", &json!({"correlation_id": correlation_id})));
        stack.when(accepted.id(), PATIENCE, |now| now.status() == "running");
        refuse_rows(&the_newest(&stack, "Execution"), "sheet", 5, when);
        let is_over = || (stack.sim().the_one(&correlation_id).status == "COMPLETED").then_some(());
        assert!(wait_for(PATIENCE, is_over).is_some());
        // What the lists know, the object has told by itself.
        let listed = || {
            let list = stack.client().get("/v1/executions?outcome=completed").json();
            list["items"].as_array()?.iter().any(|item| item["id"] == accepted.id()).then_some(())
        };
        assert!(wait_for(PATIENCE, listed).is_some(), "it has ended, and nobody asked: {}", stack.look(accepted.id()));
        replay(&stack.journal(accepted.id()));
    }
}

/// From now on, for so many seconds, the database takes no rows into `table` of which `when` holds, in SQL. Its object may be
/// alive: for that the rule is nothing but one more writer's change of its schema.
pub(super) fn refuse_rows(database: &Path, table: &str, seconds: u64, when: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
    let rule = format!(
        "DROP TRIGGER IF EXISTS refusal;
         CREATE TRIGGER refusal BEFORE INSERT ON {table} WHEN unixepoch('now') < {} AND ({when})
         BEGIN SELECT RAISE(ABORT, 'no more is taken'); END",
        now + seconds
    );
    let script = "const { DatabaseSync } = require('node:sqlite');
                  const database = new DatabaseSync(process.argv[1]);
                  database.exec('PRAGMA busy_timeout = 20000');
                  database.exec(process.argv[2]);
                  database.close();";
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules/.bin/node");
    let done = Command::new(node).args(["--no-warnings", "-e", script]).arg(database).arg(rule).output();
    let done = done.expect("Node.js, as the set-up brings it, can be run");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// The database of the object of a class that was made last.
pub(super) fn the_newest(stack: &Stack, class: &str) -> PathBuf {
    let folder = stack.data().join("objects").join(format!("cxpulse-{class}"));
    let files = fs::read_dir(folder).expect("the objects have a folder").filter_map(|entry| {
        let path = entry.ok()?.path();
        let is_meant = path.extension()? == "sqlite" && path.file_stem()? != "metadata";
        Some((path.metadata().ok()?.created().ok()?, path)).filter(|_| is_meant)
    });
    files.max().expect("there is an object").1
}

const PATIENCE: Duration = Duration::from_secs(120);
