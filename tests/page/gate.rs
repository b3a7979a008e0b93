//! The gate in the console: what holds executions up, its reset, and the doctor; and results out of the cache.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::browser::{Browser, ENTER, TAB};
use super::console::{await_console, in_element, open_console, type_action};
use crate::worker::stack::{Alone, Stack, fresh_correlation_id, merged, quick_start};

#[test]
fn the_gate_shows_the_calls_in_flight() {
    let (stack, browser) = alone();
    assert_eq!(browser.run("return document.querySelector('#gate-holds').innerText;"), "Nothing holds executions up.");
    stack.sim().set_faults(&json!({"latency_ms": [1_500, 1_500]}));
    // One of the page's own, so that it looks often.
    type_action(&browser, "sim-for-60s");
    browser.click("#start");
    crowd(&stack, "sim-for-60s");
    browser.until(&figure("In flight", "/^[1-9]\\d* of 10/.test(words)"));
    browser.until(&figure("Token", "words.startsWith('Good')"));
    browser.shoot("gate-in-flight");
    stack.sim().calm();
    browser.until(&figure("In flight", "words.startsWith('0 of')"));
    browser.check_clean();
}

#[test]
fn a_breaker_that_opens_is_shown_and_its_reset_says_what_it_did() {
    // With the breaker of the profile, which the stack that others have to themselves has not.
    let stack = Stack::start();
    stack.sim().calm();
    let browser = console_of(&stack);
    type_action(&browser, "sim-for-40s");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));
    browser.click("#fault-outage");
    browser.until("document.querySelector('#faults-said').textContent.includes('503')");
    crowd(&stack, "sim-for-40s");

    browser.until(&figure("Breaker", "words.startsWith('Open')"));
    browser.until("document.querySelector('#gate-holds [data-tone=bad]')?.textContent.includes('breaker is open')");
    browser.until("/in line|for a turn/.test(document.querySelector('#gate-holds').textContent)");
    browser.until("document.querySelector('#said').textContent.includes('breaker is open')");
    browser.until("document.querySelector('.timeline').innerText.includes('the breaker is open')");
    for (name, width, scheme) in [("light", 1280, "light"), ("dark", 1280, "dark"), ("375", 375, "light")] {
        browser.size(width, 900);
        browser.prefer("prefers-color-scheme", scheme);
        assert!(!browser.overflows(), "at {width} pixels");
        browser.shoot(&format!("gate-breaker-open-{name}"));
    }
    browser.size(1280, 900);

    browser.click("#calm");
    browser.until("!document.querySelector('#fault-outage').checked");
    browser.click("#gate-reset");
    browser.until("document.querySelector('#gate-said').textContent.includes('The breaker is closed')");
    browser.until(&figure("Breaker", "words === 'Closed'"));
    browser.shoot("gate-reset");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.check_clean();
}

#[test]
fn the_doctor_tells_step_by_step_what_is_wrong_and_what_to_do() {
    let (stack, browser) = alone();
    browser.tab_to("#gate-doctor");
    browser.press(ENTER);
    browser.until("document.querySelector('#doctor-title')?.textContent.includes('healthy')");
    let tones = "[...document.querySelectorAll('#doctor li')].map((step) => step.dataset.tone)";
    browser.until(&format!("{tones}.length > 1 && {tones}.every((tone) => tone === 'good')"));
    browser.shoot("doctor-healthy");

    stack.sim().set_faults(&json!({"token_refused": true}));
    browser.press(ENTER);
    browser.until("document.querySelector('#doctor-title').textContent.includes('fault')");
    browser.until("document.querySelector('#doctor li[data-tone=bad]').innerText.includes('Token')");
    browser.until("document.querySelector('#doctor li[data-tone=bad]').innerText.includes('CXONE_CLIENT_SECRET')");
    browser.until("!document.querySelector('#doctor').innerText.includes('sim-secret')");
    browser.shoot("doctor-fault");
    browser.run("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; };");
    browser.tab_to("[aria-label^='Copy the doctor']");
    browser.press(ENTER);
    browser.until("/^FAULT +token [^]*\\n +to do: set CXONE_CLIENT_ID/m.test(globalThis.copied)");
    browser.size(375, 900);
    assert!(!browser.overflows());
    browser.shoot("doctor-fault-375");

    browser.tab_to("[aria-label^='Close the doctor']");
    browser.press(ENTER);
    browser.until("document.querySelector('#doctor').hidden && document.activeElement.id === 'gate-doctor'");
    browser.check_clean();
}

#[test]
fn a_gate_that_cannot_be_read_says_so_and_of_when_its_figures_are() {
    let stack = Stack::start_beside(Stack::shared());
    let browser = Browser::open();
    browser.go(stack.base());
    await_console(&browser);
    type_action(&browser, "sim-for-20s");
    browser.click("#start");
    browser.until(&figure("Token", "words.startsWith('Good')"));
    let crashed = stack.crash();
    browser.until("/cannot be read.*figures are those of/.test(document.querySelector('#gate-holds').textContent)");
    browser.click("#gate-reset");
    browser.until("document.querySelector('#gate-said').textContent.startsWith('Reset: not done.')");
    browser.shoot("gate-lost");
    let _stack = crashed.restart();
    browser.until("!document.querySelector('#gate-holds').textContent.includes('cannot be read')");
    browser.until(&figure("Breaker", "words === 'Closed'"));
}

#[test]
fn each_limit_that_holds_executions_up_is_told_in_words() {
    let browser = open_console();
    let told = |more: Value| {
        let view = merged(calm_gate(), &more);
        let script = format!(
            "return import('/console/standing.js').then(({{ holdsOf, figuresOf }}) => {{ \
             const [view, now] = [{view}, Date.parse('2026-11-21T10:00:00.000Z')]; \
             const notable = figuresOf(view, now).filter(({{ tone }}) => tone === 'warn' || tone === 'bad'); \
             const figures = notable.map(({{ term, value, note }}) => [term, value, note].filter(Boolean).join(' ')); \
             return [...holdsOf(view, now).map(({{ words, tone }}) => `${{tone}}: ${{words}}`), ...figures].join(' | ') \
             .replace(/\\d+:\\d\\d:\\d\\d\\s[AP]M/g, 'T'); }});"
        );
        browser.run(&script).as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(told(json!({})), "");
    for (more, words) in TOLD {
        let more = serde_json::from_str(more).expect("the table holds JSON");
        assert_eq!(told(more), *words);
    }
}

/// What differs from a calm gate, and what is told of it: first what holds executions up, then the figures that stand out.
const TOLD: &[(&str, &str)] = &[
    (
        r#"{"breaker": {"state": "open", "until": "2026-11-21T10:00:06.400Z"}, "waiting": {"main": 1}}"#,
        "bad: The breaker is open: CXone fails. Nothing goes until T, in 7 s, then a probe. | warn: 1 call waits in line. \
         | Waiting 1 | Breaker Open for 7 s",
    ),
    (
        r#"{"breaker": {"state": "open", "until": "2026-11-21T09:59:59.000Z"}}"#,
        "bad: The breaker is open: CXone fails. The next call goes as a probe. | Breaker Open a probe is next",
    ),
    (
        r#"{"breaker": {"state": "half_open", "probes": 2}}"#,
        "warn: The breaker is half-open. 2 probes are under way, to see whether CXone has recovered. \
         | Breaker Half-open 2 probes out",
    ),
    (r#"{"embargo_until": "2026-11-21T10:01:30.000Z"}"#, "warn: CXone asked for no more calls until T, in 1 min 30 s."),
    (
        r#"{"credentials": {"state": "refused", "expires_at": null, "retry_at": "2026-11-21T10:00:30.000Z"}}"#,
        "bad: CXone refuses the credentials. The next try is in 30 s. The doctor says what is wrong. \
         | Token Refused next try in 30 s",
    ),
    (
        r#"{"credentials": {"state": "failing", "expires_at": null, "retry_at": "2026-11-21T10:00:02.000Z"}}"#,
        "bad: There is no token to be had. The next try is in 2 s. The doctor says what is wrong. \
         | Token Failing next try in 2 s",
    ),
    (
        r#"{"in_flight": 4, "limit": 4, "waiting": {"main": 3, "by_kind": {"poll": 2}}}"#,
        "warn: 5 calls wait for a place among the 4 in flight, lowered from 10 while CXone is slow or refuses. \
         | In flight 4 of 4 lowered from 10 | Waiting 5 2 to poll",
    ),
    (
        r#"{"in_flight": 1, "per_second": 0.5, "waiting": {"main": 2}}"#,
        "warn: 2 calls wait for a turn: at most 0.5 start in a second. | Waiting 2",
    ),
];

/// A gate that lets every call go, as `GET /v1/tenants/{id}/gate` tells of it.
fn calm_gate() -> Value {
    json!({
        "tenant": "default", "profile": "dataactions", "in_flight": 0, "limit": 10, "bound": 10, "per_second": 100.0,
        "mean_ms": 41, "waiting": {"main": 0, "by_kind": {}}, "embargo_until": null,
        "breaker": {"state": "closed", "until": null, "probes": 0},
        "credentials": {"state": "good", "renew_at": null, "expires_at": "2026-11-21T11:00:00.000Z", "retry_at": null},
        "counts": {"granted": 7, "sent_away": 0, "rate_limited": 0, "faults": 0, "opened": 0}, "held": 0,
        "cache": {"entries": 0, "hits": 0, "misses": 0},
    })
}

#[test]
fn a_result_out_of_the_cache_is_marked_as_an_earlier_one() {
    let browser = open_console();
    type_action(&browser, "sim-instant");
    browser.click("#inputs");
    browser.press_with_control('a');
    browser.press(&json!({"only": fresh_correlation_id()}).to_string());
    browser.click("#cache");
    browser.press("300");
    for heading in ["Result", "Earlier result"] {
        browser.click("#start");
        browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
        browser.until(&in_element("[part=result] summary", &format!("node.textContent.startsWith('{heading}')")));
    }
    browser.until("document.querySelector('.timeline').innerText.includes('Found in the cache')");
    browser.until("document.querySelector('.timeline .end').innerText.includes('cached')");
    browser.shoot("console-cached");
    browser.check_clean();
}

#[test]
fn a_refused_age_of_a_result_is_shown_at_its_field() {
    let browser = open_console();
    type_action(&browser, "sim-instant");
    browser.click("#cache");
    browser.press("0");
    browser.press(ENTER);
    browser.until("document.querySelector('#cache').getAttribute('aria-invalid') === 'true'");
    let described = "document.querySelector('#cache').getAttribute('aria-describedby')";
    browser.until(&format!("{described}.split(' ').every((id) => document.getElementById(id).textContent.length > 5)"));
    browser.until(&format!("{described} === 'error-cache-ttl_seconds cache-about'"));
    browser.press("\u{e003}60");
    browser.until(&format!("{described} === 'cache-about'"));
}

#[test]
fn the_gate_is_that_of_the_tenant_in_the_form() {
    let stack = of_two_tenants();
    let browser = Browser::open();
    browser.go(stack.base());
    use_key(&browser, stack.api_key());
    browser.until("!document.querySelector('#gate-figures').hidden");
    browser.run("document.querySelector('#tenant').closest('details').open = true;");
    for (tenant, condition) in [
        ("nobody", "gate.innerText.includes('no tenant “nobody”') && !gate.innerText.includes('In flight')"),
        ("acme", "gate.innerText.includes('acme') && gate.innerText.includes('of 3')"),
    ] {
        browser.click("#tenant");
        browser.press_with_control('a');
        browser.press(tenant);
        browser.press(TAB);
        browser.until(&format!("((gate) => {condition})(document.querySelector('#gate'))"));
    }
    browser.check_clean();
}

#[test]
fn the_gate_says_once_to_a_tenants_own_key_that_it_is_not_for_it() {
    let stack = of_two_tenants();
    let browser = Browser::open();
    browser.go(stack.base());
    use_key(&browser, ACME_KEY);
    browser.until("document.querySelector('#gate-holds').textContent.includes('operators')");
    browser.until("document.querySelector('#gate-doctor').hidden && document.querySelector('#gate-figures').hidden");
    browser.shoot("gate-refused");
    type_action(&browser, "sim-fast");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.run("location.reload();");
    browser.until("!document.querySelector('#start-form').hidden");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    let asked = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/gate')).length";
    assert_eq!(browser.run(&format!("return [document.querySelector('#gate').hidden, {asked}];")), json!([true, 0]));
}

/// The stack that one test has for itself, its gate as new, and a console on it.
fn alone() -> (Alone, Browser) {
    let stack = Stack::alone();
    let reset = stack.client().send("POST", "/v1/tenants/default/gate/reset", b"");
    assert_eq!(reset.status(), 204, "{}", reset.text());
    let browser = console_of(&stack);
    (stack, browser)
}

/// A console that shows the gate.
fn console_of(stack: &Stack) -> Browser {
    let browser = Browser::open();
    browser.go(stack.base());
    await_console(&browser);
    browser.until("!document.querySelector('#gate').hidden");
    browser
}

/// Enough executions to open a breaker, none of them on the page.
fn crowd(stack: &Stack, action_id: &str) {
    for _ in 0..6 {
        stack.accept(&quick_start(action_id, &json!({"timeout_seconds": 600})));
    }
}

/// A Worker as in production, for the tenant `default` and for `acme` with a key of its own.
fn of_two_tenants() -> Stack {
    let digest: String = Sha256::digest(ACME_KEY).iter().map(|byte| format!("{byte:02x}")).collect();
    let sim = format!("http://127.0.0.1:{}", Stack::shared().sim().port());
    let acme = json!({"profile": "dataactions", "base_url": sim, "client_id": "sim-client",
        "client_secret": {"binding": "CXONE_CLIENT_SECRET"}, "limits": {"in_flight": 3},
        "api_keys": [{"sha256": digest}]});
    let tenants = format!("CXPULSE_TENANTS={}", json!({"acme": acme}));
    Stack::start_with(Stack::shared(), &["CXPULSE_DEV=", &tenants])
}

fn use_key(browser: &Browser, key: &str) {
    browser.until("!document.querySelector('#key-form').hidden");
    browser.click("#key");
    browser.press(key);
    browser.press(ENTER);
    browser.until("!document.querySelector('#start-form').hidden && customElements.get('cxpulse-execution')");
}

/// An expression: whether `condition` holds for the `words` of a figure of the gate, its value and its note.
fn figure(term: &str, condition: &str) -> String {
    format!(
        "((words) => words !== undefined && ({condition}))([...document.querySelectorAll('#gate dl > div')]\
         .find((row) => row.firstChild.textContent === '{term}')?.lastChild.textContent.trim())"
    )
}

const ACME_KEY: &str = "acme-key-of-this-test-and-of-nothing-else";
