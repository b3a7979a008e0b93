//! The program as a child process, and the little of HTTP that is needed to talk to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// For anything that should happen at once; long, so that a busy machine fails nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Program {
    child: Child,
    address: String,
}

impl Program {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// The program with more options than its port.
    pub(crate) fn with(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cxpulse-sim"));
        let mut child = command.args(["--port", "0"]).args(options).stdout(Stdio::piped()).spawn().expect("a program");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("a line of JSON");
        let url = ready.get("sim").and_then(Value::as_str).expect("its URL");
        Self { address: url.trim_start_matches("http://").to_owned(), child }
    }

    pub(crate) fn token(&self) -> String {
        let form = "grant_type=client_credentials&client_id=sim-client&client_secret=sim-secret";
        let answer = self.send(&format!(
            "POST /oauth/token HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        ));
        field(&answer, "access_token")
    }

    pub(crate) fn submit(&self, token: &str, context: &str) -> String {
        let body = format!(r#"{{"definition_id": "sim-instant", "context": {context}}}"#);
        field(&self.ask("POST", "/api/v2/dataactions/executions", token, &body), "execution_id")
    }

    pub(crate) fn ask(&self, method: &str, target: &str, token: &str, body: &str) -> String {
        self.ask_with(method, target, token, "", body)
    }

    /// The same with more headers, each with its end of line.
    pub(crate) fn ask_with(&self, method: &str, target: &str, token: &str, headers: &str, body: &str) -> String {
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\naccept: application/json\r\n{headers}\
             authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// One of the counts, by its pointer.
    pub(crate) fn stat(&self, pointer: &str) -> Value {
        let stats: Value = serde_json::from_str(body(&self.ask("GET", "/_sim/stats", "", ""))).expect("JSON");
        stats.pointer(pointer).cloned().unwrap_or_default()
    }

    /// Everything that comes back until the connection closes.
    pub(crate) fn send(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("a request sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("a closed connection");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().expect("its end");
        self.child.wait().expect("its end");
    }
}

pub(crate) fn announced_length(message: &str) -> Option<usize> {
    let (head, _) = message.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
}

pub(crate) fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn field(message: &str, name: &str) -> String {
    let value: Value = serde_json::from_str(body(message)).expect("a JSON body");
    value.get(name).and_then(Value::as_str).expect("a text field").to_owned()
}
