//! `<cxpulse-chain>` in a real browser: what stands in the DOM and where, what ARIA says, where keys lead, what the server is asked.
//! What the server says is what the core's machine makes of a chain (`decide/scene.rs`); never looks at private state.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{CustomEvent, Document, Element, HtmlElement};

use self::scene::Scene;

#[path = "decide/scene.rs"]
mod scene;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/tests/server.js")]
extern "C" {
    fn serve(answer: &JsValue);
    fn push(snapshot: &str);
    fn questions() -> String;
    fn press_key(element: &HtmlElement, key: &str) -> bool;
    fn boxes(element: &HtmlElement) -> String;
}

const DIAMOND: &str = "fetch; enrich fetch; score fetch continue; update enrich,score; notify update";

#[wasm_bindgen_test]
async fn chains_of_every_size_are_drawn_with_nothing_on_top_of_anything() {
    for (count, size) in [(1, "large"), (5, "large"), (60, "small"), (1_000, "tiny")] {
        let _stage = Stage::open(&layered(count), "woken");
        let element = mount("900px", &[]);
        until("it is drawn", || form(&element) == "graph" && all(&element, "[part~=node]") == count).await;
        assert_eq!(find(&element, "[part=graph]").get_attribute("data-size").as_deref(), Some(size));
        let boxes = drawn(&element);
        let overlaps = |one: &[f64], other: &[f64]| {
            one[0] < other[2] - 0.5 && other[0] < one[2] - 0.5 && one[1] < other[3] - 0.5 && other[1] < one[3] - 0.5
        };
        for (at, one) in boxes.iter().enumerate() {
            assert!(one[2] - one[0] > 15.0 && one[3] - one[1] > 15.0, "large enough for a finger's tip: {one:?}");
            assert!(!boxes[at + 1..].iter().any(|other| overlaps(one, other)), "{count} nodes: {one:?}");
        }
        let way = find(&element, "[data-edge=all]").get_attribute("d").unwrap_or_default();
        assert_eq!(way.is_empty(), count == 1);
        element.remove();
    }
}

#[wasm_bindgen_test]
async fn a_chain_is_watched_from_its_first_node_to_its_end() {
    let stage = Stage::open(DIAMOND, "woken");
    let element = mount("1000px", &[("label", "Nightly")]);
    until("it runs", || class(&element, "fetch") == "running" && form(&element) == "graph").await;
    assert_eq!((text(&element, "status"), text(&element, "title")), ("Running".into(), "Nightly".into()));
    stage.tell("+1500ms; fetch retried");
    until("two run", || class(&element, "enrich") == "running" && class(&element, "score") == "running").await;
    assert_eq!(note(&element, "fetch"), "Successful · 1.5\u{a0}s");
    stage.tell("+500ms; score failed");
    until("one failed", || class(&element, "score") == "failed").await;
    assert_eq!(said(&element), "Failed: score");
    assert_eq!(text(&element, "failures"), "Failures:UPSTREAM_FAILED 1");
    stage.tell("+1000ms; enrich successful");
    stage.tell("+1000ms; update successful; +200ms; notify successful");
    until("it has ended", || text(&element, "status") == "Completed").await;
    assert_eq!(said(&element), "Completed");
    assert_eq!(text(&element, "critical"), "Critical path, 4.2\u{a0}s:fetch → enrich → update → notify");
    assert_eq!(all(&element, "[data-critical]"), 4);
    assert_eq!(count(&element, "successful"), "4");
    assert_eq!(questions(), "GET /graph?format=json", "the graph never changes");
    element.remove();
}

#[wasm_bindgen_test]
async fn keys_walk_the_graph_open_a_node_and_give_the_focus_back() {
    let _stage = Stage::open(DIAMOND, "woken; +1000ms; fetch successful; score failed");
    let element = mount("1000px", &[]);
    until("it is drawn", || form(&element) == "graph").await;
    find(&element, "[tabindex='0'][part~=node]").unchecked_into::<HtmlElement>().focus().expect("a focus");
    assert!(press_key(&element, "ArrowRight"), "the page does not scroll");
    let aloud = focused(&element);
    assert!(aloud.starts_with("enrich, Running, for ") && aloud.ends_with(", needs fetch"), "{aloud}");
    assert!(press_key(&element, "ArrowDown"));
    assert!(
        focused(&element).starts_with("score, Failed, 0.0\u{a0}s, UPSTREAM_FAILED, needs fetch"),
        "{}",
        focused(&element)
    );
    assert_eq!(all(&element, "[part~=node][tabindex='0']"), 1);
    assert!(!press_key(&element, "Tab") && !press_key(&element, "a"), "the keyboard is not trapped");
    click(&element, "[part~=cursor]");
    until("it is open", || text(&element, "error-code") == "UPSTREAM_FAILED").await;
    assert_eq!(find(&element, "[part~=cursor]").get_attribute("aria-expanded").as_deref(), Some("true"));
    assert_eq!(text(&element, "reason"), "It failed, and what needs it goes on without it.");
    assert!(!find(&element, "[data-edge=near]").get_attribute("d").unwrap_or_default().is_empty());
    click(&element, "[part=visit]");
    assert!(focused(&element).starts_with("fetch, Successful"), "{}", focused(&element));
    assert!(press_key(&element, "Escape"));
    until("it is closed", || all(&element, "[part=detail][hidden]") == 1).await;
    assert!(focused(&element).starts_with("fetch"), "{}", focused(&element));
    assert!(!press_key(&element, "Escape"), "nothing is left to close");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_value_is_shown_when_somebody_asks_and_what_is_redacted_as_such() {
    let _stage = Stage::open(DIAMOND, "woken; +1000ms; fetch successful");
    let element = mount("1000px", &[]);
    until("it is drawn", || form(&element) == "graph").await;
    click(&element, "[part~=node]");
    until("it can be asked", || all(&element, "[data-do=output]") == 1).await;
    assert!(!questions().contains("results"), "nobody asked yet");
    click(&element, "[data-do=output]");
    until("it is shown", || all(&element, "[part=value]") > 3).await;
    assert!(questions().ends_with("GET /results?node=fetch"), "{}", questions());
    let value = find(&element, "[part=output]").text_content().unwrap_or_default();
    assert!(value.contains("\"id\": 9007199254740993") && value.contains("[redacted]"), "{value}");
    assert!(all_text(&element, "[part=detail] [part=hint]").contains("redacted"));
    let link = find(&element, "[part=link]").get_attribute("href").unwrap_or_default();
    assert!(link.contains("/embed/execution/exe_") && link.ends_with("#token=T"), "{link}");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_redrive_says_what_would_run_asks_and_is_followed() {
    let stage = Stage::open(DIAMOND, "woken; fetch successful; enrich failed; score successful");
    let element = mount("1000px", &[("actions", "cancel redrive")]);
    until("it has ended", || text(&element, "status") == "Failed").await;
    assert_eq!(all(&element, "[data-do=cancel]"), 0, "there is nothing to cancel");
    click(&element, "[data-do=redrive]");
    until("it asks", || text(&element, "ask") == "Run again what did not succeed?").await;
    assert_eq!(all_text(&element, "[part=effect]"), "3 nodes run again.Begins with: enrich, update, notify");
    until("the yes has the focus", || pressed(&element) == "confirm").await;
    click(&element, "[data-do=confirm]");
    until("it runs again", || class(&element, "enrich") == "running").await;
    assert!(questions().ends_with("POST /redrive {\"preview\":true}\nPOST /redrive {}"), "{}", questions());
    assert_eq!((text(&element, "generation"), class(&element, "score")), ("Generation 2".into(), "successful".into()));
    stage.tell("enrich successful");
    until("what needs it follows", || class(&element, "update") == "running").await;
    element.remove();
}

#[wasm_bindgen_test]
async fn a_cancel_asks_and_what_ran_is_shown_as_canceled() {
    let stage = Stage::open(DIAMOND, "woken");
    let element = mount("1000px", &[("actions", "cancel")]);
    until("it runs", || all(&element, "[data-do=cancel]") == 1).await;
    click(&element, "[data-do=cancel]");
    until("it asks", || text(&element, "ask") == "Cancel this chain?").await;
    click(&element, "[data-do=confirm]");
    until("it is told", || text(&element, "waiting") == "Nothing more starts: it was canceled.").await;
    stage.tell("fetch canceled");
    until("it is canceled", || text(&element, "status") == "Canceled").await;
    assert_eq!((count(&element, "canceled"), count(&element, "not_started")), ("1".into(), "4".into()));
    element.remove();
}

#[wasm_bindgen_test]
async fn where_there_is_little_room_the_graph_is_a_list_and_nothing_sticks_out() {
    let long = "load_a_customer_with_a_rather_long_name_that_goes_on_and_on_and";
    let stage = Stage::open(&format!("{long}; b {long} when; c b"), "woken; +1000ms");
    stage.play(&format!("{long} successful"));
    let element = mount("300px", &[("lang", "de")]);
    until("it is drawn", || class(&element, "c") == "skipped").await;
    assert_eq!(note(&element, "b"), "Übersprungen");
    let boxes = drawn(&element);
    assert!(boxes.windows(2).all(|pair| pair[0][3] <= pair[1][1]), "one below the other: {boxes:?}");
    assert!(boxes.iter().all(|one| one[2] - one[0] < 300.0));
    let card = find(&element, "[part=card]");
    assert!(card.scroll_width() <= card.client_width(), "nothing sticks out");
    assert!(all_text(&element, "[part=needs]").contains(long));
    find(&element, "[part~=cursor]").unchecked_into::<HtmlElement>().focus().expect("a focus");
    press_key(&element, "ArrowDown");
    assert!(focused(&element).starts_with("b, Übersprungen"), "{}", focused(&element));
    element.remove();
}

#[wasm_bindgen_test]
async fn a_person_may_choose_the_list_and_the_size() {
    let _stage = Stage::open(DIAMOND, "woken");
    let element = mount("1000px", &[]);
    until("it is drawn", || form(&element) == "graph").await;
    let before = drawn(&element)[0][3] - drawn(&element)[0][1];
    click(&element, "[data-do=smaller]");
    until("it is smaller", || drawn(&element)[0][3] - drawn(&element)[0][1] < before).await;
    click(&element, "[data-do=list]");
    until("it is a list", || form(&element) == "list").await;
    assert_eq!(find(&element, "[data-do=list]").get_attribute("aria-pressed").as_deref(), Some("true"));
    element.remove();
}

#[wasm_bindgen_test]
async fn the_page_hears_of_it_and_no_style_or_script_is_put_into_it() {
    let _stage = Stage::open("only", "woken; only successful");
    cxpulse_widget_chain::start();
    let element = document().create_element("cxpulse-chain").expect("an element").unchecked_into::<HtmlElement>();
    let heard = Rc::new(RefCell::new(Vec::new()));
    for name in ["changed", "progressed", "ended", "connected"] {
        let into = Rc::clone(&heard);
        let ear =
            Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| into.borrow_mut().push(event.type_()));
        let name = format!("cxpulse-{name}");
        element.add_event_listener_with_callback(&name, ear.into_js_value().unchecked_ref()).expect("a listener");
    }
    dress(&element, &[]);
    until("it has ended", || text(&element, "status") == "Completed").await;
    assert_eq!(
        heard.borrow().as_slice(),
        ["connected", "changed", "progressed", "ended"].map(|name| format!("cxpulse-{name}"))
    );
    let root = element.shadow_root().expect("a shadow root");
    assert!(root.query_selector("style, script, link").ok().flatten().is_none());
    element.remove();
}

/// A chain that the element's questions are answered of.
#[derive(Clone)]
struct Stage(Rc<RefCell<Scene>>);

impl Stage {
    fn open(chain: &str, story: &str) -> Self {
        let stage = Self(Rc::new(RefCell::new(Scene::after(chain, story))));
        let answering = stage.clone();
        let answer = Closure::<dyn Fn(String, String, String) -> String>::new(
            move |method: String, address: String, body: String| answering.answer(&method, &address, &body),
        );
        serve(&answer.into_js_value());
        stage
    }

    fn play(&self, story: &str) {
        self.0.borrow_mut().play(story);
    }

    /// Plays, and tells whoever listens.
    fn tell(&self, story: &str) {
        self.play(story);
        push(&self.0.borrow().snapshot());
    }

    fn answer(&self, method: &str, address: &str, body: &str) -> String {
        let mut scene = self.0.borrow_mut();
        match (method, address) {
            ("GET", "") => format!("200 {}", scene.snapshot()),
            ("GET", "/graph?format=json") => format!("200 {}", scene.graph()),
            ("GET", "/results?node=fetch") => {
                format!("200 {}", scene.results("fetch", r#"{"id":9007199254740993,"phone":"[redacted]"}"#))
            }
            ("POST", "/redrive") if body.contains("preview") => format!("200 {}", scene.preview()),
            ("POST", "/redrive") => {
                scene.play("redrive");
                format!("202 {}", scene.snapshot())
            }
            ("POST", "/cancel") => {
                scene.play("cancel");
                format!("202 {}", scene.snapshot())
            }
            _ => "404 {}".into(),
        }
    }
}

/// Nodes in layers of up to fifty, each after one or two of the layer before.
fn layered(count: u32) -> String {
    let width = match count {
        0..=5 => 2,
        6..=60 => 6,
        _ => 50,
    };
    let node = |at: u32| match at.checked_sub(width) {
        None => format!("n{at}"),
        Some(before) if at % 3 == 0 => format!("n{at} n{before},n{}", before + 1),
        Some(before) => format!("n{at} n{before}"),
    };
    (0..count).map(node).collect::<Vec<_>>().join("; ")
}

fn mount(width: &str, attributes: &[(&str, &str)]) -> HtmlElement {
    cxpulse_widget_chain::start();
    let element = document().create_element("cxpulse-chain").expect("an element").unchecked_into::<HtmlElement>();
    element.style().set_property("inline-size", width).expect("a style");
    dress(&element, attributes);
    element
}

fn dress(element: &HtmlElement, attributes: &[(&str, &str)]) {
    for (name, value) in [("src", "/v1/chains/chn_1"), ("token", "T")].iter().chain(attributes) {
        element.set_attribute(name, value).expect("an attribute");
    }
    document().body().expect("a body").append_child(element).expect("a place");
}

fn find(element: &HtmlElement, selector: &str) -> Element {
    let found = element.shadow_root().and_then(|root| root.query_selector(selector).ok().flatten());
    found.unwrap_or_else(|| document().create_element("i").expect("a node"))
}

fn all(element: &HtmlElement, selector: &str) -> u32 {
    element.shadow_root().and_then(|root| root.query_selector_all(selector).ok()).map_or(0, |nodes| nodes.length())
}

fn click(element: &HtmlElement, selector: &str) {
    find(element, selector).unchecked_into::<HtmlElement>().click();
}

/// The text of a part; empty for one that is not there.
fn text(element: &HtmlElement, part: &str) -> String {
    find(element, &format!("[part={part}]")).text_content().unwrap_or_default()
}

/// The texts of all that a selector finds.
fn all_text(element: &HtmlElement, selector: &str) -> String {
    let nodes = element.shadow_root().and_then(|root| root.query_selector_all(selector).ok());
    let text = |at: u32| nodes.as_ref().and_then(|nodes| nodes.item(at)).and_then(|node| node.text_content());
    (0..all(element, selector)).filter_map(text).collect()
}

/// How a node is drawn.
fn class(element: &HtmlElement, node: &str) -> String {
    let button = find(element, &format!("[part~=node][title={node}]"));
    button.parent_element().and_then(|item| item.get_attribute("data-class")).unwrap_or_default()
}

fn note(element: &HtmlElement, node: &str) -> String {
    find(element, &format!("[title={node}] [part=note]")).text_content().unwrap_or_default()
}

fn count(element: &HtmlElement, class: &str) -> String {
    find(element, &format!("[part=count][data-class={class}] [part=number]")).text_content().unwrap_or_default()
}

/// `graph` once it is drawn, or `list`.
fn form(element: &HtmlElement) -> String {
    find(element, "[part=graph]").get_attribute("data-form").unwrap_or_default()
}

/// Left, top, right and bottom of each node.
fn drawn(element: &HtmlElement) -> Vec<Vec<f64>> {
    let number = |word: &str| word.parse().expect("a number");
    boxes(element).lines().map(|line| line.split(' ').map(number).collect()).collect()
}

fn said(element: &HtmlElement) -> String {
    find(element, "[role=status]").text_content().unwrap_or_default()
}

/// What a screen reader says of what has the focus.
fn focused(element: &HtmlElement) -> String {
    let node = element.shadow_root().and_then(|root| root.active_element());
    node.and_then(|node| node.get_attribute("aria-label")).unwrap_or_default()
}

/// What the focused node does.
fn pressed(element: &HtmlElement) -> String {
    let node = element.shadow_root().and_then(|root| root.active_element());
    node.and_then(|node| node.get_attribute("data-do")).unwrap_or_default()
}

/// Waits for a condition, for half a minute at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_500 {
        if holds() {
            return;
        }
        pause().await;
    }
    assert!(holds(), "not within half a minute: {what}");
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
