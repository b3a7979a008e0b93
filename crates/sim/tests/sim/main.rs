//! The simulated CXone through its public interface: the world on a virtual clock, and the program on a socket.

mod callbacks;
mod control;
mod faults;
mod lives;
mod refusals;
mod socket;
mod tenant;
