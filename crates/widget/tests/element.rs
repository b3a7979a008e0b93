//! `<cxpulse-execution>` in a real browser: what stands in the DOM, what ARIA says, which events the page hears.
//! Sources are `blob:` URLs, read by the element's own feed like any other; never looks at private state.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, CustomEvent, Document, Element, HtmlElement, Url};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn shows_status_progress_attempt_and_what_is_waited_for() {
    let element = mount(&[("src", &stream(&[RUNNING]))]);
    until("it runs", || text(&element, "status") == "Running").await;
    assert_eq!(text(&element, "title"), "sim-fast");
    assert_eq!(text(&element, "percent"), "42\u{a0}%");
    assert_eq!(text(&element, "count"), "21,000 of 50,000 records");
    assert_eq!(text(&element, "attempt"), "Attempt 3");
    assert!(text(&element, "waiting").starts_with("Rate limited, next attempt in "), "{}", text(&element, "waiting"));
    let bar = find(&element, "[role=progressbar]");
    assert_eq!(bar.get_attribute("aria-valuenow").as_deref(), Some("42"));
    assert_eq!(bar.get_attribute("aria-valuetext").as_deref(), Some("21,000 of 50,000 records"));
    element.remove();
}

#[wasm_bindgen_test]
async fn progress_that_nobody_tells_is_indeterminate() {
    let element = mount(&[("src", &stream(&[&RUNNING.replace(PROGRESS, "\"progress\":null")]))]);
    until("it runs", || text(&element, "status") == "Running").await;
    let bar = find(&element, "[role=progressbar]");
    assert!(!bar.has_attribute("hidden") && !bar.has_attribute("aria-valuenow"));
    element.remove();
}

#[wasm_bindgen_test]
async fn a_result_out_of_the_cache_says_from_when_it_is() {
    let kept = COMPLETED.replace("\"error\":null", "\"stored_at\":\"2026-11-21T09:58:00.000Z\",\"error\":null");
    let element = mount(&[("src", &stream(&[&kept]))]);
    until("it has ended", || text(&element, "status") == "Completed").await;
    let head = find(&element, "[part=result] summary").text_content().unwrap_or_default();
    assert!(head.starts_with("Earlier result, from "), "{head}");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_terminal_snapshot_ends_it_and_the_page_hears_so_once() {
    let element = document().create_element("cxpulse-execution").expect("an element").unchecked_into::<HtmlElement>();
    let heard = listen(&element);
    element.set_attribute("src", &stream(&[RUNNING, COMPLETED])).expect("an attribute");
    body().append_child(&element).expect("a place");
    until("it has ended", || text(&element, "status") == "Completed").await;
    let expected = ["connected", "changed", "progressed", "changed", "progressed", "ended"];
    assert_eq!(heard.borrow().as_slice(), expected.map(|name| format!("cxpulse-{name}")));
    assert_eq!(text(&element, "connection"), "");
    assert!(find(&element, "[part=result] pre").text_content().unwrap_or_default().contains("123456789012345678901"));
    assert!(text(&element, "ended").starts_with("Ended "));
    let snapshot = Reflect::get(&element, &"snapshot".into()).expect("a snapshot");
    assert_eq!(
        Reflect::get(&snapshot, &"outcome".into()).ok().and_then(|it| it.as_string()).as_deref(),
        Some("completed")
    );
    element.remove();
}

#[wasm_bindgen_test]
async fn a_closed_stream_is_no_end() {
    let element = document().create_element("cxpulse-execution").expect("an element").unchecked_into::<HtmlElement>();
    let heard = listen(&element);
    element.set_attribute("src", &stream(&[RUNNING])).expect("an attribute");
    body().append_child(&element).expect("a place");
    let count = |name: &str| heard.borrow().iter().filter(|it| it.as_str() == name).count();
    until("it has come back", || count("cxpulse-connected") >= 2).await;
    assert_eq!((count("cxpulse-disconnected") >= 1, count("cxpulse-ended"), count("cxpulse-changed")), (true, 0, 1));
    assert_eq!(text(&element, "status"), "Running");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_failure_shows_its_error_and_its_anomalies() {
    let element = mount(&[("src", &stream(&[FAILED]))]);
    until("it has failed", || text(&element, "status") == "Failed").await;
    assert_eq!(text(&element, "error-code"), "UPSTREAM_FAILED");
    assert_eq!(text(&element, "error-message"), "CXone says that the action failed");
    assert!(find(&element, "[part=detail] pre").text_content().unwrap_or_default().contains("\"E1001\""));
    assert_eq!(find(&element, "[part=anomalies] summary").text_content().as_deref(), Some("1 anomaly"));
    assert!(
        find(&element, "[part=anomalies] li").text_content().unwrap_or_default().ends_with("UNKNOWN_STATUS:WARMING_UP")
    );
    element.remove();
}

#[wasm_bindgen_test]
async fn a_plain_json_answer_is_shown_too() {
    let element = mount(&[("src", &blob(COMPLETED, "application/json"))]);
    until("it has ended", || text(&element, "status") == "Completed").await;
    element.remove();
}

#[wasm_bindgen_test]
async fn screen_readers_hear_states_and_quarters() {
    let element =
        mount(&[("src", &stream(&[&RUNNING.replace("21000", "5000"), &RUNNING.replace("\"seq\":2", "\"seq\":3")]))]);
    until("a quarter is said", || said(&element) == "25 percent done").await;
    assert_eq!(find(&element, "[role=status]").get_attribute("hidden"), None);
    element.remove();
    let element = mount(&[("src", &stream(&[RUNNING]))]);
    until("the state is said", || said(&element) == "Running").await;
    element.remove();
}

#[wasm_bindgen_test]
async fn a_missing_execution_stops_it_with_a_reason() {
    let element = document().create_element("cxpulse-execution").expect("an element").unchecked_into::<HtmlElement>();
    let heard = listen(&element);
    element.set_attribute("src", "/no/such/execution").expect("an attribute");
    body().append_child(&element).expect("a place");
    until("it says so", || text(&element, "status") == "Unavailable").await;
    assert_eq!(heard.borrow().last().map(String::as_str), Some("cxpulse-failed"));
    assert_eq!(text(&element, "connection"), "Not connected");
    assert_eq!(text(&element, "waiting"), "There is no such execution, or it is no longer kept.");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_token_provider_is_asked_before_the_server() {
    let element = document().create_element("cxpulse-execution").expect("an element").unchecked_into::<HtmlElement>();
    let asked = Rc::new(RefCell::new(0));
    let count = Rc::clone(&asked);
    let provider = Closure::<dyn FnMut() -> JsValue>::new(move || {
        *count.borrow_mut() += 1;
        Promise::resolve(&JsValue::from("a-token")).into()
    });
    Reflect::set(&element, &"tokenProvider".into(), provider.as_ref()).expect("a property");
    element.set_attribute("src", &stream(&[COMPLETED])).expect("an attribute");
    body().append_child(&element).expect("a place");
    until("it has ended", || text(&element, "status") == "Completed").await;
    assert_eq!(*asked.borrow(), 1);
    element.remove();
}

#[wasm_bindgen_test]
async fn it_moves_and_comes_back_after_it_was_taken_away() {
    let element = mount(&[("src", &stream(&[COMPLETED]))]);
    until("it has ended", || text(&element, "status") == "Completed").await;
    let heard = listen(&element);
    let other = document().create_element("section").expect("a section");
    body().append_child(&other).expect("a place");
    other.append_child(&element).expect("a move");
    pause().await;
    assert_eq!((text(&element, "status").as_str(), heard.borrow().len()), ("Completed", 0));
    element.remove();
    pause().await;
    body().append_child(&element).expect("a return");
    until("it is told again", || heard.borrow().iter().any(|name| name == "cxpulse-ended")).await;
    assert_eq!(text(&element, "status"), "Completed");
    element.remove();
    other.remove();
}

#[wasm_bindgen_test]
async fn attributes_set_words_label_and_properties() {
    let element =
        mount(&[("src", &stream(&[COMPLETED])), ("lang", "de-AT"), ("label", "Abgleich"), ("token-src", "/t")]);
    let property = |name: &str| Reflect::get(&element, &name.into()).ok().and_then(|it| it.as_string());
    assert_eq!((property("label").as_deref(), property("tokenSrc").as_deref()), (Some("Abgleich"), Some("/t")));
    element.remove_attribute("token-src").expect("an attribute");
    until("it has ended", || text(&element, "status") == "Abgeschlossen").await;
    assert_eq!(text(&element, "title"), "Abgleich");
    element.set_attribute("lang", "en").expect("an attribute");
    until("it speaks English", || text(&element, "status") == "Completed").await;
    element.remove();
}

#[wasm_bindgen_test]
async fn it_puts_neither_styles_nor_scripts_into_the_page() {
    let element = mount(&[("src", &stream(&[COMPLETED]))]);
    until("it has ended", || text(&element, "status") == "Completed").await;
    let root = element.shadow_root().expect("a shadow root");
    assert!(root.query_selector("style, script, link").ok().flatten().is_none());
    let sheets: Array = Reflect::get(&root, &"adoptedStyleSheets".into()).expect("sheets").into();
    assert_eq!(sheets.length(), 1);
    cxpulse_widget::start();
    element.remove();
}

fn mount(attributes: &[(&str, &str)]) -> HtmlElement {
    cxpulse_widget::start();
    let element = document().create_element("cxpulse-execution").expect("an element");
    for (name, value) in attributes {
        element.set_attribute(name, value).expect("an attribute");
    }
    body().append_child(&element).expect("a place");
    element.unchecked_into()
}

/// The names of the element's events, as they come to the page.
fn listen(element: &HtmlElement) -> Rc<RefCell<Vec<String>>> {
    cxpulse_widget::start();
    let heard = Rc::new(RefCell::new(Vec::new()));
    for name in ["changed", "progressed", "ended", "failed", "connected", "disconnected"] {
        let into = Rc::clone(&heard);
        let ear = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
            assert!(event.bubbles() && event.composed());
            into.borrow_mut().push(event.type_());
        });
        let name = format!("cxpulse-{name}");
        element.add_event_listener_with_callback(&name, ear.into_js_value().unchecked_ref()).expect("a listener");
    }
    heard
}

fn find(element: &HtmlElement, selector: &str) -> Element {
    let root = element.shadow_root().expect("a shadow root");
    root.query_selector(selector).ok().flatten().unwrap_or_else(|| document().create_element("i").expect("a node"))
}

/// The text of a part; empty for one that is hidden.
fn text(element: &HtmlElement, part: &str) -> String {
    let Some(root) = element.shadow_root() else { return String::new() };
    let node = root.query_selector(&format!("[part={part}]:not([hidden])")).ok().flatten();
    node.and_then(|node| node.text_content()).unwrap_or_default()
}

fn said(element: &HtmlElement) -> String {
    find(element, "[role=status]").text_content().unwrap_or_default()
}

fn stream(snapshots: &[&str]) -> String {
    let events: String =
        snapshots.iter().map(|it| format!(": beat\n\nevent: snapshot\nid: 1\ndata: {it}\n\n")).collect();
    blob(&events, "text/event-stream")
}

fn blob(text: &str, kind: &str) -> String {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into())).expect("a blob");
    let blob = blob.slice_with_f64_and_f64_and_content_type(0.0, blob.size(), kind).expect("a typed blob");
    Url::create_object_url_with_blob(&blob).expect("a URL")
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

fn body() -> HtmlElement {
    document().body().expect("a body")
}

const PROGRESS: &str = r#""progress":{"done":21000,"total":50000,"ratio":0.42,"ends_at":null}"#;
const RUNNING: &str = r#"{"id":"exe_1","kind":"execution","seq":2,"status":"running","outcome":null,"attempt":3,"waiting":{"reason":"rate_limited","until":"2999-01-01T00:00:00.000Z"},"progress":{"done":21000,"total":50000,"ratio":0.42,"ends_at":null},"upstream":{"execution_id":"5f9a","action_id":"sim-fast","status":"RUNNING"},"result":null,"error":null,"anomalies":[],"created_at":"2026-11-21T10:00:00.000Z","updated_at":"2026-11-21T10:00:01.000Z","ended_at":null}"#;
const COMPLETED: &str = r#"{"id":"exe_1","kind":"execution","seq":9,"status":"completed","outcome":"completed","attempt":4,"waiting":null,"progress":{"done":50000,"total":50000,"ratio":1,"ends_at":null},"upstream":{"action_id":"sim-fast"},"result":{"big":123456789012345678901,"customer":"Zo\u00eb"},"error":null,"anomalies":[],"created_at":"2026-11-21T10:00:00.000Z","updated_at":"2026-11-21T10:00:04.200Z","ended_at":"2026-11-21T10:00:04.200Z"}"#;
const FAILED: &str = r#"{"id":"exe_1","kind":"execution","seq":9,"status":"failed","outcome":"failed","attempt":4,"waiting":null,"progress":null,"upstream":{"action_id":"sim-failing"},"result":null,"error":{"code":"UPSTREAM_FAILED","message":"CXone says that the action failed","upstream":{"code":"E1001"}},"anomalies":[{"kind":"unknown_status","code":"UNKNOWN_STATUS:WARMING_UP","attempt":2,"at":"2026-11-21T10:00:02.000Z"}],"created_at":"2026-11-21T10:00:00.000Z","updated_at":"2026-11-21T10:00:04.200Z","ended_at":"2026-11-21T10:00:04.200Z"}"#;
