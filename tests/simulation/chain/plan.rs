//! What a seed decides of a chain: its graph, its templates, and what becomes of it.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::fault::{pick_request, pick_script};
use crate::host::Fortune;

/// Everything that is decided before a chain begins.
#[derive(Debug, Clone)]
pub struct ChainPlan {
    /// The body of `POST /v1/chains`.
    pub request: Value,
    /// What is decided of it as of every flow. All that failed is what is run again.
    pub fortune: Fortune<()>,
}

impl ChainPlan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let request = pick_chain(&mut chance);
        Self { request, fortune: Fortune::pick(seed, &mut chance, |_| ()) }
    }
}

fn pick_chain(chance: &mut Rng) -> Value {
    let mut request = pick_request(chance, false, "");
    let fields = request.as_object_mut().expect("a request is an object");
    for other in ["start", "timeout_seconds"] {
        fields.remove(other);
    }
    let total = chance.usize(1..20);
    let nodes: Map<String, Value> =
        (0..total).map(|number| (format!("n{number}"), pick_node(chance, number))).collect();
    fields.insert("nodes".into(), Value::Object(nodes));
    fields.insert("inputs".into(), json!({"account": "12345"}));
    // Callbacks come to single executions in the other simulation.
    fields.insert("callback".into(), json!(false));
    fields.insert("max_parallel".into(), json!(chance.u32(1..8)));
    fields.insert("timeout_seconds".into(), json!([10, 60, 600, 86_400][chance.usize(..4)]));
    if let Some(notify) = fields.get_mut("notify") {
        notify["url"] = json!("https://example.com/hook");
    }
    request
}

/// It needs any of those before it, and reads some of these.
fn pick_node(chance: &mut Rng, number: usize) -> Value {
    let mut needs: Vec<usize> = (0..chance.usize(..3)).filter(|_| number > 0).map(|_| chance.usize(..number)).collect();
    needs.sort_unstable();
    needs.dedup();
    let names: Vec<String> = needs.iter().map(|need| format!("n{need}")).collect();
    let script = if chance.u8(..3) == 0 { pick_script(chance) } else { "sim-fast".into() };
    let mut node = json!({
        "action_id": script,
        "depends_on": names,
        "timeout_seconds": ([5, 20, 60, 600][chance.usize(..4)]),
        "inputs": {"account": "{{ inputs.account }}"},
    });
    for (place, name) in names.iter().enumerate() {
        let template = match chance.u8(..12) {
            0 => format!("{{{{ {name}.nothing_of_that_name }}}}"),
            1..=5 => format!("{{{{ {name}.output | default(\"none\") }}}}"),
            _ => format!("{{{{ {name}.meta.status }}}} after {{{{ {name}.meta.attempts }}}}"),
        };
        node["inputs"][format!("of_{place}")] = json!([{ "value": template }]);
    }
    if let Some(name) = names.first().filter(|_| chance.u8(..5) == 0) {
        node["when"] = json!(format!("{name}.meta.attempts {} 1", if chance.bool() { "==" } else { ">" }));
    }
    match chance.u8(..6) {
        0 => node["on_failure"] = json!("continue"),
        1 => node["on_failure"] = json!({"fallback": {"id": "none"}}),
        _ => {}
    }
    node
}
