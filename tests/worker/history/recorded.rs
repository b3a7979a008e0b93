//! Real logs served by the simulation as its past, through the built Worker: its report is what PM4Py computes on the file, whatever
//! breaks off on the way.

use cxpulse_core::history::Report;
use serde_json::json;

use super::{NEVER_OPEN, PROFILE, id_of, query, report, run};
use crate::core::history::oracle::{Oracle, check_report, log_file};
use crate::worker::stack::Stack;

#[test]
fn real_logs_come_out_of_the_worker_as_pm4py_has_them() {
    for name in ["receipt", "sepsis"] {
        let Some(oracle) = Oracle::of(name) else { continue };
        let past = format!("CXPULSE_SIM_OPTIONS=--history {}", log_file(name).display());
        let stack = Stack::start_set(&[PROFILE, NEVER_OPEN, &past]);
        stack.sim().set_faults(&json!({
            "seed": 4, "retry_after": "0", "rates": {"server_error": 0.1, "dropped": 0.1}, "history": {"cut": 0.4},
        }));
        let over = run(&stack, &query(&json!({"page_size": 100})));
        assert_eq!(over["outcome"], "completed", "{name}: {over}");
        assert!(over["failures"].as_u64() > Some(2), "{name}: something went wrong on the way: {over}");
        let told: Report = serde_json::from_value(report(&stack, &id_of(&over), "")).expect("it is a report");
        check_report(&told, &oracle);
    }
}
