//! The nodes of a shadow tree, built from a table, and what was last written to them. Never writes the same twice: the
//! browser would lay out again, and a screen reader might speak again.

use core::cell::RefCell;
use std::collections::BTreeMap;

use wasm_bindgen::prelude::*;
use web_sys::{CssStyleSheet, Document, Element, HtmlElement, ShadowRootInit, ShadowRootMode};

/// A node to build: its tag, its part, and the place of its parent in the table; the first one's is the root itself.
pub(crate) type Plan = (&'static str, &'static str, usize);

/// The nodes, by their place in the table.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Element>,
    written: RefCell<BTreeMap<(usize, &'static str), String>>,
}

impl Tree {
    /// Builds the tree in the host's shadow; a host that comes back keeps its shadow root and gets new nodes.
    pub(crate) fn new(host: &HtmlElement, plans: &[Plan], css: &str) -> Result<Self, JsValue> {
        let document = host.owner_document().ok_or(JsValue::UNDEFINED)?;
        let root = match host.shadow_root() {
            Some(root) => root,
            None => host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))?,
        };
        let sheet = CssStyleSheet::new()?;
        sheet.replace_sync(css)?;
        js_sys::Reflect::set(&root, &"adoptedStyleSheets".into(), &js_sys::Array::of1(&sheet))?;
        root.set_text_content(None);
        let mut nodes: Vec<Element> = Vec::with_capacity(plans.len());
        for (tag, part, parent) in plans {
            let node = create(&document, tag)?;
            if !part.is_empty() {
                node.set_attribute("part", part)?;
            }
            match nodes.get(*parent) {
                Some(parent) => parent.append_child(&node)?,
                None => root.append_child(&node)?,
            };
            nodes.push(node);
        }
        Ok(Self { nodes, written: RefCell::default() })
    }

    /// The text of a node; a node without text is hidden.
    pub(crate) fn text(&self, place: usize, text: &str) {
        if self.is_news(place, "", text)
            && let Some(node) = self.nodes.get(place)
        {
            node.set_text_content(Some(text));
            self.show(place, !text.is_empty());
        }
    }

    /// Whether a node is there to be seen.
    pub(crate) fn show(&self, place: usize, is_shown: bool) {
        self.attribute(place, "hidden", (!is_shown).then_some(""));
    }

    /// An attribute; `None` takes it away.
    pub(crate) fn attribute(&self, place: usize, name: &'static str, value: Option<&str>) {
        if !self.is_news(place, name, value.unwrap_or(ABSENT)) {
            return;
        }
        // A name from our own tables is always valid.
        let _ = self.nodes.get(place).map(|node| match value {
            Some(value) => node.set_attribute(name, value),
            None => node.remove_attribute(name),
        });
    }

    /// A style property, through the object model, which a strict content security policy lets pass.
    pub(crate) fn style(&self, place: usize, property: &'static str, value: &str) {
        if self.is_news(place, property, value)
            && let Some(node) = self.nodes.get(place).and_then(|node| node.dyn_ref::<HtmlElement>())
        {
            let _ = node.style().set_property(property, value);
        }
    }

    /// One child with text for each of the items.
    pub(crate) fn list(&self, place: usize, tag: &str, items: impl Iterator<Item = String>) {
        let Some(node) = self.nodes.get(place) else { return };
        node.set_text_content(None);
        let Some(document) = node.owner_document() else { return };
        for item in items {
            let Ok(child) = document.create_element(tag) else { return };
            child.set_text_content(Some(&item));
            let _ = node.append_child(&child);
        }
    }

    fn is_news(&self, place: usize, name: &'static str, value: &str) -> bool {
        let mut written = self.written.borrow_mut();
        let is_news = written.get(&(place, name)).is_none_or(|before| before != value);
        if is_news {
            written.insert((place, name), value.into());
        }
        is_news
    }
}

fn create(document: &Document, tag: &str) -> Result<Element, JsValue> {
    match tag {
        "svg" | "path" => document.create_element_ns(Some("http://www.w3.org/2000/svg"), tag),
        _ => document.create_element(tag),
    }
}

/// No value can be this.
const ABSENT: &str = "\0";
