//! Trace context: the examples of the W3C Recommendation, and the cases of its test suite.
//!
//! Source of the cases: w3c/trace-context, `test/test.py`. There a case is a request to a service that calls back; here it is
//! the value of both headers, several of a name joined by commas as HTTP does, and what is sent on.

use cxpulse_core::trace::{TRACESTATE_MAX, TraceContext};
use proptest::prelude::*;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: &str = "12345678901234567890123456789012";

#[test]
fn the_recommendations_example_is_read_and_written() {
    let trace = TraceContext::parse(PARENT, Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")).expect("the example");
    assert_eq!(trace.to_string(), PARENT);
    assert_eq!(trace.tracestate(), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
}

/// `test_traceparent_*`: whether the parent is continued. The version comes first in each.
#[test]
fn a_parent_is_continued_as_the_test_suite_says() {
    let cases = [
        // test_traceparent_included_tracestate_missing
        ("00-12345678901234567890123456789012-1234567890123456-01", true),
        // test_traceparent_duplicated
        (
            "00-12345678901234567890123456789011-1234567890123456-01, \
             00-12345678901234567890123456789012-1234567890123456-01",
            false,
        ),
        (
            "cc-12345678901234567890123456789011-1234567890123456-01, \
             cc-12345678901234567890123456789012-1234567890123456-01",
            false,
        ),
        // test_traceparent_version_0x00
        ("00-12345678901234567890123456789012-1234567890123456-01.", false),
        ("00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like", false),
        ("00-12345678901234567890123456789012-1234567890123456-01-", false),
        // test_traceparent_version_0xcc
        ("cc-12345678901234567890123456789012-1234567890123456-01", true),
        ("cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like", true),
        ("cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like", false),
        // test_traceparent_version_0xff
        ("ff-12345678901234567890123456789012-1234567890123456-01", false),
        // test_traceparent_version_illegal_characters, _too_long, _too_short
        (".0-12345678901234567890123456789012-1234567890123456-01", false),
        ("0.-12345678901234567890123456789012-1234567890123456-01", false),
        ("CC-12345678901234567890123456789012-1234567890123456-01", false),
        ("000-12345678901234567890123456789012-1234567890123456-01", false),
        ("0000-12345678901234567890123456789012-1234567890123456-01", false),
        ("0-12345678901234567890123456789012-1234567890123456-01", false),
        // test_traceparent_trace_id_all_zero, _illegal_characters, _too_long, _too_short
        ("00-00000000000000000000000000000000-1234567890123456-01", false),
        ("cc-00000000000000000000000000000000-1234567890123456-01", false),
        ("00-.2345678901234567890123456789012-1234567890123456-01", false),
        ("00-1234567890123456789012345678901.-1234567890123456-01", false),
        ("00-ABCDEF78901234567890123456789012-1234567890123456-01", false),
        ("00-123456789012345678901234567890123-1234567890123456-01", false),
        ("00-1234567890123456789012345678901-1234567890123456-01", false),
        // test_traceparent_parent_id_all_zero, _illegal_characters, _too_long, _too_short
        ("00-12345678901234567890123456789012-0000000000000000-01", false),
        ("00-12345678901234567890123456789012-.234567890123456-01", false),
        ("00-12345678901234567890123456789012-123456789012345.-01", false),
        ("00-12345678901234567890123456789012-ABCDEF7890123456-01", false),
        ("00-12345678901234567890123456789012-12345678901234567-01", false),
        ("00-12345678901234567890123456789012-123456789012345-01", false),
        // test_traceparent_trace_flags_illegal_characters, _too_long, _too_short
        ("00-12345678901234567890123456789012-1234567890123456-.0", false),
        ("00-12345678901234567890123456789012-1234567890123456-0.", false),
        ("00-12345678901234567890123456789012-1234567890123456-0A", false),
        ("00-12345678901234567890123456789012-1234567890123456-001", false),
        ("00-12345678901234567890123456789012-1234567890123456-1", false),
        // test_traceparent_ows_handling
        (" 00-12345678901234567890123456789012-1234567890123456-01", true),
        ("\t00-12345678901234567890123456789012-1234567890123456-01", true),
        ("00-12345678901234567890123456789012-1234567890123456-01 ", true),
        ("00-12345678901234567890123456789012-1234567890123456-01\t", true),
        ("\t 00-12345678901234567890123456789012-1234567890123456-01 \t", true),
        // test_both_traceparent_and_tracestate_missing, and what else is no parent
        ("", false),
        ("00", false),
        ("00--1234567890123456-01", false),
        ("00-12345678901234567890123456789012-1234567890123456", false),
        ("00-1234567890123456789012345678901é-1234567890123456-01", false),
    ];
    for (text, is_continued) in cases {
        let trace = TraceContext::parse(text, None);
        let trace_id = trace.as_ref().map(TraceContext::trace_id);
        assert_eq!(trace_id, is_continued.then_some(TRACE), "{text}");
        // test_traceparent_included_tracestate_missing: the same trace, another parent.
        if let Some(span) = trace.map(|caller| caller.child(7, 1)) {
            assert_eq!((span.trace_id(), span.parent_id()), (TRACE, Some("1234567890123456")), "{text}");
            assert_ne!(span.span_id(), "1234567890123456", "{text}");
        }
    }
}

/// Level 1, section 3.2.2.5, and `TraceContext2Test.test_propagates_random_flag`.
#[test]
fn flags_that_are_known_are_sent_on_and_others_are_zero() {
    for (version, flags, sent, is_sampled) in [
        ("00", "00", "00", false),
        ("00", "01", "01", true),
        ("00", "02", "02", false),
        ("00", "03", "03", true),
        ("00", "ff", "03", true),
        ("00", "fc", "00", false),
        ("cc", "ff", "01", true),
        ("cc", "02", "00", false),
    ] {
        let text = format!("{version}-{TRACE}-1234567890123456-{flags}");
        let span = TraceContext::parse(&text, None).expect("it is one").child(7, 1);
        assert_eq!(span.to_string(), format!("00-{TRACE}-{}-{sent}", span.span_id()), "{text}");
        assert_eq!(span.is_sampled(), is_sampled, "{text}");
    }
}

/// `test_tracestate_*`: what is sent on of what came.
#[test]
fn a_state_is_sent_on_as_the_test_suite_says() {
    let keychars = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|c| !matches!(c, ',' | '=')).collect();
    let (all, all_of_vendor) = (format!("{keychars}={value}"), format!("{keychars}@a-z0-9_-*/={value}"));
    let (longest, too_long) = (format!("foo=1,{}=1", "z".repeat(256)), format!("foo=1,{}=1", "z".repeat(257)));
    let vendor = |tenant: usize, system: usize| format!("foo=1,{}@{}=1", "t".repeat(tenant), "v".repeat(system));
    let (old_limit, long_tenant, long_system) = (vendor(241, 14), vendor(242, 1), vendor(1, 15));
    let values = |length: usize| format!("foo={}", "v".repeat(length));
    let (longest_value, too_long_value) = (values(256), values(257));
    for (state, sent) in [
        // test_tracestate_included_traceparent_included
        ("foo=1,bar=2", "foo=1,bar=2"),
        // test_tracestate_empty_header
        ("", ""),
        ("foo=1, ", "foo=1"),
        (", foo=1", "foo=1"),
        ("a=1,,b=2", "a=1,b=2"),
        // test_tracestate_multiple_headers_different_keys
        ("foo=1,bar=2, rojo=1,congo=2, baz=3", "foo=1,bar=2,rojo=1,congo=2,baz=3"),
        // test_tracestate_duplicated_keys: of two, the left one is the newer
        ("foo=1,foo=1", "foo=1"),
        ("foo=1,foo=2", "foo=1"),
        ("foo=1, foo=2, bar=3", "foo=1,bar=3"),
        // test_tracestate_all_allowed_characters
        (&all, &all),
        (&all_of_vendor, &all_of_vendor),
        // test_tracestate_ows_handling
        ("foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"),
        ("foo=1\t \t,\t \tbar=2,\t \tbaz=3", "foo=1,bar=2,baz=3"),
        (" foo=1", "foo=1"),
        ("\tfoo=1", "foo=1"),
        ("foo=1 ", "foo=1"),
        ("foo=1\t", "foo=1"),
        ("\t foo=1 \t", "foo=1"),
        // Section 3.3.1.3.2: spaces before a value are part of it
        ("foo= 1", "foo= 1"),
        // test_tracestate_key_illegal_characters
        ("foo =1", ""),
        ("FOO=1", ""),
        ("foo.bar=1", ""),
        // test_tracestate_key_illegal_vendor_format
        ("foo@=1,bar=2", "foo@=1,bar=2"),
        ("@foo=1,bar=2", ""),
        ("foo@@bar=1,bar=2", "foo@@bar=1,bar=2"),
        ("foo@bar@baz=1,bar=2", "foo@bar@baz=1,bar=2"),
        // test_tracestate_key_length_limit
        (&longest, &longest),
        (&too_long, ""),
        (&old_limit, &old_limit),
        (&long_tenant, &long_tenant),
        (&long_system, &long_system),
        // test_tracestate_value_illegal_characters
        ("foo=bar=baz", ""),
        ("foo=,bar=3", ""),
        ("foo=a\tb", ""),
        ("foo=é", ""),
        ("foo", ""),
        (&longest_value, &longest_value),
        (&too_long_value, ""),
    ] {
        assert_eq!(state_of(state), sent, "{state:?}");
    }
}

/// `test_tracestate_member_count_limit`.
#[test]
fn a_state_has_at_most_thirty_two_entries() {
    let many = |count: usize| (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",");
    assert_eq!(state_of(&many(32)), many(32));
    assert_eq!(state_of(&many(33)), "");
    assert_eq!(state_of(&format!("{},,", many(32))), many(32), "empty ones do not count");
}

/// Section 3.3.1.5: whole entries go, long ones first, then from the end.
#[test]
fn a_state_that_is_too_long_loses_whole_entries() {
    let entry = |key: &str, length: usize| format!("{key}={}", "v".repeat(length - key.len() - 1));
    let list = |entries: &[(&str, usize)]| entries.iter().map(|(k, len)| entry(k, *len)).collect::<Vec<_>>().join(",");
    for (came, sent) in [
        (vec![("a", 128), ("b", 128), ("c", 128), ("d", 125)], "abcd"),
        (vec![("a", 128), ("b", 128), ("c", 128), ("d", 126)], "abc"),
        (vec![("a", 129), ("b", 128), ("c", 128), ("d", 128)], "bcd"),
        (vec![("a", 200), ("b", 128), ("c", 200)], "ab"),
        (vec![("a", 200), ("b", 200), ("c", 128), ("d", 128)], "acd"),
        (vec![("a", 258), ("b", 258), ("c", 100)], "ac"),
    ] {
        let kept: Vec<_> = came.iter().copied().filter(|(key, _)| sent.contains(key)).collect();
        assert_eq!(state_of(&list(&came)), list(&kept), "{came:?}");
    }
}

#[test]
fn a_state_without_a_parent_is_dropped() {
    assert_eq!(TraceContext::parse("", Some("foo=1")), None);
    assert_eq!(TraceContext::root([7; 16]).tracestate(), "");
}

#[test]
fn a_root_of_zeros_is_valid_and_its_children_differ() {
    let root = TraceContext::root([0; 16]);
    assert!(TraceContext::parse(&root.to_string(), None).is_some(), "{root}");
    assert_eq!((root.parent_id(), root.is_sampled()), (None, true));
    let (one, two) = (root.child(1, 1), root.child(1, 2));
    assert_eq!(one, root.child(1, 1));
    assert_ne!(one.span_id(), two.span_id());
    assert_eq!((one.trace_id(), one.parent_id()), (root.trace_id(), Some(root.span_id())));
}

#[test]
fn a_trace_that_was_stored_before_spans_had_parents_is_read() {
    let stored =
        r#"{"trace_id":"33333333333333333333333333333333","span_id":"1111111111111111","flags":1,"state":"a=1"}"#;
    let trace: TraceContext = serde_json::from_str(stored).expect("it is one");
    assert_eq!(serde_json::to_string(&trace).expect("it can be written"), stored);
}

proptest! {
    #[test]
    fn whatever_is_sent_on_is_read_as_it_is(parent in "[0-9a-f.-]{0,60}|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
        state in "([a-z@][a-z0-9@]{0,3}=[ -~]{0,9}[ \t]{0,2},?){0,40}|\\PC{0,40}"
    ) {
        if let Some(trace) = TraceContext::parse(&parent, Some(&state)) {
            prop_assert!(trace.tracestate().len() <= TRACESTATE_MAX);
            let again = TraceContext::parse(&trace.to_string(), Some(trace.tracestate()));
            prop_assert_eq!(again, Some(trace));
        }
    }
}

/// What is sent on of a state.
fn state_of(state: &str) -> String {
    TraceContext::parse(PARENT, Some(state)).expect("a bad state does no harm to its parent").tracestate().into()
}
