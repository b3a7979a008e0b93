//! What the element makes of a connection that is cut, a Worker that crashes, and a token that expires.

use serde_json::json;

use super::browser::Browser;
use super::console::{await_console, in_element, type_action};
use crate::worker::forge::Forge;
use crate::worker::stack::{Stack, quick_start};

#[test]
fn a_crash_of_the_worker_is_shown_and_the_element_goes_on_afterwards() {
    let stack = Stack::start_beside(Stack::shared());
    let browser = Browser::open();
    browser.go(stack.base());
    await_console(&browser);
    type_action(&browser, "sim-for-60s");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));

    let crashed = stack.crash();
    browser.until(&in_element("[part=card]", "node.dataset.link !== 'live'"));
    browser.until(&in_element("[part=connection]", "!node.hidden && node.textContent.length > 0"));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));
    browser.shoot("console-disconnected");

    let _stack = crashed.restart();
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.shoot("console-reconnected");
}

#[test]
fn an_expired_token_is_renewed_by_the_page() {
    let stack = Stack::shared();
    let browser = Browser::open();
    browser.go(stack.base());
    await_console(&browser);
    type_action(&browser, "sim-for-30s");
    browser.click("#start");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));

    let id = browser.run("return document.querySelector('.card code').textContent;");
    let expired = json!({"tenant": "default", "resources": [id], "verbs": ["read"], "exp": 1_000});
    let expired = Forge::of(stack).token(&expired);
    // Off the page and back on it: that closes the stream that the first token opened.
    browser.run(&format!(
        "const element = document.querySelector('cxpulse-execution'); const place = element.parentNode; \
         element.remove(); element.token = {}; setTimeout(() => place.append(element));",
        json!(expired)
    ));
    browser.until("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/v1/tokens'))");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.check_clean();
}

#[test]
fn an_element_that_cannot_get_a_token_says_so_and_an_end_is_never_made_up() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &json!({})));
    let expired = json!({"tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": 1_000});
    let browser = Browser::open();
    browser.go(&format!("{}#token={}", accepted.text("/links/embed"), Forge::of(stack).token(&expired)));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'stopped'"));
    browser.until(&in_element("[part=waiting]", "!node.hidden && node.textContent.includes('access')"));
    let ended = browser.run("return document.querySelector('cxpulse-execution').snapshot?.outcome ?? null;");
    assert_eq!(ended, json!(null));
}
