//! The gate in the console: what holds executions up, its reset, and the doctor; and results out of the cache.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::browser::{Browser, ENTER, TAB};
use super::console::{await_console, in_element, open_console, type_action};
use crate::worker::stack::{Alone, Stack, fresh_correlation_id, quick_start};

#[test]
fn the_gate_shows_the_calls_in_flight() {
    let (stack, browser) = alone();
    assert_eq!(browser.run("return document.querySelector('#gate-holds').innerText;"), "Nothing holds executions up.");
    stack.sim().set_faults(&json!({"latency_ms": [1_500, 1_500]}));
    crowd(&stack, "sim-for-5s");
    browser.until(&figure("In flight", "/^[1-9]\\d* of 10/.test(words)"));
    browser.until(&figure("Token", "words.startsWith('Good')"));
    browser.shoot("gate-in-flight");
    stack.sim().calm();
    browser.until(&figure("In flight", "words.startsWith('0 of')"));
    browser.check_clean();
}

#[test]
fn a_breaker_that_opens_is_shown_and_its_reset_says_what_it_did() {
    let (stack, browser) = alone();
    type_action(&browser, "sim-for-8s");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));
    browser.click("#fault-outage");
    browser.until("document.querySelector('#faults-said').textContent.includes('503')");
    crowd(&stack, "sim-for-8s");

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
    browser.size(375, 900);
    assert!(!browser.overflows());
    browser.shoot("doctor-fault-375");

    browser.tab_to("#doctor button:last-of-type");
    browser.press(ENTER);
    browser.until("document.querySelector('#doctor').hidden && document.activeElement.id === 'gate-doctor'");
    browser.check_clean();
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
    let browser = Browser::open();
    browser.go(stack.base());
    await_console(&browser);
    browser.until("!document.querySelector('#gate').hidden");
    (stack, browser)
}

/// Enough executions to open a breaker, none of them on the page.
fn crowd(stack: &Stack, action_id: &str) {
    for _ in 0..6 {
        stack.accept(&quick_start(action_id, &json!({})));
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
