//! One kept-alive connection to a server on loopback: as much of HTTP/1.1 (RFC 9112) as the servers here speak.
//! Never follows, retries or compresses anything.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::tools::{Context, Failure};

/// An open connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    port: u16,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects to a port of this machine. Reads and writes give up after `patience`.
    pub(crate) fn open(port: u16, patience: Duration) -> Result<Self, Failure> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let stream = TcpStream::connect_timeout(&address, patience).context(format_args!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Self { stream: BufReader::new(stream), port })
    }

    /// The bytes of a request, ready to be sent any number of times.
    pub(crate) fn request(&self, method: &str, path: &str, key: &str, body: &str) -> Vec<u8> {
        let port = self.port;
        let length = body.len();
        let content = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\
             Accept: application/json\r\n{content}Content-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        self.stream.get_mut().write_all(request)?;
        let status = self.line()?.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| Failure::new("the answer is not HTTP"))?;
        let mut length = 0;
        let mut is_chunked = false;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(':') {
                None => break,
                Some(("content-length", value)) => length = value.trim().parse().context("bad Content-Length")?,
                Some(("transfer-encoding", value)) => is_chunked = value.trim() == "chunked",
                Some(_) => {}
            }
        }
        let body = if is_chunked { self.chunks()? } else { self.exactly(length)? };
        Ok(Answer { status, body })
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.line()?, 16).context("bad chunk")?;
            body.extend(self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(Failure::new("the server closed the connection"));
        }
        Ok(line.trim_end().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    use super::Connection;
    use crate::tools::Failure;

    #[test]
    fn a_connection_reads_answers_one_after_another_whole_and_in_chunks() -> Result<(), Failure> {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let chunked = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let mut connection = talk(&[whole, chunked, whole])?;
        for (status, body) in [(200, "hello"), (202, "abcde"), (200, "hello")] {
            let request = connection.request("GET", "/", "key", "");
            let answer = connection.send(&request)?;
            assert_eq!((answer.status, String::from_utf8_lossy(&answer.body).as_ref()), (status, body));
        }
        Ok(())
    }

    #[test]
    fn a_cut_answer_is_a_failure() -> Result<(), Failure> {
        for cut in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"] {
            let mut connection = talk(&[cut])?;
            let request = connection.request("GET", "/", "key", "");
            assert!(connection.send(&request).is_err(), "{cut:?} was taken for an answer");
        }
        Ok(())
    }

    /// A connection to a server that gives these answers to whatever it is asked, and closes.
    fn talk(answers: &[&'static str]) -> Result<Connection, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let answers = answers.to_vec();
        thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else { return };
            for answer in answers {
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Connection::open(port, Duration::from_secs(5))
    }
}
