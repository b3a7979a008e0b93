//! How the pages look: in the dark, on a narrow screen. What can be measured is asserted, the rest is in the pictures.

use super::browser::Browser;
use super::console::{in_element, open_console, type_action};

#[test]
fn nothing_overflows_from_320_to_1920_pixels() {
    let browser = open_console();
    show_one(&browser, "sim-skipping");
    for width in [320, 375, 768, 1024, 1280, 1920] {
        browser.size(width, 900);
        assert!(!browser.overflows(), "at {width} pixels");
        browser.shoot(&format!("console-{width}"));
    }
}

#[test]
fn a_dark_preference_makes_page_and_element_dark() {
    let browser = open_console();
    show_one(&browser, "sim-for-2s");
    let light = luminances(&browser);
    browser.prefer("prefers-color-scheme", "dark");
    let dark = luminances(&browser);
    browser.shoot("console-dark");
    for ((what, light), (_, dark)) in light.iter().zip(&dark) {
        let is_text = what.ends_with("text");
        assert!(if is_text { dark > light } else { dark < light }, "{what}: {light} in the light, {dark} in the dark");
    }
}

#[test]
fn forced_colors_leave_the_state_readable() {
    let browser = open_console();
    show_one(&browser, "sim-failing");
    browser.prefer("forced-colors", "active");
    browser.until(&in_element("[part=status]", "getComputedStyle(node).visibility === 'visible' && node.textContent"));
    browser.shoot("console-forced-colors");
    browser.check_clean();
}

/// Starts an execution and waits for its end.
fn show_one(browser: &Browser, action_id: &str) {
    type_action(browser, action_id);
    browser.click("#start");
    browser.until(&in_element("[part=card]", "['completed', 'failed'].includes(node.dataset.state)"));
}

/// The luminance (0..=255) of the page's background and text, and of the element's text.
fn luminances(browser: &Browser) -> Vec<(&'static str, f64)> {
    let of = |expression: &str, property: &str| {
        let script = format!(
            "const canvas = document.createElement('canvas').getContext('2d'); \
             canvas.fillStyle = getComputedStyle({expression}).{property}; canvas.fillRect(0, 0, 1, 1); \
             const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data; return 0.2126 * r + 0.7152 * g + 0.0722 * b;"
        );
        browser.run(&script).as_f64().expect("a luminance is a number")
    };
    let status = "document.querySelector('cxpulse-execution').shadowRoot.querySelector('[part=title]')";
    vec![
        ("page", of("document.body", "backgroundColor")),
        ("page text", of("document.body", "color")),
        ("element text", of(status, "color")),
    ]
}
