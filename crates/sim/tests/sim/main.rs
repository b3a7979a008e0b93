//! The simulated CXone through its public interface: the world on a virtual clock, and the program on a socket.

mod actions;
mod callbacks;
mod control;
mod counts;
mod faults;
mod flights;
mod history;
mod history_cursor;
mod history_faults;
mod history_past;
mod history_range;
mod lives;
mod outage;
mod program;
mod public;
mod refusals;
mod socket;
mod tenant;
mod tokens;
