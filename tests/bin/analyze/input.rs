//! A file as text, and text as pages or lines. Never reads a time or a name.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io::{Read, stdin};

use cxpulse_core::history::{Fault, Log, Options, StepNotes, StepsError, write_steps};
use flate2::read::MultiGzDecoder;

/// The text of a file, uncompressed.
pub(crate) fn read(file: &str) -> Result<String, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(file).map(|all| bytes = all)
    };
    read.map_err(|error| format!("cannot read {file}: {error}"))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::with_capacity(unpacked_len(&bytes));
        let unpacked = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain);
        unpacked.map_err(|error| format!("{file} is not whole, or no gzip: {error}"))?;
        bytes = plain;
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("{file} is not UTF-8: byte {at}. A history is JSON, plain or compressed by gzip")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}

/// How long gzip says that it is unpacked (RFC 1952 section 2.3.1); never more than what can have been packed so.
fn unpacked_len(packed: &[u8]) -> usize {
    let said = packed.last_chunk::<4>().map_or(0, |len| u32::from_le_bytes(*len));
    usize::try_from(said).unwrap_or_default().min(packed.len().saturating_mul(DEFLATE_MAX))
}

/// Takes in all of a text. Of lines, those that cannot be read are counted; a page that cannot is a fault.
pub(crate) fn gather(text: &str, log: &mut Log) -> Result<(), String> {
    if !is_lines(text) {
        return if is_blank(text) { Ok(()) } else { log.page(text, 0).map_err(|fault| located(text, fault)) };
    }
    for (place, line) in (0..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        log.line(line, place << 32);
    }
    Ok(())
}

/// Writes a line for each step of a text, each once. Lines that cannot be read have none: the report counts them.
pub(crate) fn write_each_step(text: &str, options: &Options, out: &mut impl fmt::Write) -> Result<(), StepsError> {
    if !is_lines(text) {
        return write_steps(text, options, out);
    }
    let mut notes = StepNotes::new(options.clone());
    text.lines().try_for_each(|line| notes.line(line))?;
    let mut lines = notes.finish();
    text.lines().try_for_each(|line| lines.line(line, out))
}

pub(crate) fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whether objects stand line by line: of the first two lines with something in them, one is an object, and one begins another.
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(2);
    matches!((lines.next(), lines.next()), (Some(first), Some(second)) if is_object(first) && second.starts_with('{'))
}

fn is_object(line: &str) -> bool {
    line.starts_with('{') && line.trim_end().ends_with('}')
}

/// A place as an editor shows it.
pub(crate) fn located(text: &str, fault: Fault) -> String {
    let before = text.get(..fault.at).unwrap_or(text);
    let (line, column) =
        (before.matches('\n').count() + 1, before.chars().rev().take_while(|one| *one != '\n').count() + 1);
    format!("line {line}, column {column}: {}", fault.what)
}

/// What deflate makes of a byte at most.
const DEFLATE_MAX: usize = 1_032;
