//! What a person does: nothing is sent without a yes, and what the server says of it is told.

use cxpulse_widget_chain::model::{Act, Deed};
use expect_test::expect;

use super::script::{DIAMOND, SEEN, Watch, check_life};

#[test]
fn the_graph_is_asked_for_once_and_again_only_where_it_could_not_be_had() {
    check_life(
        DIAMOND,
        "src https://x | opened | told woken | nograph 503 {} | wait 4999 | wait 1 | graph | told +1000ms; fetch successful | hidden | shown",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            nograph 503 {}: 
            wait 4999: 
            wait 1: GET /graph?format=json
            graph: 
            told +1000ms; fetch successful: 
            hidden: 
            shown: 
        "#]],
    );
}

#[test]
fn what_failed_is_said_while_the_chain_goes_on_and_its_end_instead_of_that() {
    check_life(
        DIAMOND,
        &format!(
            "{SEEN} | told +1000ms; fetch successful | told score failed | told enrich successful | told update failed"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            graph: 
            told +1000ms; fetch successful: 
            told score failed: announce Quarter(1), announce the news
            told enrich successful: announce Quarter(2)
            told update failed: announce Status
        "#]],
    );
}

#[test]
fn a_redrive_is_previewed_confirmed_and_followed() {
    check_life(
        DIAMOND,
        &format!(
            "{SEEN} | may redrive | told +1000ms; fetch failed | press redrive | preview | press confirm | redriven | told fetch successful"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            graph: 
            may redrive: 
            told +1000ms; fetch failed: announce Status
            press redrive: POST /redrive {"preview":true}
            preview: focus confirm
            press confirm: POST /redrive {}
            redriven: announce the deed, announce Status, open with T
            told fetch successful: 
        "#]],
    );
}

#[test]
fn a_cancel_is_asked_about_and_sent_once_and_no_sends_nothing() {
    check_life(
        DIAMOND,
        &format!(
            "{SEEN} | may cancel | press cancel | press dismiss | press confirm | press cancel | press confirm | press confirm | canceled"
        ),
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told woken: announce Status, GET /graph?format=json
            graph: 
            may cancel: 
            press cancel: focus confirm
            press dismiss: focus cancel
            press confirm: 
            press cancel: focus confirm
            press confirm: POST /cancel {}
            press confirm: 
            canceled: announce the deed
        "#]],
    );
}

#[test]
fn what_is_not_offered_or_has_no_object_is_not_begun() {
    let done = "told +1000ms; fetch failed";
    for script in [
        format!("{SEEN} | press cancel"),
        format!("{SEEN} | may redrive | press redrive"),
        format!("{SEEN} | may cancel | {done} | press cancel"),
        format!("{SEEN} | {done} | press redrive"),
        "src https://x | may cancel redrive | press cancel".to_owned(),
    ] {
        assert_eq!(Watch::of(DIAMOND, &script).model.act, Act::None, "{script}");
    }
    let all_well = "told only successful | may redrive | press redrive";
    assert_eq!(Watch::of("only", &format!("{SEEN} | {all_well}")).model.act, Act::None);
}

#[test]
fn a_refusal_is_told_and_can_be_put_away() {
    let refused = format!(
        "{SEEN} | may cancel | press cancel | press confirm | nocancel 403 {{\"title\":\"Not for this token\"}}"
    );
    let watch = Watch::of(DIAMOND, &refused);
    assert_eq!(watch.model.act, Act::Refused(Deed::Cancel, 403, "Not for this token".into()));
    assert_eq!(watch.face("en").spoken_act(), "Not canceled: This page is not allowed to. Not for this token");
    assert_eq!(Watch::of(DIAMOND, &format!("{refused} | press dismiss")).model.act, Act::None);
    let failed = format!("{SEEN} | may redrive | told fetch failed | press redrive");
    for (answer, status) in [("nopreview 0", 0), ("nopreview 200 nonsense", 200)] {
        let watch = Watch::of(DIAMOND, &format!("{failed} | {answer}"));
        assert!(matches!(watch.model.act, Act::Refused(Deed::Redrive, told, _) if told == status), "{answer}");
    }
}

#[test]
fn another_chain_begins_with_nothing_but_what_the_page_offers() {
    let watch = Watch::of(DIAMOND, &format!("{SEEN} | may cancel | press node 2 | src https://y"));
    assert!(watch.model.deeds.cancel && watch.model.drawn().is_none() && watch.model.feed.snapshot.is_none());
    assert!(!watch.model.look.is_open);
}
