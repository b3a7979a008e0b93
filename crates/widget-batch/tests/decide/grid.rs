//! The grid: when its letters are asked for, and where its cursor goes.

use cxpulse_widget_batch::model::Press;
use cxpulse_widget_batch::snapshot::Class;
use expect_test::expect;

use super::script::{check_life, play};

#[test]
fn letters_are_asked_for_with_the_first_snapshot_and_paced_after_it() {
    check_life(
        "src https://x | opened | told 3 running | told 4 running | grid 200 ssffdrrnns | wait 900 | wait 200 | grid 200 sssfdrrnns | wait 3000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            told 4 running: 
            grid 200 ssffdrrnns: 
            wait 900: 
            wait 200: GET ?fields=grid
            grid 200 sssfdrrnns: 
            wait 3000: 
        "#]],
    );
}

#[test]
fn the_end_is_shown_at_once() {
    check_life(
        "src https://x | opened | told 3 running | grid 200 ssffdrrnns | told 9 partial | grid 200 ssffdsssss | wait 9000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            told 9 partial: announce Status, GET ?fields=grid
            grid 200 ssffdsssss: 
            wait 9000: 
        "#]],
    );
}

#[test]
fn a_server_that_cannot_tell_is_left_alone_for_a_while() {
    check_life(
        "src https://x | opened | told 3 running | grid 503 | wait 4000 | wait 1500 | grid 0 | wait 1000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 503: 
            wait 4000: 
            wait 1500: GET ?fields=grid
            grid 0: 
            wait 1000: 
        "#]],
    );
}

#[test]
fn nobody_asks_for_what_nobody_sees() {
    check_life(
        "src https://x | hidden | opened | told 3 running | wait 3000 | shown",
        expect![[r#"
        src https://x: hush, open with T
        hidden: 
        opened: 
        told 3 running: announce Status
        wait 3000: 
        shown: GET ?fields=grid
    "#]],
    );
}

#[test]
fn another_batch_begins_with_nothing() {
    check_life(
        "src https://x | opened | told 3 running | grid 200 ssffdrrnns | press cell 2 | src https://y | grid 200 ssssssssss",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            press cell 2: 
            src https://y: hush, open with T
            grid 200 ssssssssss: 
        "#]],
    );
    let (model, _) =
        play("src https://x | opened | told 3 running | grid 200 ssffdrrnns | press cell 2 | src https://y");
    assert!(model.grid.is_empty() && model.grid.cursor.is_none());
}

#[test]
fn the_cursor_goes_where_keys_lead_and_never_out_of_the_grid() {
    let start = "src https://x | opened | told 3 running | grid 200 ssffdrrnns";
    for (keys, expected) in [
        ("ArrowRight 4", 1),
        ("ArrowLeft 4", 0),
        ("ArrowDown 4", 4),
        ("ArrowDown 4 | press key ArrowDown 4 | press key ArrowDown 4", 9),
        ("PageDown 4", 9),
        ("End 4", 9),
        ("End 4 | press key ArrowUp 4", 5),
        ("End 4 | press key PageUp 4", 0),
        ("End 4 | press key Home 4", 0),
    ] {
        let (model, _) = play(&format!("{start} | press key {keys}"));
        assert_eq!(model.grid.cursor, Some(expected), "{keys}");
    }
    for key in ["Tab 4", "a 4", "ArrowDown", "ArrowDown x"] {
        assert_eq!(Press::of("key", key), None, "{key}");
    }
    let (model, _) = play(&format!("{start} | press cell 99"));
    assert_eq!((model.grid.cursor, model.grid.class(9)), (Some(9), Some(Class::Successful)));
}

#[test]
fn an_item_is_asked_for_where_the_cursor_rests_and_again_when_it_moves_on() {
    check_life(
        "src https://x | opened | told 3 running | grid 200 ssffdrrnns | press key ArrowRight 4 | wait 100 | press key ArrowRight 4 | wait 250 | item 2 | \
         told 5 running | wait 2000 | grid 200 sssfdrrnns",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            press key ArrowRight 4: 
            wait 100: 
            press key ArrowRight 4: 
            wait 250: GET ?limit=1&offset=2
            item 2: 
            told 5 running: 
            wait 2000: GET ?fields=grid
            grid 200 sssfdrrnns: GET ?limit=1&offset=2
        "#]],
    );
    let (model, _) = play(
        "src https://x | opened | told 3 running | grid 200 ssffdrrnns | press cell 2 | wait 250 | press cell 3 | item 2",
    );
    assert_eq!(model.grid.item, None, "an answer for where the cursor was");
}
