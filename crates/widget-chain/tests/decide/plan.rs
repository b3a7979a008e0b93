//! What stands where: nodes, roles, names, values.

use cxpulse_widget_chain::view::plan;
use expect_test::expect;

use super::script::{SEEN, Watch};

#[test]
fn a_chain_is_a_graph_of_buttons_that_say_all_there_is_to_know() {
    let watch = Watch::of("a; b a", &format!("{SEEN} | may cancel | told +1000ms; a successful; +500ms; waits 1"));
    expect![[r#"
        0	div.card	role=group	aria-label=Chain	data-state=running	data-link=live
        1	div.head
        2	svg.icon	viewBox=0 0 20 20	aria-hidden=true
        3	path	d=M10 2.5a7.5 7.5 0 1 1-7.5 7.5
        2	span.status	=Running
        2	span.title	=Chain	title=Chain
        2	span.connection	=Live
        1	div.track	role=progressbar	aria-valuemin=0	aria-valuemax=100	aria-label=Progress	aria-valuenow=50	aria-valuetext=1 of 2 nodes
        2	div.bar	data-class=successful	--share=1
        2	div.bar	data-class=running	--share=1
        1	ul.counts	aria-label=Nodes by state
        2	li.count	data-class=successful
        3	span.swatch	aria-hidden=true
        3	span.class	=Successful
        3	b.number	=1
        2	li.count	data-class=degraded	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Degraded
        3	b.number	=0
        2	li.count	data-class=failed	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Failed
        3	b.number	=0
        2	li.count	data-class=canceled	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Canceled
        3	b.number	=0
        2	li.count	data-class=skipped	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Skipped
        3	b.number	=0
        2	li.count	data-class=running
        3	span.swatch	aria-hidden=true
        3	span.class	=Running
        3	b.number	=1
        2	li.count	data-class=not_started	data-none=1
        3	span.swatch	aria-hidden=true
        3	span.class	=Not started
        3	b.number	=0
        1	div.numbers
        2	span.percent	=50 %
        2	span.done	=1 of 2 nodes
        2	span.estimate	=for 1 s
        1	div.step
        2	span.waiting	=Rate limited, next attempt in 1 s (most running nodes)
        1	p.critical
        2	span.class	=Critical path, 1.5 s:
        2	span.names	=a → b
        1	section.graph	aria-label=Graph of the chain	data-size=large	data-form=graph
        2	div.tools
        3	span.hint	id=hint	=Arrow keys lead along the edges, Enter shows a node.
        3	button.button smaller	type=button	data-do=smaller	=−	aria-label=Smaller	title=Smaller
        3	button.button larger	type=button	data-do=larger	=+	aria-label=Larger	title=Larger	aria-disabled=true
        3	button.button list	type=button	data-do=list	=List	aria-pressed=false
        2	div.scroll
        3	div.canvas	--_w=520	--_h=84
        4	svg.edges	aria-hidden=true	preserveAspectRatio=none	viewBox=0 0 520 84
        5	path.edge	key=all	data-edge=all	d=M224 42H296M291 37L296 42L291 47
        5	path.edge	key=critical	data-edge=critical	d=M224 42H296M291 37L296 42L291 47
        5	path.edge	key=near	data-edge=near
        4	ul.nodes	role=list	aria-label=Graph of the chain	aria-describedby=hint
        5	li.item	key=0	data-class=successful	data-critical=1	--_x=16	--_y=16
        6	button.node cursor	key=node	type=button	tabindex=0	title=a	data-do=node	data-value=0	aria-label=a, Successful, 1.0 s, on the critical path	aria-expanded=false	aria-controls=detail
        7	svg.mark	viewBox=0 0 20 20	aria-hidden=true
        8	path	d=M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0M6.5 10.5l2.5 2.5l4.5-5.5
        7	span.name	=a
        7	span.note	=Successful · 1.0 s
        5	li.item	key=1	data-class=running	data-critical=1	--_x=296	--_y=16
        6	button.node	key=node	type=button	tabindex=-1	title=b	data-do=node	data-value=1	aria-label=b, Running, for 0 s, needs a, on the critical path	aria-expanded=false	aria-controls=detail
        7	svg.mark	viewBox=0 0 20 20	aria-hidden=true
        8	path	d=M10 2.5a7.5 7.5 0 1 1-7.5 7.5
        7	span.name	=b
        7	span.note	=Running · for 0 s
        7	span.needs	=needs a
        1	section.detail	id=detail	hidden=1
        1	div.actions
        2	button.button cancel	type=button	data-do=cancel	=Cancel
        1	div.foot
        2	span.age	=updated just now
        1	div	role=status
    "#]]
    .assert_eq(&told(&watch));
}

#[test]
fn an_open_node_says_why_what_it_needs_and_where_to_go() {
    let watch = Watch::of("a; b a", &format!("{SEEN} | told +1000ms; a failed | press node 1"));
    let text = told(&watch);
    let detail = &text[text.find("section.detail").expect("a detail")..];
    expect![[r#"
        section.detail	id=detail	aria-label=b	data-class=not_started
        2	div.line
        3	svg.mark	viewBox=0 0 20 20	aria-hidden=true
        4	path	d=M17.5 10a7.5 7.5 0 1 1-15 0a7.5 7.5 0 1 1 15 0
        3	h3.heading	=b
        3	button.button close	type=button	data-do=close	=Close
        2	p.note	=Not started · Action sim-fast
        2	p.reason	=It does not start, because it needs a, which did not go well.
        2	div.joined	key=needs @
        3	span.class	=needs
        3	button.visit	type=button	data-do=visit	key=0	data-value=0	=a
        2	div.joined	key=needed by @
        3	span.class	=needed by nothing
        2	div.actions
        1	div.foot
        2	span.ended	=Ended 1795255201000
        1	div	role=status
    "#]]
    .assert_eq(detail);
}

#[test]
fn values_are_lines_of_text_and_what_is_redacted_is_said() {
    let asked = format!("{SEEN} | told +1000ms; a successful | press node 0 | press output");
    let watch = Watch::of("a; b a", &format!(r#"{asked} | output a {{"phone":"[redacted]"}}"#));
    let text = told(&watch);
    for line in ["p.hint\t=Parts of it are redacted.", "code.value\t={", "code.value\t=  \"phone\": \"[redacted]\""] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let without = told(&Watch::of("a; b a", &format!("{asked} | output a")));
    assert!(without.contains("p.hint\t=It has no output.") && !without.contains("redacted"));
}

#[test]
fn without_a_graph_it_is_a_list_and_says_so() {
    let text = told(&Watch::of("a; b a", "src https://x | opened | told woken | nograph 404 {}"));
    assert!(text.contains("data-form=list") && text.contains("The graph could not be loaded."), "{text}");
    assert!(!text.contains("svg.edges") && text.contains("span.name\t=b"), "{text}");
    let chosen = told(&Watch::of("a; b a", &format!("{SEEN} | press list")));
    assert!(chosen.contains("data-form=list") && chosen.contains("aria-pressed=true"), "{chosen}");
}

#[test]
fn one_node_is_in_the_tab_order_whichever_it_is() {
    for (keys, at) in [("", 0), (" | press key ArrowRight graph", 1)] {
        let text = told(&Watch::of("a; b a", &format!("{SEEN}{keys}")));
        let buttons: Vec<&str> = text.lines().filter(|line| line.contains("button.node")).collect();
        let in_order: Vec<bool> = buttons.iter().map(|line| line.contains("tabindex=0")).collect();
        assert_eq!((in_order.len(), in_order.iter().position(|is_in| *is_in)), (2, Some(at)));
    }
}

fn told(watch: &Watch) -> String {
    format!("{}\n", plan(&watch.face("en"), ""))
}
