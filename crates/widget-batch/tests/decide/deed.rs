//! What a person does: nothing is sent without a yes, and what the server says of it is told.

use cxpulse_widget_batch::model::{Act, Deed};
use expect_test::expect;

use super::script::{PREVIEW, check_life, play};

#[test]
fn a_redrive_is_previewed_confirmed_and_followed() {
    check_life(
        &format!(
            "src https://x | may redrive | opened | told 9 partial | grid 200 ssffdsssss | press redrive | preview 200 {PREVIEW} | press confirm | \
             redriven 10"
        ),
        expect![[r#"
            src https://x: hush, open with T
            may redrive: 
            opened: 
            told 9 partial: announce Status, GET ?fields=grid
            grid 200 ssffdsssss: 
            press redrive: POST /redrive {"preview":true}
            preview 200 {"id":"bat_1","generation":3,"count":3,"by_status":{"failed":2,"degraded":1,"canceled":0,"not_started":0},"items":["a","b","c"],"may_have_run":{"count":1,"items":["c"]},"left_out":0}: focus confirm
            press confirm: POST /redrive {}
            redriven 10: announce the deed, announce Status, open with T
        "#]],
    );
}

#[test]
fn a_cancel_is_asked_about_and_sent_once() {
    check_life(
        "src https://x | may cancel | opened | told 3 running | grid 200 ssffdrrnns | press cancel | press confirm | press confirm | press cancel | canceled 202 {}",
        expect![[r#"
            src https://x: hush, open with T
            may cancel: 
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            press cancel: focus confirm
            press confirm: POST /cancel {}
            press confirm: 
            press cancel: 
            canceled 202 {}: announce the deed
        "#]],
    );
}

#[test]
fn no_leaves_everything_as_it_is() {
    check_life(
        &format!(
            "src https://x | may cancel redrive | opened | told 3 running | grid 200 ssffdrrnns | press cancel | press dismiss | press confirm | \
             told 9 partial | grid 200 ssffdsssss | press redrive | preview 200 {PREVIEW} | press dismiss | press confirm"
        ),
        expect![[r#"
            src https://x: hush, open with T
            may cancel redrive: 
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            press cancel: focus confirm
            press dismiss: focus cancel
            press confirm: 
            told 9 partial: announce Status, GET ?fields=grid
            grid 200 ssffdsssss: 
            press redrive: POST /redrive {"preview":true}
            preview 200 {"id":"bat_1","generation":3,"count":3,"by_status":{"failed":2,"degraded":1,"canceled":0,"not_started":0},"items":["a","b","c"],"may_have_run":{"count":1,"items":["c"]},"left_out":0}: focus confirm
            press dismiss: focus redrive
            press confirm: 
        "#]],
    );
}

#[test]
fn what_is_not_offered_or_has_no_object_is_not_begun() {
    for script in [
        "src https://x | opened | told 3 running | press cancel",
        "src https://x | may redrive | opened | told 3 running | press redrive",
        "src https://x | may cancel | opened | told 9 partial | press cancel",
        "src https://x | may redrive | opened | told 9 completed | press redrive",
        "src https://x | may cancel redrive | press cancel",
    ] {
        assert_eq!(play(script).0.act, Act::None, "{script}");
    }
}

#[test]
fn a_question_whose_object_is_gone_is_taken_back() {
    let (model, _) = play("src https://x | may cancel | opened | told 3 running | press cancel | told 9 partial");
    assert_eq!(model.act, Act::None);
}

#[test]
fn a_refusal_is_told_and_can_be_put_away() {
    let refused = "src https://x | may cancel | opened | told 3 running | press cancel | press confirm | canceled 403 {\"title\":\"Not for this token\"}";
    let (model, _) = play(refused);
    assert_eq!(model.act, Act::Refused(Deed::Cancel, 403, "Not for this token".into()));
    let (model, _) = play(&format!("{refused} | press dismiss"));
    assert_eq!(model.act, Act::None);
    let (model, _) = play("src https://x | may redrive | opened | told 9 partial | press redrive | preview 0");
    assert_eq!(model.act, Act::Refused(Deed::Redrive, 0, String::new()));
    let (model, _) =
        play("src https://x | may redrive | opened | told 9 partial | press redrive | preview 200 nonsense");
    assert!(matches!(model.act, Act::Refused(Deed::Redrive, 200, _)));
}

#[test]
fn a_token_that_came_for_a_deed_is_used_from_then_on() {
    check_life(
        "src https://x | token U | opened | failed | wait 60000",
        expect![[r#"
        src https://x: hush, open with T
        token U: 
        opened: 
        failed: 
        wait 60000: open with U
    "#]],
    );
}
