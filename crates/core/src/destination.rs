//! Whether a notification may go to a URL: a public place on the internet, or one that the operator has named. Never
//! resolves a name, never calls anybody: what a public name leads to is seen by whoever connects.
//!
//! The URL has been read by the WHATWG URL standard, which writes every spelling of an address in one way: `0x7f.1`,
//! `017700000001` and `１２７.0.0.1` are `127.0.0.1` by then. What is not written in that way is refused, so a looser reader
//! opens nothing. Ranges after IANA's registries of special-purpose addresses (RFC 6890) and special-use names (RFC
//! 6761, 6762, 7686, 8375, 9476; ICANN's `internal`). Ports after the Fetch standard's bad ports.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

mod address;
mod hosts;
mod name;

pub use address::Special;
pub use hosts::{HOSTS_MAX, Hosts, HostsError};

/// A URL's parts, as the WHATWG parser writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination<'a> {
    /// Without the colon: `https`.
    pub scheme: &'a str,
    /// Lower case, addresses in their one spelling: `hooks.example.com`, `192.0.2.1`, `[2001:db8::1]`.
    pub host: &'a str,
    /// `None` where it is the scheme's own.
    pub port: Option<u16>,
    /// Whether a user name or password stands in it.
    pub has_credentials: bool,
}

/// Why a destination is not called. Its text says what is wrong and what to do, and never repeats the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Neither https, nor http to a place on this machine that the operator has named.
    NotHttps,
    /// A user name or password in the URL.
    Credentials,
    /// The host is no name and no address, or not written as the URL standard writes it.
    NoHost,
    /// A port that no browser calls either.
    BadPort,
    /// A name that public DNS does not lead anywhere.
    LocalName,
    /// An address that is not for everybody.
    Special(Special),
    /// A public host that the operator's list does not have.
    NotListed,
}

/// A host, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host<'a> {
    /// Without a dot at its end.
    Name(&'a str),
    Address(IpAddr),
}

impl Destination<'_> {
    /// Whether it may be called.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, hosts: &Hosts) -> Result<(), Refused> {
        if !matches!(self.scheme, "https" | "http") {
            return Err(Refused::NotHttps);
        }
        if self.has_credentials {
            return Err(Refused::Credentials);
        }
        let host = Host::read(self.host).ok_or(Refused::NoHost)?;
        let fault = host.fault();
        let is_named = hosts.name(host) && !matches!(fault, Some(Refused::Special(Special::Metadata)));
        if self.scheme == "http" && !(is_named && host.is_this_machine()) {
            return Err(Refused::NotHttps);
        }
        if let Some(fault) = fault.filter(|_| !is_named) {
            return Err(fault);
        }
        if self.port.is_some_and(|port| BAD_PORTS.binary_search(&port).is_ok()) {
            return Err(Refused::BadPort);
        }
        if is_named || hosts.allow_any() { Ok(()) } else { Err(Refused::NotListed) }
    }
}

impl<'a> Host<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::V6(address)));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(IpAddr::V4(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        name::is_sound(name).then_some(Self::Name(name))
    }

    /// Why nobody calls it who was not told to.
    fn fault(self) -> Option<Refused> {
        match self {
            Self::Name(name) if name::is_metadata(name) => Some(Refused::Special(Special::Metadata)),
            Self::Name(name) => name::is_local(name).then_some(Refused::LocalName),
            Self::Address(address) => address::special(address).map(Refused::Special),
        }
    }

    fn is_this_machine(self) -> bool {
        match self {
            Self::Name(name) => name::is_this_machine(name),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHttps => f.write_str("must be an https URL"),
            Self::Credentials => {
                f.write_str("must have no user name or password: a receiver knows us by the signature")
            }
            Self::NoHost => f.write_str("must have a host: a name of letters, digits, hyphens and dots, or an address"),
            Self::BadPort => f.write_str("must have no port that belongs to another protocol, such as 25: use 443"),
            Self::LocalName => {
                f.write_str("must be of a public host: this name means something in a local network only")
            }
            Self::Special(Special::Metadata) => f.write_str("must not be a cloud's metadata service"),
            Self::Special(special) => write!(f, "must be of a public host: this is {}", special.name()),
            Self::NotListed => f.write_str("must be of a host that the operator lists for webhooks"),
        }
    }
}

impl core::error::Error for Refused {}

/// <https://fetch.spec.whatwg.org/#bad-port>, in order.
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];
