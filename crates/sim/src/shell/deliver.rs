//! A reply on its way out: whole, cut, in pieces or not at all. Never decides which.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cxpulse_sim::{Delivery, Reply};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Channel};
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};

use super::{Delivering, clock};

/// What hyper sends.
pub(super) type Answer = Response<Accompanied>;

/// The connection is to close here and now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence;

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed on purpose")
    }
}

impl std::error::Error for Silence {}

/// A body, and what is to be dropped with it.
pub(super) struct Accompanied {
    body: UnsyncBoxBody<Bytes, Silence>,
    _delivering: Delivering,
}

impl Body for Accompanied {
    type Data = Bytes;
    type Error = Silence;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Silence>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes in frames, so that hyper lets go of a large body only when the most of it is on the wire.
struct Frames(Bytes);

impl Body for Frames {
    type Data = Bytes;
    type Error = Silence;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Silence>>> {
        let size = self.0.len().min(FRAME_BYTES);
        let frame = self.0.split_to(size);
        Poll::Ready((!frame.is_empty()).then(|| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }
}

/// Waits for as long as the reply says, then starts sending it.
pub(super) async fn deliver(reply: Reply, delivering: Delivering) -> Result<Answer, Silence> {
    tokio::time::sleep(clock::duration(reply.delay)).await;
    let length = reply.body.len();
    let body = Bytes::from(reply.body);
    let (announced, body) = match reply.delivery {
        Delivery::NoAnswer => return Err(Silence),
        Delivery::Whole => (None, Frames(body).boxed_unsync()),
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
    response.body(Accompanied { body, _delivering: delivering }).map_err(|_| Silence)
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

const CUT_PAUSE: Duration = Duration::from_millis(20);
const FRAME_BYTES: usize = 64 * 1024;
const PIECES: usize = 8;
const PIECE_COUNT: u32 = 8;
