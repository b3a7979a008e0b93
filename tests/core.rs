//! Tables and properties of the core: one file per module.

mod allowance;
mod backoff;
mod breaker;
mod cache;
mod call;
mod credential;
mod dialects;
mod doctor;
mod execution;
mod failure;
mod gate;
mod id;
mod journal;
mod json;
mod limiter;
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
