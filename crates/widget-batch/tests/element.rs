//! `<cxpulse-batch>` in a real browser: what stands in the DOM, what ARIA says, what is painted, which events the page hears, what the
//! server is asked. The server's side of the wire is `server.js`; never looks at private state.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CustomEvent, Document, Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/server.js")]
extern "C" {
    fn serve(grid: &str, refused_status: u16);
    fn letters_of(first: &str, one: &str, count: u32) -> String;
    fn posted() -> String;
    fn painted(element: &HtmlElement) -> f64;
    fn press_key(element: &HtmlElement, key: &str) -> bool;
}

#[wasm_bindgen_test]
async fn batches_of_every_size_show_counts_a_bar_and_a_painted_grid() {
    for count in [1, 10, 1_000, 10_000] {
        serve(&letters_of("", "s", count), 0);
        let element = mount(&[]);
        until("it has ended", || text(&element, "status") == "Completed").await;
        until("the grid is painted", || painted(&element) > 20.0).await;
        let bar = find(&element, "[role=progressbar]");
        assert_eq!(bar.get_attribute("aria-valuenow").as_deref(), Some("100"));
        assert_eq!(number(&element, "successful").replace(',', ""), count.to_string());
        let grid = find(&element, "[part=grid]");
        assert_eq!(grid.get_attribute("aria-valuemax"), Some(count.to_string()));
        assert!(all(&element, "*") < 80, "ten thousand cells cost no nodes");
        element.remove();
    }
}

#[wasm_bindgen_test]
async fn a_running_batch_shows_rate_parts_and_failures() {
    serve("ssfdrnnnnn", 0);
    let element = mount(&[]);
    until("it runs", || text(&element, "status") == "Running").await;
    assert_eq!((text(&element, "title"), text(&element, "rate")), ("sim-fast".into(), "2.5 items/s".into()));
    assert_eq!(text(&element, "done"), "4 of 10 items");
    assert_eq!(
        ["successful", "failed", "degraded", "running", "not_started"].map(|class| number(&element, class)),
        ["2", "1", "1", "1", "5"]
    );
    assert_eq!(text(&element, "heading"), "1 kind of failure");
    click(&element, "[data-do=group]");
    until("it unfolds", || text(&element, "ids") == "First: i2").await;
    assert_eq!(find(&element, "[data-do=group]").get_attribute("aria-expanded").as_deref(), Some("true"));
    element.remove();
}

#[wasm_bindgen_test]
async fn arrow_keys_lead_to_an_item_in_words_and_to_its_execution() {
    serve("ssfdrnnnnn", 0);
    let element = mount(&[]);
    until("the grid is there", || painted(&element) > 0.0).await;
    for _ in 0..2 {
        assert!(press_key(&element, "ArrowRight"), "the page does not scroll");
    }
    assert!(!press_key(&element, "Tab"), "the keyboard is not trapped");
    until("the item is known", || text(&element, "cell") == "Item 3 of 10: Failed, i2").await;
    let grid = find(&element, "[part=grid]");
    assert_eq!(grid.get_attribute("aria-valuetext").as_deref(), Some("Item 3 of 10: Failed, i2"));
    assert_eq!(grid.get_attribute("aria-valuenow").as_deref(), Some("3"));
    let link = find(&element, "[part=link]").get_attribute("href").unwrap_or_default();
    assert!(link.ends_with("/embed/execution/exe_1-2#token=T"), "{link}");
    assert_eq!(text(&element, "detail"), "1 attempt. it failed (UPSTREAM_FAILED)");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_page_may_take_an_item_to_a_place_of_its_own() {
    serve("sfs", 0);
    let element = mount(&[]);
    until("the grid is there", || painted(&element) > 0.0).await;
    press_key(&element, "End");
    until("the item is known", || text(&element, "cell") == "Item 3 of 3: Successful, i2").await;
    let chosen = Rc::new(RefCell::new(String::new()));
    let into = Rc::clone(&chosen);
    let ear = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        event.prevent_default();
        let item = Reflect::get(&event.detail(), &"item".into()).ok().and_then(|item| item.as_string());
        into.replace(item.unwrap_or_default());
    });
    element.add_event_listener_with_callback("cxpulse-chosen", ear.as_ref().unchecked_ref()).expect("a listener");
    click(&element, "[part=link]");
    assert_eq!(*chosen.borrow(), "i2");
    element.remove();
}

#[wasm_bindgen_test]
async fn the_table_goes_by_page_and_by_outcome() {
    serve(&letters_of("sfd", "s", 60), 0);
    let element = mount(&[]);
    until("it has ended", || text(&element, "status") == "Partly successful").await;
    assert_eq!(all(&element, "tr"), 0, "closed, it asks for nothing");
    click(&element, "[data-do=table]");
    until("a page is there", || all(&element, "[part=row]") == 25).await;
    click(&element, "[data-do=next]");
    until("the next is there", || row(&element).starts_with("26")).await;
    click(&element, "[data-do=group]");
    click(&element, "[part~=filter][data-value]");
    until("only what failed so is there", || all(&element, "[part=row]") == 1).await;
    assert!(row(&element).contains("i1") && row(&element).contains("Failed"), "{}", row(&element));
    element.remove();
}

#[wasm_bindgen_test]
async fn a_redrive_says_what_would_run_asks_and_is_followed() {
    serve("ssfds", 0);
    let element = mount(&[("actions", "cancel redrive")]);
    until("it has ended", || text(&element, "status") == "Partly successful").await;
    assert_eq!(all(&element, "[data-do=cancel]"), 0, "there is nothing to cancel");
    click(&element, "[data-do=redrive]");
    until("it asks", || text(&element, "ask") == "Run again what did not succeed?").await;
    assert_eq!(posted(), "redrive {\"preview\":true}");
    let effect = find(&element, "[part=effect]").text_content().unwrap_or_default();
    assert!(effect.contains("2 items run again: Failed 1, Degraded 1.") && effect.contains("may have run"), "{effect}");
    until("the yes has the focus", || focused(&element) == "confirm").await;
    click(&element, "[data-do=confirm]");
    until("it has run again", || text(&element, "status") == "Completed").await;
    assert_eq!(posted(), "redrive {\"preview\":true}\nredrive {}");
    assert_eq!(text(&element, "generation"), "Generation 2");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_cancel_asks_and_no_sends_nothing() {
    serve("ssrnn", 0);
    let element = mount(&[("actions", "cancel")]);
    until("it runs", || all(&element, "[data-do=cancel]") == 1).await;
    click(&element, "[data-do=cancel]");
    until("it asks", || text(&element, "ask") == "Cancel this batch?").await;
    click(&element, "[data-do=dismiss]");
    until("it is as before", || focused(&element) == "cancel").await;
    assert_eq!(posted(), "");
    click(&element, "[data-do=cancel]");
    until("it asks again", || all(&element, "[data-do=confirm]") == 1).await;
    click(&element, "[data-do=confirm]");
    until("it is canceled", || number(&element, "canceled") == "3").await;
    assert_eq!(posted(), "cancel {}");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_refusal_is_shown_and_said() {
    serve("ssrnn", 403);
    let element = mount(&[("actions", "cancel")]);
    until("it runs", || all(&element, "[data-do=cancel]") == 1).await;
    click(&element, "[data-do=cancel]");
    until("it asks", || all(&element, "[data-do=confirm]") == 1).await;
    click(&element, "[data-do=confirm]");
    let words = "Not canceled: This page is not allowed to. the token is not for this";
    until("it says why", || text(&element, "refusal") == words).await;
    assert_eq!(said(&element), words);
    element.remove();
}

#[wasm_bindgen_test]
async fn without_actions_nothing_is_offered_and_an_unknown_batch_says_so() {
    serve("ssf", 0);
    let element = mount(&[]);
    until("it has ended", || text(&element, "status") == "Partly successful").await;
    assert_eq!(all(&element, "[data-do=redrive]"), 0);
    element.set_attribute("token", "another").expect("an attribute");
    element.set_attribute("src", "/v1/batches/bat_2").expect("an attribute");
    until("it says so", || text(&element, "status") == "Unavailable").await;
    assert_eq!(text(&element, "waiting"), "This page’s access has expired or is not valid.");
    assert_eq!(all(&element, "canvas"), 0, "nothing of the other batch is left");
    element.remove();
}

#[wasm_bindgen_test]
async fn the_page_hears_of_it_and_no_style_or_script_is_put_into_it() {
    serve("sss", 0);
    let element = document().create_element("cxpulse-batch").expect("an element").unchecked_into::<HtmlElement>();
    cxpulse_widget_batch::start();
    let heard = Rc::new(RefCell::new(Vec::new()));
    for name in ["changed", "progressed", "ended", "connected"] {
        let into = Rc::clone(&heard);
        let ear =
            Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| into.borrow_mut().push(event.type_()));
        let name = format!("cxpulse-{name}");
        element.add_event_listener_with_callback(&name, ear.into_js_value().unchecked_ref()).expect("a listener");
    }
    dress(&element, &[("lang", "de"), ("label", "Nachtlauf")]);
    until("it has ended", || text(&element, "status") == "Abgeschlossen").await;
    assert_eq!(
        heard.borrow().as_slice(),
        ["connected", "changed", "progressed", "ended"].map(|name| format!("cxpulse-{name}"))
    );
    assert_eq!(text(&element, "title"), "Nachtlauf");
    let root = element.shadow_root().expect("a shadow root");
    assert!(root.query_selector("style, script, link").ok().flatten().is_none());
    let sheets: Array = Reflect::get(&root, &"adoptedStyleSheets".into()).expect("sheets").into();
    assert_eq!(sheets.length(), 1);
    element.remove();
}

fn mount(attributes: &[(&str, &str)]) -> HtmlElement {
    cxpulse_widget_batch::start();
    let element = document().create_element("cxpulse-batch").expect("an element").unchecked_into::<HtmlElement>();
    dress(&element, attributes);
    element
}

fn dress(element: &HtmlElement, attributes: &[(&str, &str)]) {
    for (name, value) in [("src", "/v1/batches/bat_1"), ("token", "T")].iter().chain(attributes) {
        element.set_attribute(name, value).expect("an attribute");
    }
    document().body().expect("a body").append_child(element).expect("a place");
}

fn find(element: &HtmlElement, selector: &str) -> Element {
    let root = element.shadow_root().expect("a shadow root");
    root.query_selector(selector).ok().flatten().unwrap_or_else(|| document().create_element("i").expect("a node"))
}

fn all(element: &HtmlElement, selector: &str) -> u32 {
    element.shadow_root().and_then(|root| root.query_selector_all(selector).ok()).map_or(0, |nodes| nodes.length())
}

fn click(element: &HtmlElement, selector: &str) {
    find(element, selector).unchecked_into::<HtmlElement>().click();
}

/// The text of a part; empty for one that is not there.
fn text(element: &HtmlElement, part: &str) -> String {
    if element.shadow_root().is_none() {
        return String::new();
    }
    find(element, &format!("[part={part}]")).text_content().unwrap_or_default()
}

fn number(element: &HtmlElement, class: &str) -> String {
    find(element, &format!("[part=count][data-class={class}] [part=number]")).text_content().unwrap_or_default()
}

fn row(element: &HtmlElement) -> String {
    find(element, "[part=row]").text_content().unwrap_or_default()
}

fn said(element: &HtmlElement) -> String {
    find(element, "[role=status]").text_content().unwrap_or_default()
}

/// What the focused node within the element does.
fn focused(element: &HtmlElement) -> String {
    let node = element.shadow_root().and_then(|root| root.active_element());
    node.and_then(|node| node.get_attribute("data-do")).unwrap_or_default()
}

/// Waits for a condition, for ten seconds at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        pause().await;
    }
    assert!(holds(), "not within ten seconds: {what}");
}

async fn pause() {
    let promise = Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a window");
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 20).expect("a timer");
    });
    JsFuture::from(promise).await.expect("a turn");
}

fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a document")
}
