//! Nothing written in a template gets out of bounds: every answer comes within the work that one node may do, and of bounded size.

use cxpulse_core::json::Json;
use cxpulse_core::validate::{TEMPLATE_MAX, Templates};
use cxpulse_template::{Held, Jinja, Scope, TEXT_MAX, bind, decide};
use proptest::prelude::*;

use super::{becomes, with_scope};

#[test]
fn what_would_run_away_is_stopped_by_its_cost() {
    let rows = [
        "{{ 'x' * 1000000000 }}",
        "{{ 'x' * 100000 * 100000 }}",
        "{{ ('x' * 200000) ~ ('x' * 200000) }}",
        "{{ 'a' | indent(1000000000, true) }}",
        "{{ 'a' | replace('', 'x' * 200000) | length }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '%.1000000000f' | format(1.5) }}",
        "{{ [1] | slice(1000000000) }}",
        "{{ [1] | batch(1000000000, 'x') }}",
        "{{ ('x' * 100000) | list | map('replace', 'x', 'y' * 200000) | join }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ ('x ' * 100000) | split }}",
        "{{ ('x' * 200000) | tojson | tojson }}x{{ ('y' * 200000) }}",
        "{{ huge_list | join('-') }}",
    ];
    for template in rows {
        let told = becomes(template);
        assert!(told.starts_with("TEMPLATE_"), "{template}: {}", told.chars().take(80).collect::<String>());
    }
}

#[test]
fn depth_is_stopped_before_the_stack_ends() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        format!("{{{{ {}{middle}{} }}}}", open.repeat(count), close.repeat(count))
    };
    for count in [64, 65, 1_000, 7_000] {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("-", ""),
            ("not ", ""),
            ("1 if 1 else ", ""),
            ("{'a':", "}"),
            ("a[", "]"),
            ("(1,", ")"),
        ] {
            if open.len() * count + close.len() * count + 7 < TEMPLATE_MAX {
                let _ = becomes(&deep(open, "1", close, count));
            }
        }
        for chain in
            ["+1", "~1", ".a", "[0]", " and 1", " or 1", "<1", "==1", "|list", " is defined", "|batch(1)", "**1"]
        {
            if chain.len() * count + 7 < TEMPLATE_MAX {
                let _ = becomes(&deep("", "fetch", &chain.repeat(count), 1));
            }
        }
    }
    assert!(becomes(&deep("(", "1", ")", 62)).starts_with('1'));
    assert!(becomes(&deep("(", "1", ")", 65)).contains("nested deeper than 64 levels"));
}

#[test]
fn a_template_is_read_up_to_its_limit_and_not_past_it() {
    let of_length = |length: usize| format!("{{{{ 1 }}}}{}", " ".repeat(length - 7));
    assert!(Jinja.reads(&of_length(TEMPLATE_MAX)).is_ok());
    assert!(Jinja.reads(&of_length(TEMPLATE_MAX + 1)).is_err());
    assert!(becomes(&"{ no template }".repeat(2_000)).len() > TEMPLATE_MAX, "a text without templates may be longer");
}

#[test]
fn inputs_are_made_up_to_their_limit_and_not_past_it() {
    let text = |length: usize| Json::from_value(&"x".repeat(length)).expect("a text");
    let meta = Json::parse("{}").expect("JSON");
    let inputs = Json::parse(r#"{"a":"{{ node }}"}"#).expect("JSON");
    let of = |length: usize| {
        let result = text(length);
        let scope = Scope::new().with_node("node", Held::Whole(result.as_raw()), meta.as_raw());
        bind(&inputs, &scope).map(|bound| bound.as_str().len()).map_err(|fault| fault.kind.code())
    };
    // Around the text: {"a":""}
    assert_eq!(of(TEXT_MAX - 8), Ok(TEXT_MAX));
    assert_eq!(of(TEXT_MAX - 7), Err("TEMPLATE_LIMIT"));
}

#[test]
fn what_is_bound_is_never_nested_deeper_than_json_may_be() {
    let nested = Json::parse(&format!("{}{}", "[".repeat(60), "]".repeat(60))).expect("JSON");
    let meta = Json::parse("{}").expect("JSON");
    let scope = Scope::new().with_node("node", Held::Whole(nested.as_raw()), meta.as_raw());
    let inputs = |depth: usize| {
        Json::parse(&format!("{}\"{{{{ node }}}}\"{}", "[".repeat(depth), "]".repeat(depth))).expect("JSON")
    };
    assert!(bind(&inputs(4), &scope).is_ok());
    assert_eq!(bind(&inputs(5), &scope).map_err(|fault| fault.kind.code()), Err("TEMPLATE_LIMIT"));
}

/// Pieces that templates are made of, so that what is drawn is often one.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{",
        "}}",
        "{#",
        "#}",
        "{%",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "fetch",
        ".rows",
        ".name",
        ".numbers",
        ".customer",
        "['id']",
        "[0]",
        "[-1:]",
        "|",
        "| upper",
        "| sort",
        "| join(fetch.name)",
        "| map('upper')",
        "| map('join', 'x')",
        "| batch(2)",
        "| tojson",
        "| length",
        "| select",
        "| list",
        "| groupby('id')",
        "| unique",
        "| zip(fetch.rows)",
        "| format(1, 'a')",
        "| date('%Y')",
        "| add_days(10**18)",
        "| round(300)",
        "| truncate(3)",
        "is defined",
        "is in",
        "not",
        "and",
        "or",
        "if",
        "else",
        "+",
        "-",
        "*",
        "**",
        "/",
        "//",
        "%",
        "~",
        "==",
        "<",
        ",",
        ":",
        "=",
        "'",
        "\"",
        "\\",
        "1",
        "0",
        "99999999999999999999",
        "1e308",
        "0.1",
        "'ä€😀'",
        "'x' * 99999",
        "none",
        "true",
        " ",
        "\n",
        "é",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_has_an_answer_of_bounded_size(text in prop_oneof![any::<String>(), pieces(), pieces().prop_map(|inner| format!("{{{{ {inner} }}}}"))]) {
        let inputs = Json::from_value(&text).expect("a text");
        let _ = Jinja.reads(&text);
        let _ = Jinja.condition_reads(&text);
        with_scope(|scope| {
            let _ = decide(&text, scope);
            match bind(&inputs, scope) {
                Ok(bound) => assert!(bound.as_str().len() <= TEXT_MAX.max(inputs.as_str().len())),
                Err(fault) => assert!(fault.message.len() < 1_000),
            }
            assert_eq!(bind(&inputs, scope), bind(&inputs, scope), "a run repeats");
        });
    }
}
