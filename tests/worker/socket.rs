//! A WebSocket of the Worker's, as a program opens it. Never reconnects by itself, never answers what it was not told to.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::{HeaderName, HeaderValue};
use tungstenite::protocol::WebSocket;
use tungstenite::{Error, HandshakeError, Message};

use super::stack::Stack;
use crate::spec::check::check_message;

/// An open socket.
pub(crate) struct Socket {
    inner: WebSocket<TcpStream>,
    /// As what its messages are described.
    message: &'static str,
    /// The sub-protocol that the server chose.
    pub(crate) protocol: Option<String>,
}

/// What came next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// A text message.
    Text(String),
    /// The server closed it, with this code.
    Closed(u16),
    /// Nothing, within the patience.
    Nothing,
}

impl Socket {
    /// Opens a path with these headers; the status and body of the answer where it is no 101.
    pub(crate) fn open(stack: &Stack, path: &str, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        let address = stack.base().trim_start_matches("http://");
        let mut request = format!("ws://{address}{path}").into_client_request().expect("an address");
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header's value"));
        }
        let stream = TcpStream::connect(address).expect("the Worker listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        match tungstenite::client(request, stream) {
            Ok((inner, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol");
                let protocol = protocol.and_then(|name| name.to_str().ok()).map(str::to_owned);
                Ok(Self { inner, message: message_of(path), protocol })
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let body = answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
                Err((answer.status().as_u16(), body))
            }
            Err(other) => unreachable!("the Worker answers an upgrade: {other}"),
        }
    }

    /// The same with the stack's key.
    pub(crate) fn with_key(stack: &Stack, path: &str) -> Self {
        let bearer = format!("Bearer {}", stack.api_key());
        Self::open(stack, path, &[("authorization", &bearer)]).expect("a key opens a socket")
    }

    /// Says a text.
    pub(crate) fn say(&mut self, text: &str) {
        self.inner.send(Message::text(text)).expect("a message can be sent");
    }

    /// Says bytes.
    pub(crate) fn say_bytes(&mut self, bytes: &[u8]) {
        self.inner.send(Message::binary(bytes.to_vec())).expect("a message can be sent");
    }

    /// Says that this is all.
    pub(crate) fn close(&mut self) {
        self.inner.close(None).expect("it can be closed");
    }

    /// What comes next.
    pub(crate) fn hear(&mut self) -> Heard {
        loop {
            match self.inner.read() {
                Ok(Message::Text(text)) => {
                    if let Ok(told @ Value::Object(_)) = serde_json::from_str(text.as_str()) {
                        check_message(self.message, &told, None);
                    }
                    return Heard::Text(text.as_str().to_owned());
                }
                Ok(Message::Close(frame)) => return Heard::Closed(frame.map_or(1005, |frame| frame.code.into())),
                Ok(_) => {}
                Err(Error::Io(error)) if is_timeout(&error) => return Heard::Nothing,
                Err(_) => return Heard::Closed(1006),
            }
        }
    }

    /// The next message as JSON.
    ///
    /// # Panics
    /// When something else comes.
    pub(crate) fn json(&mut self) -> Value {
        match self.hear() {
            Heard::Text(text) => serde_json::from_str(&text).expect("a message is JSON"),
            other @ (Heard::Closed(_) | Heard::Nothing) => unreachable!("a message comes: {other:?}"),
        }
    }

    /// The messages up to the close, without answers to pings, and its code.
    pub(crate) fn rest(&mut self) -> (Vec<Value>, u16) {
        let mut told = Vec::new();
        loop {
            match self.hear() {
                Heard::Text(text) if text == "pong" => {}
                Heard::Text(text) => told.push(serde_json::from_str(&text).expect("a message is JSON")),
                Heard::Closed(code) => return (told, code),
                Heard::Nothing => unreachable!("it is closed within {PATIENCE:?}: {told:?}"),
            }
        }
    }
}

fn message_of(path: &str) -> &'static str {
    match path {
        path if path.starts_with("/v1/feed") => "told",
        path if path.starts_with("/v1/batches/") => "batch",
        path if path.starts_with("/v1/chains/") => "chain",
        _ => "snapshot",
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

const PATIENCE: Duration = Duration::from_secs(120);
