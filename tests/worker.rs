//! The built Worker under workerd, against the simulated CXone, over HTTP alone. Never reaches into either process:
//! what it may do to them is what an operator may, and a `kill -9`.
//!
//! What is proved here is the contract of `/v1` as README and ARCHITECTURE give it; upstream effects are counted
//! by the simulation, not by us.

mod audit;
mod bad_input;
mod batch;
mod cache;
mod callbacks;
mod chain;
pub(crate) mod client;
mod collector;
mod cors;
mod described;
mod dialects;
mod directory;
mod doctor;
mod events;
mod faults;
mod feed;
pub(crate) mod forge;
mod gate;
mod history;
mod hostile;
mod journal;
mod keys;
pub(crate) mod leash;
mod lives;
mod notify;
mod oddities;
mod proxy;
pub(crate) mod receiver;
mod redaction;
mod repeats;
mod restart;
mod routes;
mod safety;
pub(crate) mod sim;
pub(crate) mod snapshot;
pub(crate) mod socket;
mod sockets;
pub(crate) mod stack;
mod storage;
mod streams;
mod telemetry;
mod tenants;
mod tokens;
mod waits;
mod webhooks;
