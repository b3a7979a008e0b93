//! However an address is spelled, the verdict is that of the address.

use std::net::{Ipv4Addr, Ipv6Addr};

use cxpulse_core::destination::{Destination, Hosts};
use proptest::prelude::*;

use super::{hosts, verdict};

/// How a number is written within an IPv4 address.
#[derive(Debug, Clone, Copy)]
enum Radix {
    Decimal,
    /// With so many zeros in front.
    Octal(usize),
    Hex(usize),
    UpperHex,
}

/// How the whole text is dressed up.
#[derive(Debug, Clone, Copy)]
enum Dress {
    Plain,
    /// Percent-encoded, every so many characters.
    Percent(usize),
    /// Full-width forms.
    Wide,
    /// The three other dots that IDNA takes for one.
    Dots(char),
    TrailingDot,
    TrailingWideDot,
}

proptest! {
    #[test]
    fn every_spelling_of_an_ipv4_address_is_judged_as_the_address(
        address in ipv4(),
        radices in prop::array::uniform4(radix()),
        parts in 1_usize..=4,
        dress in dress(),
    ) {
        let plain = verdict(&format!("https://{address}/"), &Hosts::default());
        let spelled = dressed(&spelled_v4(address, &radices, parts), dress);
        prop_assert_eq!(verdict(&format!("https://{spelled}/hook"), &Hosts::default()), plain, "{}", spelled);
    }

    #[test]
    fn every_spelling_of_an_ipv6_address_is_judged_as_the_address(
        address in ipv6(),
        is_upper in any::<bool>(),
        is_padded in any::<bool>(),
        has_dotted_tail in any::<bool>(),
    ) {
        let plain = verdict(&format!("https://[{address}]/"), &Hosts::default());
        let spelled = spelled_v6(address, is_upper, is_padded, has_dotted_tail);
        prop_assert_eq!(verdict(&format!("https://[{spelled}]/"), &Hosts::default()), plain, "{}", spelled);
    }

    #[test]
    fn an_ipv4_address_within_an_ipv6_one_is_never_called(address in any::<u32>()) {
        let [high, low] = [address >> 16, address & 0xffff];
        let v4 = Ipv4Addr::from_bits(address);
        for spelled in [
            format!("::ffff:{v4}"),
            format!("::{v4}"),
            format!("::ffff:0:{v4}"),
            format!("64:ff9b::{v4}"),
            format!("64:ff9b:1::{v4}"),
            format!("2002:{high:x}:{low:x}::1"),
            format!("2001:0:{high:x}:{low:x}::1"),
        ] {
            prop_assert_ne!(verdict(&format!("https://[{spelled}]/"), &Hosts::default()), "ok", "{}", spelled);
        }
    }

    #[test]
    fn a_list_opens_an_address_in_every_spelling_and_no_other(
        listed in ipv4(),
        other in ipv4(),
        radices in prop::array::uniform4(radix()),
        parts in 1_usize..=4,
    ) {
        prop_assume!(listed != other);
        let hosts = hosts(&[&listed.to_string()]);
        let is_metadata = verdict(&format!("https://{listed}/"), &Hosts::default()).contains("metadata");
        let spelled = spelled_v4(listed, &radices, parts);
        prop_assert_eq!(verdict(&format!("https://{spelled}/"), &hosts) == "ok", !is_metadata);
        prop_assert_ne!(verdict(&format!("https://{other}/"), &hosts), "ok");
    }

    #[test]
    fn whatever_the_host_is_the_guard_answers(host in any::<String>(), scheme in "https?|ftp") {
        let destination = Destination { scheme: &scheme, host: &host, port: None, has_credentials: false };
        let is_called = destination.check(&Hosts::default()).is_ok();
        // What it calls is at least a host that the standard leaves as it is.
        let as_read = url::Host::parse(&host).map(|read| read.to_string());
        prop_assert!(!is_called || as_read.as_deref() == Ok(host.as_str()), "{host}");
    }
}

/// One that is private, beside one, or any.
fn ipv4() -> impl Strategy<Value = Ipv4Addr> {
    let first =
        prop::sample::select(vec![0_u8, 9, 10, 11, 100, 126, 127, 128, 168, 169, 172, 192, 198, 203, 223, 224, 255]);
    let second = prop::sample::select(vec![0_u8, 15, 16, 18, 31, 32, 51, 63, 64, 88, 127, 128, 168, 254]);
    let near = (first, second, any::<u16>()).prop_map(|(first, second, rest)| {
        let [third, fourth] = rest.to_be_bytes();
        Ipv4Addr::new(first, second, third, fourth)
    });
    prop_oneof![3 => near, 1 => any::<u32>().prop_map(Ipv4Addr::from_bits)]
}

fn ipv6() -> impl Strategy<Value = Ipv6Addr> {
    let first = prop::sample::select(vec![
        0_u16, 0x64, 0x100, 0x1fff, 0x2000, 0x2001, 0x2002, 0x2606, 0x3fff, 0x4000, 0xfc00, 0xfd00, 0xfe80, 0xfec0,
        0xff02,
    ]);
    let second = prop::sample::select(vec![0_u16, 1, 0x1ff, 0x200, 0xdb8, 0xfff, 0x1000, 0xec2, 0xff9b, 0xffff]);
    (first, second, prop::array::uniform6(prop_oneof![Just(0_u16), Just(0xffff), any::<u16>()]))
        .prop_map(|(first, second, [a, b, c, d, e, f])| Ipv6Addr::new(first, second, a, b, c, d, e, f))
}

fn radix() -> impl Strategy<Value = Radix> {
    prop_oneof![
        Just(Radix::Decimal),
        (1_usize..4).prop_map(Radix::Octal),
        (0_usize..4).prop_map(Radix::Hex),
        Just(Radix::UpperHex),
    ]
}

fn dress() -> impl Strategy<Value = Dress> {
    prop_oneof![
        Just(Dress::Plain),
        (1_usize..4).prop_map(Dress::Percent),
        Just(Dress::Wide),
        prop::sample::select(vec!['\u{3002}', '\u{ff0e}', '\u{ff61}']).prop_map(Dress::Dots),
        Just(Dress::TrailingDot),
        Just(Dress::TrailingWideDot),
    ]
}

/// The first parts are a byte each, the last one is the rest.
fn spelled_v4(address: Ipv4Addr, radices: &[Radix; 4], parts: usize) -> String {
    let octets = address.octets();
    let (firsts, rest) = octets.split_at(parts - 1);
    let last = rest.iter().fold(0_u32, |sum, octet| (sum << 8) | u32::from(*octet));
    let numbers = firsts.iter().map(|octet| u32::from(*octet)).chain([last]);
    let written = numbers.zip(radices).map(|(number, radix)| match radix {
        Radix::Decimal => format!("{number}"),
        Radix::Octal(zeros) => format!("{}{number:o}", "0".repeat(*zeros)),
        Radix::Hex(zeros) => format!("0x{}{number:x}", "0".repeat(*zeros)),
        Radix::UpperHex => format!("0X{number:X}"),
    });
    written.collect::<Vec<_>>().join(".")
}

fn spelled_v6(address: Ipv6Addr, is_upper: bool, is_padded: bool, has_dotted_tail: bool) -> String {
    let segments = address.segments();
    let words = if has_dotted_tail { 6 } else { 8 };
    let pad = |segment: &u16| if is_padded { format!("{segment:04x}") } else { format!("{segment:x}") };
    let mut parts: Vec<String> = segments.iter().take(words).map(pad).collect();
    if has_dotted_tail {
        let [.., a, b, c, d] = address.octets();
        parts.push(Ipv4Addr::new(a, b, c, d).to_string());
    }
    let text = parts.join(":");
    if is_upper { text.to_ascii_uppercase() } else { text }
}

fn dressed(text: &str, dress: Dress) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c);
    match dress {
        Dress::Plain => text.into(),
        Dress::Percent(every) => {
            let encode = |(index, c): (usize, char)| {
                if index % every == 0 { format!("%{:02X}", u32::from(c)) } else { c.to_string() }
            };
            text.chars().enumerate().map(encode).collect()
        }
        Dress::Wide => text.chars().map(wide).collect(),
        Dress::Dots(dot) => text.replace('.', &dot.to_string()),
        Dress::TrailingDot => format!("{text}."),
        Dress::TrailingWideDot => format!("{text}\u{3002}"),
    }
}
