//! The custom elements, as one npm package in `crates/widget/pkg/`. Each is a module and a wasm of its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::{bind, bundle, compile, copy, is_stale};
use crate::tools::{self, Context, Failure};

/// The elements, each a module of its own beside the others in one package.
pub(super) fn build() -> Result<(), Failure> {
    let from = tools::root().join("crates/widget");
    let to = package_folder();
    fs::create_dir_all(&to).context("cannot make crates/widget/pkg")?;
    for element in &ELEMENTS {
        bind_element(element, &from.join("js").join(element.entry), &to)?;
    }
    let streams = tools::root().join("crates/element/js").join(STREAMS);
    if is_stale(&streams, &to.join(STREAMS)) {
        bundle(&streams, &to.join(STREAMS))?;
    }
    copy(&from.join("js/cxpulse.d.ts"), &to.join("cxpulse.d.ts"))?;
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&tools::root().join(file), &to.join(file))?;
    }
    let types = "./cxpulse.d.ts";
    let package = serde_json::json!({
        "name": "cxpulse",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Live status of NICE CXone Data Actions as custom elements",
        "license": "MIT OR Apache-2.0",
        "type": "module",
        "exports": {
            ".": { "types": types, "default": "./cxpulse.js" },
            "./batch": { "types": types, "default": "./cxpulse-batch.js" },
            "./chain": { "types": types, "default": "./cxpulse-chain.js" },
            "./history": { "types": types, "default": "./cxpulse-history.js" },
            "./package.json": "./package.json"
        },
        "types": types,
        "sideEffects": true
    });
    fs::write(to.join("package.json"), format!("{package:#}\n"))
        .context("cannot write the package.json of the elements")
}

/// One element: its glue and what it shares with others in one module, its wasm beside it.
fn bind_element(element: &Element, entry: &Path, to: &Path) -> Result<(), Failure> {
    let wasm = compile(element.package, element.module)?;
    let module = format!("{}_bg.wasm", element.module);
    if is_stale(&wasm, &to.join(&module)) || is_stale(entry, &to.join(element.entry)) {
        let bound = bind(&wasm, element.module, element.module, &[])?;
        copy(entry, &bound.join(element.entry))?;
        bundle(&bound.join(element.entry), &to.join(element.entry))?;
        copy(&bound.join(&module), &to.join(&module))?;
    }
    Ok(())
}

/// A custom element, as a page loads it.
pub(super) struct Element {
    pub(super) name: &'static str,
    package: &'static str,
    module: &'static str,
    entry: &'static str,
    pub(super) budget: usize,
}

impl Element {
    pub(super) fn files(&self) -> Vec<PathBuf> {
        [self.entry.to_owned(), format!("{}_bg.wasm", self.module)].map(|file| package_folder().join(file)).into()
    }
}

pub(super) fn package_folder() -> PathBuf {
    tools::root().join("crates/widget/pkg")
}

/// The module that elements load only where no socket gets through.
pub(super) const STREAMS: &str = "streams.js";

/// Gzipped bytes that a page may be asked to load for an element before it shows what happens. 27 KiB did before all elements had one
/// shell between JS and their models, whose calls are those of all of them: half a kilobyte for two thirds less of such source.
pub(super) const ELEMENT_BUDGET: usize = 28 * 1024;

/// The same for a batch: two thirds of the other one are what both share, and this one has a grid, a table, questions and deeds
/// besides.
const BATCH_BUDGET: usize = 45 * 1024;

/// The same for a chain: what it shares with a batch, a graph with the keyboard on it (which the server lays
/// out), details of a node, and outputs.
const CHAIN_BUDGET: usize = 48 * 1024;

/// The same for a history: what it shares with a chain, a report with eight pictures and as many tables, and a process map that is
/// laid out here, for a person chooses how much of it is drawn.
const HISTORY_BUDGET: usize = 68 * 1024;

pub(super) const ELEMENTS: [Element; 4] = [
    Element {
        name: "the element of an execution",
        package: "cxpulse-widget",
        module: "cxpulse_widget",
        entry: "cxpulse.js",
        budget: ELEMENT_BUDGET,
    },
    Element {
        name: "the element of a batch",
        package: "cxpulse-widget-batch",
        module: "cxpulse_widget_batch",
        entry: "cxpulse-batch.js",
        budget: BATCH_BUDGET,
    },
    Element {
        name: "the element of a chain",
        package: "cxpulse-widget-chain",
        module: "cxpulse_widget_chain",
        entry: "cxpulse-chain.js",
        budget: CHAIN_BUDGET,
    },
    Element {
        name: "the element of a history",
        package: "cxpulse-widget-history",
        module: "cxpulse_widget_history",
        entry: "cxpulse-history.js",
        budget: HISTORY_BUDGET,
    },
];
