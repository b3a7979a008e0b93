//! `<cxpulse-chain>` as people have it: in the console and on its embed page, with five nodes and with sixty.

use serde_json::{Map, Value, json};

use super::browser::{Browser, ENTER};
use super::console::open_console;
use super::within::{Within, check_counts};
use crate::worker::forge::Forge;
use crate::worker::stack::{Stack, fresh_correlation_id, merged};

#[test]
fn a_chain_is_started_in_the_console_with_the_mouse_and_watched_until_its_end() {
    let browser = open_console();
    browser.prepare(&CHAIN.watch_counts());
    browser.run("location.reload();");
    super::console::await_console(&browser);
    browser.run("document.querySelector('input[name=door][value=chain]').click();");
    browser.click("#start");
    browser.until(&of("[part=card]", "node.dataset.state === 'running'"));
    browser.until(&of("[part=graph]", "node.dataset.form === 'graph'"));
    browser.until(&node_is("fetch", "running"));
    browser.shoot("chain-console-running");
    browser.until(&of("[part=card]", "node.dataset.state === 'completed'"));
    check_counts(&browser, 5);
    browser.until(&format!("{} === 5", CHAIN.number_of("successful")));
    browser.until(&of("[role=status]", "node.textContent === 'Completed'"));
    browser.until(&of("[part=critical]", "node.textContent.includes('fetch → score → update → notify')"));
    browser.shoot("chain-console-completed");
    browser.check_clean();
}

#[test]
fn sixty_nodes_are_walked_by_keyboard_and_say_what_failed_and_what_it_kept_from_starting() {
    let stack = Stack::shared();
    let browser = watching();
    let id = start(stack, &sixty());
    open(&browser, stack, &id, &["read", "redrive"], "&actions=redrive");
    browser.until(&of("[part=graph]", "node.dataset.form === 'graph' && node.dataset.size === 'small'"));
    browser.until(&format!("{}.length === 60", CHAIN.all("[part~=node]")));
    browser.shoot("chain-sixty-running");
    browser.until(&of("[part=card]", "node.dataset.state === 'partial'"));
    check_counts(&browser, 60);
    browser.until(&format!("{} === 1 && {} === 9", CHAIN.number_of("failed"), CHAIN.number_of("not_started")));
    CHAIN.tab_to(&browser, "cursor");
    browser.press(RIGHT);
    browser.until(&focused("n6, "));
    browser.press(DOWN);
    browser.until(&focused("n7, "));
    browser.press(ENTER);
    browser.until(&of("[part=detail]", "node.ariaLabel === 'n7' && node.textContent.includes('needed by')"));
    browser.press(END);
    browser.until(&of("[part=detail]", "node.ariaLabel === 'n59'"));
    browser.press(ESCAPE);
    browser.until(&of("[part=detail]", "node.hidden"));
    browser.until(&focused("n59, "));
    browser.shoot("chain-sixty-ended");
    browser.check_clean();
}

#[test]
fn what_a_node_came_to_is_shown_when_somebody_asks_and_redacted_values_as_such() {
    let stack = Stack::shared();
    let browser = watching();
    let nodes = json!({
        "fetch": {"action_id": "sim-instant", "inputs": {"customerId": "CUST-4711"}},
        "use": {"action_id": "sim-instant", "depends_on": "fetch"},
    });
    let id = start(stack, &merged(chain(&nodes), &json!({"redact": {"names": ["record_id"]}})));
    open(&browser, stack, &id, &["read"], "");
    browser.until(&of("[part=card]", "node.dataset.state === 'completed'"));
    browser.until(&of("[part=graph]", "node.dataset.form === 'graph'"));
    CHAIN.click(&browser, "node");
    CHAIN.click(&browser, "output");
    browser.until(&of("[part=output]", "node.textContent.includes('CUST-4711')"));
    browser.until(&of("[part=output]", "node.textContent.includes('[redacted]')"));
    browser.until(&of("[part=detail] [part=hint]", "node.textContent.includes('redacted')"));
    browser.until(&of("[part=link]", "node.href.includes('/embed/execution/exe_')"));
    browser.shoot("chain-values");
    browser.check_clean();
}

#[test]
fn a_redrive_says_first_what_would_run_and_then_runs_it() {
    let stack = Stack::shared();
    let browser = watching();
    let id = start(stack, &chain(&halting()));
    open(&browser, stack, &id, &["read", "redrive"], "&actions=cancel+redrive");
    browser.until(&of("[part=card]", "node.dataset.state === 'failed'"));
    CHAIN.click(&browser, "redrive");
    browser.until(&of("[part=effect]", "node.textContent.includes('2 nodes run again.Begins with: enrich, update')"));
    browser.shoot("chain-redrive-asked");
    CHAIN.click(&browser, "dismiss");
    browser.until(&CHAIN.has_focus("redrive"));
    assert_eq!(look(stack, &id)["generation"], 1, "a no changes nothing");
    CHAIN.click(&browser, "redrive");
    browser.until(&CHAIN.has_focus("confirm"));
    CHAIN.click(&browser, "confirm");
    browser.until(&of("[part=generation]", "node.textContent === 'Generation 2'"));
    browser.until(&of("[part=card]", "node.dataset.state === 'failed'"));
    let ended = look(stack, &id);
    let of = |name: &str| {
        let node = ended["nodes"].as_array().into_iter().flatten().find(|node| node["name"] == name);
        node.map(|node| node["generation"].clone())
    };
    assert_eq!((&ended["generation"], of("fetch"), of("enrich")), (&json!(2), Some(json!(1)), Some(json!(2))));
    check_counts(&browser, 3);
    browser.check_clean();
}

#[test]
fn a_cancel_asks_and_one_that_the_token_does_not_allow_is_refused_in_words() {
    let stack = Stack::shared();
    let browser = watching();
    let nodes = json!({"wait": {"action_id": "sim-never"}, "then": {"action_id": "sim-instant", "depends_on": "wait"}});
    let id = start(stack, &chain(&nodes));
    open(&browser, stack, &id, &["read"], "&actions=cancel");
    browser.until(&node_is("wait", "running"));
    CHAIN.click(&browser, "cancel");
    browser.until(&CHAIN.has_focus("confirm"));
    CHAIN.click(&browser, "confirm");
    browser.until(&of("[part=refusal]", "node.textContent.includes('not allowed')"));
    open(&browser, stack, &id, &["read", "cancel"], "&actions=cancel");
    browser.run("location.reload();");
    CHAIN.click(&browser, "cancel");
    browser.until(&of("[part=effect]", "node.textContent.includes('canceled: 1.')"));
    CHAIN.click(&browser, "confirm");
    browser.until(&of("[part=card]", "node.dataset.state === 'canceled'"));
    browser.until(&format!("{} === 1 && {} === 1", CHAIN.number_of("canceled"), CHAIN.number_of("not_started")));
    browser.shoot("chain-canceled");
    check_counts(&browser, 2);
}

#[test]
fn it_fits_any_width_and_goes_dark_with_the_page() {
    let stack = Stack::shared();
    let browser = watching();
    let long = "load_a_customer_with_a_rather_long_name_that_goes_on_and_on_and";
    let nodes = json!({
        long: {"action_id": "sim-instant"},
        "check": {"action_id": "sim-instant", "depends_on": long, "when": "false"},
        "score": {"action_id": "sim-failing", "depends_on": long, "on_failure": "continue"},
        "update": {"action_id": "sim-instant", "depends_on": ["check", "score"]},
    });
    let id = start(stack, &chain(&nodes));
    open(&browser, stack, &id, &["read", "redrive"], "&actions=redrive");
    browser.until(&of("[part=card]", "node.dataset.state === 'completed'"));
    browser.until(&of("[part=graph]", "node.dataset.form === 'graph'"));
    CHAIN.click(&browser, "node");
    for width in [320, 360, 700, 1280] {
        browser.size(width, 1000);
        assert!(!browser.overflows(), "at {width} pixels");
        let is_drawn = if width > 600 { "'block'" } else { "'none'" };
        browser.until(&of("[part=edges]", &format!("getComputedStyle(node).display === {is_drawn}")));
        browser.shoot(&format!("chain-{width}"));
    }
    let light = CHAIN.luminance(&browser, "color");
    browser.prefer("prefers-color-scheme", "dark");
    assert!(CHAIN.luminance(&browser, "color") > light, "text is light in the dark");
    assert!(CHAIN.luminance(&browser, "backgroundColor") < 80.0);
    browser.shoot("chain-dark");
    browser.check_clean();
}

/// A browser that reads the counts at each frame.
fn watching() -> Browser {
    let browser = Browser::open();
    browser.prepare(&CHAIN.watch_counts());
    browser
}

/// A chain of these nodes, followed closely.
fn chain(nodes: &Value) -> Value {
    json!({
        "nodes": nodes, "callback": false, "correlation_id": fresh_correlation_id(), "timeout_seconds": 900,
        "backoff": {"base_seconds": 0.3, "multiplier": 1.3, "min_seconds": 0.2, "max_seconds": 1.0, "max_attempts": 900},
    })
}

/// One that succeeds, one that fails after it, and one that never starts for that.
fn halting() -> Value {
    json!({
        "fetch": {"action_id": "sim-instant"},
        "enrich": {"action_id": "sim-failing", "depends_on": "fetch"},
        "update": {"action_id": "sim-instant", "depends_on": "enrich"},
    })
}

/// Ten layers of six, each node after the one to its left; the one at the top of the first fails, and nine never start for it.
fn sixty() -> Value {
    let action = |at: usize| if at == 0 { "sim-failing" } else { "sim-instant" };
    let node = |at: usize| match at.checked_sub(6) {
        None => json!({"action_id": action(at)}),
        Some(need) => json!({"action_id": action(at), "depends_on": format!("n{need}")}),
    };
    let nodes: Map<String, Value> = (0..60).map(|at| (format!("n{at}"), node(at))).collect();
    merged(chain(&Value::Object(nodes)), &json!({"max_parallel": 60}))
}

fn start(stack: &Stack, body: &Value) -> String {
    let answer = stack.client().post("/v1/chains", body);
    assert_eq!(answer.status(), 202, "the chain is accepted: {}", answer.text());
    answer.json()["id"].as_str().expect("it has an id").to_owned()
}

fn look(stack: &Stack, id: &str) -> Value {
    stack.client().get(&format!("/v1/chains/{id}")).json()
}

/// Shows a chain on its embed page, with a token for these verbs.
fn open(browser: &Browser, stack: &Stack, id: &str, verbs: &[&str], more: &str) {
    let claims = json!({"tenant": "default", "resources": [id], "verbs": verbs, "exp": 4_102_444_800_000_u64});
    let token = Forge::of(stack).token(&claims);
    browser.go(&format!("{}/embed/chain/{id}#token={token}{more}", stack.base()));
}

/// An expression: whether `condition` holds for the `node` of a selector in the element's shadow tree.
fn of(selector: &str, condition: &str) -> String {
    CHAIN.first(selector, condition)
}

/// An expression: whether a node of the chain is drawn so.
fn node_is(name: &str, class: &str) -> String {
    of(&format!("[part~=node][title={name}]"), &format!("node.parentElement.dataset.class === '{class}'"))
}

/// An expression: whether what a screen reader says of the focus begins so.
fn focused(words: &str) -> String {
    format!("document.querySelector('cxpulse-chain').shadowRoot.activeElement?.ariaLabel?.startsWith('{words}')")
}

const CHAIN: Within = Within("cxpulse-chain");

/// Keys, as WebDriver writes them.
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const END: &str = "\u{e010}";
const ESCAPE: &str = "\u{e00c}";
