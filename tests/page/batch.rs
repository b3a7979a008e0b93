//! `<cxpulse-batch>` as people have it: in the console and on its embed page, at ten, a thousand and ten thousand items.

use std::time::Duration;

use serde_json::{Value, json};

use super::browser::{Browser, ENTER};
use super::console::open_console;
use super::within::{Within, check_counts};
use crate::worker::forge::Forge;
use crate::worker::stack::{Stack, merged, wait_for};

#[test]
fn a_batch_is_started_in_the_console_with_the_mouse_and_watched_until_its_end() {
    let browser = open_console();
    browser.prepare(&BATCH.watch_counts());
    browser.run("location.reload();");
    super::console::await_console(&browser);
    browser.run("document.querySelector('input[name=door][value=batch]').click();");
    browser.click("#batch-action");
    browser.press_with_control('a');
    browser.press("sim-for-3s");
    let ids: Vec<String> = (0..10).map(|number| format!("order-{number}")).collect();
    browser.run(&format!("document.querySelector('#payloads').value = {}.join('\\n');", json!(ids)));
    browser.click("#start");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'running'"));
    browser.until(&in_batch("[part=estimate]", "node.textContent.length > 3"));
    browser.shoot("batch-console-running");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'completed'"));
    check_counts(&browser, 10);
    browser.until(&in_batch("[part=percent]", "node.textContent.startsWith('100')"));
    browser.until(&in_batch("[role=status]", "node.textContent === 'Completed'"));
    browser.until(&in_batch("[part=grid]", "node.ariaValueMax === '10'"));
    assert_eq!(browser.run(&format!("return {}?.length ?? 0;", all("[part=failure]"))), json!(0), "nothing failed");
    browser.shoot("batch-console-completed");
    browser.check_clean();
}

#[test]
fn a_thousand_items_add_up_at_every_reading_and_have_a_cell_each() {
    let stack = Stack::shared();
    let browser = watching();
    let id = accept(stack, "sim-instant", 1_000, &json!({"max_parallel": 100, "chunk_size": 100}));
    open(&browser, stack, &id, &["read"], "");
    let has_ended = || (!look(stack, &id)["ended_at"].is_null()).then_some(());
    assert!(wait_for(PATIENCE, has_ended).is_some(), "not within {PATIENCE:?}: {}", look(stack, &id));
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'completed'"));
    check_counts(&browser, 1_000);
    browser.until(&in_batch("[part=grid]", "node.ariaValueMax === '1000'"));
    // Another width has all of them drawn anew.
    browser.size(1100, 900);
    browser.until("cells === 1000");
    browser.tab_to("cxpulse-batch");
    browser.press(END);
    browser.until(&in_batch("[part=grid]", "node.ariaValueNow === '1000'"));
    browser.until(&in_batch("[part=grid]", "node.ariaValueText === 'Item 1,000 of 1,000: Successful, item-999'"));
    browser.until(&in_batch("[part=item] a", "node.href.includes('-999#token=')"));
    browser.shoot("batch-thousand");
    browser.check_clean();
}

#[test]
fn ten_thousand_items_are_one_canvas_of_which_a_change_draws_what_changed_and_a_cancel_ends_them() {
    let stack = Stack::shared();
    let browser = watching();
    let more = json!({"max_parallel": 20, "chunk_size": 20, "timeout_seconds": 3_000});
    let id = accept(stack, "sim-for-2s", 10_000, &more);
    open(&browser, stack, &id, &["read", "cancel"], "&actions=cancel");
    browser.until(&in_batch("[part=grid]", "node.ariaValueMax === '10000'"));
    browser.until(&format!("{} >= 40", number_of("successful")));
    browser.run("drawn = 0; whole = 0;");
    browser.until(&format!("drawn > 0 && {} >= 120", number_of("successful")));
    let drawn = browser.run("return [drawn, whole];");
    let (some, whole) = (drawn[0].as_u64().expect("a count"), drawn[1].as_u64().expect("a count"));
    assert!(some < 5_000 && whole == 0, "a change draws the cells that changed: {drawn}");
    let nodes = browser.run("return document.querySelector('cxpulse-batch').shadowRoot.querySelectorAll('*').length;");
    assert!(nodes.as_u64().is_some_and(|nodes| nodes < 150), "an item costs no node: {nodes}");
    browser.shoot("batch-ten-thousand");
    to_part(&browser, "cancel");
    browser.press(ENTER);
    browser.until(&in_batch("[part=effect]", "node.textContent.includes('are not started')"));
    browser.until(&has_focus("confirm"));
    browser.shoot("batch-cancel-asked");
    browser.press(ENTER);
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'canceled'"));
    check_counts(&browser, 10_000);
    browser.until(&format!("{} > 9000 && {} === 0", number_of("not_started"), number_of("running")));
    browser.shoot("batch-canceled");
    browser.check_clean();
}

#[test]
fn what_fails_alike_is_one_group_whose_items_are_a_page_away() {
    let stack = Stack::shared();
    let browser = watching();
    let id = accept(stack, "sim-failing", 30, &json!({}));
    open(&browser, stack, &id, &["read"], "");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'failed'"));
    check_counts(&browser, 30);
    assert_eq!(browser.run(&format!("return {}.length;", all("[part=failure]"))), json!(1));
    browser.until(&in_batch("[part=failure] [part=number]", "node.textContent === '30'"));
    browser.until(&in_batch("[part=failure] [part=error-code]", "node.textContent === 'UPSTREAM_FAILED'"));
    to_part(&browser, "fold");
    browser.press(ENTER);
    browser.until(&in_batch("[part=ids]", "node.textContent.includes('item-0, item-1')"));
    to_part(&browser, "filter");
    browser.press(ENTER);
    browser.until(&has_focus("select"));
    browser.until(&in_batch("select", "node.value === 'UPSTREAM_FAILED'"));
    browser.until(&format!("{}.length === 25", all("tbody tr")));
    browser.until("performance.getEntriesByType('resource').some(({ name }) => name.includes('code=UPSTREAM_FAILED'))");
    to_part(&browser, "next");
    browser.press(ENTER);
    browser.until(&format!("{}.length === 5", all("tbody tr")));
    browser.until(&in_batch("[part=turns]", "node.textContent.includes('26–30 of 30')"));
    browser.shoot("batch-failed");
    browser.check_clean();
}

#[test]
fn a_redrive_says_first_what_would_run_and_then_runs_it() {
    let stack = Stack::shared();
    let browser = watching();
    let id = accept(stack, "sim-failing", 12, &json!({}));
    open(&browser, stack, &id, &["read", "redrive"], "&actions=cancel+redrive");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'failed'"));
    click(&browser, "redrive");
    browser.until(&in_batch("[part=effect]", "node.textContent.includes('12 items run again: Failed 12')"));
    browser.shoot("batch-redrive-asked");
    click(&browser, "dismiss");
    browser.until(&has_focus("redrive"));
    assert_eq!(generation(stack, &id), 1, "a no changes nothing");
    click(&browser, "redrive");
    browser.until(&has_focus("confirm"));
    click(&browser, "confirm");
    browser.until(&in_batch("[part=generation]", "node.textContent === 'Generation 2'"));
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'failed'"));
    assert_eq!(generation(stack, &id), 2);
    check_counts(&browser, 12);
    browser.check_clean();
}

#[test]
fn what_the_token_does_not_allow_is_refused_in_words_and_changes_nothing() {
    let stack = Stack::shared();
    let browser = watching();
    let id = accept(stack, "sim-never", 3, &json!({"timeout_seconds": 3_000, "item_timeout_seconds": 3_000}));
    open(&browser, stack, &id, &["read"], "&actions=cancel");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'running'"));
    click(&browser, "cancel");
    browser.until(&has_focus("confirm"));
    click(&browser, "confirm");
    browser.until(&in_batch("[part=refusal]", "node.textContent.includes('not allowed')"));
    browser.until(&in_batch("[role=status]", "node.textContent.startsWith('Not canceled')"));
    browser.shoot("batch-refused");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'running'"));
    let canceled = stack.client().send("POST", &format!("/v1/batches/{id}/cancel"), b"");
    assert_eq!(canceled.status(), 202, "{}", canceled.text());
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'canceled'"));
    check_counts(&browser, 3);
    browser.check_clean();
}

#[test]
fn it_fits_any_width_and_goes_dark_with_the_page() {
    let stack = Stack::shared();
    let browser = watching();
    let long = "an-item-whose-name-is-as-long-as-it-may-be-".repeat(3);
    let payloads: Vec<Value> = (0..40).map(|number| json!({"id": format!("{:.124}-{number}", long)})).collect();
    let body = json!({"action_id": "sim-failing", "payloads": payloads, "max_parallel": 40, "chunk_size": 40});
    let id = start(stack, &body);
    open(&browser, stack, &id, &["read", "redrive"], "&actions=redrive");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'failed'"));
    browser.until(&in_batch("[part=grid]", "node.ariaValueMax === '40'"));
    click(&browser, "fold");
    click(&browser, "filter");
    browser.until(&format!("{}.length === 25", all("tbody tr")));
    for width in [320, 360, 700, 1280] {
        browser.size(width, 900);
        assert!(!browser.overflows(), "at {width} pixels");
        let named = all("[part=class]");
        let cut = browser.run(&format!("return {named}.filter((node) => node.scrollWidth > node.clientWidth).length;"));
        assert_eq!(cut, json!(0), "nothing that counts is cut off at {width} pixels");
        browser.shoot(&format!("batch-{width}"));
    }
    let light = luminance(&browser, "color");
    browser.prefer("prefers-color-scheme", "dark");
    assert!(luminance(&browser, "color") > light, "text is light in the dark");
    assert!(luminance(&browser, "backgroundColor") < 80.0);
    browser.shoot("batch-dark");
    browser.check_clean();
}

#[test]
fn a_crash_of_the_worker_is_shown_and_counting_goes_on_afterwards() {
    let stack = Stack::start_beside(Stack::shared());
    let browser = watching();
    let id = accept(&stack, "sim-for-20s", 8, &json!({"max_parallel": 4, "chunk_size": 4}));
    open(&browser, &stack, &id, &["read"], "");
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'running' && node.dataset.link === 'live'"));
    let crashed = stack.crash();
    browser.until(&in_batch("[part=card]", "node.dataset.link === 'lost'"));
    browser.until(&in_batch("[part=connection]", "node.textContent.length > 3"));
    browser.shoot("batch-disconnected");
    let _stack = crashed.restart();
    browser.until(&in_batch("[part=card]", "node.dataset.state === 'completed'"));
    check_counts(&browser, 8);
    let severe = browser.run("return JSON.stringify(globalThis.seenViolations);");
    assert_eq!(severe, json!("[]"), "the content security policy holds");
}

/// A browser that reads the counts at each frame, and takes note of what is drawn.
fn watching() -> Browser {
    let browser = Browser::open();
    browser.prepare(&BATCH.watch_counts());
    browser.prepare(WATCH_CELLS);
    browser
}

/// Starts a batch of so many items; `more` is laid over it. Gives its id.
fn accept(stack: &Stack, action_id: &str, count: usize, more: &Value) -> String {
    let payloads: Vec<Value> = (0..count).map(|number| json!({"id": format!("item-{number}")})).collect();
    let body = json!({
        "action_id": action_id, "payloads": payloads, "callback": false, "max_parallel": 20, "chunk_size": 20,
        "item_timeout_seconds": 600,
        "backoff": {"base_seconds": 0.5, "multiplier": 1.3, "min_seconds": 0.3, "max_seconds": 2.0, "max_attempts": 900},
    });
    start(stack, &merged(body, more))
}

fn start(stack: &Stack, body: &Value) -> String {
    let answer = stack.client().post("/v1/batches", body);
    assert_eq!(answer.status(), 202, "the batch is accepted: {}", answer.text());
    answer.json()["id"].as_str().expect("it has an id").to_owned()
}

/// Shows a batch on its embed page, with a token for these verbs.
fn open(browser: &Browser, stack: &Stack, id: &str, verbs: &[&str], more: &str) {
    let claims = json!({"tenant": "default", "resources": [id], "verbs": verbs, "exp": 4_102_444_800_000_u64});
    let token = Forge::of(stack).token(&claims);
    browser.go(&format!("{}/embed/batch/{id}#token={token}{more}", stack.base()));
}

fn look(stack: &Stack, id: &str) -> Value {
    stack.client().get(&format!("/v1/batches/{id}")).json()
}

fn generation(stack: &Stack, id: &str) -> u64 {
    look(stack, id)["generation"].as_u64().unwrap_or_default()
}

/// An expression: whether `condition` holds for the `node` of a selector in the element's shadow tree.
fn in_batch(selector: &str, condition: &str) -> String {
    BATCH.first(selector, condition)
}

/// An expression: what a selector finds in the element's shadow tree.
fn all(selector: &str) -> String {
    BATCH.all(selector)
}

/// An expression: how many items are shown as counted so.
fn number_of(class: &str) -> String {
    BATCH.number_of(class)
}

/// An expression: whether the focus is on a part.
fn has_focus(part: &str) -> String {
    BATCH.has_focus(part)
}

/// Tabs on until a part of the element has the focus.
fn to_part(browser: &Browser, part: &str) {
    BATCH.tab_to(browser, part);
}

/// Clicks with the mouse, where a part of the element is.
fn click(browser: &Browser, part: &str) {
    BATCH.click(browser, part);
}

/// The luminance (0..=255) of a colour of the element's card.
fn luminance(browser: &Browser, property: &str) -> f64 {
    BATCH.luminance(browser, property)
}

const BATCH: Within = Within("cxpulse-batch");

/// Counts what is drawn: full squares since the canvas was last emptied, everything, and how often it was emptied.
const WATCH_CELLS: &str = "globalThis.cells = 0; globalThis.drawn = 0; globalThis.whole = 0; \
     const pens = CanvasRenderingContext2D.prototype; \
     const note = (name, more) => { const draw = pens[name]; \
       pens[name] = function (...given) { more(); return draw.apply(this, given); }; }; \
     note('fillRect', () => { cells++; drawn++; }); \
     note('strokeRect', () => drawn++); note('stroke', () => drawn++); note('fill', () => drawn++); \
     note('clearRect', () => drawn++); note('scale', () => { cells = 0; whole++; });";

/// Generous: the machine that judges is slower than any that we know.
const PATIENCE: Duration = Duration::from_secs(300);

/// The key, as WebDriver writes it.
const END: &str = "\u{e010}";
