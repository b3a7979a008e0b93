//! What must not be kept of a chain: it reaches CXone, and nothing that is stored or shown, by whatever way templates take it.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{chain, given, id_of, node, results, run, stands};
use crate::worker::stack::{Stack, fresh_correlation_id};

#[test]
fn what_is_redacted_reaches_cxone_and_is_stored_nowhere() {
    let stack = Stack::start_beside(Stack::shared());
    let secret = format!("secret-{}", fresh_correlation_id());
    let own = format!("secret-{}", fresh_correlation_id());
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({"inputs": {"customerId": "{{ inputs.ssn }}", "text": "is {{ inputs.ssn | upper }}"}})),
        "b": node("sim-instant", &["a"], &json!({"inputs": {"id": "{{ a.customer_id }}"}})),
        "c": node("sim-instant", &["a"], &json!({"when": "a.output.customer_id == 'x'"})),
        "d": node("sim-instant", &["a"], &json!({"inputs": {"ssn": own, "record": "{{ a.record_id }}"}})),
    });
    let more = json!({"inputs": {"ssn": secret}, "redact": {"names": ["ssn"]}});
    let over = run(&stack, &chain(&nodes, &more));
    assert_eq!(
        stands(&over),
        ["a successful", "b failed RESULT_REDACTED", "c failed RESULT_REDACTED", "d successful"],
        "what is no longer known is not sent, and decides nothing"
    );
    let results = results(&stack, &id_of(&over));
    let given = given(&stack, &over);
    assert_eq!(given["a"], json!({"customerId": secret, "text": format!("is {}", secret.to_uppercase())}));
    assert_eq!(given["d"], json!({"ssn": own, "record": results["a"]["record_id"]}));
    let chain = format!("/v1/chains/{}", id_of(&over));
    let execution = |run: u32| format!("/v1/executions/exe_{}-{run}", id_of(&over).trim_start_matches("chn_"));
    let paths = [chain.clone(), format!("{chain}/results"), format!("{chain}/journal"), format!("{chain}/audit")];
    let of_nodes = [0, 3].map(|run| [execution(run), format!("{}/journal", execution(run))]);
    for path in paths.into_iter().chain(of_nodes.into_iter().flatten()) {
        let answer = stack.client().get(&path);
        assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        for mark in [&secret, &own, &secret.to_uppercase()] {
            assert!(!answer.text().contains(mark.as_str()), "{path} shows {mark}: {}", answer.text());
        }
    }
    for mark in [&secret, &own] {
        assert_eq!(files_with(stack.data(), mark.as_bytes()), Vec::<String>::new());
    }
}

#[test]
fn a_value_that_is_to_be_redacted_is_refused_where_it_cannot_be() {
    let stack = Stack::shared();
    let nodes = json!({
        "a": node("sim-instant", &[], &json!({"when": "inputs.x == 'secret-4711'", "on_failure": {"fallback": "secret-4711"}})),
    });
    let more = json!({"inputs": {"ssn": "secret-4711", "x": 1}, "redact": {"names": ["ssn"]}, "tags": ["secret-4711"]});
    let refused = stack.client().post("/v1/chains", &chain(&nodes, &more));
    assert_eq!(
        refused.problem(),
        "422 invalid-request /nodes/a/on_failure contradiction, /nodes/a/when contradiction, /tags/0 contradiction"
    );
}

/// The files below a folder that have these bytes in them.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read(&path) {
                let has_it = text.windows(bytes.len()).any(|window| window == bytes);
                found.extend(has_it.then(|| path.display().to_string()));
            }
        }
    }
    found
}
