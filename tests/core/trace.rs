//! Trace context, by the examples and rules of the W3C Recommendation.

use cxpulse_core::trace::TraceContext;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn the_recommendations_example_is_read_and_written() {
    let trace = TraceContext::parse(PARENT, Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")).expect("the example");
    assert_eq!(trace.to_string(), PARENT);
    assert_eq!(trace.tracestate(), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
}

#[test]
fn a_parent_that_is_not_valid_starts_a_new_trace() {
    let bad = [
        "",
        "00",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
    ];
    for text in bad {
        assert_eq!(TraceContext::parse(text, None), None, "{text}");
    }
}

#[test]
fn a_later_version_is_read_as_this_one_with_its_unknown_flags_dropped() {
    let text = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-what-the-future-brings";
    assert_eq!(TraceContext::parse(text, None).map(|trace| trace.to_string()), Some(PARENT.to_owned()));
}

#[test]
fn a_state_that_is_not_well_formed_is_dropped_and_the_parent_kept() {
    let many = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
    for (state, is_kept) in [
        ("a=1,,b=2", true),
        ("a=1,a=2", false),
        ("A=1", false),
        ("a", false),
        ("a=", false),
        ("1@sys=x", true),
        ("a@=x", false),
        (many(32).as_str(), true),
        (many(33).as_str(), false),
    ] {
        let trace = TraceContext::parse(PARENT, Some(state)).expect("the parent is valid");
        assert_eq!(trace.tracestate().is_empty(), !is_kept, "{state}");
    }
}

#[test]
fn a_root_of_zeros_is_valid_and_its_children_differ() {
    let root = TraceContext::root([0; 16]);
    assert!(TraceContext::parse(&root.to_string(), None).is_some(), "{root}");
    let (one, two) = (root.child(1, 1), root.child(1, 2));
    assert_eq!(one, root.child(1, 1));
    assert_ne!(one.span_id(), two.span_id());
    assert_eq!(one.trace_id(), root.trace_id());
}
