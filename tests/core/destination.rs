//! Where notifications may go: every spelling of every private place is refused, and its public neighbours are not.
//!
//! URLs are read by the `url` crate, which follows the same standard as the runtime's `URL`.

use cxpulse_core::destination::{Destination, HOSTS_MAX, Hosts, HostsError};
use expect_test::{Expect, expect};
use url::Url;

mod property;
mod ranges;

/// `ok`, or why not.
fn verdict(text: &str, hosts: &Hosts) -> String {
    let Ok(url) = Url::parse(text) else { return "no URL".into() };
    let destination = Destination {
        scheme: url.scheme(),
        host: url.host_str().unwrap_or_default(),
        port: url.port(),
        has_credentials: !url.username().is_empty() || url.password().is_some(),
    };
    destination.check(hosts).map_or_else(|refused| refused.to_string(), |()| "ok".into())
}

fn hosts(list: &[&str]) -> Hosts {
    Hosts::parse(list.iter().copied()).expect("the list is sound")
}

/// Each line's verdict, under one list.
#[track_caller]
fn check(list: &[&str], urls: &[&str], expect: &Expect) {
    let hosts = hosts(list);
    let rows: Vec<String> = urls.iter().map(|url| format!("{url}: {}", verdict(url, &hosts))).collect();
    expect.assert_eq(&rows.join("\n"));
}

#[test]
fn public_hosts_are_called_by_https_only() {
    check(
        &["*"],
        &[
            "https://example.com/hook?a=b#c",
            "https://hooks.example.com:8443/",
            "https://EXAMPLE.com./",
            "https://bücher.example.com/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "http://example.com/",
            "wss://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "javascript:alert(1)",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "https://:word@example.com/",
            "https://example.com:25/",
            "https://example.com:6667/",
            "https://example.com:0/",
        ],
        &expect![[r#"
            https://example.com/hook?a=b#c: ok
            https://hooks.example.com:8443/: ok
            https://EXAMPLE.com./: ok
            https://bücher.example.com/: ok
            https://8.8.8.8/: ok
            https://[2606:4700:4700::1111]/: ok
            http://example.com/: must be an https URL
            wss://example.com/: must be an https URL
            ftp://example.com/: must be an https URL
            file:///etc/passwd: must be an https URL
            data:text/plain,x: must be an https URL
            javascript:alert(1): must be an https URL
            https://user@example.com/: must have no user name or password: a receiver knows us by the signature
            https://user:word@example.com/: must have no user name or password: a receiver knows us by the signature
            https://:word@example.com/: must have no user name or password: a receiver knows us by the signature
            https://example.com:25/: must have no port that belongs to another protocol, such as 25: use 443
            https://example.com:6667/: must have no port that belongs to another protocol, such as 25: use 443
            https://example.com:0/: must have no port that belongs to another protocol, such as 25: use 443"#]],
    );
}

#[test]
fn no_spelling_of_a_private_place_is_called() {
    check(
        &["*"],
        &[
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0X7F.1/",
            "https://017700000001/",
            "https://0177.0.0.01/",
            "https://127.0.0.1./",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://127。0。0。1/",
            "https://①②⑦.0.0.1/",
            "https://0/",
            "https://0x/",
            "https://0.0.0.0/",
            "https://10.255.255.255/",
            "https://0xa9fea9fe/",
            "https://169.254.169.254/latest/meta-data/",
            "https://100.100.100.200/",
            "https://[::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::FFFF:7F00:1]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
            "https://[fe80::1]/",
            "https://[fe80::1%25eth0]/",
            "https://[fec0::1]/",
            "https://[fd00:ec2::254]/",
            "https://[fdab::1]/",
            "https://[ff02::1]/",
            "https://[2001:db8::1]/",
        ],
        &expect![[r#"
            https://127.0.0.1/: must be of a public host: this is an address of this machine itself
            https://127.1/: must be of a public host: this is an address of this machine itself
            https://2130706433/: must be of a public host: this is an address of this machine itself
            https://0x7f000001/: must be of a public host: this is an address of this machine itself
            https://0X7F.1/: must be of a public host: this is an address of this machine itself
            https://017700000001/: must be of a public host: this is an address of this machine itself
            https://0177.0.0.01/: must be of a public host: this is an address of this machine itself
            https://127.0.0.1./: must be of a public host: this is an address of this machine itself
            https://%31%32%37.0.0.1/: must be of a public host: this is an address of this machine itself
            https://１２７.0.0.1/: must be of a public host: this is an address of this machine itself
            https://127。0。0。1/: must be of a public host: this is an address of this machine itself
            https://①②⑦.0.0.1/: must be of a public host: this is an address of this machine itself
            https://0/: must be of a public host: this is an address of this machine itself
            https://0x/: must be of a public host: this is an address of this machine itself
            https://0.0.0.0/: must be of a public host: this is an address of this machine itself
            https://10.255.255.255/: must be of a public host: this is an address of a private network
            https://0xa9fea9fe/: must not be a cloud's metadata service
            https://169.254.169.254/latest/meta-data/: must not be a cloud's metadata service
            https://100.100.100.200/: must not be a cloud's metadata service
            https://[::1]/: must be of a public host: this is an address of this machine itself
            https://[0:0:0:0:0:0:0:1]/: must be of a public host: this is an address of this machine itself
            https://[::]/: must be of a public host: this is an address of this machine itself
            https://[::ffff:127.0.0.1]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[::FFFF:7F00:1]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[::127.0.0.1]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[64:ff9b::7f00:1]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[2002:7f00:1::]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/: must be of a public host: this is an IPv4 address within an IPv6 one
            https://[fe80::1]/: must be of a public host: this is a link-local address
            https://[fe80::1%25eth0]/: no URL
            https://[fec0::1]/: must be of a public host: this is an address of a private network
            https://[fd00:ec2::254]/: must not be a cloud's metadata service
            https://[fdab::1]/: must be of a public host: this is an address of a private network
            https://[ff02::1]/: must be of a public host: this is a multicast address
            https://[2001:db8::1]/: must be of a public host: this is a reserved address"#]],
    );
}

#[test]
fn no_name_of_a_local_network_is_called() {
    check(
        &["*"],
        &[
            "https://localhost/",
            "https://LOCALHOST./",
            "https://app.localhost/",
            "https://ｌocalhost/",
            "https://router/",
            "https://router./",
            "https://printer.local/",
            "https://db.corp.internal./",
            "https://metadata.google.internal/computeMetadata/v1/",
            "https://metadata.google.internal./",
            "https://nas.home.arpa/",
            "https://nas.lan/",
            "https://a..example.com/",
            "https://.example.com/",
            "https://example.com../",
            "https://local.example.com/",
            "https://notlocalhost.com/",
            "https://mylocal.de/",
        ],
        &expect![[r#"
            https://localhost/: must be of a public host: this name means something in a local network only
            https://LOCALHOST./: must be of a public host: this name means something in a local network only
            https://app.localhost/: must be of a public host: this name means something in a local network only
            https://ｌocalhost/: must be of a public host: this name means something in a local network only
            https://router/: must be of a public host: this name means something in a local network only
            https://router./: must be of a public host: this name means something in a local network only
            https://printer.local/: must be of a public host: this name means something in a local network only
            https://db.corp.internal./: must be of a public host: this name means something in a local network only
            https://metadata.google.internal/computeMetadata/v1/: must not be a cloud's metadata service
            https://metadata.google.internal./: must not be a cloud's metadata service
            https://nas.home.arpa/: must be of a public host: this name means something in a local network only
            https://nas.lan/: must be of a public host: this name means something in a local network only
            https://a..example.com/: must have a host: a name of letters, digits, hyphens and dots, or an address
            https://.example.com/: must have a host: a name of letters, digits, hyphens and dots, or an address
            https://example.com../: must have a host: a name of letters, digits, hyphens and dots, or an address
            https://local.example.com/: ok
            https://notlocalhost.com/: ok
            https://mylocal.de/: ok"#]],
    );
}

#[test]
fn a_list_opens_what_it_names_and_nothing_else() {
    let urls = [
        "https://example.com/",
        "https://hooks.example.com/",
        "https://a.hooks.example.com./",
        "https://badexample.com/",
        "https://other.org/",
        "https://10.1.2.3/",
        "https://0x0a010203/",
        "https://10.1.2.4/",
        "http://10.1.2.3/",
        "http://127.0.0.1:9/",
        "http://127.0.0.1:8080/",
        "http://localhost:8080/",
        "http://app.localhost:8080/",
        "http://[::1]:8080/",
        "http://example.com/",
        "https://169.254.169.254/",
    ];
    let list = ["*.example.com", "10.1.2.3", "127.0.0.1", "*.localhost", "[0:0::1]", "169.254.169.254", "example.com"];
    check(
        &list,
        &urls,
        &expect![[r#"
            https://example.com/: ok
            https://hooks.example.com/: ok
            https://a.hooks.example.com./: ok
            https://badexample.com/: must be of a host that the operator lists for webhooks
            https://other.org/: must be of a host that the operator lists for webhooks
            https://10.1.2.3/: ok
            https://0x0a010203/: ok
            https://10.1.2.4/: must be of a public host: this is an address of a private network
            http://10.1.2.3/: must be an https URL
            http://127.0.0.1:9/: must have no port that belongs to another protocol, such as 25: use 443
            http://127.0.0.1:8080/: ok
            http://localhost:8080/: must be an https URL
            http://app.localhost:8080/: ok
            http://[::1]:8080/: ok
            http://example.com/: must be an https URL
            https://169.254.169.254/: must not be a cloud's metadata service"#]],
    );
    check(
        &["*", "localhost"],
        &["https://other.org/", "http://localhost/", "http://127.0.0.1/", "https://10.1.2.3/"],
        &expect![[r#"
            https://other.org/: ok
            http://localhost/: ok
            http://127.0.0.1/: must be an https URL
            https://10.1.2.3/: must be of a public host: this is an address of a private network"#]],
    );
}

#[test]
fn what_is_not_written_as_the_standard_writes_it_is_refused_unread() {
    for host in [
        "",
        ".",
        "0x7f.1",
        "127.1",
        "2130706433",
        "01.2.3.4",
        "EXAMPLE.com",
        "a b.com",
        "a%41.com",
        "a@b.com",
        "[::1",
        "::1",
        "a/b",
    ] {
        let destination = Destination { scheme: "https", host, port: None, has_credentials: false };
        assert_eq!(
            destination.check(&Hosts::default()).map_err(|refused| refused.to_string()),
            Err("must have a host: a name of letters, digits, hyphens and dots, or an address".into()),
            "{host:?}"
        );
    }
}

#[test]
fn a_list_says_which_of_its_entries_is_none() {
    for (list, index) in [
        (vec!["https://example.com"], 0),
        (vec!["example.com", "exa mple.com"], 1),
        (vec!["*", "a.*.com"], 1),
        (vec!["*."], 0),
        (vec!["::1"], 0),
        (vec!["127.1"], 0),
        (vec!["example.com:443"], 0),
        (vec![""], 0),
    ] {
        assert_eq!(Hosts::parse(list.iter().copied()), Err(HostsError::Entry(index)), "{list:?}");
    }
    assert_eq!(Hosts::parse([]), Err(HostsError::Count));
    assert!(Hosts::parse(vec!["a.com"; HOSTS_MAX]).is_ok());
    assert_eq!(Hosts::parse(vec!["a.com"; HOSTS_MAX + 1]), Err(HostsError::Count));
}

#[test]
fn the_ports_are_those_that_browsers_refuse() {
    let is_refused = |port: &u16| verdict(&format!("https://example.com:{port}/"), &Hosts::default()) != "ok";
    let refused: Vec<u16> = (0..=u16::MAX).filter(is_refused).collect();
    assert_eq!((refused.len(), refused.first(), refused.last()), (83, Some(&0), Some(&10_080)));
    for port in [443_u16, 80, 8_080, 8_443, 3_000, 65_535] {
        assert!(!refused.contains(&port), "{port}");
    }
}
