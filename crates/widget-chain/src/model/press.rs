//! What a person used, and what follows from it.

use alloc::vec::Vec;

use super::{Cmd, Deed, Model, Output, Size, follow_act};
use crate::errand::Errand;
use crate::graph::Way;

/// What a person used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A button that is about a deed.
    Deed(Deed),
    /// Yes, do it.
    Confirm,
    /// No, leave it; or: it was read.
    Dismiss,
    /// The node at that place: what there is to say of it is shown, or no longer.
    Node(usize),
    /// The keyboard goes to the node at that place, which is named among what another one needs or feeds.
    Visit(usize),
    /// Nothing of a node is to be shown any more.
    Close,
    /// What the node came to.
    Output,
    /// The keyboard goes elsewhere.
    Go(Step),
    /// One size up.
    Larger,
    /// One size down.
    Smaller,
    /// As a list, or as a graph again.
    List,
}

/// Where the keyboard goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// In the graph.
    Graph(Way),
    /// In the list, so many nodes further.
    On(usize),
    /// In the list, so many nodes back.
    Back(usize),
}

impl Press {
    /// What a name and a value from the page stand for; `None` for what is nothing.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Option<Self> {
        Some(match name {
            "cancel" => Self::Deed(Deed::Cancel),
            "redrive" => Self::Deed(Deed::Redrive),
            "confirm" => Self::Confirm,
            "dismiss" => Self::Dismiss,
            "node" => Self::Node(value.parse().ok()?),
            "visit" => Self::Visit(value.parse().ok()?),
            "close" => Self::Close,
            "output" => Self::Output,
            "larger" => Self::Larger,
            "smaller" => Self::Smaller,
            "list" => Self::List,
            "key" => Self::Go(Step::of_key(value)?),
            _ => return None,
        })
    }
}

impl Step {
    /// Where a key leads in a graph or in a list, as in `ArrowDown list`; `None` for any other key.
    fn of_key(value: &str) -> Option<Self> {
        Some(match value.split_once(' ')? {
            ("Home", "graph") => Self::Graph(Way::First),
            ("End", "graph") => Self::Graph(Way::Last),
            ("Home", _) => Self::Back(usize::MAX),
            ("End", _) => Self::On(usize::MAX),
            ("ArrowRight", "graph") => Self::Graph(Way::Right),
            ("ArrowLeft", "graph") => Self::Graph(Way::Left),
            ("ArrowUp", "graph") => Self::Graph(Way::Up),
            ("ArrowDown", "graph") => Self::Graph(Way::Down),
            ("ArrowRight" | "ArrowDown", _) => Self::On(1),
            ("ArrowLeft" | "ArrowUp", _) => Self::Back(1),
            ("PageDown", "list") => Self::On(ROWS_OF_A_PAGE),
            ("PageUp", "list") => Self::Back(ROWS_OF_A_PAGE),
            _ => return None,
        })
    }
}

impl Model {
    pub(super) fn press(&mut self, press: Press, cmds: &mut Vec<Cmd>) {
        match press {
            Press::Deed(deed) => {
                let is_possible = match deed {
                    Deed::Cancel => self.can_cancel(),
                    Deed::Redrive => self.can_redrive(),
                };
                cmds.extend(follow_act(self.act.begin(deed, is_possible)));
            }
            Press::Confirm => cmds.extend(follow_act(self.act.confirm())),
            Press::Dismiss => cmds.extend(follow_act(self.act.dismiss())),
            Press::Node(node) => {
                self.look.is_open = !(self.look.is_open && self.look.cursor == node);
                self.look.go(node);
            }
            Press::Visit(node) => self.visit(node, cmds),
            Press::Close if self.look.is_open => {
                self.look.is_open = false;
                cmds.push(Cmd::Focus(CURSOR));
            }
            Press::Close => {}
            Press::Output => self.ask_output(cmds),
            Press::Go(step) => self.visit(self.stepped(step), cmds),
            Press::Larger => self.look.size = Some(self.size()).and_then(|size| size.larger().or(Some(size))),
            Press::Smaller => self.look.size = Some(self.size()).and_then(|size| size.smaller().or(Some(size))),
            Press::List => self.look.is_list = !self.look.is_list,
        }
    }

    /// How large nodes are drawn now.
    #[must_use]
    pub fn size(&self) -> Size {
        self.look.size(self.node_count())
    }

    fn node_count(&self) -> usize {
        self.feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.nodes.len())
    }

    fn visit(&mut self, node: usize, cmds: &mut Vec<Cmd>) {
        if node < self.node_count() {
            self.look.go(node);
            cmds.push(Cmd::Focus(CURSOR));
        }
    }

    fn stepped(&self, step: Step) -> usize {
        let (from, last) = (self.look.cursor, self.node_count().saturating_sub(1));
        match (step, self.drawn()) {
            (Step::Graph(way), Some(graph)) => graph.walk(from, way),
            (Step::Graph(Way::First), None) => 0,
            (Step::Graph(Way::Last), None) => last,
            (Step::Graph(Way::Right | Way::Down), None) => from.saturating_add(1).min(last),
            (Step::Graph(Way::Left | Way::Up), None) => from.saturating_sub(1),
            (Step::On(count), _) => from.saturating_add(count).min(last),
            (Step::Back(count), _) => from.saturating_sub(count),
        }
    }

    fn ask_output(&mut self, cmds: &mut Vec<Cmd>) {
        if let Some(node) = self.node().filter(|_| self.look.is_open && self.look.output != Output::Asked) {
            cmds.push(Cmd::Ask(Errand::Output(node.name.clone())));
            self.look.output = Output::Asked;
        }
    }
}

/// The part of the node that the keyboard is at.
const CURSOR: &str = "cursor";

/// Nodes of the list that a page key passes.
const ROWS_OF_A_PAGE: usize = 10;
