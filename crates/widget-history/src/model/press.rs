//! What a person used, and what follows from it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{Act, Cmd, Deed, Measure, Model, Saving, Section, Size, follow_act};
use crate::errand::{Errand, Export};
use crate::filter::{Field, Filter};
use crate::map::Step;

/// What a person used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// The button that is about a cancel.
    Cancel,
    /// Yes, do it.
    Confirm,
    /// No, leave it; or: it was read.
    Dismiss,
    /// The node at that place: what there is to say of it is shown, or no longer.
    Node(usize),
    /// The keyboard goes to the node at that place.
    Visit(usize),
    /// Nothing of a node is to be shown any more.
    Close,
    /// The keyboard goes elsewhere.
    Go(Step),
    /// So many of a hundred edges are to be drawn.
    Percent(u64),
    /// What nodes and edges are to tell.
    Measure(Measure),
    /// The map is to be drawn at full size, or no longer.
    Size,
    /// A section's table is shown, or no longer.
    Table(Section),
    /// The report is to be narrowed; empty for no longer in this way.
    Narrow(Field, Rc<str>),
    /// The report is not to be narrowed any more.
    Widen,
    /// The report is to be asked for now.
    Again,
    /// A file for other tools.
    Save(Export),
}

impl Press {
    /// What a name and a value from the page stand for; `None` for what is nothing.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Option<Self> {
        Some(match name {
            "cancel" => Self::Cancel,
            "confirm" => Self::Confirm,
            "dismiss" => Self::Dismiss,
            "pick" => Self::Node(value.parse().ok()?),
            "visit" => Self::Visit(value.parse().ok()?),
            "close" => Self::Close,
            "key" => Self::Go(step_of(value)?),
            "edges" => Self::Percent(value.parse().ok().filter(|percent| *percent <= 100)?),
            "measure" => Self::Measure(Measure::ALL.into_iter().find(|measure| measure.name() == value)?),
            "size" => Self::Size,
            "table" => Self::Table(Section::ALL.into_iter().find(|section| section.name() == value)?),
            "widen" => Self::Widen,
            "again" => Self::Again,
            "save" => Self::Save(Export::of(value)?),
            field => Self::Narrow(Field::of(field)?, Rc::from(value)),
        })
    }
}

/// Where a key leads on the map; `None` for any other key.
fn step_of(key: &str) -> Option<Step> {
    Some(match key {
        "ArrowDown" => Step::Down,
        "ArrowUp" => Step::Up,
        "ArrowLeft" => Step::Left,
        "ArrowRight" => Step::Right,
        "Home" => Step::First,
        "End" => Step::Last,
        _ => return None,
    })
}

impl Model {
    pub(super) fn press(&mut self, press: Press, cmds: &mut Vec<Cmd>) {
        match press {
            Press::Cancel => cmds.extend(follow_act(self.act.begin(Deed::Cancel, self.can_cancel()))),
            Press::Confirm => cmds.extend(follow_act(self.act.confirm())),
            Press::Dismiss => self.dismiss(cmds),
            Press::Node(node) => {
                self.look.is_open = !(self.look.is_open && self.look.cursor == node);
                self.look.cursor = node;
            }
            Press::Visit(node) => self.visit(node, cmds),
            Press::Close if self.look.is_open => {
                self.look.is_open = false;
                cmds.push(Cmd::Focus(CURSOR));
            }
            Press::Close => {}
            Press::Go(step) => {
                let to = self.shown().map_or(0, |shown| shown.map.walk(self.look.cursor, step));
                self.visit(to, cmds);
            }
            Press::Percent(percent) => {
                self.look.percent = Some(percent);
                self.redraw();
            }
            Press::Measure(measure) => self.look.measure = measure,
            Press::Size => self.look.size = if self.look.size == Size::Fit { Size::Full } else { Size::Fit },
            Press::Table(section) => self.look.turn_table(section),
            Press::Narrow(field, value) => {
                let mut filter = self.filter.clone();
                filter.set(field, &value);
                self.narrow(filter);
            }
            Press::Widen => self.narrow(Filter::default()),
            Press::Again => self.report.hurry(),
            Press::Save(export) => self.save(export, cmds),
        }
    }

    fn visit(&mut self, node: usize, cmds: &mut Vec<Cmd>) {
        if self.shown().is_some_and(|shown| node < shown.map.nodes()) {
            self.look.cursor = node;
            cmds.push(Cmd::Focus(CURSOR));
        }
    }

    /// What is refused is read, or what was asked is answered with no.
    fn dismiss(&mut self, cmds: &mut Vec<Cmd>) {
        if matches!(self.saving, Saving::Refused(..)) && self.act == Act::None {
            self.saving = Saving::None;
        } else {
            cmds.extend(follow_act(self.act.dismiss()));
        }
    }

    /// One file at a time: a large one takes a while.
    fn save(&mut self, export: Export, cmds: &mut Vec<Cmd>) {
        if !matches!(self.saving, Saving::Asked(_)) {
            self.saving = Saving::Asked(export);
            cmds.push(Cmd::Ask(Errand::Save(export, self.filter.clone())));
        }
    }
}

/// The part of the node that the keyboard is at.
const CURSOR: &str = "cursor";
