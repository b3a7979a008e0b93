//! The page that shows the API's description: complete, within the strict policy, by mouse and by keyboard alone.

use serde_json::{Value, json};

use super::browser::Browser;
use crate::worker::stack::Stack;

#[test]
fn every_operation_schema_and_problem_of_the_description_is_shown() {
    let browser = open_api("");
    let description = Stack::shared().client_with(None).get("/openapi.json").json();
    let paths = description["paths"].as_object().expect("there are paths");
    for operation in paths.values().flat_map(|item| item.as_object().into_iter().flat_map(|methods| methods.values())) {
        let id = operation["operationId"].as_str().expect("an operation has a name");
        let words = browser.run(&format!("return document.getElementById('{id}')?.innerText ?? '';"));
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(words.as_str().is_some_and(|words| words.contains(summary)), "{id} is shown");
    }
    for name in description["components"]["schemas"].as_object().into_iter().flat_map(|schemas| schemas.keys()) {
        assert_eq!(
            browser.run(&format!("return document.getElementById('schema-{name}') !== null;")),
            json!(true),
            "{name}"
        );
    }
    for cause in cxpulse_spec::problem::CAUSES {
        let shown = browser.run(&format!("return document.getElementById('problem-{}') !== null;", cause.slug));
        assert_eq!(shown, json!(true), "{}", cause.slug);
    }
    browser.shoot("api");
    browser.check_clean();
}

#[test]
fn every_link_within_the_page_leads_somewhere() {
    let browser = open_api("");
    let dead = browser.run(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map((link) => link.hash.slice(1)) \
         .filter((id) => !document.getElementById(id)).join(' ');",
    );
    assert_eq!(dead, json!(""));
}

#[test]
fn an_address_opens_what_it_names() {
    let browser = open_api("#getExecution-200");
    browser.until("document.getElementById('getExecution-200').open");
    browser.until("Math.abs(document.getElementById('getExecution-200').getBoundingClientRect().top) < innerHeight");
    browser.run("location.hash = '#schema-Execution';");
    browser.until("document.getElementById('schema-Execution').open");
    browser.shoot("api-schema");
    browser.check_clean();
}

#[test]
fn what_is_searched_for_is_what_stays() {
    let browser = open_api("");
    browser.press("/");
    browser.until("document.activeElement.id === 'search'");
    browser.press("journal");
    browser.until("document.getElementById('found').textContent.includes('operation')");
    assert_eq!(is_shown(&browser, "readJournal"), Value::Bool(true));
    assert_eq!(is_shown(&browser, "resetGate"), Value::Bool(false));
    browser.shoot("api-search");
    browser.run("document.getElementById('search').select();");
    browser.press("no such thing anywhere");
    browser.until("document.getElementById('found').textContent === 'Nothing found'");
    browser.press(ESCAPE);
    browser.until("document.getElementById('found').textContent === ''");
    assert_eq!(is_shown(&browser, "resetGate"), Value::Bool(true));
    browser.check_clean();
}

#[test]
fn fields_open_by_the_keyboard_as_deep_as_they_go() {
    let browser = open_api("#startExecution");
    browser.run("document.querySelector('#startExecution .deeper > summary').focus();");
    browser.press(" ");
    browser.until("document.querySelector('#startExecution .deeper > .fields .name')?.textContent.length > 0");
    browser.check_clean();
}

#[test]
fn an_example_is_copied_whole() {
    let browser = open_api("#startExecution");
    browser.until("document.querySelector('#startExecution .part .example[open] button')");
    browser.click("#startExecution .part .example[open] button");
    browser.until(
        "/Copied|Selected/.test(document.querySelector('#startExecution .part .example[open] button').textContent)",
    );
    let example = browser.run("return document.querySelector('#startExecution .part .example[open] pre').textContent;");
    let example: Result<Value, _> = serde_json::from_str(example.as_str().unwrap_or_default());
    assert!(example.is_ok_and(|example| example.get("start").is_some() || example.get("watch").is_some()));
}

#[test]
fn nothing_overflows_on_any_width_and_the_dark_is_dark() {
    let browser = open_api("");
    browser.run("for (const fold of document.querySelectorAll('main details')) fold.open = true;");
    for width in [320, 375, 768, 1024, 1280, 1920] {
        browser.size(width, 900);
        assert!(!browser.overflows(), "at {width} pixels");
    }
    // Open it is too large for a picture.
    browser.run("for (const fold of document.querySelectorAll('main details')) fold.open = false;");
    browser.size(375, 800);
    browser.shoot("api-375");
    let ground = "return getComputedStyle(document.body).backgroundColor;";
    let light = browser.run(ground);
    browser.prefer("prefers-color-scheme", "dark");
    assert_ne!(browser.run(ground), light);
    browser.size(1280, 900);
    browser.shoot("api-dark");
    browser.check_clean();
}

/// The page of the shared stack, once it shows something.
fn open_api(hash: &str) -> Browser {
    let browser = Browser::open();
    browser.go(&format!("{}/api{hash}", Stack::shared().base()));
    browser.until("!document.getElementById('content').hasAttribute('aria-busy')");
    browser.until("document.querySelectorAll('.operation').length > 10");
    browser
}

fn is_shown(browser: &Browser, id: &str) -> Value {
    browser.run(&format!("return document.getElementById('{id}').checkVisibility();"))
}

/// Escape, as WebDriver writes it.
const ESCAPE: &str = "\u{e00c}";
