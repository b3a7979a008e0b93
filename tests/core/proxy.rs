//! The proxy's gatekeeper: what passes, every hostile spelling that does not, and which headers go along.

use cxpulse_core::profile::ProxyRule;
use cxpulse_core::proxy::{AnswerCache, Refusal, TARGET_MAX, admit, comes_back, goes_up, named_in_connection};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

#[test]
fn what_rules_name_passes_and_nothing_else() {
    let rules = [
        rule(&["GET"], "/api/v2/users/{id}"),
        rule(&["POST", "PUT"], "/api/v2/users"),
        rule(&["GET"], "/files/**"),
        rule(&["DELETE"], "/a/*/c"),
    ];
    for (method, path, expected) in [
        ("GET", "/api/v2/users/17", Some(0)),
        ("HEAD", "/api/v2/users/17", Some(0)),
        ("GET", "/api/v2/users/%C3%A9", Some(0)),
        ("GET", "/api/v2/users/~a-b_c.d!$&'()*+,;=:@", Some(0)),
        ("GET", "/api/v2/users/...", Some(0)),
        ("POST", "/api/v2/users", Some(1)),
        ("PUT", "/api/v2/users", Some(1)),
        ("GET", "/files/a", Some(2)),
        ("GET", "/files/a/b/c", Some(2)),
        ("DELETE", "/a/b/c", Some(3)),
        ("POST", "/api/v2/users/17", None),
        ("get", "/api/v2/users/17", None),
        ("DELETE", "/api/v2/users", None),
        ("HEAD", "/api/v2/users", None),
        ("GET", "/api/v2/users", None),
        ("GET", "/api/v2/users/17/groups", None),
        ("GET", "/API/v2/users/17", None),
        ("GET", "/api/v2/user/17", None),
        ("GET", "/files", None),
        ("GET", "/filesystem/a", None),
        ("DELETE", "/a/b/b/c", None),
        ("DELETE", "/a/c", None),
    ] {
        let found = admit(&rules, method, path, None);
        let wanted = expected.map_or(Err(Refusal::NotAllowed), |index| Ok(&rules[index]));
        assert_eq!(found.map(|admitted| admitted.rule), wanted, "{method} {path}");
    }
}

#[test]
fn without_rules_nothing_passes() {
    assert_eq!(admit(&[], "GET", "/api", None), Err(Refusal::NotAllowed));
}

#[test]
fn of_two_rules_that_fit_the_first_counts() {
    let rules = [rule(&["GET"], "/a/**"), rule(&["GET"], "/a/b")];
    assert_eq!(admit(&rules, "GET", "/a/b", None).map(|admitted| admitted.rule), Ok(&rules[0]));
}

#[test]
fn a_path_that_could_be_read_as_another_is_refused() {
    for (path, expected) in [
        ("", Refusal::NotAPath),
        ("api", Refusal::NotAPath),
        ("https://evil.example/a", Refusal::NotAPath),
        ("/", Refusal::EmptySegment),
        ("//evil.example/a", Refusal::EmptySegment),
        ("/a//b", Refusal::EmptySegment),
        ("/a/", Refusal::EmptySegment),
        ("/a/;x=1/b", Refusal::EmptySegment),
        ("/.", Refusal::DotSegment),
        ("/..", Refusal::DotSegment),
        ("/a/../b", Refusal::DotSegment),
        ("/a/./b", Refusal::DotSegment),
        ("/a/..", Refusal::DotSegment),
        ("/a/..;/b", Refusal::DotSegment),
        ("/a/.;x=1/b", Refusal::DotSegment),
        ("/a/..;x/b", Refusal::DotSegment),
        ("/a/%2e%2e/b", Refusal::BadEscape),
        ("/a/%2E%2E/b", Refusal::NeedlesslyEncoded),
        ("/a/.%2E/b", Refusal::NeedlesslyEncoded),
        ("/a/%2E/b", Refusal::NeedlesslyEncoded),
        ("/%61pi", Refusal::NeedlesslyEncoded),
        ("/a%7Eb", Refusal::NeedlesslyEncoded),
        ("/a%2Fb", Refusal::EncodedSlash),
        ("/a%2fb", Refusal::BadEscape),
        ("/a%5Cb", Refusal::EncodedSlash),
        ("/a%252Fb", Refusal::EncodedPercent),
        ("/a%25%32%46b", Refusal::EncodedPercent),
        ("/a%252E%252E", Refusal::EncodedPercent),
        ("/a\\b", Refusal::Backslash),
        ("/..\\b", Refusal::Backslash),
        ("/a%00", Refusal::Control),
        ("/a%0A", Refusal::Control),
        ("/a%0D%0AHost:%20evil", Refusal::Control),
        ("/a%7F", Refusal::Control),
        ("/a\tb", Refusal::Control),
        ("/a\nb", Refusal::Control),
        ("/a\u{7f}b", Refusal::Control),
        ("/a b", Refusal::Unencoded),
        ("/a\"b", Refusal::Unencoded),
        ("/a<b>", Refusal::Unencoded),
        ("/a|b", Refusal::Unencoded),
        ("/a{b}", Refusal::Unencoded),
        ("/a^b", Refusal::Unencoded),
        ("/a`b", Refusal::Unencoded),
        ("/a[b]", Refusal::Unencoded),
        ("/a?b", Refusal::Unencoded),
        ("/a#b", Refusal::Unencoded),
        ("/é", Refusal::Unencoded),
        ("/a\u{ff0f}b", Refusal::Unencoded),
        ("/a%", Refusal::BadEscape),
        ("/a%2", Refusal::BadEscape),
        ("/a%GG", Refusal::BadEscape),
        ("/a%+1", Refusal::BadEscape),
        ("/a%u002e", Refusal::BadEscape),
        ("/a%C0%AE%C0%AE", Refusal::NotUtf8),
        ("/a%C0%AF", Refusal::NotUtf8),
        ("/a%FF", Refusal::NotUtf8),
        ("/a%ED%A0%80", Refusal::NotUtf8),
        ("/https:/evil.example", Refusal::Authority),
        ("/user:secret@evil.example/a", Refusal::Authority),
        ("/@evil.example/a", Refusal::Authority),
    ] {
        let found = admit(&open(), "GET", path, None).map(|admitted| admitted.target);
        assert_eq!(found, Err(expected), "{path:?}");
        assert!(expected.is_malformed(), "{path:?}");
        assert!(!expected.to_string().is_empty());
    }
}

#[test]
fn a_query_passes_as_it_is_or_not_at_all() {
    let ask = |query: &str| admit(&open(), "GET", "/a", Some(query)).map(|admitted| admitted.target);
    for query in ["", "a=1", "a=1&b=/x/../y", "q=100%25", "u=https://a.example/?b", "e=%C3%A9%2F%2E", "a=1&a=2", "%20"]
    {
        assert_eq!(ask(query), Ok(format!("/a?{query}")), "{query:?}");
    }
    for (query, expected) in [
        ("a=%", Refusal::BadEscape),
        ("a=%0", Refusal::BadEscape),
        ("a=%c3%a9", Refusal::BadEscape),
        ("a=%0D%0A", Refusal::Control),
        ("a=%00", Refusal::Control),
        ("a=\u{1}", Refusal::Control),
        ("a='1'", Refusal::Unencoded),
        ("a=\"1\"", Refusal::Unencoded),
        ("a=<1>", Refusal::Unencoded),
        ("a=b c", Refusal::Unencoded),
        ("a=b#c", Refusal::Unencoded),
        ("a=é", Refusal::Unencoded),
        ("a=\\", Refusal::Backslash),
        ("a=%FF", Refusal::NotUtf8),
    ] {
        assert_eq!(ask(query), Err(expected), "{query:?}");
    }
}

#[test]
fn the_length_is_bounded_with_the_query_in_it() {
    let path = |len: usize| format!("/{}", "a".repeat(len - 1));
    assert!(admit(&open(), "GET", &path(TARGET_MAX), None).is_ok());
    assert_eq!(admit(&open(), "GET", &path(TARGET_MAX + 1), None), Err(Refusal::TooLong));
    assert!(admit(&open(), "GET", &path(TARGET_MAX - 5), Some("a=12")).is_ok());
    assert_eq!(admit(&open(), "GET", &path(TARGET_MAX - 5), Some("a=123")), Err(Refusal::TooLong));
}

#[test]
fn credentials_the_way_here_and_the_hop_stay_behind() {
    let named = named_in_connection(Some("Keep-Alive, X-Of-This-Hop ,, close"));
    assert_eq!(named, ["keep-alive", "x-of-this-hop", "close"]);
    for name in [
        "authorization",
        "cookie",
        "x-api-key",
        "host",
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "expect",
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "cf-connecting-ip",
        "cf-ray",
        "cdn-loop",
        "accept-encoding",
        "origin",
        "referer",
        "sec-fetch-site",
        "cxpulse-tenant",
        "x-cxpulse-tenant",
        "x-of-this-hop",
        "x-http-method-override",
        "x-original-url",
        "x-forwarded",
        "baggage",
        "x-amzn-trace-id",
        "traceparent",
    ] {
        assert!(!goes_up(name, &named), "{name}");
    }
    for name in ["accept", "content-type", "accept-language", "if-none-match", "range", "user-agent", "x-custom"] {
        assert!(goes_up(name, &named), "{name}");
    }
}

#[test]
fn the_other_sides_cookies_policies_and_name_stay_there() {
    let named = named_in_connection(Some("x-of-that-hop"));
    for name in [
        "set-cookie",
        "server",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "strict-transport-security",
        "content-security-policy",
        "x-frame-options",
        "x-content-type-options",
        "referrer-policy",
        "clear-site-data",
        "cross-origin-resource-policy",
        "x-powered-by",
        "alt-svc",
        "cf-ray",
        "cxpulse-cache",
        "content-location",
        "link",
        "refresh",
        "www-authenticate",
        "x-of-that-hop",
    ] {
        assert!(!comes_back(name, &named), "{name}");
    }
    for name in
        ["content-type", "etag", "last-modified", "cache-control", "retry-after", "x-ratelimit-remaining", "vary"]
    {
        assert!(comes_back(name, &named), "{name}");
    }
    assert_eq!(named_in_connection(None), Vec::<String>::new());
}

#[test]
fn answers_serve_until_their_time_is_over_and_no_clock_that_goes_back_makes_it_longer() {
    let mut cache = AnswerCache::new(1_000);
    cache.put("a", 1, 10, Span::from_secs(5), at(100));
    assert_eq!(cache.get("a", at(100)), Some((1, Span::ZERO)));
    assert_eq!(cache.get("a", at(104)), Some((1, Span::from_secs(4))));
    assert_eq!(cache.get("b", at(104)), None);
    assert_eq!(cache.get("a", at(105)), None);
    assert_eq!((cache.get("a", at(104)), cache.bytes()), (None, 0));
    cache.put("a", 2, 10, Span::from_secs(5), at(100));
    assert_eq!(cache.get("a", at(99)), None);
}

#[test]
fn the_least_recently_used_answers_make_room() {
    let mut cache = AnswerCache::new(100);
    for (index, key) in ["a", "b", "c"].into_iter().enumerate() {
        cache.put(key, index, 32, Span::from_secs(60), at(0));
    }
    assert_eq!(cache.bytes(), 99);
    assert!(cache.get("a", at(1)).is_some());
    cache.put("d", 3, 32, Span::from_secs(60), at(1));
    let there: Vec<_> = ["a", "b", "c", "d"].into_iter().filter(|key| cache.get(key, at(1)).is_some()).collect();
    assert_eq!(there, ["a", "c", "d"]);
    cache.put("e", 4, 100, Span::from_secs(60), at(1));
    assert_eq!(
        (cache.get("e", at(1)), cache.bytes()),
        (None, 99),
        "what is too large for all is not stored, and clears nothing"
    );
    cache.put("f", 5, 99, Span::from_secs(60), at(1));
    assert_eq!((cache.get("f", at(1)).map(|(answer, _)| answer), cache.bytes()), (Some(5), 100));
}

proptest! {
    #[test]
    fn the_cache_never_holds_more_than_its_bound(puts in proptest::collection::vec((0_u8..20, 0_usize..60, 0_u64..30), 0..60)) {
        let mut cache = AnswerCache::new(100);
        for (key, bytes, now) in puts {
            cache.put(&format!("k{key}"), key, bytes, Span::from_secs(5), at(now));
            prop_assert!(cache.bytes() <= 100);
            let (answer, age) = cache.get(&format!("k{key}"), at(now)).unwrap_or((key, Span::ZERO));
            prop_assert_eq!((answer, age), (key, Span::ZERO));
        }
    }

    #[test]
    fn what_passes_is_sent_byte_for_byte_and_hides_nothing(path in hostile(), query in proptest::option::of(hostile())) {
        let rules = open();
        let Ok(admitted) = admit(&rules, "GET", &path, query.as_deref()) else { return Ok(()) };
        let expected = query.as_ref().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        prop_assert_eq!(&admitted.target, &expected);
        prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains('\\') && !path.ends_with('/'));
        // However often somebody decodes it: no dots to climb by, no slash that was not there, no line's end.
        let decoded = decode(&decode(&path));
        prop_assert_eq!(decoded.matches('/').count(), path.matches('/').count());
        prop_assert!(decoded.split('/').all(|segment| !matches!(segment.split(';').next(), Some("." | ".."))));
        prop_assert!(!decoded.chars().any(|one| one.is_ascii_control()));
        prop_assert!(expected.is_ascii() && expected.len() <= TARGET_MAX);
    }

    #[test]
    fn any_bytes_are_answered(method in ".*", path in ".*", query in ".*") {
        let rules = open();
        let admitted = admit(&rules, &method, &path, Some(&query));
        prop_assert!(admitted.is_err() || method == "GET" || method == "HEAD");
    }

    #[test]
    fn plain_paths_pass(segments in proptest::collection::vec("[a-zA-Z0-9_~-]{1,12}", 1..8)) {
        let path = format!("/{}", segments.join("/"));
        prop_assert_eq!(admit(&open(), "GET", &path, None).map(|admitted| admitted.target), Ok(path.clone()));
    }
}

/// Texts of the pieces that attacks are made of.
fn hostile() -> impl Strategy<Value = String> {
    const PIECES: [&str; 32] = [
        "/", "//", ".", "..", ";", "%2E", "%2e", "%2F", "%2f", "%5C", "%25", "%252E", "%252F", "%00", "%0A", "\\", "a",
        "b1", "@", ":", "%C3%A9", "%C0%AF", "%FF", "%41", "?", "#", " ", "é", "/api", "'", "~", "%",
    ];
    proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..8)
        .prop_map(|parts| format!("/{}", parts.concat()))
}

fn decode(text: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match escaped.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn open() -> [ProxyRule; 1] {
    [rule(&["GET"], "/**")]
}

fn rule(methods: &[&str], path: &str) -> ProxyRule {
    ProxyRule {
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        path: path.into(),
        cache: None,
        request_bytes_max: None,
        answer_bytes_max: None,
        timeout: None,
    }
}
