//! What stands where: nodes, roles, names, values.

use cxpulse_widget_batch::face::Face;
use cxpulse_widget_batch::text::Words;
use cxpulse_widget_batch::view::{Plan, plan};
use expect_test::expect;

use super::script::{PREVIEW, play};

#[test]
fn a_running_batch_has_a_bar_counts_failures_a_grid_and_what_may_be_done() {
    expect![[r#"
        0	div.card	role=group	aria-label=sim-fast	data-state=running	data-link=live
        1	div.head
        2	svg.icon	viewBox=0 0 20 20	aria-hidden=true
        3	path	d=M10 2.5a7.5 7.5 0 1 1-7.5 7.5
        2	span.status	=Running
        2	span.title	=sim-fast	title=sim-fast
        2	span.connection	=Live
        1	div.track	role=progressbar	aria-valuemin=0	aria-valuemax=100	aria-label=Progress	aria-valuenow=60	aria-valuetext=6 of 10 items
        2	div.bar	data-class=successful	--share=3
        2	div.bar	data-class=degraded	--share=1
        2	div.bar	data-class=failed	--share=2
        2	div.bar	data-class=running	--share=2
        2	div.bar	data-class=not_started	--share=2
        1	ul.counts	aria-label=Items by outcome
        2	li.count	data-class=successful
        3	span.swatch	aria-hidden=true
        3	span.class	=Successful
        3	b.number	=3
        2	li.count	data-class=degraded
        3	span.swatch	aria-hidden=true
        3	span.class	=Degraded
        3	b.number	=1
        2	li.count	data-class=failed
        3	span.swatch	aria-hidden=true
        3	span.class	=Failed
        3	b.number	=2
        2	li.count	data-class=canceled	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Canceled
        3	b.number	=0
        2	li.count	data-class=running
        3	span.swatch	aria-hidden=true
        3	span.class	=Running
        3	b.number	=2
        2	li.count	data-class=not_started
        3	span.swatch	aria-hidden=true
        3	span.class	=Not started
        3	b.number	=2
        1	div.numbers
        2	span.percent	=60 %
        2	span.done	=6 of 10 items
        2	span.rate	=12.4 items/s
        2	span.estimate	=about 2 min left
        1	div.step
        2	span.generation	=Generation 2
        2	span.waiting	=Rate limited, next attempt in 12 s (most running items)
        2	span.sources	=1 retried, 1 with an old result
        1	section.failures	aria-label=1 kind of failure
        2	h3.heading	=1 kind of failure
        2	ul.groups
        3	li.failure	key=UPSTREAM_FAILED
        4	button.fold	type=button	data-do=group	data-value=UPSTREAM_FAILED	aria-expanded=false	aria-controls=group-0
        5	b.number	=2
        5	span.error-message	=CXone says that the action failed
        5	code.error-code	=UPSTREAM_FAILED
        4	div.examples	id=group-0	hidden=1
        1	div.grid	role=slider	tabindex=0	aria-valuemin=0	aria-label=Items	aria-valuemax=10	aria-valuenow=3	aria-valuetext=Item 3 of 10: Failed, item-2
        2	canvas.cells	aria-hidden=true
        1	div.item
        2	span.cell	=Item 3 of 10: Failed, item-2
        2	span.detail	=3 attempts. it failed (UPSTREAM_FAILED)
        2	a.link	target=_blank	rel=noopener	data-do=item	href=https://x/embed/execution/exe_1-2#token=T	data-value=item-2	=Open its execution
        1	section.items	aria-label=Items as a table
        2	button.fold table	type=button	data-do=table	aria-expanded=false	aria-controls=table
        3	span	=Items as a table
        2	div.page	id=table	hidden=1
        1	div.actions
        2	button.button cancel	type=button	data-do=cancel	=Cancel
        1	div.foot
        2	span.age	=updated just now
        1	div	role=status"#]].assert_eq(&drawn(
        "src https://x | may cancel | opened | told 3 running | grid 200 ssffdrrnns | press cell 2 | wait 250 | item 2",
    ));
}

#[test]
fn what_is_unfolded_shows_the_first_items_and_leads_to_the_table() {
    let text = drawn("src https://x | opened | told 3 running | press group UPSTREAM_FAILED");
    assert!(text.contains("aria-expanded=true"), "{text}");
    assert!(text.contains("First: a, b"), "{text}");
    assert!(text.contains("data-do=filter\tdata-value=UPSTREAM_FAILED"), "{text}");
    let folded =
        drawn("src https://x | opened | told 3 running | press group UPSTREAM_FAILED | press group UPSTREAM_FAILED");
    assert!(!folded.contains("First: a, b"), "{folded}");
}

#[test]
fn a_table_has_rows_a_choice_and_its_pages() {
    let text = drawn("src https://x | opened | told 3 running | press filter failed | page failed@0 200");
    assert_eq!(text.matches("\ttr.row\t").count(), 25);
    assert!(text.contains(".value=failed") && text.contains("1–25 of 60"), "{text}");
    assert!(text.contains("\tbutton.button previous\t") && text.contains("aria-disabled=true"), "{text}");
}

#[test]
fn the_table_can_be_of_one_kind_of_failure_also_of_one_that_is_no_more() {
    let text = drawn("src https://x | opened | told 3 running | press filter UPSTREAM_FAILED");
    assert!(text.contains(".value=UPSTREAM_FAILED"), "{text}");
    assert_eq!(text.matches("option\t=UPSTREAM_FAILED\tvalue=UPSTREAM_FAILED").count(), 1, "{text}");
    let text = drawn("src https://x | opened | told 3 running | press filter GONE:A->B");
    assert_eq!(text.matches("option\t=GONE:A->B\tvalue=GONE:A->B").count(), 1, "{text}");
    assert_eq!(text.matches("option\t=UPSTREAM_FAILED").count(), 1, "{text}");
}

#[test]
fn a_redrive_says_what_would_run_and_what_may_run_twice() {
    let text = drawn(&format!(
        "src https://x | may redrive | opened | told 9 partial | press redrive | preview 200 {PREVIEW}"
    ));
    for words in [
        "3 items run again: Failed 2, Degraded 1.",
        "First: a, b, c",
        "1 of them may have run on CXone already",
        "Run them again",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let nothing = PREVIEW.replace("\"count\":3", "\"count\":0");
    let text = drawn(&format!(
        "src https://x | may redrive | opened | told 9 partial | press redrive | preview 200 {nothing}"
    ));
    assert!(text.contains("nothing to run again") && !text.contains("data-do=confirm"), "{text}");
}

#[test]
fn before_anything_is_known_it_says_so_and_offers_nothing() {
    let text = drawn("may cancel redrive");
    assert!(text.contains("Nothing to show") && !text.contains("data-do="), "{text}");
    assert!(drawn("src https://x").contains("Loading"));
}

#[test]
fn no_value_can_break_out_of_its_line() {
    let mut plan = Plan::default();
    plan.open("p.x").is("title", "a\tb\nc\r=d").close();
    assert_eq!(plan.finish(), "0\tp.x\ttitle=a b c =d");
}

fn drawn(script: &str) -> String {
    let (model, now) = play(script);
    plan(&Face { model: &model, label: None, words: Words::of("en"), now }, "")
}
