//! The runtime's inspector (Chrome DevTools Protocol, domain `Runtime`), from this machine: what an isolate holds in memory.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::tools::{Context, Failure};

/// What an isolate holds, in MiB.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    /// JavaScript's own after garbage was collected: objects, what the runtime holds for them, and buffers.
    pub(super) heap: f64,
    /// Memories of WebAssembly, which are not in the heap. They never shrink.
    pub(super) wasm: f64,
}

impl Memory {
    /// Both.
    pub(super) fn whole(&self) -> f64 {
        self.heap + self.wasm
    }
}

/// What some work brings, and the most that the isolate held meanwhile: looked at again and again, and at its end.
pub(super) fn most<T>(port: u16, work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Memory), Failure> {
    let mut inspector = Inspector::open(port)?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut most = inspector.memory()?;
            loop {
                let is_last = is_over.load(Ordering::Relaxed);
                let now = inspector.memory()?;
                if now.whole() > most.whole() {
                    most = now;
                }
                if is_last {
                    return Ok(most);
                }
                thread::sleep(BETWEEN_LOOKS);
            }
        });
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        let most = looks.join().unwrap_or_else(|_| Err(Failure::new("a thread died")))?;
        done.map(|done| (done, most))
    })
}

/// The inspector of the Worker `main`.
pub(super) struct Inspector {
    socket: WebSocket<TcpStream>,
    /// Of the latest question.
    number: u64,
    /// Where expressions are evaluated.
    context: Value,
}

impl Inspector {
    pub(super) fn open(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("cannot connect to the inspector")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let handshake = tungstenite::client(format!("ws://127.0.0.1:{port}/main"), stream);
        let (socket, _) = handshake.map_err(|error| Failure::new(error.to_string()))?;
        let mut inspector = Self { socket, number: 0, context: Value::Null };
        inspector.ask("Runtime.enable", json!({}))?;
        Ok(inspector)
    }

    /// Collects garbage, and tells what is left.
    pub(super) fn memory(&mut self) -> Result<Memory, Failure> {
        let prototype = json!({"expression": "WebAssembly.Memory.prototype", "contextId": self.context});
        let prototype = self.ask("Runtime.evaluate", prototype)?.at("/result/objectId")?;
        // V8 collects all garbage before it looks for the objects of a kind.
        let found =
            self.ask("Runtime.queryObjects", json!({"prototypeObjectId": prototype}))?.at("/objects/objectId")?;
        let sum = "function() { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) }";
        let sum = json!({"objectId": found, "functionDeclaration": sum, "returnByValue": true});
        let wasm = self.ask("Runtime.callFunctionOn", sum)?.number("/result/value")?;
        let heap = self.ask("Runtime.getHeapUsage", json!({}))?;
        for object in [found, prototype] {
            self.ask("Runtime.releaseObject", json!({"objectId": object}))?;
        }
        let parts = ["/usedSize", "/embedderHeapUsedSize", "/backingStorageSize"];
        let heap: f64 = parts.iter().map(|part| heap.number(part)).sum::<Result<_, _>>()?;
        Ok(Memory { heap: heap / MIB, wasm: wasm / MIB })
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Result<Answer, Failure> {
        self.number += 1;
        let question = json!({"id": self.number, "method": method, "params": parameters});
        self.socket.send(Message::text(question.to_string())).context("the inspector hears nothing")?;
        loop {
            let message = self.socket.read().context(format_args!("the inspector does not answer {method}"))?;
            let text = message.into_text().context("the inspector speaks in text")?;
            let heard: Value = serde_json::from_str(&text).context("the inspector speaks in JSON")?;
            if let Some(context) = heard.pointer("/params/context/id") {
                self.context = context.clone();
            }
            if heard["id"] == self.number {
                return Ok(Answer(heard));
            }
        }
    }
}

/// What the inspector says.
struct Answer(Value);

impl Answer {
    fn at(&self, pointer: &str) -> Result<Value, Failure> {
        let value = self.0.pointer(&format!("/result{pointer}")).cloned();
        value.ok_or_else(|| Failure::new(format!("the inspector says nothing of {pointer}: {}", self.0)))
    }

    fn number(&self, pointer: &str) -> Result<f64, Failure> {
        self.at(pointer)?.as_f64().ok_or_else(|| Failure::new(format!("{pointer} is no number: {}", self.0)))
    }
}

const MIB: f64 = 1_048_576.0;

const PATIENCE: Duration = Duration::from_secs(30);

const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
