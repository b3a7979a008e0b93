//! A text with expressions in it, read once: what it reads can be asked before it is evaluated. Statements are refused by name.

use std::collections::BTreeSet;

use cxpulse_core::validate::{TEMPLATE_MAX, TemplateFault, Templates};

use crate::evaluate::Evaluation;
use crate::fault::{Stop, SyntaxFault};
use crate::lexer::{LexFault, Until, tokens};
use crate::parser::expression;
use crate::syntax::{Access, Arguments, Expr, Pipe};
use crate::value::{Value, put};

/// A text such as `"{{ fetch.id }}"` or `"Customer {{ fetch.id }}"`.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Expression(Expr),
}

impl Template {
    /// Reads a text. What has no `{{` is a text that stays as it is.
    ///
    /// # Errors
    /// [`SyntaxFault`] with line and column: an unknown filter or test, what cannot be read, more than [`TEMPLATE_MAX`] bytes.
    pub fn parse(text: &str) -> Result<Self, SyntaxFault> {
        if opening(text, 0).is_some() {
            limited(text)?;
        }
        parts(text).map(|parts| Self { parts }).map_err(|fault| placed(text, fault))
    }

    /// Reads a condition: an expression, or `{{ … }}` with one in it.
    ///
    /// # Errors
    /// [`SyntaxFault`] with line and column.
    pub fn parse_condition(text: &str) -> Result<Self, SyntaxFault> {
        if text.trim_start().starts_with("{{") {
            let found = Self::parse(text.trim())?;
            return match found.parts.as_slice() {
                [Part::Expression(_)] => Ok(found),
                _ => Err(placed(text, LexFault::new(0, "a condition is one expression, without text around it"))),
            };
        }
        limited(text)?;
        let parsed = tokens(text, 0, Until::TextEnd).and_then(|(tokens, end)| expression(&tokens, end.at));
        parsed.map(|found| Self { parts: vec![Part::Expression(found)] }).map_err(|fault| placed(text, fault))
    }

    /// The names that it reads, each once and in order, with the fields that are named outright: `fetch.customer.id`,
    /// `inputs`, `fetch.items.0`. The first part of each is a node's name, `inputs` or `chain`, or there is no such thing.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        for part in &self.parts {
            if let Part::Expression(expression) = part {
                walk(expression, &mut found);
            }
        }
        found.into_iter().collect()
    }

    /// Whether it is a text without any expression.
    #[must_use]
    pub fn is_text(&self) -> bool {
        !self.parts.iter().any(|part| matches!(part, Part::Expression(_)))
    }

    /// What it becomes: the value of a sole expression, else a text.
    pub(crate) fn value<'a>(&self, evaluation: &Evaluation<'_, 'a>) -> Result<Value<'a>, Stop> {
        if let [Part::Expression(only)] = self.parts.as_slice() {
            return evaluation.wanted(only);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(piece) => put(&mut text, piece, evaluation.meter)?,
                Part::Expression(expression) => {
                    evaluation.wanted(expression)?.write_text(&mut text, evaluation.meter)?;
                }
            }
        }
        Ok(Value::text(&text))
    }
}

/// What validation of a chain asks about its templates.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jinja;

impl Templates for Jinja {
    fn reads(&self, template: &str) -> Result<Vec<String>, TemplateFault> {
        Template::parse(template).map(|template| template.reads()).map_err(fault)
    }

    fn condition_reads(&self, condition: &str) -> Result<Vec<String>, TemplateFault> {
        Template::parse_condition(condition).map(|condition| condition.reads()).map_err(fault)
    }
}

fn fault(fault: SyntaxFault) -> TemplateFault {
    let place = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let message = fault.hint.map_or(fault.message.clone(), |hint| format!("{} ({hint})", fault.message));
    TemplateFault { line: place(fault.line), column: Some(place(fault.column)), message }
}

fn limited(text: &str) -> Result<(), SyntaxFault> {
    if text.len() > TEMPLATE_MAX {
        return Err(placed("", LexFault::new(0, format!("a template is longer than {TEMPLATE_MAX} bytes"))));
    }
    Ok(())
}

fn parts(text: &str) -> Result<Vec<Part>, LexFault> {
    let mut parts = Vec::new();
    let mut at = 0_usize;
    let mut is_trimmed = false;
    while let Some((start, kind)) = opening(text, at) {
        let after = start.saturating_add(2);
        let is_trimming = text.get(after..).is_some_and(|rest| rest.starts_with('-'));
        push_text(&mut parts, text.get(at..start).unwrap_or_default(), is_trimmed, is_trimming);
        let inside = after.saturating_add(usize::from(is_trimming));
        (at, is_trimmed) = match kind {
            Opening::Expression => {
                let (tokens, end) = tokens(text, inside, Until::Braces)?;
                parts.push(Part::Expression(expression(&tokens, end.at.saturating_sub(2))?));
                (end.at, end.is_trimmed)
            }
            Opening::Comment => {
                let inner = text.get(inside..).unwrap_or_default();
                let len = inner.find("#}").ok_or_else(|| LexFault::new(start, "the comment has no end"))?;
                (
                    inside.saturating_add(len).saturating_add(2),
                    inner.get(..len).is_some_and(|comment| comment.ends_with('-')),
                )
            }
            Opening::Statement => {
                return Err(LexFault::new(start, "there are no statements in an input's template")
                    .hinting("`{{ a if test else b }}` chooses, `{{ list | map('upper') | join(', ') }}` repeats"));
            }
        };
    }
    push_text(&mut parts, text.get(at..).unwrap_or_default(), is_trimmed, false);
    Ok(parts)
}

enum Opening {
    Expression,
    Comment,
    Statement,
}

fn opening(text: &str, from: usize) -> Option<(usize, Opening)> {
    let rest = text.get(from..)?;
    let pairs = rest.bytes().zip(rest.bytes().skip(1));
    pairs.enumerate().find_map(|(index, (first, second))| {
        let kind = match (first, second) {
            (b'{', b'{') => Opening::Expression,
            (b'{', b'#') => Opening::Comment,
            (b'{', b'%') => Opening::Statement,
            _ => return None,
        };
        Some((from.saturating_add(index), kind))
    })
}

fn push_text(parts: &mut Vec<Part>, text: &str, is_trimmed_before: bool, is_trimmed_after: bool) {
    let text = if is_trimmed_before { text.trim_start() } else { text };
    let text = if is_trimmed_after { text.trim_end() } else { text };
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

fn placed(text: &str, fault: LexFault) -> SyntaxFault {
    let before = text.get(..fault.at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    SyntaxFault {
        line: before.matches('\n').count().saturating_add(1),
        column: before.get(line_start..).unwrap_or_default().chars().count().saturating_add(1),
        message: fault.message,
        hint: fault.hint,
    }
}

fn walk(expression: &Expr, found: &mut BTreeSet<String>) {
    match expression {
        Expr::Null | Expr::Bool(_) | Expr::Int(_) | Expr::Float(_) | Expr::Text(_) => {}
        Expr::Name(name) => {
            found.insert(name.to_string());
        }
        Expr::List(items) | Expr::All(items) | Expr::Any(items) => items.iter().for_each(|item| walk(item, found)),
        Expr::Map(fields) => fields.iter().for_each(|(key, value)| {
            walk(key, found);
            walk(value, found);
        }),
        Expr::Path(base, steps) => walk_path(base, steps, found),
        Expr::Piped(base, pipes) => {
            walk(base, found);
            for Pipe::Filter(_, arguments) | Pipe::Trial(_, arguments, _) in pipes {
                walk_arguments(arguments, found);
            }
        }
        Expr::Not(operand) | Expr::Negative(operand) => walk(operand, found),
        Expr::Chain(first, rest) => {
            walk(first, found);
            rest.iter().for_each(|(_, operand)| walk(operand, found));
        }
        Expr::Compare(first, rest) => {
            walk(first, found);
            rest.iter().for_each(|(_, operand)| walk(operand, found));
        }
        Expr::If(parts) => {
            walk(&parts.test, found);
            walk(&parts.then, found);
            parts.otherwise.iter().for_each(|otherwise| walk(otherwise, found));
        }
    }
}

fn walk_arguments(arguments: &Arguments, found: &mut BTreeSet<String>) {
    arguments.given.iter().flatten().chain(&arguments.rest).for_each(|argument| walk(argument, found));
}

/// A name with the fields that follow it outright; what is within brackets is read too.
fn walk_path(base: &Expr, steps: &[Access], found: &mut BTreeSet<String>) {
    let mut name = match base {
        Expr::Name(name) => Some(name.to_string()),
        other => {
            walk(other, found);
            None
        }
    };
    let mut is_outright = true;
    for step in steps {
        match step {
            Access::Field(field) if is_outright => name = name.map(|name| format!("{name}.{field}")),
            Access::Index(index) if is_outright => name = name.map(|name| format!("{name}.{index}")),
            Access::Field(_) | Access::Index(_) => {}
            Access::Key(key) => {
                is_outright = false;
                walk(key, found);
            }
            Access::Slice(slice) => {
                is_outright = false;
                [&slice.from, &slice.to, &slice.by].into_iter().flatten().for_each(|bound| walk(bound, found));
            }
        }
    }
    found.extend(name);
}
