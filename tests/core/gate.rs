//! The tenant's gate, by table and by property: what stands in a call's way, for how long, and who goes next.

mod breaker;
mod clock;
mod credentials;
mod embargo;
mod line;
mod pace;
mod permits;
mod property;
mod series;
mod stored;
mod unreached;
