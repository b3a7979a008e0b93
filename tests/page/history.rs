//! `<cxpulse-history>` as people have it: in the console and on its embed page, with the simulated past and with a real log.

use std::path::PathBuf;
use std::sync::OnceLock;

use cxpulse_core::history::{Filter, Log, Options, Report};
use cxpulse_core::time::{Span, Timestamp};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::browser::{Browser, ENTER};
use super::console::open_console;
use super::within::Within;
use crate::worker::forge::Forge;
use crate::worker::stack::{Stack, fresh_correlation_id, merged};

#[test]
fn a_history_is_loaded_from_the_console_and_shown_until_it_is_complete() {
    let browser = open_console();
    browser.run("document.querySelector('input[name=door][value=history]').click();");
    browser.until("document.querySelector('#history-start').value !== ''");
    browser.click("#start");
    browser.until(&of("[part=card]", "node.dataset.state === 'completed'"));
    browser.until(&format!("{}.length > 3", HISTORY.all("[part~=node]")));
    browser.until(&of("[part=verdict]", "node.textContent === 'Verified'"));
    browser.until(&of("[role=status]", "node.textContent === 'Complete'"));
    browser.shoot("history-console");
    browser.check_clean();
}

#[test]
fn a_real_log_is_drawn_as_the_core_analyses_it_and_walked_by_keyboard() {
    let Some(recorded) = Recorded::open() else { return };
    let report = recorded.report();
    let browser = Browser::open();
    open(&browser, recorded.stack, &recorded.id, &["read"], "");
    browser.until(&format!("{}.length === {}", HISTORY.all("[part~=node]"), report.dwell.len()));
    let figure = |at: usize| format!("{}[{at}].textContent.replaceAll(',', '')", HISTORY.all("dd"));
    browser.until(&format!("{} === '{}' && {} === '{}'", figure(0), report.interactions, figure(1), report.steps));
    browser.until(&format!("{} === '{}'", figure(2), report.variants.count));
    let top = report.variants.top.first().expect("a variant");
    browser.until(&of(
        "[part=variant] [part=value]",
        &format!("node.textContent.replaceAll(',', '') === '{}'", top.count),
    ));
    browser.shoot("history-receipt");
    HISTORY.tab_to(&browser, "cursor");
    let first = focused(&browser);
    browser.press(DOWN);
    browser.press(DOWN);
    let third = focused(&browser);
    assert!(first.contains(" visits, mean ") && first != third, "{first} leads to {third}");
    browser.press(ENTER);
    browser.until(&of("[part=detail]", "!node.hidden && node.textContent.includes('Before')"));
    browser.shoot("history-receipt-node");
    browser.press(ESCAPE);
    browser.until(&of("[part=detail]", "node.hidden"));
    assert_eq!(focused(&browser), third, "the focus comes back");
    browser.check_clean();
}

#[test]
fn the_map_tells_times_and_a_variant_is_chosen_and_left_again() {
    let Some(recorded) = Recorded::open() else { return };
    let report = recorded.report();
    let browser = Browser::open();
    open(&browser, recorded.stack, &recorded.id, &["read"], "");
    browser.until(&format!("{}.length > 10", HISTORY.all("[part=label]")));
    browser.click_within(HISTORY.0, "[data-value=total]");
    browser
        .until(&format!("{}.some((node) => node.textContent.endsWith('h'))", HISTORY.all("[part~=node] [part=note]")));
    browser.shoot("history-receipt-times");
    let top = report.variants.top.first().expect("a variant");
    HISTORY.click(&browser, "variant");
    browser.until(&of("dd", &format!("node.textContent.replaceAll(',', '') === '{}'", top.count)));
    browser.until(&of("[part=chip]", "node.ariaLabel.startsWith('Remove filter: Variant: ')"));
    browser.until(&of("[part=variant]", "node.ariaPressed === 'true'"));
    browser.shoot("history-receipt-variant");
    HISTORY.click(&browser, "chip");
    browser.until(&of("dd", &format!("node.textContent.replaceAll(',', '') === '{}'", report.interactions)));
    browser.click_within(HISTORY.0, "[data-do=table][data-value=bottlenecks]");
    browser.until(&format!("{}.length > 5", HISTORY.all("tbody tr")));
    browser.check_clean();
}

#[test]
fn every_file_is_given_to_the_page_with_the_token_and_without_a_link() {
    let browser = Browser::open();
    browser.prepare(
        "globalThis.kept = []; const [make, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click]; let blob; \
         URL.createObjectURL = (file) => { blob = file; return make.call(URL, file); }; \
         HTMLAnchorElement.prototype.click = function () { \
           if (!this.download) return click.call(this); \
           const name = this.download; \
           blob.text().then((text) => kept.push([name, text])); };",
    );
    let stack = stack();
    let id = loaded(stack, &json!({}));
    open(&browser, stack, &id, &["read"], "");
    let begins = [
        ("xes", ".xes", "<?xml"),
        ("csv", ".csv", "interaction,"),
        ("dot", ".dot", "digraph"),
        ("mermaid", ".mmd", "flowchart"),
        ("steps", ".ndjson", "{"),
        ("report", ".json", "{\"interactions\":"),
    ];
    for (at, (name, ending, begin)) in begins.into_iter().enumerate() {
        browser.until(&of(&format!("[data-do=save][data-value={name}]"), "!node.ariaDisabled"));
        browser.click_within(HISTORY.0, &format!("[data-do=save][data-value={name}]"));
        browser.until(&format!("kept.length === {}", at + 1));
        let kept = browser.run(&format!("return [kept[{at}][0], kept[{at}][1].slice(0, 40)];"));
        assert_eq!(kept[0], format!("{id}{ending}"));
        assert!(kept[1].as_str().is_some_and(|text| text.starts_with(begin)), "{name}: {kept}");
    }
}

#[test]
fn a_cancel_asks_and_one_that_the_token_does_not_allow_is_refused_in_words() {
    let stack = &Stack::start_set(&[PROFILE]);
    let browser = Browser::open();
    stack.sim().set_faults(&json!({"latency_ms": [900, 1_000]}));
    let id = start(stack, &json!({"page_size": 1}));
    open(&browser, stack, &id, &["read"], "&actions=cancel");
    HISTORY.click(&browser, "cancel");
    browser.until(&HISTORY.has_focus("confirm"));
    HISTORY.click(&browser, "confirm");
    browser.until(&of("[part=refusal]", "node.textContent.includes('not allowed')"));
    open(&browser, stack, &id, &["read", "cancel"], "&actions=cancel");
    browser.run("location.reload();");
    HISTORY.click(&browser, "cancel");
    browser.until(&of("[part=effect]", "node.textContent.includes('stays')"));
    HISTORY.click(&browser, "confirm");
    browser.until(&of("[part=card]", "node.dataset.state === 'canceled'"));
    browser.shoot("history-canceled");
}

#[test]
fn it_fits_any_width_and_goes_dark_with_the_page() {
    let stack = stack();
    let id = loaded(stack, &json!({}));
    let browser = Browser::open();
    open(&browser, stack, &id, &["read"], "");
    browser.until(&format!("{}.length > 3", HISTORY.all("[part~=node]")));
    HISTORY.click(&browser, "node");
    browser.click_within(HISTORY.0, "[data-do=table][data-value=dwell]");
    for width in [320, 360, 700, 1280] {
        browser.size(width, 1000);
        assert!(!browser.overflows(), "at {width} pixels");
        browser.until(&of("[part=edges]", "node.getBoundingClientRect().width > 100"));
        browser.shoot(&format!("history-{width}"));
    }
    let light = HISTORY.luminance(&browser, "color");
    browser.prefer("prefers-color-scheme", "dark");
    assert!(HISTORY.luminance(&browser, "color") > light, "text is light in the dark");
    assert!(HISTORY.luminance(&browser, "backgroundColor") < 80.0);
    browser.shoot("history-dark");
    browser.check_clean();
}

/// A stack whose tenant speaks the dialect that has histories.
fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| {
        let stack = Stack::start_set(&[PROFILE]);
        stack.sim().calm();
        stack
    })
}

/// A stack whose past is a real log, and a history of all of it.
struct Recorded {
    stack: &'static Stack,
    id: String,
}

impl Recorded {
    /// `None`, saying so, where the log is absent: it has a licence of its own, and lies beside the project.
    fn open() -> Option<Self> {
        static STACK: OnceLock<(Stack, String)> = OnceLock::new();
        let file = log_file();
        if !file.is_file() {
            eprintln!("skipped: there is no receipt.history.json.gz in ../shared/data");
            return None;
        }
        let (stack, id) = STACK.get_or_init(|| {
            let stack = Stack::start_set(&[PROFILE, &format!("CXPULSE_SIM_OPTIONS=--history {}", file.display())]);
            stack.sim().calm();
            let id = loaded(&stack, &json!({}));
            (stack, id)
        });
        Some(Self { stack, id: id.clone() })
    }

    /// What the core makes of the file itself.
    fn report(&self) -> Report {
        let mut text = String::new();
        let file = std::fs::File::open(log_file()).expect("it is there");
        std::io::Read::read_to_string(&mut GzDecoder::new(file), &mut text).expect("it is text");
        let mut log = Log::new();
        log.page(&text, 0).expect("it is a page");
        log.report(&Options::default(), &Filter::default()).expect("a workflow's history")
    }
}

fn log_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/receipt.history.json.gz")
}

/// Starts one of the last 29 days; `more` is laid over it.
fn start(stack: &Stack, more: &Value) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is past 1970");
    let now = Timestamp::from_millis(u64::try_from(since.as_millis()).expect("a time"));
    let body = json!({
        "start": now.minus(Span::from_secs(29 * 86_400)).to_string(), "page_size": 500, "timeout_seconds": 300,
        "correlation_id": fresh_correlation_id(),
        "backoff": {"base_seconds": 0.2, "multiplier": 1.2, "min_seconds": 0.1, "max_seconds": 0.5, "max_attempts": 200},
    });
    let answer = stack.client().post("/v1/histories", &merged(body, more));
    assert_eq!(answer.status(), 202, "the history is accepted: {}", answer.text());
    answer.json()["id"].as_str().expect("it has an id").to_owned()
}

/// Starts one, and waits until it is complete.
fn loaded(stack: &Stack, more: &Value) -> String {
    let id = start(stack, more);
    let is_over = || {
        let snapshot = stack.client().get(&format!("/v1/histories/{id}?wait=20")).json();
        (!snapshot["outcome"].is_null()).then_some(snapshot)
    };
    let ended = crate::worker::stack::wait_for(std::time::Duration::from_secs(120), is_over).expect("it ends");
    assert_eq!(ended["outcome"], "completed", "{ended}");
    id
}

/// Shows a history on its embed page, with a token for these verbs.
fn open(browser: &Browser, stack: &Stack, id: &str, verbs: &[&str], more: &str) {
    let claims = json!({"tenant": "default", "resources": [id], "verbs": verbs, "exp": 4_102_444_800_000_u64});
    let token = Forge::of(stack).token(&claims);
    browser.go(&format!("{}/embed/history/{id}#token={token}{more}", stack.base()));
}

/// An expression: whether `condition` holds for the `node` of a selector in the element's shadow tree.
fn of(selector: &str, condition: &str) -> String {
    HISTORY.first(selector, condition)
}

/// What a screen reader says of the focus.
fn focused(browser: &Browser) -> String {
    let script = "return document.querySelector('cxpulse-history').shadowRoot.activeElement?.ariaLabel ?? '';";
    browser.run(script).as_str().unwrap_or_default().to_owned()
}

const HISTORY: Within = Within("cxpulse-history");

const PROFILE: &str = "CXONE_PROFILE=interactions-history";

/// Keys, as WebDriver writes them.
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";
