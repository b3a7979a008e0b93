//! What the tests of elements ask of the nodes in their shadow trees, as expressions for the browser.

use super::browser::{Browser, TAB};
use serde_json::json;

/// An element by its tag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within(pub(super) &'static str);

impl Within {
    /// What a selector finds.
    pub(super) fn all(self, selector: &str) -> String {
        format!("[...document.querySelector('{}')?.shadowRoot?.querySelectorAll('{selector}') ?? []]", self.0)
    }

    /// Whether `condition` holds for the first `node` that a selector finds.
    pub(super) fn first(self, selector: &str, condition: &str) -> String {
        format!("((node) => node !== null && node !== undefined && ({condition}))({}[0])", self.all(selector))
    }

    /// How many are shown as counted so.
    pub(super) fn number_of(self, class: &str) -> String {
        format!(
            "Number({}[0]?.textContent.replaceAll(',', ''))",
            self.all(&format!("[part=count][data-class={class}] b"))
        )
    }

    /// Whether the focus is on a part.
    pub(super) fn has_focus(self, part: &str) -> String {
        format!("document.querySelector('{}').shadowRoot.activeElement?.matches('[part~={part}]')", self.0)
    }

    /// Tabs on until a part of the element has the focus.
    pub(super) fn tab_to(self, browser: &Browser, part: &str) {
        browser.until(&self.first(&format!("[part~={part}]"), "true"));
        let is_there = format!("return {} ?? false;", self.has_focus(part));
        let found = (0..60).any(|_| {
            browser.press(TAB);
            browser.run(&is_there) == json!(true)
        });
        assert!(found, "{part} is reached by the keyboard");
    }

    /// Clicks with the mouse, where a part of the element is.
    pub(super) fn click(self, browser: &Browser, part: &str) {
        browser.until(&self.first(&format!("[part~={part}]"), "true"));
        browser.click_within(self.0, &format!("[part~={part}]"));
    }

    /// The luminance (0..=255) of a colour of the element's card.
    pub(super) fn luminance(self, browser: &Browser, property: &str) -> f64 {
        let script = format!(
            "const pen = document.createElement('canvas').getContext('2d'); \
             pen.fillStyle = getComputedStyle({}[0]).{property}; pen.fillRect(0, 0, 1, 1); \
             const [r, g, b] = pen.getImageData(0, 0, 1, 1).data; return 0.2126 * r + 0.7152 * g + 0.0722 * b;",
            self.all("[part=card]")
        );
        browser.run(&script).as_f64().expect("a luminance is a number")
    }

    /// A script that reads the counts at each frame, as a person might: their sums, and how many readings there were.
    pub(super) fn watch_counts(self) -> String {
        format!(
            "globalThis.sums = new Set(); globalThis.readings = 0; \
             const read = () => {{ \
               const numbers = document.querySelector('{}')?.shadowRoot?.querySelectorAll('[part=count] b') ?? []; \
               if (numbers.length > 0) {{ readings++; \
                 sums.add([...numbers].reduce((sum, node) => sum + Number(node.textContent.replaceAll(',', '')), 0)); }} \
               requestAnimationFrame(read); }}; \
             requestAnimationFrame(read);",
            self.0
        )
    }
}

/// Whatever was read while it ran added up to the total.
pub(super) fn check_counts(browser: &Browser, total: u64) {
    assert_eq!(browser.run("return [...sums];"), json!([total]), "what is read adds up");
    assert!(browser.run("return readings;").as_u64().is_some_and(|readings| readings > 0));
}
