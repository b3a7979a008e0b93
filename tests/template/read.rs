//! What a template reads, as validation and the plan are told.

use cxpulse_core::validate::Templates;
use cxpulse_template::Jinja;

#[test]
fn names_are_read_with_the_fields_that_are_named_outright() {
    let rows = [
        ("{{ fetch.customer.id }}", "fetch.customer.id"),
        ("{{ fetch }} and {{ other.x }}", "fetch other.x"),
        ("{{ fetch['a'].b[0] }}", "fetch.a.b.0"),
        ("{{ fetch.rows[inputs.at].id }}", "fetch.rows inputs.at"),
        ("{{ fetch.rows[a.from:b.to].id }}", "a.from b.to fetch.rows"),
        ("{{ a.x if b.y else c.z }}", "a.x b.y c.z"),
        ("{{ a | default(b.c) | replace(d, e) }}", "a b.c d e"),
        ("{{ a is in([b, {'k': c}]) and not d }}", "a b c d"),
        ("{{ a < b < c }}{{ -d ** e ~ f }}", "a b c d e f"),
        ("{{ (a or b).c }}", "a b"),
        ("{{ a.meta.outcome }}", "a.meta.outcome"),
        ("{{ 'a.b' }} {# c.d #} text", ""),
        ("{{ a }}{{ a }}", "a"),
    ];
    for (template, expected) in rows {
        assert_eq!(Jinja.reads(template).map(|reads| reads.join(" ")), Ok(expected.to_owned()), "{template}");
    }
    assert_eq!(
        Jinja.condition_reads("fetch.count > inputs.least"),
        Ok(vec!["fetch.count".into(), "inputs.least".into()])
    );
    assert_eq!(Jinja.condition_reads("{{ fetch.ok }}"), Ok(vec!["fetch.ok".into()]));
}
