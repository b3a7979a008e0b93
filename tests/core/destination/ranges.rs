//! The ranges of IANA's special-purpose registries, each at its ends: inside refused, just outside as the neighbour is.

use std::net::{Ipv4Addr, Ipv6Addr};

use cxpulse_core::destination::Hosts;

use super::verdict;

/// First, last, and whether what comes before and after is public.
const V4: [(&str, &str, bool, bool); 15] = [
    ("0.0.0.0", "0.255.255.255", false, true),
    ("10.0.0.0", "10.255.255.255", true, true),
    ("100.64.0.0", "100.127.255.255", true, true),
    ("127.0.0.0", "127.255.255.255", true, true),
    ("169.254.0.0", "169.254.255.255", true, true),
    ("172.16.0.0", "172.31.255.255", true, true),
    ("192.0.0.0", "192.0.0.255", true, true),
    ("192.0.2.0", "192.0.2.255", true, true),
    ("192.88.99.0", "192.88.99.255", true, true),
    ("192.168.0.0", "192.168.255.255", true, true),
    ("198.18.0.0", "198.19.255.255", true, true),
    ("198.51.100.0", "198.51.100.255", true, true),
    ("203.0.113.0", "203.0.113.255", true, true),
    ("224.0.0.0", "239.255.255.255", true, false),
    ("240.0.0.0", "255.255.255.255", false, false),
];

const V6: [(&str, &str, bool, bool); 13] = [
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", true, true),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true, true),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, true),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", true, true),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, false),
    ("::ffff:0:0", "::ffff:ffff:ffff", false, false),
    ("64:ff9b::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false, false),
    ("100::", "100::ffff:ffff:ffff:ffff", false, false),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false),
];

#[test]
fn ranges_of_ipv4_are_refused_to_their_ends_and_not_further() {
    let is_public = |bits: u32| verdict(&format!("https://{}/", Ipv4Addr::from_bits(bits)), &Hosts::default()) == "ok";
    for (first, last, before, after) in V4 {
        let bits = |text: &str| text.parse::<Ipv4Addr>().expect("the table has addresses").to_bits();
        let (first, last) = (bits(first), bits(last));
        let middle = first + (last - first) / 2;
        assert!([first, middle, last].into_iter().all(|inside| !is_public(inside)), "{first:08x}");
        assert_eq!(first.checked_sub(1).is_some_and(is_public), before, "before {first:08x}");
        assert_eq!(last.checked_add(1).is_some_and(is_public), after, "after {last:08x}");
    }
    // A cloud's own, among public ones.
    let [low, azure, high] = ["168.63.129.15", "168.63.129.16", "168.63.129.17"].map(|text| text.parse::<Ipv4Addr>());
    let [low, azure, high] = [low, azure, high].map(|address| is_public(address.expect("an address").to_bits()));
    assert_eq!((low, azure, high), (true, false, true));
}

#[test]
fn ranges_of_ipv6_are_refused_to_their_ends_and_not_further() {
    let is_public =
        |bits: u128| verdict(&format!("https://[{}]/", Ipv6Addr::from_bits(bits)), &Hosts::default()) == "ok";
    for (first, last, before, after) in V6 {
        let bits = |text: &str| text.parse::<Ipv6Addr>().expect("the table has addresses").to_bits();
        let (first, last) = (bits(first), bits(last));
        let middle = first + (last - first) / 2;
        assert!([first, middle, last].into_iter().all(|inside| !is_public(inside)), "{first:032x}");
        assert_eq!(first.checked_sub(1).is_some_and(is_public), before, "before {first:032x}");
        assert_eq!(last.checked_add(1).is_some_and(is_public), after, "after {last:032x}");
    }
}
