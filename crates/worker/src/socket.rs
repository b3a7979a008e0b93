//! WebSockets (RFC 6455) as the runtime has them: pairs, what is sent and heard, the answer that hands one over. Never
//! decides what is said.
//!
//! Cross-site hijacking: a browser opens a socket for any page and says whose in `Origin` (RFC 6455 section 10.2), so that
//! is looked at here; nothing of a browser's own, such as a cookie, lets anybody in.

use cxpulse_core::validate::{Code, Violation};
use js_sys::{Function, JsString, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::Response;

use crate::config::Settings;
use crate::incoming::Incoming;
use crate::problem::Problem;
use crate::reply;

#[wasm_bindgen]
extern "C" {
    /// One end.
    #[derive(Clone)]
    pub(crate) type WebSocket;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn send(this: &WebSocket, text: &JsString) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &WebSocket, code: u16, reason: &str) -> Result<(), JsValue>;

    /// From now on what comes is heard. Not of one that an object lets hibernate.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn accept(this: &WebSocket) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = "addEventListener")]
    fn on(this: &WebSocket, kind: &str, listener: &Function);

    #[wasm_bindgen(method, catch, js_name = "removeEventListener")]
    fn off(this: &WebSocket, kind: &str, listener: &Function) -> Result<(), JsValue>;

    /// What an object keeps with one that hibernates.
    #[wasm_bindgen(method, catch, js_name = "serializeAttachment")]
    pub(crate) fn attach(this: &WebSocket, value: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = "deserializeAttachment")]
    pub(crate) fn attachment(this: &WebSocket) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = "WebSocketPair")]
    type Pair;

    #[wasm_bindgen(constructor, js_class = "WebSocketPair")]
    fn new() -> Pair;

    /// What a socket's events carry: of a message `data`, of a close `code`.
    pub(crate) type Happening;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn data(this: &Happening) -> JsValue;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn code(this: &Happening) -> Option<u16>;
}

impl WebSocket {
    /// Both ends of a new one: what the other side gets, and ours.
    pub(crate) fn pair() -> Result<(Self, Self), Problem> {
        let pair = Pair::new();
        let end = |at| Reflect::get_u32(&pair, at).map(JsCast::unchecked_into);
        Ok((end(0)?, end(1)?))
    }

    /// The end that came with an answer; `None` where the answer hands none over.
    pub(crate) fn of(answer: &Response) -> Option<Self> {
        let socket = Reflect::get(answer, &JsValue::from_str("webSocket")).ok()?;
        (!socket.is_null() && !socket.is_undefined()).then(|| socket.unchecked_into())
    }

    /// Says that this is all, and why. One that is closed already stays so.
    pub(crate) fn end(&self, code: u16, why: &str) {
        drop(self.close(code, why));
    }
}

/// One end that is listened to until this goes. The listeners belong to this, not to JavaScript's end: what they hold is
/// free as soon as nobody listens, and a circle through both memories, which no collector sees, is open here.
pub(crate) struct Listened {
    socket: WebSocket,
    ears: Vec<(&'static str, Ear)>,
}

type Ear = Closure<dyn Fn(Happening)>;

impl Listened {
    /// Nobody listens yet.
    pub(crate) const fn new(socket: WebSocket) -> Self {
        Self { socket, ears: Vec::new() }
    }

    /// Tells `hear` of what happens.
    pub(crate) fn on(&mut self, kind: &'static str, hear: impl Fn(Happening) + 'static) {
        let ear = Ear::new(hear);
        self.socket.on(kind, ear.as_ref().unchecked_ref());
        self.ears.push((kind, ear));
    }

    pub(crate) const fn socket(&self) -> &WebSocket {
        &self.socket
    }
}

impl Drop for Listened {
    fn drop(&mut self) {
        let ears = std::mem::take(&mut self.ears);
        for (kind, ear) in &ears {
            drop(self.socket.off(kind, ear.as_ref().unchecked_ref()));
        }
        // One of them may be what is running.
        spawn_local(async move { drop(ears) });
    }
}

/// The answer that hands one end over: 101.
pub(crate) fn hand_over(socket: &WebSocket, protocol: Option<&str>) -> Result<Response, Problem> {
    let protocol = protocol.map(|name| ("sec-websocket-protocol", name));
    let head = reply::head(101, protocol.as_slice());
    Reflect::set(&head, &JsValue::from_str("webSocket"), socket)?;
    Ok(Response::new_with_opt_str_and_init(None, &head)?)
}

/// Lets through who asks for a socket, from a page that may.
pub(crate) fn require(incoming: &Incoming, settings: &Settings) -> Result<(), Problem> {
    if !incoming.header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket")) {
        return Err(Problem::UpgradeRequired);
    }
    match incoming.header("origin") {
        Some(origin) if !is_ours(&origin, incoming, settings) && !settings.origins.allow(&origin) => {
            Err(Problem::ForeignOrigin)
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether a page is of the host that it asks. Its scheme may be another here, where something in front ends TLS.
fn is_ours(origin: &str, incoming: &Incoming, settings: &Settings) -> bool {
    let host = |url: &str| url.split_once("://").map(|(_, host)| host.to_ascii_lowercase());
    let Some(asking) = host(origin) else { return false };
    [Some(incoming.site()), settings.public_url.as_deref()].into_iter().flatten().any(|own| {
        let own = host(own);
        own.as_deref().and_then(|own| own.split('/').next()) == Some(asking.as_str())
    })
}

/// The credential that a browser's script can send with an upgrade, for it can set no header: as a sub-protocol, which
/// stays out of logs of URLs.
pub(crate) fn offered_token(incoming: &Incoming) -> Option<String> {
    let offered = incoming.header("sec-websocket-protocol")?;
    let token = offered.split(',').find_map(|name| name.trim().strip_prefix(TOKEN_PROTOCOL))?;
    Some(token.into())
}

/// The sub-protocol that is chosen, where any was offered: a browser breaks off where none is.
pub(crate) fn chosen_protocol(incoming: &Incoming) -> Result<Option<&'static str>, Problem> {
    let Some(offered) = incoming.header("sec-websocket-protocol") else { return Ok(None) };
    if offered.split(',').any(|name| name.trim() == PROTOCOL) {
        return Ok(Some(PROTOCOL));
    }
    Err(Problem::BadParameter(Violation {
        pointer: "Sec-WebSocket-Protocol".into(),
        code: Code::OutOfRange,
        message: format!("must offer {PROTOCOL}"),
    }))
}

/// What our sockets speak.
pub(crate) const PROTOCOL: &str = "cxpulse.v1";

/// Stands before a token that is offered as a sub-protocol. A token is of letters, digits and `.-_`, which a sub-protocol's
/// name may have.
const TOKEN_PROTOCOL: &str = "cxpulse.token.";
