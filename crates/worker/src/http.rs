//! One HTTP exchange with somebody else: sent, awaited for a limited time, read up to a limit. Never follows a redirect,
//! never tries again.

use std::rc::Rc;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::time::Span;
use js_sys::Array;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader, RequestInit, RequestRedirect, Response, WorkerGlobalScope};
use worker::durable::State;

use crate::body::{self, BodyFault};
use crate::clock;
use crate::deadline::{Deadline, Deadlines};
use crate::relay::Relay;

/// What one object or invocation may have open at once. Production lets an invocation wait on six connections and holds
/// the seventh back without a word; a bare runtime does not. All that an object does counts as one invocation.
///
/// The invocations that call out: an `Execution` object (a call, a notification); a `Tenant` object (token and discoveries,
/// one after the other, and the proxy's shared `GET`s, which take all but one); and a request of the proxy or the doctor,
/// one call after the other. A `Flow` object has as many calls under way as its executions do: those that find no
/// connection free are made by other invocations of this Worker, which `relay` answers.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    free: Rc<Semaphore>,
    /// Turns at reading large answers.
    large: Rc<Semaphore>,
    relay: Option<Relay>,
    deadlines: Deadlines,
}

/// One that is open, until this goes.
pub(crate) struct Open<'a> {
    _permit: SemaphorePermit<'a>,
}

impl Default for Connections {
    fn default() -> Self {
        Self::of(CONNECTIONS_MAX)
    }
}

impl Connections {
    fn of(max: usize) -> Self {
        Self {
            free: Rc::new(Semaphore::new(max)),
            large: Rc::new(Semaphore::new(LARGE_MAX)),
            relay: None,
            deadlines: Deadlines::default(),
        }
    }

    /// All but one: for calls that themselves may have to wait for another, of which there is one at a time.
    pub(crate) fn all_but_one() -> Self {
        Self::of(CONNECTIONS_MAX - 1)
    }

    /// An object's with others to make the calls that find none free.
    pub(crate) fn relayed(state: &State) -> Self {
        Self { relay: Relay::of(state), ..Self::default() }
    }

    /// Waits for a connection that is free, for an exchange that is not made here.
    pub(crate) async fn open(&self) -> Result<Open<'_>, Unanswered> {
        // It fails only where it was closed, which nobody does.
        self.free.acquire().await.map(|permit| Open { _permit: permit }).map_err(|_| Unanswered::Broken)
    }

    /// Waits for a connection that is free, sends and reads. The time that the exchange may take begins then.
    pub(crate) async fn exchange(&self, outgoing: &Outgoing<'_>) -> Result<Incoming, Unanswered> {
        let relay = self.relay.as_ref().filter(|_| self.free.available_permits() == 0);
        let _open = if relay.is_none() { Some(self.open().await?) } else { None };
        let deadline = self.deadlines.after(outgoing.timeout).map_err(|_| Unanswered::Broken)?;
        let why = || if deadline.is_over() { Unanswered::TimedOut } else { Unanswered::Broken };
        let init = init(outgoing, &deadline.signal());
        let sent = match relay {
            Some(relay) => relay.fetch(outgoing.url, &init).map_err(|_| why())?,
            None => global().fetch_with_str_and_init(outgoing.url, &init),
        };
        let response: Response = JsFuture::from(sent).await.and_then(JsCast::dyn_into).map_err(|_| why())?;
        self.read(&response, outgoing).await.ok_or_else(why)
    }

    /// The same, but that the body is read by whoever asked, as it comes: within the same time, under the same connection.
    pub(crate) async fn begin(&self, outgoing: &Outgoing<'_>) -> Result<Streamed<'_>, Unanswered> {
        let open = self.open().await?;
        let deadline = self.deadlines.after(outgoing.timeout).map_err(|_| Unanswered::Broken)?;
        let sent = global().fetch_with_str_and_init(outgoing.url, &init(outgoing, &deadline.signal()));
        let answer: Result<Response, _> = JsFuture::from(sent).await.and_then(JsCast::dyn_into);
        match answer {
            Ok(response) => Ok(Streamed { head: Head::of(&response), response, reader: None, deadline, _open: open }),
            Err(_) if deadline.is_over() => Err(Unanswered::TimedOut),
            Err(_) => Err(Unanswered::Broken),
        }
    }

    /// What came back; `None` where it broke off.
    async fn read(&self, response: &Response, outgoing: &Outgoing<'_>) -> Option<Incoming> {
        let head = Head::of(response);
        let max = if response.ok() { outgoing.answer_max } else { outgoing.refusal_max };
        let body = if max == 0 {
            body::discard(response.body());
            Ok(String::new())
        } else {
            match body::read_answer(response, &head, max, &self.large).await {
                Ok(bytes) => String::from_utf8(bytes).map_err(|_| Unreadable::NotText),
                Err(BodyFault::TooLong) => Err(Unreadable::TooLong),
                Err(BodyFault::Broken | BodyFault::Late) => return None,
            }
        };
        Some(Incoming { status: response.status(), retry_after: head.retry_after, allowance: head.allowance, body })
    }
}

/// An answer whose body is still to come.
pub(crate) struct Streamed<'c> {
    pub(crate) head: Head,
    response: Response,
    reader: Option<ReadableStreamDefaultReader>,
    deadline: Deadline,
    _open: Open<'c>,
}

impl Streamed<'_> {
    pub(crate) fn status(&self) -> u16 {
        self.response.status()
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).ok().flatten()
    }

    /// The next part of the body; `None` at its end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, Unanswered> {
        if self.reader.is_none() {
            let Some(body) = self.response.body() else { return Ok(None) };
            self.reader = Some(body.get_reader().unchecked_into());
        }
        let Some(reader) = &self.reader else { return Ok(None) };
        match body::next_chunk(reader).await {
            Ok(chunk) => Ok(chunk.map(|chunk| chunk.to_vec())),
            Err(_) if self.deadline.is_over() => Err(Unanswered::TimedOut),
            Err(_) => Err(Unanswered::Broken),
        }
    }
}

impl Drop for Streamed<'_> {
    /// What was not read need not be sent.
    fn drop(&mut self) {
        match &self.reader {
            Some(reader) => drop(reader.cancel()),
            None => body::discard(self.response.body()),
        }
    }
}

/// What is sent.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a str>,
    /// From the first byte sent to the last one read.
    pub(crate) timeout: Span,
    /// Bytes of the body that are read where the status is 2xx.
    pub(crate) answer_max: usize,
    /// Bytes of it that are read where the status is another; 0 for a body that says nothing to us.
    pub(crate) refusal_max: usize,
}

/// What came back.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// What its headers say of calls left.
    pub(crate) allowance: Allowance,
    /// Empty where none was to be read.
    pub(crate) body: Result<String, Unreadable>,
}

/// What an answer's headers say.
pub(crate) struct Head {
    pub(crate) retry_after: Option<String>,
    /// Of calls left.
    pub(crate) allowance: Allowance,
    /// Bytes of the body as it comes.
    pub(crate) len: Option<usize>,
    /// Whether it has to be unpacked, to any length.
    pub(crate) is_packed: bool,
}

/// Why a body that came is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Longer than the limit.
    TooLong,
    /// Not UTF-8.
    NotText,
}

/// Why nothing whole came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Not within the time.
    TimedOut,
    /// The connection was refused or broke.
    Broken,
}

impl Unreadable {
    /// For people.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::TooLong => "the answer is longer than any that we read",
            Self::NotText => "the answer is not UTF-8",
        }
    }
}

impl Unanswered {
    /// For people.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::TimedOut => "no answer came in time",
            Self::Broken => "the connection broke",
        }
    }
}

impl Head {
    /// Of an answer, whether its body was read or not.
    pub(crate) fn of(answer: &Response) -> Self {
        let lines = head(answer, HEADERS);
        let mut lines = lines.split('\n').map(|value| Some(value).filter(|value| !value.is_empty()));
        let mut next = || lines.next().flatten();
        let retry_after = next().map(str::to_owned);
        let (remaining, remaining_of_draft) = (next(), next());
        // Also by itself: a 429 may say no more than when there are more.
        let (reset, reset_of_draft) = (next(), next());
        let allowance = Allowance::read(remaining.or(remaining_of_draft), reset.or(reset_of_draft), clock::now());
        Self { retry_after, allowance, len: next().and_then(|text| text.parse().ok()), is_packed: next().is_some() }
    }
}

#[wasm_bindgen(module = "/js/head.mjs")]
extern "C" {
    fn head(answer: &Response, names: &str) -> String;
}

fn init(outgoing: &Outgoing<'_>, signal: &AbortSignal) -> RequestInit {
    let pairs: Array = outgoing
        .headers
        .iter()
        .map(|(name, value)| Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)))
        .collect();
    let init = RequestInit::new();
    init.set_method(outgoing.method);
    init.set_headers(&pairs);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(signal));
    if let Some(body) = outgoing.body {
        init.set_body(&JsValue::from_str(body));
    }
    init
}

fn global() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// In the order in which [`Head::of`] takes them.
const HEADERS: &str = "retry-after x-ratelimit-remaining ratelimit-remaining x-ratelimit-reset ratelimit-reset \
                       content-length content-encoding";

/// Large answers that are read at the same time, of hundreds that may be under way.
const LARGE_MAX: usize = 2;

/// Connections that one invocation may have open.
const CONNECTIONS_MAX: usize = 6;
