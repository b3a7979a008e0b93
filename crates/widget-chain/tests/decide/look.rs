//! What a person looks at: the node under the keyboard, what it came to, how large all are drawn.

use cxpulse_widget_chain::model::{Output, Press, Size};
use expect_test::expect;

use super::script::{DIAMOND, SEEN, Watch, check_life};

#[test]
fn a_node_opens_closes_and_gives_the_focus_back() {
    check_life(
        DIAMOND,
        &format!(
            "{SEEN} | press node 3 | press visit 1 | press key ArrowDown graph | press close | press close | press visit 99"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            graph: 
            press node 3: 
            press visit 1: focus cursor
            press key ArrowDown graph: focus cursor
            press close: focus cursor
            press close: 
            press visit 99: 
        "#]],
    );
    let opened = Watch::of(DIAMOND, &format!("{SEEN} | press node 3")).model.look;
    assert!(opened.is_open && opened.cursor == 3);
    assert!(!Watch::of(DIAMOND, &format!("{SEEN} | press node 3 | press node 3")).model.look.is_open);
    let followed = Watch::of(DIAMOND, &format!("{SEEN} | press node 3 | press key ArrowLeft graph")).model.look;
    assert!(followed.is_open && followed.cursor == 1, "what is open follows the keyboard");
}

#[test]
fn keys_lead_through_a_list_where_there_is_no_graph() {
    let cursor = |script: &str| Watch::of(DIAMOND, script).model.look.cursor;
    for (keys, at) in [
        ("press key ArrowDown list", 1),
        ("press key ArrowUp list", 0),
        ("press key End list | press key ArrowDown list", 4),
        ("press key PageDown list | press key ArrowUp list", 3),
        ("press key End list | press key Home list", 0),
    ] {
        assert_eq!(cursor(&format!("{SEEN} | {keys}")), at, "{keys}");
    }
    assert_eq!(
        cursor("src https://x | opened | told woken | press key ArrowRight graph"),
        1,
        "before the graph is known"
    );
    assert!(Press::of("key", "Tab graph").is_none() && Press::of("key", "PageDown graph").is_none(), "not ours");
}

#[test]
fn an_output_is_asked_for_when_somebody_wants_it() {
    check_life(
        DIAMOND,
        &format!(
            "{SEEN} | told +1000ms; fetch successful | press output | press node 0 | press output | press output | output fetch {{\"id\":1}}"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            graph: 
            told +1000ms; fetch successful: 
            press output: 
            press node 0: 
            press output: GET /results?node=fetch
            press output: 
            output fetch {"id":1}: 
        "#]],
    );
}

#[test]
fn an_output_is_shown_of_the_node_that_was_asked_about_and_of_its_latest_run() {
    let asked = format!("{SEEN} | may redrive | told +1000ms; fetch successful | press node 0 | press output");
    let output = |more: &str| Watch::of(DIAMOND, &format!("{asked} | {more}")).model.look.output;
    assert_eq!(output(r#"output fetch {"id":1}"#), Output::Known("{\n  \"id\": 1\n}".into()));
    assert_eq!(output("output fetch"), Output::Known(String::new()), "it has none");
    assert_eq!(output(r#"press visit 1 | output fetch {"id":1}"#), Output::Unasked, "of a node that is left");
    assert_eq!(output(r#"press visit 1 | press output | output fetch {"id":1}"#), Output::Asked);
    assert_eq!(output(r#"nooutput 403 fetch {"detail":"not yours"}"#), Output::Refused(403, "not yours".into()));
    assert_eq!(output("nooutput 0 fetch"), Output::Refused(0, String::new()));
    assert_eq!(output("nooutput 200 fetch <html>"), Output::Refused(200, String::new()));
    let again = format!("{SEEN} | told +1000ms; fetch failed | press node 0 | press output | output fetch | redriven");
    assert_eq!(Watch::of(DIAMOND, &again).model.look.output, Output::Unasked, "it runs again");
}

#[test]
fn sizes_suit_the_number_of_nodes_until_somebody_chooses() {
    let many = |count: usize| (0..count).map(|node| format!("n{node}")).collect::<Vec<_>>().join("; ");
    let size = |count: usize, more: &str| Watch::of(&many(count), &format!("{SEEN}{more}")).model.size();
    assert_eq!(
        [1, 24, 25, 150, 151].map(|count| size(count, "")),
        [Size::Large, Size::Large, Size::Small, Size::Small, Size::Tiny]
    );
    assert_eq!(size(5, " | press smaller"), Size::Small);
    assert_eq!(size(5, " | press smaller | press smaller | press smaller"), Size::Tiny);
    assert_eq!(size(151, " | press larger | press larger | press larger"), Size::Large);
}
