//! Something between a page and the Worker, as firewalls and old proxies are: it passes plain requests on, and lets no
//! socket through. Never looks further than a request's head.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// What becomes of an upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Upgrade {
    /// It is refused.
    Refused,
    /// It is never answered.
    Swallowed,
}

/// Starts one before the server at `base`; gives its own address. It lives as long as the test binary.
pub(crate) fn before(base: &str, upgrade: Upgrade) -> String {
    let target = base.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let target = target.clone();
            thread::spawn(move || pass(stream, &target, upgrade));
        }
    });
    format!("http://{address}")
}

/// A browser opens a connection of its own for each socket, so that the first request of a connection tells which it is.
fn pass(mut page: TcpStream, target: &str, upgrade: Upgrade) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match page.read(&mut byte) {
            Ok(1) => head.extend(byte),
            Ok(_) | Err(_) => return,
        }
    }
    if String::from_utf8_lossy(&head).to_ascii_lowercase().contains("\r\nupgrade: websocket\r\n") {
        match upgrade {
            Upgrade::Refused => {
                drop(page.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
            }
            Upgrade::Swallowed => drop(page.read_to_end(&mut Vec::new())),
        }
        return;
    }
    let Ok(mut server) = TcpStream::connect(target) else { return };
    let (Ok(mut from_page), Ok(mut to_server)) = (page.try_clone(), server.try_clone()) else { return };
    if to_server.write_all(&head).is_err() {
        return;
    }
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_page, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = std::io::copy(&mut server, &mut page);
    let _ = page.shutdown(Shutdown::Both);
}
