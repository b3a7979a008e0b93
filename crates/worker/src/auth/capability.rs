//! Capabilities: the address of an execution that CXone calls, and nobody can guess. Never looks at what is called.
//!
//! An execution's id joined with its seal. Executions live for 30 days, so the seal of every signing key counts.

use cxpulse_core::id::ExecutionId;

use crate::config::Settings;
use crate::seal;

/// What CXone calls to reach this execution.
pub(crate) fn capability(settings: &Settings, id: &ExecutionId) -> String {
    let seal = seal::mac(settings.signing_key.reveal().as_bytes(), sealed(id.as_str()).as_bytes());
    format!("{id}.{}", seal::encode(&seal))
}

/// What is secret of it, and of those that were made with the signing keys before.
pub(crate) fn capability_seals(settings: &Settings, id: &ExecutionId) -> Vec<String> {
    let message = sealed(id.as_str());
    settings.signing_keys().map(|key| seal::encode(&seal::mac(key, message.as_bytes()))).collect()
}

/// The execution that a capability is for; `None` where we did not make it.
pub(crate) fn read_capability(settings: &Settings, text: &str) -> Option<ExecutionId> {
    let (id, signature) = text.split_once('.')?;
    let id = ExecutionId::parse(id).ok()?;
    let signature = seal::decode(signature)?;
    settings.is_sealed(sealed(id.as_str()).as_bytes(), &signature).then_some(id)
}

fn sealed(id: &str) -> String {
    format!("callback:{id}")
}
