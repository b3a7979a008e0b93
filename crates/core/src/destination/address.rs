//! Which addresses are not for everybody. Never lets a range pass that it does not know.
//!
//! IANA IPv4 and IPv6 Special-Purpose Address Registries; of IPv6 only 2000::/3 is given out for global unicast (RFC
//! 4291 section 2.4), so all else is refused without being told apart.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, that is not for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// 127.0.0.0/8, `::1`, and 0.0.0.0/8 and `::`, which some systems take for it.
    Loopback,
    /// RFC 1918; fc00::/7; fec0::/10, as it was.
    Private,
    /// 169.254.0.0/16, fe80::/10.
    LinkLocal,
    /// 100.64.0.0/10: between a carrier and its customers.
    Carrier,
    /// Where a cloud tells a machine its secrets. Not even a list opens it.
    Metadata,
    /// One that is nobody's alone: multicast and broadcast.
    Multicast,
    /// IPv4 within IPv6: mapped, NAT64, 6to4, Teredo. Write the IPv4 address itself.
    Embedded,
    /// Documentation, benchmarks, protocols of their own, the future.
    Reserved,
}

impl Special {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "an address of this machine itself",
            Self::Private => "an address of a private network",
            Self::LinkLocal => "a link-local address",
            Self::Carrier => "an address of a carrier's own network",
            Self::Metadata => "a cloud's metadata service",
            Self::Multicast => "a multicast address",
            Self::Embedded => "an IPv4 address within an IPv6 one",
            Self::Reserved => "a reserved address",
        }
    }
}

/// What an address is; `None` for one that is for everybody.
pub(super) fn special(address: IpAddr) -> Option<Special> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<Special> {
    match address.octets() {
        // AWS, Azure, GCP and most others; AWS containers; Azure's host; Alibaba; Oracle.
        [169, 254, 169, 254] | [169, 254, 170, 2] | [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] => {
            Some(Special::Metadata)
        }
        [0 | 127, ..] => Some(Special::Loopback),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some(Special::Private),
        [169, 254, ..] => Some(Special::LinkLocal),
        [100, 64..=127, ..] => Some(Special::Carrier),
        [224..=239, ..] | [255, 255, 255, 255] => Some(Special::Multicast),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] => Some(Special::Reserved),
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => Some(Special::Reserved),
        [240..=255, ..] => Some(Special::Reserved),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<Special> {
    match address.segments() {
        // AWS and GCP.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => Some(Special::Metadata),
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Some(Special::Loopback),
        // IPv4-mapped and, long deprecated, IPv4-compatible; translated (RFC 2765); NAT64 (RFC 6052, 8215).
        [0, 0, 0, 0, 0 | 0xffff, 0 | 0xffff, _, _] | [0x0064, 0xff9b, ..] => Some(Special::Embedded),
        // Teredo (RFC 4380); 6to4 (RFC 3056).
        [0x2001, 0, ..] | [0x2002, ..] => Some(Special::Embedded),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Special::Private),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        // IETF protocols, benchmarks and ORCHIDs below 2001::/23; documentation (RFC 3849, 9637).
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Special::Reserved),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Special::Reserved),
    }
}
