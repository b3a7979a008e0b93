//! Which status may follow which.

use cxpulse_core::status::{Status, transition};
use expect_test::expect;

#[test]
fn every_pair_of_statuses_has_a_transition() {
    let row = |from: Option<Status>| {
        let cells = Status::ALL.map(|to| format!("{:9}", format!("{:?}", transition(from, to))));
        format!("{:10}{}", from.map_or("nothing", Status::name), cells.join("").trim_end())
    };
    let head = format!("{:10}{}", "", Status::ALL.map(|to| format!("{:9}", to.name())).join("").trim_end());
    let rows = [None].into_iter().chain(Status::ALL.map(Some)).map(row);
    let table = [head].into_iter().chain(rows).collect::<Vec<_>>().join("\n");
    expect![[r#"
                  pending  queued   running  completedfailed   canceled
        nothing   First    First    First    First    First    First
        pending   Stay     Forward  Forward  Skipped  Skipped  Forward
        queued    Back     Stay     Forward  Skipped  Skipped  Forward
        running   Back     Back     Stay     Forward  Forward  Forward
        completed AfterEnd AfterEnd AfterEnd Stay     AfterEnd AfterEnd
        failed    AfterEnd AfterEnd AfterEnd AfterEnd Stay     AfterEnd
        canceled  AfterEnd AfterEnd AfterEnd AfterEnd AfterEnd Stay"#]]
    .assert_eq(&table);
}
