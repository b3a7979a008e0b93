//! Which dead letters are to be sent again. Never looks at any.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Faults, Fields, parse_body};
use super::{Code, Invalid};
use crate::json;
use crate::outbox::DEAD_MAX;

/// What an operator asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedriveRequest {
    /// By number, 1..=[`DEAD_MAX`] of them; `None` for all.
    pub numbers: Option<Vec<u64>>,
}

/// Reads `{"numbers": [1, 2]}`; `{}` or no body at all is for all of them.
///
/// # Errors
/// [`Invalid`] with every violation and its pointer.
pub fn parse_redrive(text: &str) -> Result<RedriveRequest, Invalid> {
    if text.trim().is_empty() {
        return Ok(RedriveRequest::default());
    }
    let body = parse_body(text)?;
    let faults = Faults::default();
    let request = body.pointer("").and_then(|root| Fields::of(root, String::new(), &faults)).map(read);
    faults.check(request)
}

fn read(mut fields: Fields<'_>) -> RedriveRequest {
    let numbers = read_numbers(&mut fields);
    fields.finish();
    RedriveRequest { numbers }
}

fn read_numbers(fields: &mut Fields<'_>) -> Option<Vec<u64>> {
    let value = fields.take("numbers")?;
    let Some(items) = json::items(value) else {
        fields.fault("numbers", Code::WrongType, "must be a list of whole numbers");
        return None;
    };
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.get().parse().ok()).filter(|n| *n > 0).collect();
    if numbers.len() != items.len() || !(1..=DEAD_MAX).contains(&numbers.len()) {
        let message = alloc::format!("must be 1 to {DEAD_MAX} whole numbers, each at least 1");
        fields.fault("numbers", Code::OutOfRange, message);
        return None;
    }
    Some(numbers)
}
