//! What stands where: pictures, tables, roles, names, values.

use super::script::{SEEN, THREE, Watch};

#[test]
fn while_rows_come_a_bar_says_how_far_and_nothing_is_announced_as_known() {
    let watch = Watch::of(THREE, "src https://x | opened | told woken; +1000ms; page 100 of 300");
    let plan = watch.plan();
    assert!(
        has(
            &plan,
            "div.track\trole=progressbar\taria-valuemin=0\taria-valuemax=100\taria-label=Progress\taria-valuetext=100 of 300 rows\taria-valuenow=33"
        ),
        "{plan}"
    );
    assert!(has(&plan, "span.percent\t=33\u{a0}%") && has(&plan, "div.bar\tdata-class=running\t--share=333"));
    let unknown = Watch::of(THREE, "src https://x | opened | told woken").plan();
    assert!(unknown.contains("data-unknown=1") && !unknown.contains("aria-valuenow"), "{unknown}");
    let over = Watch::of(THREE, SEEN).plan();
    assert!(!over.contains("role=progressbar"), "{over}");
}

#[test]
fn a_report_is_pictures_first_each_with_a_button_for_its_table() {
    let plan = Watch::of(THREE, SEEN).plan();
    for section in ["map", "variants", "bottlenecks", "dwell", "rework", "errors", "changes"] {
        assert!(plan.contains(&format!("section.section\tdata-section={section}")), "{section}");
        assert!(plan.contains(&format!("data-do=table\tdata-value={section}\t=Table")), "{section}");
    }
    assert!(!plan.contains("table.table"), "tables stand in the page while they are wanted");
    assert!(plan.contains("No time stands out.") && !plan.contains("data-value=outliers"));
    for line in
        ["dd.number\t=20", "dd.number\t=87", "b.verdict\t=Verified", "data-value=xes\t=XES", "dd.number\t=15\u{a0}%"]
    {
        assert!(has(&plan, line) || plan.contains(line), "{line} in {plan}");
    }
}

#[test]
fn tables_have_a_head_for_each_cell_in_both_languages() {
    for section in ["map", "variants", "bottlenecks", "dwell", "rework", "errors", "changes"] {
        let watch = Watch::of(THREE, &format!("{SEEN} | press table {section}"));
        for tag in ["en", "de"] {
            let plan = cxpulse_widget_history::view::plan(&watch.face(tag), "");
            let (heads, rows) = plan.split_once("tbody").expect("a table");
            let heads = heads.matches("scope=col").count();
            let first = rows.split("\ttr").nth(1).expect("a row");
            let cells = first.lines().filter(|line| line.contains("scope=row") || line.contains("\ttd")).count();
            assert_eq!(heads, cells, "{section} in {tag}: {first}");
        }
        assert!(watch.plan().contains("aria-expanded=true"));
    }
    let edges = Watch::of(THREE, &format!("{SEEN} | press table map")).plan();
    assert!(
        edges.contains("th\tscope=row\t=a") && edges.contains("td\t=17") && edges.contains("td\t=1.0\u{a0}s"),
        "{edges}"
    );
}

#[test]
fn the_map_tells_how_often_or_how_long_as_a_person_chooses() {
    let counts = Watch::of(THREE, SEEN).plan();
    let times = Watch::of(THREE, &format!("{SEEN} | press measure mean")).plan();
    let total = Watch::of(THREE, &format!("{SEEN} | press measure total")).plan();
    let note = |plan: &str, node: &str| {
        let at = plan.find(&format!("title={node}\tdata-do=pick")).expect("a node");
        let note = plan[at..].lines().find(|line| line.contains("span.note")).expect("a note");
        note.split_once("\t=").map(|(_, text)| text.replace('\u{a0}', " ")).expect("text")
    };
    assert_eq!((note(&counts, "c"), note(&times, "c"), note(&total, "c")), ("20".into(), "3 min".into(), "1 h".into()));
    assert!(counts.contains("data-way=loop") && counts.contains("data-way=back") && counts.contains("data-way=rim"));
    let width = |plan: &str, key: &str| {
        let line = plan.lines().find(|line| line.contains(&format!("path.edge\tkey={key}\t"))).expect("an edge");
        let at = line.find("stroke-width=").expect("a width") + "stroke-width=".len();
        line[at..].split('\t').next().and_then(|word| word.parse::<f64>().ok()).expect("a number")
    };
    assert!(width(&counts, "4-1") > width(&counts, "0-0"), "what is frequent is thick");
    assert!(
        times.matches("aria-pressed=true").count() == 1 && !times.contains("span.label\taria-hidden=true\tkey=4-1")
    );
}

#[test]
fn one_node_is_in_the_tab_order_and_an_open_one_says_where_to_go() {
    for keys in ["", " | press key ArrowDown", " | press key End", " | press edges 0 | press key Home"] {
        let plan = Watch::of(THREE, &format!("{SEEN}{keys}")).plan();
        let buttons: Vec<&str> = plan.lines().filter(|line| line.contains("\tdata-do=pick")).collect();
        assert_eq!(
            (buttons.len(), buttons.iter().filter(|line| line.contains("tabindex=0")).count()),
            (4, 1),
            "{keys}"
        );
    }
    let plan = Watch::of(THREE, &format!("{SEEN} | press key End | press pick 3")).plan();
    let detail = &plan[plan.find("section.detail").expect("a detail")..];
    for words in [
        "aria-label=d",
        "ACTION · 20 visits · in 20 interactions · 20 end here",
        "span.class\t=Before",
        "data-do=node\tdata-value=d",
        "=nothing",
    ] {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    assert!(plan.contains("data-near=1") && plan.contains("aria-expanded=true"));
}

#[test]
fn an_empty_report_and_a_refused_one_say_so() {
    let empty = Watch::of(THREE, &format!("{SEEN} | press from 2030-01-01T00:00:00.000Z | answer")).plan();
    assert!(
        empty.contains("p.empty\t=No interaction is left by these filters.") && empty.contains("data-do=from"),
        "{empty}"
    );
    let nothing = Watch::of("", "src https://x | opened | told woken; page 0 of 0 | answer").plan();
    assert!(nothing.contains("p.empty\t=There are no steps in this history."), "{nothing}");
    let refused = "src https://x | opened | told woken; page 20 of 20 | refuse 422 {\"detail\":\"too many nodes\"}";
    let refused = Watch::of(THREE, refused).plan();
    assert!(refused.contains("=The report could not be loaded. too many nodes") && refused.contains("data-do=again"));
}

#[test]
fn what_was_not_computed_is_not_said_to_be_absent() {
    let mut watch = Watch::of(THREE, "src https://x | opened | told woken; page 20 of 20");
    let report = watch.scene.report("/report");
    let (before, after) = report.split_once("\"outliers\":{\"is_computed\":true").expect("outliers");
    watch.take(&format!("refuse 200 {before}\"outliers\":{{\"is_computed\":false{after}"));
    let plan = watch.plan();
    assert!(plan.contains("This was not computed") && !plan.contains("No time stands out."), "{plan}");
}

#[test]
fn names_of_others_cannot_break_out_of_the_plan() {
    let plan = Watch::of("x\ty=z a", SEEN).plan();
    assert!(
        plan.lines().all(|line| line.split('\t').next().is_some_and(|depth| depth.parse::<u8>().is_ok())),
        "{plan}"
    );
}

fn has(plan: &str, node: &str) -> bool {
    plan.lines().any(|line| line.split_once('\t').is_some_and(|(_, rest)| rest == node))
}
