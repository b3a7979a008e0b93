//! A plan of nodes as text: a line for each, with its depth, its tag and after a point its part, and after tabs what it has: `name=value`
//! is an attribute, `=text` its text, `--name=value` a style property, `.name=value` a property. Never holds a tab or a line break in a
//! value.
//!
//! What a node always has stands in its line as it is: text is small where calls are not.

use alloc::string::String;

use crate::text::decimal;

/// A plan under way.
#[derive(Debug, Default)]
pub struct Plan {
    text: String,
    depth: u64,
}

impl Plan {
    /// Begins a node within the one that is open: `div.head`, and what it always has.
    pub fn open(&mut self, node: &str) -> &mut Self {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&decimal(self.depth));
        self.text.push('\t');
        self.text.push_str(node);
        self.depth = self.depth.saturating_add(1);
        self
    }

    /// Something that the open node has, unless it is empty; only before anything stands within it.
    pub fn is(&mut self, name: &str, value: &str) -> &mut Self {
        if value.is_empty() {
            return self;
        }
        self.text.push('\t');
        self.text.push_str(name);
        self.text.push('=');
        let clean = |letter: char| if letter.is_ascii_control() { ' ' } else { letter };
        self.text.extend(value.chars().map(clean));
        self
    }

    /// Begins a node with text and nothing else in it.
    pub fn leaf(&mut self, node: &str, text: &str) -> &mut Self {
        self.open(node).is("", text)
    }

    /// A whole node with text; none where there is no text.
    pub fn say(&mut self, node: &str, text: &str) {
        if !text.is_empty() {
            self.leaf(node, text).close();
        }
    }

    /// A button that presses `name` with `value`; its own part is told by its name.
    pub fn button(&mut self, name: &str, value: &str, text: &str) -> &mut Self {
        let node = ["button.button ", name, "\ttype=button\tdata-do=", name].concat();
        self.open(&node).is("data-value", value).is("", text)
    }

    /// Ends the node that is open.
    pub fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The plan.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }
}
