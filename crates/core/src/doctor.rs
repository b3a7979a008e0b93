//! What is wrong with a tenant's connection to CXone, in words. Never asks CXone itself.

mod setting;

pub use setting::{Setting, SettingsAt};
