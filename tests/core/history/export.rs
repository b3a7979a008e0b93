//! Exports: what ids have in them stays text, and the figures are the report's.

use cxpulse_core::history::{Filter, Options, write_csv, write_dot, write_mermaid, write_xes};
use expect_test::expect;

use super::{log_of, report_of, row};

/// What is dangerous somewhere: quotes, markup, formulas, control characters, line ends.
const NASTY: &str = r#"=cmd|'/c calc'!A1,"<b>&amp;]]>\u0000\n\t\\n"; x[\"-->"#;

#[test]
fn csv_has_a_row_for_each_step_and_no_formula() {
    let mut out = String::new();
    let rows = [row("j", "b 0-1"), nasty()];
    write_csv(&log_of(&rows), &Options::default(), &Filter::default(), &mut out).expect("written");
    let expected = expect![[r#"
        interaction,node,type,start,end,dwell_seconds,waiting_seconds,is_decision,is_bottleneck,error
        j,b,ACTION,2026-11-23T10:00:00.000Z,2026-11-23T10:00:01.000Z,1,,false,false,false
    "#]];
    let head: String = out
        .split_inclusive("\r\n")
        .take(1)
        .chain(out.split_inclusive("\r\n").filter(|line| line.starts_with("j,")))
        .collect();
    expected.assert_eq(&head.replace("\r\n", "\n"));
    assert!(out.contains("\"'=cmd|'/c calc'!A1,\"\"<b>"), "{out}");
    assert!(!out.lines().any(|line| line.starts_with('=') || line.contains(",=")), "{out}");
}

#[test]
fn xes_is_xml_whatever_is_in_it() {
    let mut out = String::new();
    write_xes(&log_of(&[nasty(), row("i", "a 0-2; b 3-4 error")]), &Options::default(), &Filter::default(), &mut out)
        .expect("written");
    assert!(!out.contains('\0') && !out.contains("<b>") && !out.contains("]]>"));
    assert!(out.contains("&lt;b&gt;&amp;amp;]]&gt;\u{fffd}&#10;&#9;\\n&quot;; x[&quot;--&gt;"), "{out}");
    let (opened, closed) = (out.matches("<event>").count(), out.matches("</event>").count());
    assert_eq!((opened, closed, out.matches("<trace>").count()), (3, 3, 2));
    assert!(out.contains("<date key=\"start_timestamp\" value=\"2026-11-23T10:00:03.000Z\"/>"));
    assert!(out.contains("<boolean key=\"error\" value=\"true\"/>") && out.ends_with("</log>\n"));
}

#[test]
fn graphs_have_ids_of_their_own_and_names_in_quotes() {
    let report = report_of(&[nasty(), row("i", "a 0-2; b 4-5"), row("j", "a 0-2; b 3-5")]);
    let (mut dot, mut mermaid) = (String::new(), String::new());
    write_dot(&report, &mut dot).expect("written");
    write_mermaid(&report, &mut mermaid).expect("written");
    assert!(dot.contains("n1 -> n2 [label=\"2, 1.5 s\", penwidth=5.0];"), "{dot}");
    assert!(dot.contains(r#"\"<b>&amp;]]>   \\n\"; x[\"-->\n1 visits"#), "{dot}");
    assert!(mermaid.contains("n1 -->|\"2, 1.5 s\"| n2"), "{mermaid}");
    assert!(mermaid.contains("begin -.->|\"2\"| n1") && mermaid.contains("n2 -.->|\"2\"| finish"), "{mermaid}");
    let label = mermaid.lines().find(|line| line.contains("n0[")).expect("a node");
    assert!(label.contains("#34;#60;b#62;#38;amp#59;]]#62;"), "{label}");
    assert_eq!(label.matches('"').count(), 2, "{label}");
    for line in dot.lines().filter(|line| line.contains("label")) {
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(bare.matches('"').count() % 2, 0, "{line}");
    }
}

fn nasty() -> String {
    let escaped = NASTY.replace('"', "\\\"").replace("\\\\\"", "\\\"").replace("\\\\n", "\\\\\\n");
    let escaped = escaped.replace("\\\\\\n", "\\\\n");
    format!(
        "{{\"interactionId\":\"nasty\",\"steps\":[{{\"nodeId\":\"{escaped}\",\"nodeType\":\"ACTION\",\
         \"startTime\":\"{0}\",\"endTime\":\"{0}\"}}]}}",
        super::at(0)
    )
}
