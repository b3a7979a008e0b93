//! A headless Chromium, driven by WebDriver (W3C) and, where that has no word for it, Chromium's own protocol.
//!
//! Found as `CHROMEDRIVER` and `CHROME` say, else on the path.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::worker::client::Client;
use crate::worker::leash::Leash;
use crate::worker::stack::wait_for;

/// One browser window with a profile of its own; closed when dropped.
pub(crate) struct Browser {
    client: Client,
    session: String,
}

impl Browser {
    /// Opens a window of 1280 by 900 that takes note of every violation of a content security policy.
    pub(crate) fn open() -> Self {
        let client = Client::new(driver());
        let answer = client.post("/session", &capabilities()).json();
        let session = answer.pointer("/value/sessionId").and_then(Value::as_str);
        assert!(session.is_some(), "a browser opens: {answer}");
        let browser = Self { client, session: session.unwrap_or_default().to_owned() };
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({"source": WATCH_POLICY}));
        browser.size(1280, 900);
        browser
    }

    /// Runs a script in every page that is opened from now on, before any of its own.
    pub(crate) fn prepare(&self, script: &str) {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    /// Goes to an address, and waits until it is loaded.
    pub(crate) fn go(&self, url: &str) {
        self.ask("url", &json!({"url": url}));
    }

    /// Runs the body of a function in the page, and gives what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Panics
    /// When it is not within `PATIENCE`.
    pub(crate) fn until(&self, expression: &str) {
        let script = format!("return Boolean({expression});");
        let is_true = || (self.run(&script) == Value::Bool(true)).then_some(());
        let found = wait_for(PATIENCE, is_true);
        if found.is_none() {
            self.shoot(&format!("failure-{}", self.session));
        }
        let body = || self.run("return document.body.innerText;");
        assert!(found.is_some(), "{expression} holds within {PATIENCE:?}; the page says: {}", body());
    }

    /// Clicks with the mouse, in the middle of the first element of a CSS selector.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.click_on(&element);
    }

    /// Clicks with the mouse on the first element of a selector within the shadow tree of `host`.
    pub(crate) fn click_within(&self, host: &str, selector: &str) {
        let host = self.find(host);
        let shadow = self.get(&format!("element/{host}/shadow"));
        let root = shadow.get(SHADOW).and_then(Value::as_str).expect("it has a shadow tree");
        let found = self.ask(&format!("shadow/{root}/element"), &json!({"using": "css selector", "value": selector}));
        let element = found.get(ELEMENT).and_then(Value::as_str).expect("WebDriver names the element that it found");
        self.click_on(element);
    }

    /// As a person would who sees it move away from under the pointer: follows, and clicks.
    fn click_on(&self, element: &str) {
        let place = format!("/session/{}/element/{element}/click", self.session);
        let mut answer = self.client.post(&place, &json!({}));
        for _ in 0..20 {
            if !answer.text().contains("element click intercepted") {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            answer = self.client.post(&place, &json!({}));
        }
        assert_eq!(answer.status(), 200, "a click: {}", answer.text());
    }

    /// Presses and releases keys, one after the other: characters, or code points of WebDriver's table of keys.
    pub(crate) fn press(&self, keys: &str) {
        let stroke = |key: char| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        };
        self.perform(keys.chars().flat_map(stroke).collect());
    }

    /// Presses a key while control is held.
    pub(crate) fn press_with_control(&self, key: char) {
        let key = key.to_string();
        self.perform(vec![
            json!({"type": "keyDown", "value": CONTROL}),
            json!({"type": "keyDown", "value": key}),
            json!({"type": "keyUp", "value": key}),
            json!({"type": "keyUp", "value": CONTROL}),
        ]);
    }

    /// Tabs on until an element has the focus.
    ///
    /// # Panics
    /// When a hundred tabs do not lead there.
    pub(crate) fn tab_to(&self, selector: &str) {
        let is_there = format!("return document.activeElement?.matches({}) ?? false;", json!(selector));
        let found = (0..100).any(|_| {
            self.press(TAB);
            self.run(&is_there) == Value::Bool(true)
        });
        assert!(found, "{selector} is reached by the keyboard");
    }

    /// Sets the size of the page's area in CSS pixels.
    pub(crate) fn size(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Makes the page believe in a media feature, such as `prefers-color-scheme: dark`.
    pub(crate) fn prefer(&self, feature: &str, value: &str) {
        let features = json!({"features": [{"name": feature, "value": value}]});
        self.cdp("Emulation.setEmulatedMedia", &features);
    }

    /// Keeps a picture of the whole page in `target/screenshots`, once what moves has come to rest.
    pub(crate) fn shoot(&self, name: &str) {
        wait_for(Duration::from_secs(2), || (self.run(IS_AT_REST) == Value::Bool(true)).then_some(()));
        let picture = self.cdp("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let data = picture.get("data").and_then(Value::as_str).expect("a screenshot has data");
        let bytes = STANDARD.decode(data).expect("a screenshot is base64");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
        std::fs::create_dir_all(&folder).expect("the folder for screenshots can be made");
        let path = folder.join(format!("{name}.png"));
        std::fs::write(path, bytes).expect("a screenshot can be written");
    }

    /// Nothing on the page has tried what its content security policy forbids, and nothing has thrown.
    ///
    /// # Panics
    /// When something has.
    pub(crate) fn check_clean(&self) {
        let violations = self.run("return JSON.stringify(globalThis.seenViolations);");
        assert_eq!(violations, json!("[]"), "the content security policy holds");
        let entries = self.ask("se/log", &json!({"type": "browser"}));
        let severe: Vec<&Value> = entries.as_array().into_iter().flatten().filter(|entry| is_fault(entry)).collect();
        assert!(severe.is_empty(), "the console has no faults: {severe:?}");
    }

    /// Whether anything is wider than the window.
    pub(crate) fn overflows(&self) -> bool {
        self.run("return document.documentElement.scrollWidth > innerWidth;") == Value::Bool(true)
    }

    fn find(&self, selector: &str) -> String {
        let found = self.ask("element", &json!({"using": "css selector", "value": selector}));
        let element = found.get(ELEMENT).and_then(Value::as_str);
        element.expect("WebDriver names the element that it found").to_owned()
    }

    fn perform(&self, actions: Vec<Value>) {
        self.ask("actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.ask("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    fn get(&self, what: &str) -> Value {
        let answer = self.client.get(&format!("/session/{}/{what}", self.session));
        assert_eq!(answer.status(), 200, "{what}: {}", answer.text());
        answer.json().get("value").cloned().unwrap_or_default()
    }

    fn ask(&self, what: &str, body: &Value) -> Value {
        let answer = self.client.post(&format!("/session/{}/{what}", self.session), body);
        assert_eq!(answer.status(), 200, "{what} {body}: {}", answer.text());
        answer.json().get("value").cloned().unwrap_or_default()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.client.send("DELETE", &format!("/session/{}", self.session), b"");
    }
}

/// A refused or broken request is what some tests are about; everything else that is severe is a fault.
fn is_fault(entry: &Value) -> bool {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    text("level") == "SEVERE" && text("source") != "network"
}

/// Where the one chromedriver listens.
fn driver() -> &'static str {
    static DRIVER: OnceLock<(Leash, String)> = OnceLock::new();
    let (_, base) = DRIVER.get_or_init(|| {
        let program = std::env::var_os("CHROMEDRIVER").unwrap_or_else(|| OsString::from("chromedriver"));
        let leash = Leash::start(Path::new(&program), &["--port=0"], PATIENCE, |line| port_of(line).is_some());
        let port = port_of(leash.ready_line()).unwrap_or_default().to_owned();
        (leash, format!("http://127.0.0.1:{port}"))
    });
    base
}

/// `ChromeDriver was started successfully on port 12345.`
fn port_of(line: &str) -> Option<&str> {
    line.split_once("started successfully on port ").map(|(_, port)| port.trim_end_matches('.'))
}

fn capabilities() -> Value {
    let mut options = json!({"args": [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--hide-scrollbars", "--lang=en-US",
    ]});
    if let (Some(options), Ok(binary)) = (options.as_object_mut(), std::env::var("CHROME")) {
        options.insert("binary".into(), json!(binary));
    }
    json!({"capabilities": {"alwaysMatch": {
        "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
    }}})
}

/// Tab, as WebDriver writes it.
pub(crate) const TAB: &str = "\u{e004}";

/// Enter.
pub(crate) const ENTER: &str = "\u{e007}";

const CONTROL: &str = "\u{e009}";

/// The key of a web element in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The same of a shadow tree.
const SHADOW: &str = "shadow-6066-11e4-a52e-4f735466cecf";

const WATCH_POLICY: &str = "globalThis.seenViolations = []; addEventListener('securitypolicyviolation', (event) => \
     seenViolations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));";

/// Whether every transition is over; what turns for ever, such as a spinner, does not count.
const IS_AT_REST: &str = "const shadows = [...document.querySelectorAll('*')].map((one) => one.shadowRoot); \
     return [document, ...shadows].filter(Boolean).flatMap((root) => root.getAnimations()).every((one) => \
     one.playState !== 'running' || one.effect.getTiming().iterations === Infinity);";

const PATIENCE: Duration = Duration::from_secs(120);
