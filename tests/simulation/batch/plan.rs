//! What a seed decides of a batch: the request, and what becomes of it.

use cxpulse_core::flow::NodeStatus;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::fault::{pick_request, pick_script};
use crate::host::Fortune;

/// Everything that is decided before a batch begins.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    /// The body of `POST /v1/batches`.
    pub request: Value,
    /// What is decided of it as of every flow.
    pub fortune: Fortune<Vec<NodeStatus>>,
}

impl BatchPlan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let request = pick_batch(&mut chance);
        Self { request, fortune: Fortune::pick(seed, &mut chance, pick_statuses) }
    }
}

fn pick_batch(chance: &mut Rng) -> Value {
    let script = pick_script(chance);
    let mut request = pick_request(chance, false, &script);
    let payloads: Vec<Value> = (0..chance.usize(1..25)).map(|number| json!({"id": format!("item-{number}")})).collect();
    let tolerate = match chance.u8(..4) {
        0 => json!({"failed": chance.u32(..5)}),
        1 => json!({"failed_percent": chance.u32(..50)}),
        _ => Value::Null,
    };
    let fields = request.as_object_mut().expect("a request is an object");
    fields.remove("start");
    fields.remove("timeout_seconds");
    fields.remove("notify");
    // Callbacks come to single executions in the other simulation.
    fields.insert("callback".into(), json!(false));
    fields.insert("action_id".into(), json!(script));
    fields.insert("payloads".into(), json!(payloads));
    fields.insert("tolerate".into(), tolerate);
    fields.insert("max_parallel".into(), json!(chance.u32(1..8)));
    fields.insert("chunk_size".into(), json!(chance.u32(1..5)));
    fields.insert("item_timeout_seconds".into(), json!([5, 20, 60, 600][chance.usize(..4)]));
    fields.insert("timeout_seconds".into(), json!([10, 60, 600, 86_400][chance.usize(..4)]));
    request
}

fn pick_statuses(chance: &mut Rng) -> Vec<NodeStatus> {
    if chance.bool() {
        return NodeStatus::REDRIVEN.to_vec();
    }
    vec![NodeStatus::REDRIVEN[chance.usize(..4)]]
}
