//! The console: a person starts an execution and watches it until it ends, by mouse and by keyboard alone.

use std::time::Duration;

use serde_json::json;

use super::browser::{Browser, ENTER};
use crate::worker::stack::{Stack, fresh_correlation_id, quick_start, wait_for};

#[test]
fn an_execution_is_started_with_the_mouse_and_watched_until_its_end() {
    let browser = open_console();
    browser.shoot("console-empty");
    type_action(&browser, "sim-for-6s");
    browser.click("#start");

    browser.until(&in_element("[role=progressbar]", "node.ariaValueNow > 0 && node.ariaValueNow < 100"));
    browser.until(&in_element("[part=status]", "node.textContent.includes('Running')"));
    browser.until(&in_element("[part=waiting]", "!node.hidden && node.textContent.length > 5"));
    browser.shoot("console-running");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.until(&in_element("[part=result]", "!node.hidden && node.textContent.includes('CUST-99887')"));
    browser.until(&in_element("[role=status]", "node.textContent.length > 0"));
    browser.until("document.querySelector('.card').innerText.toLowerCase().includes('journal')");
    browser.shoot("console-completed");
    browser.check_clean();
}

#[test]
fn an_execution_is_started_with_the_keyboard_alone() {
    let browser = open_console();
    browser.tab_to("#action");
    browser.press_with_control('a');
    browser.press("sim-failing");
    browser.tab_to("#start");
    browser.press(ENTER);
    browser.until(&in_element("[part=card]", "node.dataset.state === 'failed'"));
    browser.until(&in_element("[part=error]", "!node.hidden && node.textContent.includes('UPSTREAM_FAILED')"));
    browser.shoot("console-failed");
    browser.check_clean();
}

#[test]
fn a_refusal_is_shown_at_the_field_that_it_is_about() {
    let browser = open_console();
    type_action(&browser, "no/such/action");
    browser.click("#start");
    browser.until("document.querySelector('#action').getAttribute('aria-invalid') === 'true'");
    browser.until("document.querySelectorAll('cxpulse-execution').length === 0");
    browser.shoot("console-refused");
}

#[test]
fn executions_are_there_again_after_a_reload() {
    let browser = open_console();
    type_action(&browser, "sim-fast");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    let id = browser.run("return document.querySelector('.card code').textContent;");
    browser.run("location.reload();");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    assert_eq!(browser.run("return document.querySelector('.card code').textContent;"), id);
}

#[test]
fn in_production_the_console_asks_for_a_key_and_keeps_it_for_the_tab() {
    let stack = Stack::start_in_production(Stack::shared());
    let browser = Browser::open();
    browser.go(stack.base());
    browser.until("!document.querySelector('#key-form').hidden && document.querySelector('#start-form').hidden");
    browser.until("document.querySelector('#sim').hidden");
    browser.shoot("console-key");
    browser.press(stack.api_key());
    browser.press(ENTER);
    browser.until("!document.querySelector('#start-form').hidden");
    type_action(&browser, "sim-fast");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.run("location.reload();");
    browser.until("!document.querySelector('#start-form').hidden");
    assert_eq!(
        browser.run("return document.body.innerHTML;").as_str().map(|page| page.contains(stack.api_key())),
        Some(false)
    );
    browser.check_clean();
}

#[test]
fn what_somebody_else_started_is_listed_with_its_audit_log_and_can_be_watched() {
    let stack = Stack::shared();
    let tag = fresh_correlation_id();
    let accepted = stack.accept(&quick_start("sim-instant", &json!({"tags": [tag], "timeout_seconds": 900})));
    let path = format!("/v1/executions?tag={tag}&outcome=completed");
    let is_listed = || stack.client().get(&path).text().contains(accepted.id()).then_some(());
    assert!(wait_for(Duration::from_secs(180), is_listed).is_some(), "it is listed once it has ended");
    let browser = open_console();
    browser.click("#recent > summary");
    let row = format!(
        "[...document.querySelectorAll('#recent-list > li')].find((row) => row.textContent.includes('{}'))",
        accepted.id()
    );
    // Others start some, too, so it may be on a later page.
    browser.until(&format!("{row} !== undefined || (document.querySelector('#recent-more').click(), false)"));
    browser.run(&format!("{row}.querySelector('summary').click();"));
    for told in ["opened", "submit", "ended", "key:"] {
        browser.until(&format!("{row}.querySelector('.log').textContent.includes('{told}')"));
    }
    browser.run(&format!("{row}.querySelector('button').click();"));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.shoot("console-recent");
    browser.check_clean();
}

/// The console of the shared stack, ready to start something.
pub(crate) fn open_console() -> Browser {
    let browser = Browser::open();
    browser.go(Stack::shared().base());
    await_console(&browser);
    browser
}

/// Until the page can start something, and the element is defined.
pub(crate) fn await_console(browser: &Browser) {
    browser.until("!document.querySelector('#start-form').hidden && customElements.get('cxpulse-execution')");
    browser.until("document.querySelector('#life').options.length > 10");
}

/// Writes an action id over the one that is proposed.
pub(crate) fn type_action(browser: &Browser, action_id: &str) {
    browser.click("#action");
    browser.press_with_control('a');
    browser.press(action_id);
}

/// An expression: whether `condition` holds for the `node` of a selector in the first element's shadow tree.
pub(crate) fn in_element(selector: &str, condition: &str) -> String {
    format!(
        "((node) => node !== null && node !== undefined && ({condition}))\
         (document.querySelector('cxpulse-execution')?.shadowRoot?.querySelector('{selector}'))"
    )
}
