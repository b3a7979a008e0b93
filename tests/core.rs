//! Tables and properties of the core: one file per module.

mod backoff;
mod call;
mod credential;
mod dialects;
mod execution;
mod failure;
mod id;
mod journal;
mod json;
mod metrics;
mod outbox;
mod profile;
mod progress;
mod proxy;
mod status;
mod tenants;
mod time;
mod trace;
mod validate;
mod wire;
