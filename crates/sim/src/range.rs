//! Byte ranges of an answer, and the entity tag that binds them together. Never decides what the whole answer is.
//!
//! Rules: RFC 9110 sections 8.8.3 (entity tags), 13.1.5 (`If-Range`) and 14 (ranges). That defines ranges for GET
//! alone; who asks here has said that they mean the same for their own method. Of several ranges none is answered: the
//! section lets a server ignore them.

use std::fmt::Write as _;
use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::exchange::{Reply, Request};
use crate::fault::RangeFault;

/// The whole answer, or the part of it that is asked for; both with the headers that let a caller go on later.
pub(crate) fn ranged(request: &Request, whole: Reply, fault: Option<RangeFault>) -> Reply {
    let tag = entity_tag(&whole.body);
    let length = whole.body.len();
    let is_fresh = request.header("if-range").is_none_or(|expected| expected.trim() == tag);
    let wanted = request.header("range").filter(|_| is_fresh).and_then(|range| Wanted::read(range, length));
    let (wanted, tag) = match fault {
        None => (wanted, tag),
        Some(RangeFault::Ignored) => (None, tag),
        Some(RangeFault::Misplaced) => (wanted.map(Wanted::misplaced), tag),
        Some(RangeFault::Retagged) => (wanted, entity_tag(tag.as_bytes())),
    };
    let reply = match wanted {
        None => whole,
        Some(Wanted::Part(part)) => partial(whole, part),
        Some(Wanted::Beyond) => {
            Reply::refusal(416, "range_not_satisfiable", "the range begins after the end of the answer")
                .with_header("content-range", &format!("bytes */{length}"))
        }
    };
    reply.with_header("accept-ranges", "bytes").with_header("etag", &tag)
}

/// Whether a request asks for a part at all: what the faults of ranges are about.
pub(crate) fn asks_for_part(request: &Request) -> bool {
    request.header("range").is_some()
}

/// What a header `Range` asks of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Part(Range<usize>),
    /// Nothing that the body has.
    Beyond,
}

impl Wanted {
    /// `None` where the header is to be ignored: another unit, several ranges, no range.
    fn read(header: &str, length: usize) -> Option<Self> {
        let (unit, set) = header.split_once('=')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
            return None;
        }
        let (first, last) = set.trim().split_once('-')?;
        let (first, last) = (position(first)?, position(last)?);
        let part = match (first, last) {
            (None, None) => return None,
            (None, Some(suffix)) => length.saturating_sub(suffix)..length,
            (Some(first), None) => first..length,
            (Some(first), Some(last)) if last < first => return None,
            (Some(first), Some(last)) => first..last.saturating_add(1).min(length),
        };
        Some(if part.is_empty() { Self::Beyond } else { Self::Part(part) })
    }

    /// Another part of the same body, if only by a byte.
    fn misplaced(self) -> Self {
        match self {
            Self::Part(part) if part.start > 0 => Self::Part(part.start / 2..part.end),
            Self::Part(part) if part.len() > 1 => Self::Part(1..part.end),
            Self::Part(_) | Self::Beyond => self,
        }
    }
}

/// A position of a range: `None` where there is none, an error where it is no number. One that is too great for this
/// machine is still one, after every end.
fn position(text: &str) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some(text.parse().unwrap_or(usize::MAX)))
}

fn partial(whole: Reply, part: Range<usize>) -> Reply {
    let range = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), whole.body.len());
    let body = whole.body.get(part).unwrap_or_default().to_vec();
    Reply { status: 206, body, ..whole }.with_header("content-range", &range)
}

/// A strong one: the same bytes have the same, others another.
fn entity_tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::from("\"");
    for byte in digest.iter().take(TAG_BYTES) {
        // Writing to a String does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

const TAG_BYTES: usize = 12;
