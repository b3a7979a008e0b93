//! The table: closed it asks for nothing; open it follows the batch, page by page.

use expect_test::expect;

use super::script::{check_life, play};

#[test]
fn a_table_is_asked_for_when_it_is_opened_and_follows_the_batch() {
    check_life(
        "src https://x | opened | told 3 running | grid 200 ssffdrrnns | press table | page all@0 200 | told 4 running | wait 1000 | wait 1000 | \
         page all@0 200 | press table | told 5 running | wait 5000",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            grid 200 ssffdrrnns: 
            press table: GET ?limit=25&offset=0
            page all@0 200: 
            told 4 running: 
            wait 1000: GET ?fields=grid
            wait 1000: GET ?limit=25&offset=0
            page all@0 200: 
            press table: 
            told 5 running: 
            wait 5000: 
        "#]],
    );
}

#[test]
fn pages_are_turned_at_once_and_not_past_their_ends() {
    check_life(
        "src https://x | opened | told 3 running | press table | page all@0 200 | press previous | page all@0 200 | press next | page all@25 200 | \
         press next | page all@50 200 | press next",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            press table: GET ?limit=25&offset=0
            page all@0 200: 
            press previous: GET ?limit=25&offset=0
            page all@0 200: 
            press next: GET ?limit=25&offset=25
            page all@25 200: 
            press next: GET ?limit=25&offset=50
            page all@50 200: 
            press next: 
        "#]],
    );
}

#[test]
fn a_filter_begins_with_its_first_page_and_answers_for_another_are_not_shown() {
    check_life(
        "src https://x | opened | told 3 running | press table | press next | press filter failed,degraded | page all@0 200 | \
         page failed,degraded@0 200",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            press table: GET ?limit=25&offset=0
            press next: 
            press filter failed,degraded: focus select, GET ?limit=25&offset=0&status=failed,degraded
            page all@0 200: 
            page failed,degraded@0 200: 
        "#]],
    );
    let (model, _) =
        play("src https://x | opened | told 3 running | press table | press filter failed | page all@0 200");
    assert_eq!(model.table.page, None);
}

#[test]
fn the_items_of_one_kind_of_failure_are_asked_for_by_its_code_whatever_is_in_it() {
    check_life(
        "src https://x | opened | told 3 running | press filter X:Aé&B->C% | page X:Aé&B->C%@0 200 | press next | press filter nonsense",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            press filter X:Aé&B->C%: focus select, GET ?limit=25&offset=0&code=X%3aA%c3%a9%26B%2d%3eC%25
            page X:Aé&B->C%@0 200: 
            press next: GET ?limit=25&offset=25&code=X%3aA%c3%a9%26B%2d%3eC%25
            press filter nonsense: focus select, GET ?limit=25&offset=0
        "#]],
    );
}

#[test]
fn a_page_that_is_gone_gives_way_to_the_last_one_there_is() {
    let (model, _) = play(
        "src https://x | opened | told 3 running | press table | page all@0 200 | press next | page all@25 200 | press next | page all@50 200",
    );
    assert_eq!(model.table.query.offset, 50);
    check_life(
        "src https://x | opened | told 3 running | press filter failed | nopage failed@0 500 | wait 1000 | wait 5000 | page failed@0 200",
        expect![[r#"
            src https://x: hush, open with T
            opened: 
            told 3 running: announce Status, GET ?fields=grid
            press filter failed: focus select, GET ?limit=25&offset=0&status=failed
            nopage failed@0 500: 
            wait 1000: 
            wait 5000: GET ?limit=25&offset=0&status=failed
            page failed@0 200: 
        "#]],
    );
}
