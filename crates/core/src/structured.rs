//! The one structured field that we read: an Item that is a String, such as `"a key";v=1`. Never guesses what a malformed
//! one meant.
//!
//! After RFC 9651 section 4.2, each function one of its algorithms. Parameters are read by their grammar and dropped.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::iter::Peekable;
use core::str::Bytes;

use crate::signature::parse_base64;

/// A text is no Item that is a String. Says nothing of where, for whoever sent it made it by a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be one string in double quotes, of visible ASCII characters and spaces, as RFC 9651 has it")
    }
}

impl core::error::Error for Malformed {}

/// Reads an Item, and gives its String.
///
/// # Errors
/// [`Malformed`] for an Item of another type, several of them, or none.
pub fn parse_string_item(text: &str) -> Result<String, Malformed> {
    let mut rest = text.bytes().peekable();
    skip_spaces(&mut rest);
    let string = read_string(&mut rest).ok_or(Malformed)?;
    skip_parameters(&mut rest).ok_or(Malformed)?;
    skip_spaces(&mut rest);
    if rest.next().is_none() { Ok(string) } else { Err(Malformed) }
}

type Rest<'a> = Peekable<Bytes<'a>>;

fn skip_spaces(rest: &mut Rest<'_>) {
    while rest.next_if_eq(&b' ').is_some() {}
}

fn read_string(rest: &mut Rest<'_>) -> Option<String> {
    rest.next_if_eq(&b'"')?;
    let mut string = String::new();
    loop {
        match rest.next()? {
            b'"' => return Some(string),
            b'\\' => string.push(rest.next().filter(|byte| matches!(byte, b'"' | b'\\'))?.into()),
            byte @ b' '..=b'~' => string.push(byte.into()),
            _ => return None,
        }
    }
}

fn skip_parameters(rest: &mut Rest<'_>) -> Option<()> {
    while rest.next_if_eq(&b';').is_some() {
        skip_spaces(rest);
        rest.next_if(|byte| byte.is_ascii_lowercase() || *byte == b'*')?;
        let is_key =
            |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.' | b'*');
        while rest.next_if(is_key).is_some() {}
        if rest.next_if_eq(&b'=').is_some() {
            skip_bare_item(rest)?;
        }
    }
    Some(())
}

fn skip_bare_item(rest: &mut Rest<'_>) -> Option<()> {
    match rest.peek()? {
        b'-' | b'0'..=b'9' => skip_number(rest).map(drop),
        b'"' => read_string(rest).map(drop),
        b'*' | b'A'..=b'Z' | b'a'..=b'z' => skip_token(rest),
        b':' => skip_bytes(rest),
        b'?' => {
            rest.next();
            rest.next_if(|byte| matches!(byte, b'0' | b'1')).map(drop)
        }
        b'@' => {
            rest.next();
            skip_number(rest).filter(|is_whole| *is_whole).map(drop)
        }
        b'%' => skip_display_string(rest),
        _ => None,
    }
}

/// Up to 15 digits, or up to 12 with a fraction of up to 3; gives whether it is whole.
fn skip_number(rest: &mut Rest<'_>) -> Option<bool> {
    let digits = |rest: &mut Rest<'_>| core::iter::from_fn(|| rest.next_if(u8::is_ascii_digit)).count();
    rest.next_if_eq(&b'-');
    let whole = digits(rest);
    if rest.next_if_eq(&b'.').is_none() {
        return (1..=15).contains(&whole).then_some(true);
    }
    let fraction = digits(rest);
    ((1..=12).contains(&whole) && (1..=3).contains(&fraction)).then_some(false)
}

fn skip_token(rest: &mut Rest<'_>) -> Option<()> {
    rest.next()?;
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(byte);
    while rest.next_if(is_inner).is_some() {}
    Some(())
}

fn skip_bytes(rest: &mut Rest<'_>) -> Option<()> {
    rest.next()?;
    let text: Vec<u8> = core::iter::from_fn(|| rest.next_if(|byte| *byte != b':')).collect();
    rest.next_if_eq(&b':')?;
    parse_base64(core::str::from_utf8(&text).ok()?).map(drop)
}

fn skip_display_string(rest: &mut Rest<'_>) -> Option<()> {
    rest.next()?;
    rest.next_if_eq(&b'"')?;
    let mut text = Vec::new();
    loop {
        match rest.next()? {
            b'"' => return core::str::from_utf8(&text).ok().map(drop),
            b'%' => text.push(hex_digit(rest)?.checked_mul(16)?.checked_add(hex_digit(rest)?)?),
            byte @ b' '..=b'~' => text.push(byte),
            _ => return None,
        }
    }
}

/// Upper case is none: RFC 9651 section 4.2.10.
fn hex_digit(rest: &mut Rest<'_>) -> Option<u8> {
    match rest.next()? {
        byte @ b'0'..=b'9' => byte.checked_sub(b'0'),
        byte @ b'a'..=b'f' => byte.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}
