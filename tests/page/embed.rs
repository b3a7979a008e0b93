//! The page for an iframe: one element, whose token stands in the fragment.

use serde_json::json;

use super::browser::Browser;
use super::console::in_element;
use crate::worker::snapshot::Snapshot;
use crate::worker::stack::{Stack, quick_start};

#[test]
fn the_embed_page_shows_one_execution_until_its_end() {
    let accepted = Stack::shared().accept(&quick_start("sim-for-3s", &json!({})));
    let browser = Browser::open();
    browser.size(480, 320);
    browser.go(&address(&accepted, accepted.text("/view_token")));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'completed'"));
    browser.shoot("embed-completed");
    browser.check_clean();
    assert!(!browser.overflows());
}

#[test]
fn an_embed_page_whose_token_is_refused_says_so() {
    let accepted = Stack::shared().accept(&quick_start("sim-instant", &json!({})));
    let browser = Browser::open();
    browser.go(&address(&accepted, "cxv1.e30.AAAA"));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'stopped'"));
    browser.until(&in_element("[part=waiting]", "!node.hidden && node.textContent.includes('access')"));
    browser.shoot("embed-refused");
}

#[test]
fn an_embed_page_without_a_token_says_what_is_missing() {
    let accepted = Stack::shared().accept(&quick_start("sim-instant", &json!({})));
    let browser = Browser::open();
    browser.go(accepted.text("/links/embed"));
    browser.until("document.querySelector('.notice')?.textContent.includes('token')");
    browser.check_clean();
}

#[test]
fn an_element_that_is_taken_off_the_page_and_put_back_goes_on() {
    let browser = Browser::open();
    let accepted = Stack::shared().accept(&quick_start("sim-never", &json!({"timeout_seconds": 3_600})));
    browser.go(&address(&accepted, accepted.text("/view_token")));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));
    browser.run("globalThis.taken = document.querySelector('cxpulse-execution'); taken.remove();");
    browser.run("document.querySelector('main').append(taken);");
    browser.until(&in_element("[part=card]", "node.dataset.state === 'running'"));
    Stack::shared().client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'canceled'"));
    browser.check_clean();
}

#[test]
fn an_element_tells_its_page_what_happens() {
    // A browser takes a while to open: it is there before what it shall see begins.
    let browser = Browser::open();
    let accepted = Stack::shared().accept(&quick_start("sim-for-30s", &json!({"timeout_seconds": 600})));
    browser.go(&address(&accepted, accepted.text("/view_token")));
    browser.run(
        "globalThis.told = []; \
         for (const name of ['changed', 'progressed', 'ended', 'connected', 'failed']) \
         document.addEventListener(`cxpulse-${name}`, ({ detail: it }) => told.push(`${name}:${it?.outcome ?? ''}`));",
    );
    browser.until("told.includes('ended:completed')");
    let told = browser.run("return told.filter((one) => one.startsWith('ended') || one.startsWith('failed'));");
    assert_eq!(told, json!(["ended:completed"]));
    browser.until("told.some((one) => one.startsWith('progressed'))");
}

fn address(accepted: &Snapshot, token: &str) -> String {
    format!("{}#token={token}", accepted.text("/links/embed"))
}
