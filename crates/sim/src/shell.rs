//! The world on a socket: each reply is delivered as it says, cuts and silence included. Never changes a reply.
//!
//! HTTP/1.1 by hyper itself: a service's error there closes the connection without a byte, and a body's error closes
//! it in the middle, which is what the two faults of delivery need.

mod clock;
mod deliver;
mod notify;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cxpulse_sim::{Flight, Reply, Request, World};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use self::deliver::{Answer, Silence};

/// The world, and a bell for when it may owe a callback sooner than before.
pub(crate) struct Shared {
    world: Mutex<World>,
    bell: Notify,
}

impl Shared {
    /// The world to itself. A panic elsewhere leaves no half-made change behind that matters to a simulation.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply; rings where the request changed when the next callback is due.
    fn take(self: &Arc<Self>, request: &Request) -> (Reply, Delivering) {
        let mut world = self.world();
        let before = world.next_wake_at();
        let (reply, flight) = world.take(request, clock::now());
        if world.next_wake_at() != before {
            self.bell.notify_one();
        }
        (reply, Delivering { flight, shared: Arc::clone(self) })
    }
}

/// A reply on its way. Dropped when the last of it is handed to the connection, or the connection is gone, and
/// only then does the world hold the request for delivered.
pub(crate) struct Delivering {
    flight: Option<Flight>,
    shared: Arc<Shared>,
}

impl Drop for Delivering {
    fn drop(&mut self) {
        if let Some(flight) = &self.flight {
            self.shared.world().delivered(flight);
        }
    }
}

/// Serves for ever.
pub(crate) async fn serve(listener: TcpListener, world: World) {
    let shared = Arc::new(Shared { world: Mutex::new(world), bell: Notify::new() });
    tokio::join!(accept(listener, &shared), notify::run(&shared));
}

async fn accept(listener: TcpListener, shared: &Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, Arc::clone(shared)))),
            // Out of file descriptors, most likely: others will close meanwhile.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// One connection. Its end is not an error here, however it comes about.
async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| exchange(request, &shared));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_MAX)
        .serve_connection(TokioIo::new(NoDelay::of(stream)), service);
    drop(connection.await);
}

async fn exchange(request: hyper::Request<Incoming>, shared: &Arc<Shared>) -> Result<Answer, Silence> {
    let request = read(request).await.map_err(|_| Silence)?;
    let (reply, delivering) = shared.take(&request);
    deliver::deliver(reply, delivering).await
}

/// Reads no more of a body than shows that it is too long.
async fn read(request: hyper::Request<Incoming>) -> Result<Request, hyper::Error> {
    let (head, mut incoming) = request.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
        }
        if body.len() > BODY_BYTES_MAX {
            break;
        }
    }
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    })
}

/// A stream that does not hold small writes back.
struct NoDelay;

impl NoDelay {
    fn of(stream: TcpStream) -> TcpStream {
        // Without it answers are only slower.
        drop(stream.set_nodelay(true));
        stream
    }
}

/// Above every limit of the world's own, so that the world sees that its limit is passed.
const BODY_BYTES_MAX: usize = 1024 * 1024;
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How long a connection may wait for its next request.
const IDLE_MAX: Duration = Duration::from_secs(120);
