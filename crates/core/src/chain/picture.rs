//! A chain as a picture: what is drawn where, in what state, and how that is said. JSON for an element, DOT and Mermaid for other
//! tools, SVG for a page. Never holds inputs or results, and never lets a text of somebody else out unescaped.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::layout::{Layout, NODE_HEIGHT, NODE_WIDTH, layout};
use super::{Chain, ChainOrder};
use crate::wire::chain::{ChainNodeView, ChainStatus, NodeFault};

mod dot;
mod mermaid;
mod svg;

/// A chain, drawn. Units are pixels at scale 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainGraph"))]
pub struct Picture {
    /// `chn_…`.
    pub id: String,
    /// Counts up with every change: two of the same are the same picture.
    pub seq: u64,
    /// Width of everything.
    pub width: u32,
    /// Height of everything.
    pub height: u32,
    /// Width of each node.
    pub node_width: u32,
    /// Height of each node.
    pub node_height: u32,
    /// The nodes, as they were written.
    pub nodes: Vec<PictureNode>,
    /// What needs what, ordered by what needs.
    pub edges: Vec<PictureEdge>,
    /// Of all nodes that follow one after the other those that took longest together; empty before any began.
    pub critical_path: Vec<String>,
}

/// A node of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainGraphNode"))]
pub struct PictureNode {
    /// The caller's.
    pub name: String,
    /// The action.
    pub action_id: String,
    /// How it is counted.
    pub status: ChainStatus,
    /// Why it stands so, where that is not its own doing.
    pub reason: Option<String>,
    /// Why there is no fresh output.
    pub error: Option<NodeFault>,
    /// Attempts of its execution.
    pub attempts: u32,
    /// How long its execution took; null before its end.
    pub latency_ms: Option<u64>,
    /// Whether it is on the critical path.
    pub critical: bool,
    /// 0 and up, from left to right: each node is right of all it needs.
    pub layer: u32,
    /// Its left edge.
    pub x: u32,
    /// Its upper edge.
    pub y: u32,
}

/// An edge of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChainGraphEdge"))]
pub struct PictureEdge {
    /// What is needed.
    pub from: String,
    /// What needs it.
    pub to: String,
    /// Whether it is on the critical path.
    pub critical: bool,
    /// Where it goes, `[x, y]` each, always to the right.
    pub points: Vec<(u32, u32)>,
}

/// How a picture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureForm {
    /// For an element: `application/json`.
    Json,
    /// Graphviz: `text/vnd.graphviz`.
    Dot,
    /// Mermaid: `text/vnd.mermaid`.
    Mermaid,
    /// A drawing: `image/svg+xml`.
    Svg,
}

impl Picture {
    /// The chain as of its latest change.
    #[must_use]
    pub fn of(order: &ChainOrder, chain: &Chain) -> Self {
        let (path, _) = chain.critical_path();
        let views = (0..chain.total()).filter_map(|index| ChainNodeView::of(order, chain, index)).collect();
        Self::drawn(order.id.to_string(), chain.standing().seq(), views, &path, &layout(chain.edges()))
    }

    fn drawn(id: String, seq: u64, views: Vec<ChainNodeView>, path: &[u32], layout: &Layout) -> Self {
        let name = |node: u32| {
            let view = usize::try_from(node).ok().and_then(|at| views.get(at));
            view.map(|view| view.name.clone()).unwrap_or_default()
        };
        let follows = |from: u32, to: u32| path.iter().zip(path.iter().skip(1)).any(|(a, b)| (*a, *b) == (from, to));
        let edges = layout.routes.iter().map(|route| PictureEdge {
            from: name(route.from),
            to: name(route.to),
            critical: follows(route.from, route.to),
            points: route.points.clone(),
        });
        let edges = edges.collect();
        let critical_path = path.iter().map(|node| name(*node)).collect();
        let placed = (0_u32..).zip(views).zip(&layout.places);
        let nodes = placed.map(|((node, view), place)| PictureNode {
            name: view.name,
            action_id: view.action_id.to_string(),
            status: view.status,
            reason: view.reason,
            error: view.error,
            attempts: view.attempts,
            latency_ms: view.latency_ms,
            critical: path.contains(&node),
            layer: place.layer,
            x: place.x,
            y: place.y,
        });
        Self {
            id,
            seq,
            width: layout.width,
            height: layout.height,
            node_width: NODE_WIDTH,
            node_height: NODE_HEIGHT,
            nodes: nodes.collect(),
            edges,
            critical_path,
        }
    }

    /// As text.
    #[must_use]
    pub fn written(&self, form: PictureForm) -> String {
        match form {
            // It has neither maps nor floats, so JSON can hold it.
            PictureForm::Json => serde_json::to_string(self).unwrap_or_default(),
            PictureForm::Dot => dot::write(self),
            PictureForm::Mermaid => mermaid::write(self),
            PictureForm::Svg => svg::write(self),
        }
    }
}

impl PictureForm {
    /// Every form; the first is what is given where nothing is asked for.
    pub const ALL: [Self; 4] = [Self::Json, Self::Dot, Self::Mermaid, Self::Svg];

    /// As `?format=` names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
        }
    }

    /// As `Accept` and `Content-Type` name it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Dot => "text/vnd.graphviz",
            Self::Mermaid => "text/vnd.mermaid",
            Self::Svg => "image/svg+xml",
        }
    }

    /// The form that `name` names, as `?format=` does.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

impl PictureNode {
    /// State and time in words: `successful, 1.2 s, 3 attempts`.
    fn state(&self) -> String {
        let mut words = self.status.name().replace('_', " ");
        if let Some(took) = self.latency_ms {
            words.push_str(&format!(", {}", duration(took)));
        }
        if self.attempts > 1 {
            words.push_str(&format!(", {} attempts", self.attempts));
        }
        words
    }

    /// Why it stands so, for people; `None` where there is nothing to say.
    fn why(&self) -> Option<String> {
        match (&self.error, &self.reason) {
            (Some(error), _) => Some(format!("{}: {}", error.code, error.message)),
            (None, Some(reason)) => Some(reason.clone()),
            (None, None) => None,
        }
    }
}

/// `41 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`.
fn duration(millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// The first `letters_max` letters, and a sign where that is not all.
fn shortened(text: &str, letters_max: usize) -> String {
    if text.chars().nth(letters_max).is_none() {
        return text.into();
    }
    text.chars().take(letters_max.saturating_sub(1)).chain(['…']).collect()
}

/// The letter, or a blank in place of one that controls something: a terminal, an XML reader, or which way the texts beside it run.
fn harmless(letter: char) -> char {
    match letter {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => ' ',
        other if other.is_control() => ' ',
        other => other,
    }
}
