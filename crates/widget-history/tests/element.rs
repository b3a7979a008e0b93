//! `<cxpulse-history>` in a real browser: what stands in the DOM and where, what ARIA says, where keys lead, what the server is asked.
//! What the server says is what the core makes of a history (`decide/scene.rs`); never looks at private state.
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
    fn kept() -> String;
    fn provide(element: &HtmlElement, token: &str);
    fn press_key(element: &HtmlElement, key: &str) -> bool;
    fn fill(element: &HtmlElement, selector: &str, value: &str);
    fn boxes(element: &HtmlElement, selector: &str) -> String;
}

const THREE: &str = "a b c d x12; a b b c b d x5; a c! d x3";

#[wasm_bindgen_test]
async fn a_history_is_watched_from_its_first_rows_to_its_pictures() {
    let stage = Stage::open(THREE, "woken; +1000ms; page 100 of 300");
    let element = mount("1000px", &[("label", "Last week")]);
    until("it is drawn", || all(&element, "[part~=node]") == 4).await;
    assert_eq!((text(&element, "status"), text(&element, "title")), ("Loading".into(), "Last week".into()));
    let bar = find(&element, "[role=progressbar]");
    assert_eq!(bar.get_attribute("aria-valuenow").as_deref(), Some("33"));
    stage.tell("+100ms; waits 7000");
    until("it says what is waited for", || text(&element, "waiting").starts_with("Rate limited")).await;
    stage.tell("+100ms; page 100 of 300");
    // An empty page shows that there are no more than CXone says.
    stage.tell("+7000ms; woken; page 0 of 300; page 100 of 300");
    until("it is complete", || text(&element, "status") == "Complete").await;
    until("it is asked for once more", || questions() == "GET /report 200\nGET /report 200").await;
    assert_eq!(all(&element, "[role=progressbar]"), 0);
    assert_eq!((text(&element, "verdict"), said(&element)), ("Verified".into(), "Complete".into()));
    assert_eq!(text(&element, "records"), "300 of 300 records, by CXone’s total, accuracy 100\u{a0}%");
    element.remove();
}

#[wasm_bindgen_test]
async fn the_map_has_nothing_on_top_of_anything_and_is_walked_by_keys() {
    let _stage = Stage::open(THREE, WHOLE);
    let element = mount("1000px", &[]);
    until("it is drawn", || all(&element, "[part~=node]") == 4).await;
    let drawn = drawn(&element, "[part~=node],[part=rim]");
    assert_eq!(drawn.len(), 6);
    for (at, one) in drawn.iter().enumerate() {
        assert!(!drawn[at + 1..].iter().any(|other| do_overlap(one, other)), "{drawn:?}");
    }
    let labels = self::drawn(&element, "[part=label]");
    assert!(
        labels.len() > 5
            && labels.iter().enumerate().all(|(at, one)| !labels[at + 1..].iter().any(|other| do_overlap(one, other)))
    );
    find(&element, "[part~=cursor]").unchecked_into::<HtmlElement>().focus().expect("a focus");
    assert!(focused(&element).starts_with("a, 20 visits, mean 1.0\u{a0}s, then b 17"), "{}", focused(&element));
    assert!(press_key(&element, "ArrowDown"), "the page does not scroll");
    assert!(focused(&element).starts_with("b, 27 visits"), "{}", focused(&element));
    assert_eq!(all(&element, "[part~=node][tabindex='0']"), 1);
    assert!(!press_key(&element, "Tab") && !press_key(&element, "a"), "the keyboard is not trapped");
    click(&element, "[part~=cursor]");
    until("it is open", || all(&element, "[part=detail]:not([hidden])") == 1).await;
    assert!(all(&element, "[part=edge][data-near]") >= 4);
    assert!(
        all_text(&element, "[part=joined]").contains("a17 · 1.0\u{a0}s"),
        "{}",
        all_text(&element, "[part=joined]")
    );
    assert!(press_key(&element, "Escape"));
    until("it is closed", || all(&element, "[part=detail][hidden]") == 1).await;
    assert!(focused(&element).starts_with("b, ") && !press_key(&element, "Escape"));
    element.remove();
}

#[wasm_bindgen_test]
async fn edges_tell_what_a_person_chooses_and_as_many_as_a_person_wants() {
    let _stage = Stage::open(THREE, WHOLE);
    let element = mount("1000px", &[]);
    until("it is drawn", || all(&element, "[part~=node]") == 4).await;
    let before = all(&element, "[part=edge]");
    fill(&element, "[type=range]", "0");
    until("fewer are drawn", || all(&element, "[part=edge]") < before).await;
    assert!(text(&element, "drawn").contains(" of 9 edges"), "{}", text(&element, "drawn"));
    let note = || find(&element, "[title=c] [part=note]").text_content().unwrap_or_default();
    assert_eq!(note(), "20");
    click(&element, "[data-value=mean]");
    until("it tells the mean", || note() == "3\u{a0}min").await;
    assert_eq!(find(&element, "[data-value=mean]").get_attribute("aria-pressed").as_deref(), Some("true"));
    click(&element, "[data-do=table][data-value=map]");
    until("a table is behind it", || all(&element, "tbody tr") == 7).await;
    assert!(all_text(&element, "thead th").starts_with("FromToCount"));
    assert_eq!(questions(), "GET /report 200", "the server knows nothing of all that");
    element.remove();
}

#[wasm_bindgen_test]
async fn variants_and_times_narrow_the_report_and_chips_take_that_back() {
    let _stage = Stage::open(THREE, WHOLE);
    let element = mount("1000px", &[]);
    until("it is drawn", || all(&element, "[part=variant]") == 3).await;
    assert_eq!(all(&element, "[part=variant]:first-of-type [part=piece]"), 4 + 5 + 3);
    click(&element, "[part=variant]");
    until("it is of one", || all(&element, "[part=variant]") == 1).await;
    assert_eq!((figure(&element), said(&element)), ("12".into(), "Shown: 12 interactions".into()));
    assert_eq!(find(&element, "[part=variant]").get_attribute("aria-pressed").as_deref(), Some("true"));
    fill(&element, "[name=from]", "2030-01-01T00:00");
    until("nothing is left", || text(&element, "empty") == "No interaction is left by these filters.").await;
    let chip = find(&element, "[part=chip]").get_attribute("aria-label").unwrap_or_default();
    assert!(chip.starts_with("Remove filter: From: Jan 1, 2030"), "{chip}");
    click(&element, "[data-do=widen]");
    until("it is of all", || all(&element, "[part=variant]") == 3 && all(&element, "[part=chip]") == 0).await;
    let asked = questions();
    assert!(asked.contains("GET /report?variant=") && asked.contains("GET /report?from=20"), "{asked}");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_token_that_has_run_out_is_renewed_and_the_question_asked_again() {
    let stage = Stage::open(THREE, WHOLE);
    let element = mount("1000px", &[]);
    provide(&element, "NEW");
    until("it is drawn", || all(&element, "[part~=node]") == 4).await;
    *stage.token.borrow_mut() = "Bearer NEW".into();
    click(&element, "[data-do=table][data-value=map]");
    click(&element, "[part=variant]");
    until("it is of one", || all(&element, "[part=variant]") == 1).await;
    let asked = questions();
    let last: Vec<&str> = asked.lines().rev().take(2).collect();
    assert!(last[0].ends_with(" 200") && last[1].ends_with(" 401") && last[0][..20] == last[1][..20], "{asked}");
    click(&element, "[data-value=xes]");
    until("the page keeps a file", || kept().starts_with("his_44") && kept().ends_with(".xes blob:")).await;
    assert!(
        questions().ends_with(" 200") && questions().contains("GET /export?format=xes&variant="),
        "{}",
        questions()
    );
    until("it says so", || said(&element) == "XES is saved").await;
    element.remove();
}

#[wasm_bindgen_test]
async fn what_cannot_be_had_is_said_and_asked_for_again_by_a_person() {
    let stage = Stage::open(THREE, WHOLE);
    *stage.token.borrow_mut() = "Bearer OTHER".into();
    let element = mount("1000px", &[]);
    until("it is refused", || text(&element, "refusal").contains("This page is not allowed to.")).await;
    assert_eq!(text(&element, "status"), "Complete", "it is complete all the same");
    *stage.token.borrow_mut() = "Bearer T".into();
    click(&element, "[data-do=again]");
    until("it is drawn", || all(&element, "[part~=node]") == 4 && all(&element, "[part=refusal]") == 0).await;
    element.remove();
}

#[wasm_bindgen_test]
async fn where_there_is_little_room_nothing_sticks_out() {
    let long = "load_a_customer_with_a_rather_long_name_that_goes_on_and_on_and_on_and_does_not_end";
    let _stage = Stage::open(&format!("{long} b {long} c x3; {long} c!"), WHOLE);
    let element = mount("340px", &[("lang", "de")]);
    until("it is drawn", || all(&element, "[part~=node]") == 3).await;
    for section in ["map", "variants", "bottlenecks", "dwell", "rework", "errors"] {
        click(&element, &format!("[data-do=table][data-value={section}]"));
    }
    click(&element, "[part~=node]");
    until("all is open", || all(&element, "tbody") == 6 && all(&element, "[part=detail]:not([hidden])") == 1).await;
    let card = find(&element, "[part=card]");
    assert!(card.scroll_width() <= card.client_width(), "{} in {}", card.scroll_width(), card.client_width());
    for section in drawn(&element, "[part=section],[part=detail],[part=variant],[part=row],[part=filters],[part=tools]")
    {
        assert!(section[2] - section[0] <= 340.0, "{section:?}");
    }
    element.remove();
}

#[wasm_bindgen_test]
async fn a_cancel_asks_and_what_has_come_stays() {
    let _stage = Stage::open(THREE, "woken; page 100 of 300");
    let element = mount("1000px", &[("actions", "cancel")]);
    until("it is drawn", || all(&element, "[data-do=cancel]") == 1 && all(&element, "[part~=node]") == 4).await;
    click(&element, "[data-do=cancel]");
    until("it asks", || text(&element, "ask") == "Stop loading this history?").await;
    assert_eq!(text(&element, "effect"), "What has come stays and can be looked at: 100 rows.");
    click(&element, "[data-do=confirm]");
    until("it is canceled", || text(&element, "status") == "Canceled").await;
    until("and shown", || text(&element, "verdict") == "Review required" && all(&element, "[part~=node]") == 4).await;
    element.remove();
}

#[wasm_bindgen_test]
async fn the_page_hears_of_it_and_no_style_or_script_is_put_into_it() {
    let _stage = Stage::open("only", WHOLE);
    cxpulse_widget_history::start();
    let element = document().create_element("cxpulse-history").expect("an element").unchecked_into::<HtmlElement>();
    let heard = Rc::new(RefCell::new(Vec::new()));
    for name in ["changed", "progressed", "ended", "connected"] {
        let into = Rc::clone(&heard);
        let ear =
            Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| into.borrow_mut().push(event.type_()));
        let name = format!("cxpulse-{name}");
        element.add_event_listener_with_callback(&name, ear.into_js_value().unchecked_ref()).expect("a listener");
    }
    dress(&element, &[]);
    until("it has ended", || text(&element, "status") == "Complete" && all(&element, "[part~=node]") == 1).await;
    assert_eq!(
        heard.borrow().as_slice(),
        ["connected", "changed", "progressed", "ended"].map(|name| format!("cxpulse-{name}"))
    );
    let root = element.shadow_root().expect("a shadow root");
    assert!(root.query_selector("style, script, link").ok().flatten().is_none());
    element.remove();
}

/// A history that the element's questions are answered of, for who has the token.
#[derive(Clone)]
struct Stage {
    scene: Rc<RefCell<Scene>>,
    token: Rc<RefCell<String>>,
}

impl Stage {
    fn open(interactions: &str, story: &str) -> Self {
        let mut scene = Scene::open(interactions);
        scene.play(story);
        let token = Rc::new(RefCell::new("Bearer T".into()));
        let stage = Self { scene: Rc::new(RefCell::new(scene)), token };
        let answering = stage.clone();
        let answer = Closure::<dyn Fn(String, String, String) -> String>::new(
            move |method: String, address: String, token: String| answering.answer(&method, &address, &token),
        );
        serve(&answer.into_js_value());
        stage
    }

    /// Plays, and tells whoever listens.
    fn tell(&self, story: &str) {
        self.scene.borrow_mut().play(story);
        push(&self.scene.borrow().snapshot());
    }

    fn answer(&self, method: &str, address: &str, token: &str) -> String {
        let mut scene = self.scene.borrow_mut();
        match (method, address) {
            ("GET", "") => format!("200 {}", scene.snapshot()),
            _ if token != *self.token.borrow() => "401 {}".into(),
            ("GET", address) if address.starts_with("/report") => format!("200 {}", scene.report(address)),
            ("GET", address) if address.starts_with("/export?format=xes") => "200 <log/>".into(),
            ("POST", "/cancel") => {
                scene.play("cancel");
                format!("202 {}", scene.snapshot())
            }
            _ => "404 {}".into(),
        }
    }
}

fn drawn(element: &HtmlElement, selector: &str) -> Vec<Vec<f64>> {
    let number = |word: &str| word.parse().expect("a number");
    boxes(element, selector).lines().map(|line| line.split(' ').map(number).collect()).collect()
}

fn do_overlap(one: &[f64], other: &[f64]) -> bool {
    one[0] < other[2] - 0.5 && other[0] < one[2] - 0.5 && one[1] < other[3] - 0.5 && other[1] < one[3] - 0.5
}

/// The first of the figures: how many interactions.
fn figure(element: &HtmlElement) -> String {
    find(element, "[part=figure] [part=number]").text_content().unwrap_or_default()
}

/// One page, and all is there.
const WHOLE: &str = "woken; +1500ms; page 20 of 20";

fn mount(width: &str, attributes: &[(&str, &str)]) -> HtmlElement {
    cxpulse_widget_history::start();
    let element = document().create_element("cxpulse-history").expect("an element").unchecked_into::<HtmlElement>();
    element.style().set_property("inline-size", width).expect("a style");
    dress(&element, attributes);
    element
}

fn dress(element: &HtmlElement, attributes: &[(&str, &str)]) {
    for (name, value) in [("src", "/v1/histories/his_1"), ("token", "T")].iter().chain(attributes) {
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

fn said(element: &HtmlElement) -> String {
    find(element, "[role=status]").text_content().unwrap_or_default()
}

/// What a screen reader says of what has the focus.
fn focused(element: &HtmlElement) -> String {
    let node = element.shadow_root().and_then(|root| root.active_element());
    node.and_then(|node| node.get_attribute("aria-label")).unwrap_or_default()
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
