//! A page of history, row by row and step by step, in one pass. Never keeps a step: a [`Sink`] does with it what it likes.
//!
//! The shape is that of `/api/v2/interactions/history/query`, as the profile `interactions-history` has it.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::anomaly::{Anomalies, AnomalyKind};
use super::cursor::{Cursor, Fault, Open, Text};
use super::fields::{Change, Variables, compare};
use super::moment::{Calendar, Moment};

/// What is made of rows and steps.
pub(super) trait Sink<'a> {
    /// Whether steps are looked at; else a row is no more than whose it is.
    fn wants_steps(&self) -> bool {
        true
    }
    /// A step that has a node and times; `changes` are taken before.
    fn step(&mut self, step: &StepRead<'a>);
    /// A variable that the next step changed.
    fn change(&mut self, change: Change<'a>);
    /// That step cannot stand; what was told of its changes is void.
    fn leave_out(&mut self);
    /// The row is over. What of its steps was wrong stands in `anomalies`.
    fn row(&mut self, id: Option<&str>, anomalies: &Anomalies);
}

/// What a text is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A page (an object with its rows in `data`, before anything that a row has), a list of rows, or a row.
    Any,
    /// A row, whatever fields it has.
    Row,
}

/// A step as it stands.
#[derive(Debug, Clone)]
pub(super) struct StepRead<'a> {
    pub(super) node: Cow<'a, str>,
    /// Empty where there is none.
    pub(super) kind: Cow<'a, str>,
    /// Epoch milliseconds.
    pub(super) start: i64,
    /// `None` where it has none.
    pub(super) end: Option<i64>,
    pub(super) is_error: bool,
}

/// Reads one text: a page, or a row.
pub(super) struct Reader<'a, S> {
    cursor: Cursor<'a>,
    sink: S,
    calendar: Calendar,
    anomalies: Anomalies,
    before: Variables<'a>,
    after: Variables<'a>,
    /// What was after the step before, which is mostly what is before this one.
    last: Variables<'a>,
    draft: Draft<'a>,
    /// What the step before had, in order.
    members: Vec<Member<'a>>,
}

/// A name that a step has, and what it means.
#[derive(Clone, Copy)]
struct Member<'a> {
    name: Text<'a>,
    field: Field,
}

#[derive(Clone, Copy)]
enum Field {
    Node,
    Kind,
    Start,
    End,
    Before,
    After,
    Error,
    Other,
}

impl Field {
    fn of(name: &str) -> Self {
        match name {
            "nodeId" => Self::Node,
            "nodeType" => Self::Kind,
            "startTime" => Self::Start,
            "endTime" => Self::End,
            "variablesBefore" => Self::Before,
            "variablesAfter" => Self::After,
            "errorState" => Self::Error,
            _ => Self::Other,
        }
    }
}

/// A step of which not all is read.
#[derive(Default)]
struct Draft<'a> {
    seen: u8,
    is_repeated: bool,
    node: Option<Cow<'a, str>>,
    node_text: &'a str,
    kind: Option<Cow<'a, str>>,
    start: Time<'a>,
    end: Time<'a>,
    is_error: bool,
    odd_error: Option<&'a str>,
    odd_variables: bool,
}

#[derive(Clone, Copy)]
struct Time<'a> {
    is: Moment,
    text: &'a str,
}

impl Default for Time<'_> {
    fn default() -> Self {
        Self { is: Moment::Missing, text: "" }
    }
}

impl<'a, S: Sink<'a>> Reader<'a, S> {
    pub(super) fn new(text: &'a str, sink: S) -> Self {
        Self {
            cursor: Cursor::new(text),
            sink,
            calendar: Calendar::default(),
            anomalies: Anomalies::default(),
            before: Variables::default(),
            after: Variables::default(),
            last: Variables::default(),
            draft: Draft::default(),
            members: Vec::new(),
        }
    }

    /// One value. Nothing may follow it.
    pub(super) fn document(mut self, expected: Expected) -> Result<(), Fault> {
        match (self.cursor.peek(), expected) {
            (Some(b'['), Expected::Any) => self.rows()?,
            (Some(b'{'), Expected::Any) => self.page_or_row()?,
            (Some(b'{'), Expected::Row) => {
                let row = self.row_head()?;
                self.end()?;
                self.end_row(row);
            }
            (Some(_) | None, Expected::Any) => return Err(self.cursor.fault("neither an object nor a list")),
            (Some(_) | None, Expected::Row) => return Err(self.cursor.fault("no object")),
        }
        self.end()
    }

    fn end(&mut self) -> Result<(), Fault> {
        if self.cursor.peek().is_some() { Err(self.cursor.fault("something after the end")) } else { Ok(()) }
    }

    fn rows(&mut self) -> Result<(), Fault> {
        self.cursor.enter(Open::List)?;
        while self.cursor.next_item()? {
            if self.cursor.peek() == Some(b'{') {
                let row = self.row_head()?;
                self.end_row(row);
            } else {
                let text = self.cursor.value()?;
                self.broken_row(text);
            }
        }
        Ok(())
    }

    fn page_or_row(&mut self) -> Result<(), Fault> {
        let mut row = RowHead::default();
        let mut is_page = false;
        self.cursor.enter(Open::Object)?;
        while let Some(name) = self.cursor.next_name()? {
            let is_row = is_page || row.has_id || row.has_steps;
            if name.raw == "data" && !is_row && self.cursor.peek() == Some(b'[') {
                is_page = true;
                self.rows()?;
            } else if is_page {
                self.cursor.value()?;
            } else {
                self.row_field(name, &mut row)?;
            }
        }
        if !is_page {
            self.end_row(row);
        }
        Ok(())
    }

    fn row_head(&mut self) -> Result<RowHead<'a>, Fault> {
        let mut row = RowHead::default();
        self.cursor.enter(Open::Object)?;
        while let Some(name) = self.cursor.next_name()? {
            self.row_field(name, &mut row)?;
        }
        Ok(row)
    }

    fn row_field(&mut self, name: Text<'a>, row: &mut RowHead<'a>) -> Result<(), Fault> {
        match name.raw {
            "interactionId" => {
                self.note_repeated(row.has_id, name.raw);
                row.has_id = true;
                row.id = self.name()?.0;
            }
            "steps" if self.cursor.peek() == Some(b'[') => {
                self.note_repeated(row.has_steps, name.raw);
                row.has_steps = true;
                if !self.sink.wants_steps() {
                    return self.cursor.value().map(drop);
                }
                self.last.clear();
                self.cursor.enter(Open::List)?;
                while self.cursor.next_item()? {
                    self.step()?;
                }
            }
            _ => drop(self.cursor.value()?),
        }
        Ok(())
    }

    fn end_row(&mut self, row: RowHead<'a>) {
        if row.id.is_none() || !row.has_steps {
            let found = if row.has_steps { "no interactionId" } else { "no list of steps" };
            self.anomalies.clear();
            self.anomalies.add(AnomalyKind::UnreadableRow, row.id.as_deref(), None, found);
            self.sink.row(None, &self.anomalies);
        } else {
            self.sink.row(row.id.as_deref(), &self.anomalies);
        }
        self.anomalies.clear();
    }

    fn broken_row(&mut self, text: &str) {
        self.anomalies.add(AnomalyKind::UnreadableRow, None, None, text);
        self.sink.row(None, &self.anomalies);
        self.anomalies.clear();
    }

    fn note_repeated(&mut self, is_repeated: bool, name: &str) {
        if is_repeated {
            self.anomalies.add(AnomalyKind::RepeatedKey, None, None, name);
        }
    }

    fn step(&mut self) -> Result<(), Fault> {
        if self.cursor.peek() != Some(b'{') {
            let text = self.cursor.value()?;
            self.anomalies.add(AnomalyKind::UnreadableStep, None, None, text);
            return Ok(());
        }
        self.before.clear();
        self.after.clear();
        self.cursor.enter(Open::Object)?;
        let mut place = 0_usize;
        loop {
            let expected = self.members.get(place).copied();
            let Some(name) = self.cursor.next_member(expected.map(|member| member.name))? else { break };
            let field = match expected {
                Some(member) if core::ptr::eq(member.name.raw, name.raw) => member.field,
                Some(_) | None => self.remember(place, name),
            };
            self.step_field(field)?;
            place = place.saturating_add(1);
        }
        self.end_step();
        // What is after this step is looked for before the next.
        core::mem::swap(&mut self.last, &mut self.after);
        Ok(())
    }

    /// Which field a name is. The first names of a step are those that the next one is expected to have.
    fn remember(&mut self, place: usize, name: Text<'a>) -> Field {
        let member = Member { name, field: Field::of(name.raw) };
        match self.members.get_mut(place) {
            Some(known) => *known = member,
            None if place < MEMBERS_MAX => self.members.push(member),
            None => {}
        }
        member.field
    }

    fn step_field(&mut self, field: Field) -> Result<(), Fault> {
        let bit = match field {
            Field::Node => {
                (self.draft.node, self.draft.node_text) = self.name()?;
                1
            }
            Field::Kind => {
                self.draft.kind = self.name()?.0;
                2
            }
            Field::Start => {
                self.draft.start = self.time()?;
                4
            }
            Field::End => {
                self.draft.end = self.time()?;
                8
            }
            Field::Before => {
                self.variables_before()?;
                16
            }
            Field::After => {
                self.variables_after()?;
                32
            }
            Field::Error => {
                self.error_state()?;
                64
            }
            Field::Other => return self.cursor.value().map(drop),
        };
        self.draft.is_repeated |= self.draft.seen & bit != 0;
        self.draft.seen |= bit;
        Ok(())
    }

    fn variables_before(&mut self) -> Result<(), Fault> {
        if self.last.is_next(&mut self.cursor) {
            self.cursor.skip(self.last.len());
            core::mem::swap(&mut self.before, &mut self.last);
            return Ok(());
        }
        self.draft.odd_variables |= !self.before.read(&mut self.cursor, &self.last)?;
        Ok(())
    }

    fn variables_after(&mut self) -> Result<(), Fault> {
        if self.before.is_next(&mut self.cursor) {
            self.cursor.skip(self.before.len());
            self.after.clone_from(&self.before);
            return Ok(());
        }
        self.draft.odd_variables |= !self.after.read(&mut self.cursor, &self.before)?;
        Ok(())
    }

    fn error_state(&mut self) -> Result<(), Fault> {
        let text = self.cursor.value()?;
        self.draft.is_error = text == "true";
        self.draft.odd_error = (!matches!(text, "true" | "false" | "null")).then_some(text);
        Ok(())
    }

    /// A text or a number, and how it stands there.
    fn name(&mut self) -> Result<(Option<Cow<'a, str>>, &'a str), Fault> {
        match self.cursor.peek() {
            Some(b'"') => {
                let text = self.cursor.string()?;
                let name = text.decoded();
                let is_sound = !name.is_empty() && name.len() <= super::NAME_MAX;
                Ok((is_sound.then_some(name), text.raw))
            }
            Some(b'-' | b'0'..=b'9') => {
                let text = self.cursor.value()?;
                Ok(((text.len() <= super::NAME_MAX).then_some(Cow::Borrowed(text)), text))
            }
            Some(_) | None => Ok((None, self.cursor.value()?)),
        }
    }

    fn time(&mut self) -> Result<Time<'a>, Fault> {
        if self.cursor.peek() != Some(b'"') {
            let text = self.cursor.value()?;
            let is = if text == "null" { Moment::Missing } else { Moment::Unreadable };
            return Ok(Time { is, text });
        }
        let text = self.cursor.string()?.raw;
        Ok(Time { is: self.calendar.read(text), text })
    }

    /// Says what was wrong with the step, and hands it on if it can stand.
    fn end_step(&mut self) {
        let draft = core::mem::take(&mut self.draft);
        let node = draft.node.as_deref();
        let mut say = |kind, found: &str| self.anomalies.add(kind, None, node, found);
        if draft.is_repeated {
            say(AnomalyKind::RepeatedKey, "a name of the step");
        }
        if draft.odd_variables {
            say(AnomalyKind::UnreadableVariables, "no object");
        }
        if let Some(text) = draft.odd_error {
            say(AnomalyKind::UnreadableErrorState, text);
        }
        let sink = &mut self.sink;
        if compare(&mut self.before, &mut self.after, &mut |change| sink.change(change)) {
            say(AnomalyKind::RepeatedKey, "a name of the variables");
        }
        let start = standing(draft.start, AnomalyKind::MissingStart, &mut say);
        // A missing end may be mended, so it is for the analysis to count.
        let end = match draft.end.is {
            Moment::Missing => Some(None),
            Moment::At(_) | Moment::Zoneless | Moment::Unreadable => {
                standing(draft.end, AnomalyKind::MissingEnd, &mut say).map(Some)
            }
        };
        if node.is_none() {
            say(AnomalyKind::UnreadableNode, draft.node_text);
        }
        if let (Some(node), Some(start), Some(end)) = (draft.node, start, end) {
            let kind = draft.kind.unwrap_or_default();
            self.sink.step(&StepRead { node, kind, start, end, is_error: draft.is_error });
        } else {
            self.sink.leave_out();
        }
    }
}

fn standing(time: Time<'_>, missing: AnomalyKind, say: &mut impl FnMut(AnomalyKind, &str)) -> Option<i64> {
    match time.is {
        Moment::At(at) => return Some(at),
        Moment::Missing => say(missing, time.text),
        Moment::Zoneless => say(AnomalyKind::ZonelessTime, time.text),
        Moment::Unreadable => say(AnomalyKind::UnreadableTime, time.text),
    }
    None
}

/// What a row says beside its steps.
#[derive(Default)]
struct RowHead<'a> {
    id: Option<Cow<'a, str>>,
    has_id: bool,
    has_steps: bool,
}

/// Names of a step that are remembered.
const MEMBERS_MAX: usize = 16;
