//! Histories: what is computed of them against an oracle, in tables, and whatever their pages.

mod oracle;
