//! What is refused, and how that is told: the place, the name, and a way out; never a value.

use cxpulse_core::validate::Templates;
use cxpulse_template::{Jinja, Template};
use expect_test::expect;

use super::{becomes, bound};

#[test]
fn what_is_no_template_is_named_with_its_place() {
    let rows = [
        "{{ fetch.id",
        "{{ }}",
        "{{ a b }}",
        "{{ a | uper }}",
        "{{ a | nonsense }}",
        "{{ a is defned }}",
        "{{ a | upper(1) }}",
        "{{ a | sort(reversed=true) }}",
        "{{ a.items() }}",
        "{{ range(3) }}",
        "{{ a.b. }}",
        "{{ 'open }}",
        "{{ a = 1 }}",
        "{{ (a }}",
        "{{ [1, 2 }}",
        "{{ a ? b : c }}",
        "{{ 1 + }}",
        "{{ a | }}",
        "{{ a is }}",
        "{% if a %}x{% endif %}",
        "{# open",
        "one\ntwo {{ three\n| fuor }}",
        "Zürich {{ ; }}",
        "{{ '\\q' }}",
        "{{ 99999999999999999999999999999999999999999 }}",
        "{{ a[1:2:3:4] }}",
        "{{ {1} }}",
        "{{ not }}",
        "{{ a if }}",
    ];
    let line = |text: &str| match Template::parse(text) {
        Ok(_) => format!("{text:?} is a template"),
        Err(fault) => format!("{text:?} {fault}"),
    };
    expect![[r#"
        "{{ fetch.id" line 1, column 12: the expression has no end (write `}}` after it)
        "{{ }}" line 1, column 4: a value is missing
        "{{ a b }}" line 1, column 6: `b` does not belong here
        "{{ a | uper }}" line 1, column 8: there is no filter `uper` (did you mean `upper`?)
        "{{ a | nonsense }}" line 1, column 8: there is no filter `nonsense`
        "{{ a is defned }}" line 1, column 9: there is no test `defned` (did you mean `defined`?)
        "{{ a | upper(1) }}" line 1, column 14: `upper` takes no such argument (it takes none)
        "{{ a | sort(reversed=true) }}" line 1, column 13: `sort` takes no argument `reversed` here (it takes reverse, case_sensitive, attribute)
        "{{ a.items() }}" line 1, column 11: nothing can be called in a template (filters do what methods do: `name | upper`, `list | join(', ')`)
        "{{ range(3) }}" line 1, column 9: nothing can be called in a template (filters do what methods do: `name | upper`, `list | join(', ')`)
        "{{ a.b. }}" line 1, column 9: a field's name is missing after `.`
        "{{ 'open }}" line 1, column 4: this text has no closing quote
        "{{ a = 1 }}" line 1, column 6: `=` does not belong here (`==` compares)
        "{{ (a }}" line 1, column 9: the expression has no end (write `}}` after it)
        "{{ [1, 2 }}" line 1, column 12: the expression has no end (write `}}` after it)
        "{{ a ? b : c }}" line 1, column 6: `?` has no meaning here
        "{{ 1 + }}" line 1, column 8: a value is missing
        "{{ a | }}" line 1, column 8: a filter's name is missing after `|`
        "{{ a is }}" line 1, column 9: a test's name is missing after `is`
        "{% if a %}x{% endif %}" line 1, column 1: there are no statements in an input's template (`{{ a if test else b }}` chooses, `{{ list | map('upper') | join(', ') }}` repeats)
        "{# open" line 1, column 1: the comment has no end
        "one\ntwo {{ three\n| fuor }}" line 3, column 3: there is no filter `fuor`
        "Zürich {{ ; }}" line 1, column 11: `;` has no meaning here
        "{{ '\\q' }}" line 1, column 5: this escape has no meaning (write `\\` for a backslash)
        "{{ 99999999999999999999999999999999999999999 }}" line 1, column 4: this number is too large
        "{{ a[1:2:3:4] }}" line 1, column 11: `]` is missing here
        "{{ {1} }}" line 1, column 6: `:` is missing here
        "{{ not }}" line 1, column 8: a value is missing
        "{{ a if }}" line 1, column 9: a value is missing"#]].assert_eq(&rows.map(line).join("\n"));
}

#[test]
fn validation_is_told_the_same() {
    let fault = Jinja.reads("{{ a | uper }}").expect_err("a fault");
    assert_eq!((fault.line, fault.column), (1, Some(8)));
    assert_eq!(fault.message, "there is no filter `uper` (did you mean `upper`?)");
    assert!(Jinja.condition_reads("fetch.count >").is_err());
}

#[test]
fn what_cannot_be_bound_is_named_by_pointer_and_variable() {
    let rows = [
        r#"{"a": {"b/c": [0, "{{ fetch.gone }}"]}}"#,
        r#"{"a": "x {{ fetch.customer.gone.deeper }}"}"#,
        r#"{"a": "{{ nobody.id }}"}"#,
        r#"{"a": "{{ skipped.id }}"}"#,
        r#"{"a": "{{ huge.id }}"}"#,
        r#"{"a": "{{ fetch.rows[9].id }}"}"#,
        r#"{"a": "{{ fetch['gone'] }}"}"#,
        r#"{"a": "{{ fetch.none | first }}"}"#,
        r#"{"a": "{{ 1 if fetch.off }}"}"#,
        r#"{"a": "{{ fetch.gone or 1 }}"}"#,
        r#"{"a": "{{ fetch.gone == 1 }}"}"#,
        r#"{"a": "{{ fetch.gone | upper }}"}"#,
        r#"{"a": "{{ [fetch.gone] }}"}"#,
        r#"{"a": "{{ fetch.name + 1 }}"}"#,
        r#"{"a": "{{ 1 / 0 }}"}"#,
        r#"{"a": "{{ 1 % 0 }}"}"#,
        r#"{"a": "{{ fetch.name | int }}"}"#,
        r#"{"a": "{{ fetch.mixed | sort }}"}"#,
        r#"{"a": "{{ fetch.count | length }}"}"#,
        r#"{"a": "{{ 'a' < 1 }}"}"#,
        r#"{"a": "{{ 10 ** 100 }}"}"#,
        r#"{"a": "{{ 10.0 ** 400 }}"}"#,
        r#"{"a": "{{ fetch.exponent + 1 }}"}"#,
        r#"{"a": "{{ fetch.name | date }}"}"#,
        r#"{"a": "{{ fetch.at | date('%Q') }}"}"#,
        r#"{"a": "{{ fetch.rows | map('gone') }}"}"#,
        r#"{"a": "{{ fetch.numbers | batch(0) }}"}"#,
        r#"{"a": "{{ fetch.name | uper }}"}"#,
        r#"{"a": "{{ -fetch.name }}"}"#,
        r#"{"a": "{{ {1: 2} }}"}"#,
        r#"{"a": "{{ fetch.numbers[::0] }}"}"#,
        r#"{"a": "{{ chain.secret }}"}"#,
    ];
    expect![[r#"
        TEMPLATE_UNDEFINED "fetch.gone" /a/b~1c/1: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.customer.gone" /a: `fetch.customer.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "nobody" /a: `nobody` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "skipped.id" /a: `skipped.id` is undefined; `default` gives it a value where it may be missing
        RESULT_TOO_LARGE "huge" /a: the result of `huge` was too large to be kept whole, so nothing can read it
        TEMPLATE_UNDEFINED "fetch.rows[9]" /a: `fetch.rows[9]` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.gone" /a: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "first of nothing" /a: `first of nothing` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "if without else" /a: `if without else` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.gone" /a: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.gone" /a: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.gone" /a: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_UNDEFINED "fetch.gone" /a: `fetch.gone` is undefined; `default` gives it a value where it may be missing
        TEMPLATE_FAULT "" /a: `+` cannot add a text and a number; `~` joins texts
        TEMPLATE_FAULT "" /a: nothing can be divided by 0
        TEMPLATE_FAULT "" /a: nothing can be divided by 0
        TEMPLATE_FAULT "" /a: `int` can make no number of a text
        TEMPLATE_FAULT "" /a: items of different types have no order
        TEMPLATE_FAULT "" /a: a number has no length
        TEMPLATE_FAULT "" /a: a text and a number have no order
        TEMPLATE_FAULT "" /a: the result is a number too large to be written
        TEMPLATE_FAULT "" /a: the result is a number too large to be written
        TEMPLATE_FAULT "" /a: a number has more digits than can be calculated with
        TEMPLATE_FAULT "" /a: a text is no date such as 2026-11-21 or 2026-11-21T10:00:00Z
        TEMPLATE_FAULT "" /a: a date's pattern has no `%Q`
        TEMPLATE_FAULT "" /a: `map` names a filter that there is not
        TEMPLATE_FAULT "" /a: `count` is at least 1
        TEMPLATE_FAULT "" /a: line 1, column 17: there is no filter `uper` (did you mean `upper`?)
        TEMPLATE_FAULT "" /a: `-` needs a number and got a text
        TEMPLATE_FAULT "" /a: a number cannot be the name of a field
        TEMPLATE_FAULT "" /a: a slice cannot go by steps of 0
        TEMPLATE_UNDEFINED "chain.secret" /a: `chain.secret` is undefined; `default` gives it a value where it may be missing"#]].assert_eq(&rows.map(bound).join("\n"));
}

#[test]
fn no_fault_names_a_value() {
    for template in [
        "{{ fetch.name + 1 }}",
        "{{ fetch.name | int }}",
        "{{ fetch.name | date }}",
        "{{ fetch.customer + 1 }}",
        "{{ fetch.name < 1 }}",
    ] {
        let told = becomes(template);
        assert!(told.starts_with("TEMPLATE_") && !told.contains("Ada") && !told.contains("c-1"), "{template}: {told}");
    }
}
