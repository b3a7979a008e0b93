//! How the elements of a page come by their snapshots: all over one socket, and by streams where no socket gets through.

use serde_json::{Value, json};

use super::browser::Browser;
use super::console::in_element;
use super::way::{self, Upgrade};
use crate::worker::forge::Forge;
use crate::worker::snapshot::Snapshot;
use crate::worker::stack::{Stack, quick_start};

#[test]
fn twenty_elements_of_a_page_share_one_socket_and_let_go_of_it_when_they_are_gone() {
    let stack = Stack::shared();
    let browser = counting();
    browser.go(&format!("{}/embed/execution/none", stack.base()));
    let accepted: Vec<Snapshot> = (0..20).map(|_| stack.accept(&quick_start("sim-for-5s", &long()))).collect();
    show(&browser, &accepted);
    browser.until(&format!("{ALL}.every((one) => one.snapshot?.outcome === 'completed')"));
    assert_eq!(browser.run("return sockets.map(({ url }) => new URL(url).pathname);"), json!(["/v1/feed"]));
    assert_eq!(browser.run(STREAMS), json!(0), "nothing else was asked for");
    assert_eq!(browser.run("return [...new Set(modes)];"), json!(["socket"]));
    browser.until("sockets[0].readyState === WebSocket.CLOSED");
    browser.check_clean();
}

#[test]
fn where_sockets_are_refused_streams_take_over_and_the_page_does_not_try_again_with_each_element() {
    check_fallback(Upgrade::Refused);
}

#[test]
fn where_sockets_are_swallowed_streams_take_over() {
    check_fallback(Upgrade::Swallowed);
}

#[test]
fn a_token_that_expires_while_it_is_used_is_renewed() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-never", &long()));
    let claims = |exp: u64| json!({"tenant": "default", "resources": [accepted.id()], "verbs": ["read"], "exp": exp});
    let forge = Forge::of(stack);
    let browser = counting();
    browser.go(&format!("{}/embed/execution/none", stack.base()));
    let now = browser.run("return Date.now();").as_u64().expect("the time");
    let (brief, lasting) = (forge.token(&claims(now + 12_000)), forge.token(&claims(now + 3_600_000)));
    browser.run(&format!(
        "const element = document.createElement('cxpulse-execution'); globalThis.asked = 0; \
         element.tokenProvider = () => {{ asked++; return {}; }}; \
         element.setAttribute('token', {}); element.setAttribute('src', '/v1/executions/{}'); document.body.append(element);",
        json!(lasting),
        json!(brief),
        accepted.id()
    ));
    browser.until("asked === 1");
    browser.until(&in_element("[part=card]", "node.dataset.link === 'live'"));
    assert_eq!(browser.run("return asked;"), json!(1));
    stack.client().post(&format!("/v1/executions/{}/cancel", accepted.id()), &json!({}));
    browser.until(&in_element("[part=card]", "node.dataset.state === 'canceled'"));
    browser.check_clean();
}

#[test]
fn one_element_that_is_refused_disturbs_no_other() {
    let stack = Stack::shared();
    let accepted = stack.accept(&quick_start("sim-for-5s", &long()));
    let nowhere = "exe_00000000000000000000000000000000";
    let claims = json!({"tenant": "default", "resources": [nowhere], "verbs": ["read"], "exp": 4_102_444_800_000_u64});
    let browser = counting();
    browser.go(&format!("{}/embed/execution/none", stack.base()));
    let missing = Snapshot::of(json!({"seq": 1, "id": nowhere, "view_token": Forge::of(stack).token(&claims)}));
    show(&browser, &[missing, accepted]);
    browser.until(&in_element("[part=card]", "node.dataset.state === 'stopped'"));
    browser.until(&format!("{ALL}[1].snapshot?.outcome === 'completed'"));
    assert_eq!(browser.run("return sockets.length;"), json!(1));
}

fn check_fallback(upgrade: Upgrade) {
    let stack = Stack::shared();
    let address = way::before(stack.base(), upgrade);
    let browser = counting();
    browser.go(&format!("{address}/embed/execution/none"));
    let accepted: Vec<Snapshot> = (0..3).map(|_| stack.accept(&quick_start("sim-for-8s", &long()))).collect();
    show(&browser, &accepted);
    browser.until(&format!("{ALL}.every((one) => one.snapshot?.outcome === 'completed')"));
    assert_eq!(browser.run("return [...new Set(modes)];"), json!(["stream"]));
    let later = stack.accept(&quick_start("sim-instant", &long()));
    show(&browser, &[later]);
    browser.until(&format!("{ALL}.every((one) => one.snapshot?.outcome === 'completed')"));
    assert_eq!(browser.run("return sockets.length;"), json!(1), "it is known by then");
    assert_eq!(browser.run("return JSON.stringify(seenViolations);"), json!("[]"), "the content security policy holds");
}

/// A browser that takes note of the sockets that a page opens, and of how its elements are connected.
fn counting() -> Browser {
    let browser = Browser::open();
    browser.prepare(
        "globalThis.sockets = []; globalThis.modes = []; \
         globalThis.WebSocket = class extends WebSocket { constructor(...given) { super(...given); sockets.push(this); } }; \
         addEventListener('cxpulse-connected', ({ detail }) => modes.push(detail.mode));",
    );
    browser
}

/// Puts an element on the page for each.
fn show(browser: &Browser, accepted: &[Snapshot]) {
    let shown: Vec<Value> =
        accepted.iter().map(|one| json!({"id": one.id(), "token": one.text("/view_token")})).collect();
    browser.run(&format!(
        "for (const {{ id, token }} of {}) {{ const element = document.createElement('cxpulse-execution'); \
         element.setAttribute('token', token); element.setAttribute('src', `/v1/executions/${{id}}`); \
         document.body.append(element); }}",
        json!(shown)
    ));
}

/// Time enough for a slow machine.
fn long() -> Value {
    json!({"timeout_seconds": 600})
}

const ALL: &str = "[...document.querySelectorAll('cxpulse-execution')]";

/// How many streams and polls the page has asked for.
const STREAMS: &str =
    "return performance.getEntriesByType('resource').filter(({ name }) => /executions\\/exe_/.test(name)).length;";
