//! The callbacks that the world owes, made by a small HTTP client. Never decides when or how often: the world does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cxpulse_sim::CallbackCall;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::{Shared, clock};

type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// Makes calls as they fall due, for ever.
pub(super) async fn run(shared: &Arc<Shared>) {
    let client: HttpClient = Client::builder(TokioExecutor::new()).build_http();
    let permits = Arc::new(Semaphore::new(CALLS_MAX));
    loop {
        let calls = shared.world().take_callbacks(clock::now());
        for call in calls {
            // The semaphore is never closed, so a permit always comes.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let (client, shared) = (client.clone(), Arc::clone(shared));
            tokio::spawn(async move {
                make(&client, &shared, call).await;
                drop(permit);
            });
        }
        wait(shared).await;
    }
}

/// Until the next call is due, or the bell rings.
async fn wait(shared: &Shared) {
    let next_at = shared.world().next_wake_at();
    match next_at {
        Some(at) => {
            let span = clock::duration(at.since(clock::now()));
            tokio::select! {
                () = sleep(span) => {}
                () = shared.bell.notified() => {}
            }
        }
        None => shared.bell.notified().await,
    }
}

async fn make(client: &HttpClient, shared: &Shared, call: CallbackCall) {
    let answered = match request(&call) {
        Some(request) => timeout(CALL_MAX, client.request(request)).await,
        None => return shared.world().callback_failed(call, clock::now()),
    };
    let is_taken = answered.is_ok_and(|answer| answer.is_ok_and(|response| response.status().is_success()));
    if !is_taken {
        shared.world().callback_failed(call, clock::now());
        shared.bell.notify_one();
    }
}

fn request(call: &CallbackCall) -> Option<hyper::Request<Full<Bytes>>> {
    let post = hyper::Request::post(&call.url);
    let post = call.headers.iter().chain(&call.proof).fold(post, |post, (name, value)| post.header(name, value));
    post.body(Full::new(Bytes::from(call.body.clone()))).ok()
}

const CALLS_MAX: usize = 64;
const CALL_MAX: Duration = Duration::from_secs(10);
