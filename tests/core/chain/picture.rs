//! A chain as JSON, DOT, Mermaid and SVG.

mod forms;
mod scene;
