//! What expressions become. Each row is held against MiniJinja too (`oracle.rs`), but those named there with a reason.

use super::{becomes, bound, decides};

/// A template, and the JSON of what it becomes.
pub(crate) const ROWS: [(&str, &str); 177] = [
    // Types are kept, byte for byte.
    ("{{ fetch.count }}", "3"),
    ("{{ fetch.id }}", "12345678901234567890123"),
    ("{{ fetch.big }}", "9007199254740993"),
    ("{{ fetch.negative }}", "-2"),
    ("{{ fetch.ratio }}", "0.5"),
    ("{{ fetch.flag }}", "true"),
    ("{{ fetch.off }}", "false"),
    ("{{ fetch.nothing }}", "null"),
    ("{{ fetch.empty }}", r#""""#),
    ("{{ fetch.name }}", r#""Ada Lövelace""#),
    ("{{ fetch.quote }}", r#""say \"hi\"\n""#),
    ("{{fetch.count}}", "3"),
    ("{{ fetch.customer.tags }}", r#"["vip", "eu"]"#),
    ("{{ fetch.customer.address }}", r#"{"city": "Zürich", "zip": 8001}"#),
    ("{{ fetch.customer.address.zip }}", "8001"),
    ("{{ fetch.none }}", "[]"),
    ("{{ fetch.fields }}", "{}"),
    ("{{ inputs.deep.a.b }}", r#"[1, {"c": "d"}]"#),
    ("{{ chain.id }}", r#""chn_1""#),
    // Text around it makes a text.
    ("id {{ fetch.count }}", r#""id 3""#),
    ("{{ fetch.count }} ", r#""3 ""#),
    ("{{ fetch.count }}{{ fetch.number }}", r#""342""#),
    ("{{ fetch.name }}!", r#""Ada Lövelace!""#),
    ("a{# a comment #}b", r#""ab""#),
    ("a {{- fetch.count -}} b", r#""a3b""#),
    ("{{ '{{' }} stays", r#""{{ stays""#),
    ("no template", r#""no template""#),
    ("", r#""""#),
    ("{ not one }", r#""{ not one }""#),
    // Ways into a value.
    ("{{ fetch['count'] }}", "3"),
    ("{{ fetch.rows[0].id }}", "3"),
    ("{{ fetch.rows[-1]['name'] }}", r#""b""#),
    ("{{ fetch['customer'].tags[1] }}", r#""eu""#),
    ("{{ fetch.numbers[1:3] }}", "[1,2]"),
    ("{{ fetch.numbers[::-1] }}", "[3,2,1,3]"),
    ("{{ fetch.numbers[:2] }}", "[3,1]"),
    ("{{ fetch.numbers[-2:] }}", "[2,3]"),
    ("{{ fetch.name[0] }}", r#""A""#),
    ("{{ fetch.name[4:6] }}", r#""Lö""#),
    ("{{ fetch.customer[['id'][0]] }}", r#""c-1""#),
    // Literals.
    ("{{ 'a' }}", r#""a""#),
    ("{{ \"b\" }}", r#""b""#),
    ("{{ 'a' 'b' }}", r#""ab""#),
    ("{{ 42 }}", "42"),
    ("{{ 1.5 }}", "1.5"),
    ("{{ 1_000 }}", "1000"),
    ("{{ 170141183460469231731687303715884105727 }}", "170141183460469231731687303715884105727"),
    ("{{ true }}", "true"),
    ("{{ none }}", "null"),
    ("{{ [1, 'a', [true]] }}", r#"[1,"a",[true]]"#),
    ("{{ (1, 2) }}", "[1,2]"),
    ("{{ {'a': {'b': fetch.count}} }}", r#"{"a":{"b":3}}"#),
    ("{{ '\\u00e9\\n' }}", r#""é\n""#),
    // Calculation.
    ("{{ fetch.count + 1 }}", "4"),
    ("{{ 2 + 3 * 4 }}", "14"),
    ("{{ (2 + 3) * 4 }}", "20"),
    ("{{ 7 // 2 }}", "3"),
    ("{{ -7 // 2 }}", "-4"),
    ("{{ 7 % 3 }}", "1"),
    ("{{ -7 % 3 }}", "2"),
    ("{{ 7 / 2 }}", "3.5"),
    ("{{ 8 / 2 }}", "4.0"),
    ("{{ 2 ** 10 }}", "1024"),
    ("{{ fetch.ratio * 4 }}", "2.0"),
    ("{{ -fetch.count }}", "-3"),
    ("{{ 10 - 2 - 3 }}", "5"),
    ("{{ fetch.big + 1 }}", "9007199254740994"),
    ("{{ 'a' ~ 1 ~ 'b' }}", r#""a1b""#),
    ("{{ 'a' + 'b' }}", r#""ab""#),
    ("{{ 'ab' * 3 }}", r#""ababab""#),
    ("{{ [1] + [2, 3] }}", "[1,2,3]"),
    // Comparison and logic.
    ("{{ 1 == 1.0 }}", "true"),
    ("{{ fetch.count > 2 }}", "true"),
    ("{{ 1 < 2 < 3 }}", "true"),
    ("{{ 3 >= 4 }}", "false"),
    ("{{ 'a' < 'b' }}", "true"),
    ("{{ fetch.count != 3 }}", "false"),
    ("{{ 'vip' in fetch.customer.tags }}", "true"),
    ("{{ 'city' in fetch.customer.address }}", "true"),
    ("{{ 'love' not in 'lovelace' }}", "false"),
    ("{{ fetch.customer.tags == ['vip', 'eu'] }}", "true"),
    ("{{ not fetch.flag }}", "false"),
    ("{{ fetch.flag and fetch.off }}", "false"),
    ("{{ fetch.off or fetch.flag }}", "true"),
    ("{{ fetch.empty or 'none' }}", r#""none""#),
    ("{{ fetch.count and 'some' }}", r#""some""#),
    ("{{ not fetch.none }}", "true"),
    ("{{ not fetch.fields and not 0 and not '' and not none }}", "true"),
    ("{{ 'yes' if fetch.flag else 'no' }}", r#""yes""#),
    ("{{ 'yes' if fetch.off else 'no' }}", r#""no""#),
    ("{{ 1 if fetch.off else 2 if fetch.off else 3 }}", "3"),
    // What is missing, mended.
    ("{{ fetch.missing | default('x') }}", r#""x""#),
    ("{{ fetch.missing | default(0) }}", "0"),
    ("{{ fetch.missing | d }}", r#""""#),
    ("{{ fetch.nothing | default('x') }}", "null"),
    ("{{ fetch.nothing | default('x', true) }}", r#""x""#),
    ("{{ fetch.empty | default('x', boolean=true) }}", r#""x""#),
    ("{{ fetch.missing is defined }}", "false"),
    ("{{ fetch.count is defined }}", "true"),
    ("{{ fetch.missing is undefined }}", "true"),
    ("{{ fetch.missing is not defined }}", "true"),
    ("{{ unheard_of is defined }}", "false"),
    // Tests.
    ("{{ fetch.nothing is none }}", "true"),
    ("{{ fetch.name is string }}", "true"),
    ("{{ fetch.count is number }}", "true"),
    ("{{ fetch.count is integer and fetch.ratio is float }}", "true"),
    ("{{ fetch.flag is boolean and fetch.flag is true }}", "true"),
    ("{{ fetch.customer is mapping }}", "true"),
    ("{{ fetch.rows is sequence }}", "true"),
    ("{{ fetch.rows is iterable }}", "true"),
    ("{{ 3 is odd and 4 is even }}", "true"),
    ("{{ 9 is divisibleby 3 }}", "true"),
    ("{{ 'abc' is startingwith('ab') and 'abc' is endingwith 'bc' }}", "true"),
    ("{{ 'abc' is lower and 'ABC' is upper }}", "true"),
    ("{{ 3 is gt(2) and 2 is le(2) and 1 is eq(1) and 1 is ne(2) }}", "true"),
    ("{{ 3 is in([1, 3]) }}", "true"),
    // Texts.
    ("{{ fetch.name | upper }}", r#""ADA LÖVELACE""#),
    ("{{ fetch.name | lower }}", r#""ada lövelace""#),
    ("{{ 'heLLo wOrld' | capitalize }}", r#""Hello world""#),
    ("{{ 'heLLo wOrld-wide' | title }}", r#""Hello World-Wide""#),
    ("{{ fetch.padded | trim }}", r#""x""#),
    ("{{ 'xxaxx' | trim('x') }}", r#""a""#),
    ("{{ 'a-b-c' | replace('-', '+') }}", r#""a+b+c""#),
    ("{{ 'a,b,c' | split(',') }}", r#"["a","b","c"]"#),
    ("{{ 'a,b,c' | split(',', 1) }}", r#"["a","b,c"]"#),
    ("{{ ' a  b ' | split }}", r#"["a","b"]"#),
    ("{{ 'a\\nb' | lines }}", r#"["a","b"]"#),
    ("{{ 'a\\nb' | indent(2) }}", r#""a\n  b""#),
    ("{{ fetch.name | length }}", "12"),
    ("{{ 'abc' | reverse }}", r#""cba""#),
    ("{{ fetch.count | string }}", r#""3""#),
    ("{{ '%05.1f|%-4s|%3d' | format(2.25, 'a', 7) }}", r#""002.2|a   |  7""#),
    ("{{ fetch.customer.tags | tojson }}", r#""[\"vip\", \"eu\"]""#),
    ("{{ fetch.nothing | tojson }}", r#""null""#),
    // Lists.
    ("{{ fetch.words | join(', ') }}", r#""b, A, a, b""#),
    ("{{ fetch.rows | join('-', attribute='name') }}", r#""c-A-b""#),
    ("{{ fetch.rows | length }}", "3"),
    ("{{ fetch.customer | count }}", "3"),
    ("{{ fetch.numbers | first }}", "3"),
    ("{{ fetch.numbers | last }}", "3"),
    ("{{ fetch.numbers | sort }}", "[1,2,3,3]"),
    ("{{ fetch.numbers | sort(reverse=true) }}", "[3,3,2,1]"),
    ("{{ fetch.words | sort }}", r#"["A","a","b","b"]"#),
    ("{{ fetch.words | sort(case_sensitive=true) }}", r#"["A","a","b","b"]"#),
    ("{{ fetch.rows | sort(attribute='id') | map(attribute='name') | list }}", r#"["A","b","c"]"#),
    ("{{ fetch.words | unique | list }}", r#"["b","A"]"#),
    ("{{ fetch.numbers | unique | list }}", "[3,1,2]"),
    ("{{ fetch.numbers | min }}", "1"),
    ("{{ fetch.numbers | max }}", "3"),
    ("{{ fetch.numbers | sum }}", "9"),
    ("{{ fetch.numbers | reverse | list }}", "[3,2,1,3]"),
    ("{{ fetch.words | map('upper') | list }}", r#"["B","A","A","B"]"#),
    ("{{ fetch.rows | map(attribute='id') | sum }}", "6"),
    ("{{ fetch.rows | map(attribute='gone', default=0) | list }}", "[0,0,0]"),
    ("{{ ['a', 'b'] | map('replace', 'a', 'c') | list }}", r#"["c","b"]"#),
    ("{{ [0, 1, '', 'x'] | select | list }}", r#"[1,"x"]"#),
    ("{{ fetch.numbers | select('odd') | list }}", "[3,1,3]"),
    ("{{ fetch.numbers | reject('odd') | list }}", "[2]"),
    ("{{ fetch.numbers | select('gt', 2) | list }}", "[3,3]"),
    ("{{ fetch.rows | selectattr('on') | map(attribute='id') | list }}", "[3,2]"),
    ("{{ fetch.rows | rejectattr('on') | map(attribute='id') | list }}", "[1]"),
    ("{{ fetch.rows | selectattr('id', 'ge', 2) | map(attribute='id') | list }}", "[3,2]"),
    ("{{ fetch.customer.address | items | list }}", r#"[["city","Zürich"],["zip",8001]]"#),
    ("{{ {'b': 1, 'a': 2} | dictsort }}", r#"[["a",2],["b",1]]"#),
    ("{{ fetch.numbers | batch(3) | list }}", "[[3,1,2],[3]]"),
    ("{{ fetch.numbers | slice(3) | list }}", "[[3,1],[2],[3]]"),
    ("{{ [1] | chain([2]) | list }}", "[1,2]"),
    ("{{ [1, 2] | zip(['a', 'b']) | list }}", r#"[[1,"a"],[2,"b"]]"#),
    ("{{ fetch.customer.address | list }}", r#"["city","zip"]"#),
    ("{{ fetch.customer | attr('id') }}", r#""c-1""#),
    // Numbers.
    ("{{ fetch.number | int + 1 }}", "43"),
    ("{{ 3.9 | int }}", "3"),
    ("{{ '2.5' | float }}", "2.5"),
    ("{{ 'x' | int(default=7) }}", "7"),
    ("{{ 2.567 | round(1) }}", "2.6"),
    ("{{ -3 | abs }}", "3"),
    ("{{ fetch.count | bool }}", "true"),
];

#[test]
fn each_row_becomes_what_it_says() {
    for (template, becomes_json) in ROWS {
        assert_eq!(becomes(template), becomes_json, "{template}");
    }
}

#[test]
fn lists_and_objects_are_walked_at_any_depth_and_names_of_fields_are_no_templates() {
    let rows = [
        (
            r#"{"a": "{{ fetch.count }}", "b": [1, "{{ fetch.flag }}", {"c": "x{{ inputs.limit }}"}]}"#,
            r#"{"a":3,"b":[1,true,{"c":"x5"}]}"#,
        ),
        (r#"{"{{ fetch.count }}": "{{ fetch.count }}"}"#, r#"{"{{ fetch.count }}":3}"#),
        (r#"{"n": 1e400, "z": 1.00, "t": "{{ fetch.exponent }}"}"#, r#"{"n":1e400,"z":1.00,"t":1e400}"#),
        (r#"{"esc": "\u007b{ fetch.count }}"}"#, r#"{"esc":3}"#),
        (r#"{ "plain" :  [ 1 ] }"#, r#"{ "plain" :  [ 1 ] }"#),
        (
            r#"{"price": "{{ fetch.price }}", "whole": "{{ fetch.customer }}"}"#,
            r#"{"price":1.10,"whole":{"id": "c-1", "tags": ["vip", "eu"], "address": {"city": "Zürich", "zip": 8001}}}"#,
        ),
        ("[]", "[]"),
        ("null", "null"),
    ];
    for (inputs, expected) in rows {
        assert_eq!(bound(inputs), expected, "{inputs}");
    }
}

#[test]
fn a_node_is_its_output_and_its_meta() {
    let rows = [
        ("{{ fetch.output.count }}", "3"),
        ("{{ fetch.output.output.inner }}", "1"),
        ("{{ fetch.output.meta }}", r#""mine""#),
        ("{{ fetch.meta.attempts }}", "2"),
        ("{{ fetch.meta.latency_ms }}", "41.5"),
        ("{{ fetch | length }}", "27"),
        ("{{ plain }}", r#""just text""#),
        ("{{ plain.output | upper }}", r#""JUST TEXT""#),
        ("{{ listed[1] }}", "20"),
        ("{{ listed.output | sum }}", "60"),
        ("{{ skipped.meta.outcome }}", r#""skipped""#),
        ("{{ skipped is defined }}", "false"),
        ("{{ skipped.anything.at.all | default('x') }}", r#""x""#),
        ("{{ skipped.x | default(skipped.y) | default('x') }}", r#""x""#),
        ("{{ fetch.count | default(skipped.y) }}", "3"),
        ("{{ fetch.a.b.c | default('x') }}", r#""x""#),
        ("{{ fetch.nothing.b | default('x') }}", r#""x""#),
        ("{{ huge.meta.outcome }}", r#""completed""#),
    ];
    for (template, expected) in rows {
        assert_eq!(becomes(template), expected, "{template}");
    }
}

#[test]
fn a_condition_is_an_expression_with_or_without_braces() {
    let rows = [
        ("fetch.count > 2", "true"),
        ("{{ fetch.count > 2 }}", "true"),
        ("  {{ fetch.flag }}  ", "true"),
        ("fetch.none", "false"),
        ("fetch.count", "true"),
        ("fetch.nothing", "false"),
        ("fetch.missing is defined", "false"),
        ("skipped.x | default(false)", "false"),
        ("fetch.meta.outcome == 'completed'", "true"),
        ("fetch.name", "TEMPLATE_FAULT the condition gives a text; compare it: `status == 'active'`"),
        (
            "fetch.missing",
            "TEMPLATE_UNDEFINED `fetch.missing` is undefined; `default` gives it a value where it may be missing",
        ),
        (
            "{{ fetch.flag }} x",
            "TEMPLATE_FAULT line 1, column 1: a condition is one expression, without text around it",
        ),
        ("", "TEMPLATE_FAULT line 1, column 1: a value is missing"),
    ];
    for (when, expected) in rows {
        assert_eq!(decides(when), expected, "{when}");
    }
}
