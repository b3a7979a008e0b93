//! A reply on its way out: whole, cut, in pieces or not at all. Never decides which.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use cxpulse_sim::{Delivery, Reply};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel, Full};
use hyper::Response;

use super::clock;

/// What hyper sends.
pub(super) type Answer = Response<UnsyncBoxBody<Bytes, Silence>>;

/// The connection is to close here and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence;

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Silence {}

/// Waits for as long as the reply says, then starts sending it.
pub(super) async fn deliver(reply: Reply) -> Result<Answer, Silence> {
    tokio::time::sleep(clock::duration(reply.delay)).await;
    let length = reply.body.len();
    let body = Bytes::from(reply.body);
    let (announced, body) = match reply.delivery {
        Delivery::NoAnswer => return Err(Silence),
        Delivery::Whole => (None, Full::new(body).map_err(never).boxed_unsync()),
        Delivery::CutAfter(sent) => (Some(length), cut(body.slice(..sent.min(length)))),
        Delivery::Trickle(span) => (None, trickle(body, clock::duration(span))),
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    if let Some(length) = announced {
        response = response.header("content-length", length);
    }
    response.body(body).map_err(|_| Silence)
}

/// The bytes, and then an end that is none. The pause lets them leave before the connection closes.
fn cut(sent: Bytes) -> UnsyncBoxBody<Bytes, Silence> {
    let (mut sender, channel) = Channel::new(1);
    tokio::spawn(async move {
        if sender.send_data(sent).await.is_ok() {
            tokio::time::sleep(CUT_PAUSE).await;
        }
        sender.abort(Silence);
    });
    channel.boxed_unsync()
}

/// The bytes in pieces, evenly over the time; it stops when the receiver is gone.
fn trickle(body: Bytes, time: Duration) -> UnsyncBoxBody<Bytes, Silence> {
    let (mut sender, channel) = Channel::new(1);
    tokio::spawn(async move {
        let size = body.len().div_ceil(PIECES).max(1);
        for piece in body.chunks(size) {
            if sender.send_data(body.slice_ref(piece)).await.is_err() {
                return;
            }
            tokio::time::sleep(time / PIECE_COUNT).await;
        }
    });
    channel.boxed_unsync()
}

const fn never(error: Infallible) -> Silence {
    match error {}
}

const CUT_PAUSE: Duration = Duration::from_millis(20);
const PIECES: usize = 8;
const PIECE_COUNT: u32 = 8;
