//! The states of a contact are analysed like the steps of any interaction.

use cxpulse_core::history::{Options, interaction_of_states};

use super::report_with;

#[test]
fn states_are_steps_in_the_order_of_their_index() {
    let row = interaction_of_states("c\"1", [SECOND, FIRST].into_iter());
    let report = report_with(&[row], &Options::default());
    assert_eq!(report.variants.top[0].nodes, ["PreQueue", "InQueue"]);
    let times: Vec<(f64, &[String])> =
        report.dwell.iter().map(|node| (node.times.mean, node.types.as_slice())).collect();
    let state = ["STATE".to_owned()];
    assert_eq!(times, [(90.0, state.as_slice()), (2.5, state.as_slice())]);
    assert_eq!(report.anomalies, [], "a state is a type that is known");
}

#[test]
fn what_a_state_lacks_its_step_lacks_and_is_counted() {
    let rows = [
        FIRST,
        r#"{"stateIndex":1,"contactStateName":"InQueue","startDate":"2026-11-23T10:00:03Z"}"#,
        "{\"stateIndex\":",
    ];
    let report = report_with(&[interaction_of_states("c1", rows.into_iter())], &Options::default());
    assert_eq!(report.steps, 1);
    let kinds: Vec<String> =
        report.anomalies.iter().map(|one| serde_json::to_string(&one.kind).expect("JSON")).collect();
    assert_eq!(kinds, ["\"unreadable_step\"", "\"missing_end\""]);
}

const FIRST: &str =
    r#"{"stateIndex":0,"contactStateName":"PreQueue","startDate":"2026-11-23T10:00:00.5Z","duration":2.5}"#;

const SECOND: &str =
    r#"{"stateIndex":1,"contactStateName":"InQueue","startDate":"2026-11-23T10:00:03Z","duration":90}"#;
