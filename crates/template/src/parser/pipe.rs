//! Filters and tests behind a value, with their arguments. What there is not is named, with the name that may be meant.

use crate::filter;
use crate::lexer::{LexFault, Token, TokenKind};
use crate::parser::{Parsed, Parser};
use crate::syntax::{Arguments, Expr, Pipe, Sense};
use crate::trial;

impl Parser<'_> {
    /// Filters and tests behind a value.
    pub(super) fn piped(&mut self, base: Expr) -> Parsed {
        let mut pipes = Vec::new();
        loop {
            if self.pipes > PIPES_MAX {
                return Err(LexFault::new(self.here(), format!("more than {PIPES_MAX} filters and tests")));
            }
            if self.take("|") {
                let (name, at) = self.pipe_name("a filter's name is missing after `|`")?;
                let found = filter::find(&name).ok_or_else(|| unknown(at, "filter", &name, filter::names()))?;
                let arguments = self.arguments(found.parameters, found.unnamed, found.takes_rest, &name)?;
                pipes.push(Pipe::Filter(found, arguments));
            } else if self.take_word("is") {
                let sense = if self.take_word("not") { Sense::IsNot } else { Sense::Is };
                let (name, at) = self.pipe_name("a test's name is missing after `is`")?;
                let found = trial::find(&name).ok_or_else(|| unknown(at, "test", &name, trial::names()))?;
                pipes.push(Pipe::Trial(found, self.trial_arguments(found.parameters, &name)?, sense));
            } else {
                break;
            }
            self.pipes = self.pipes.saturating_add(1);
        }
        Ok(if pipes.is_empty() { base } else { Expr::Piped(Box::new(base), pipes) })
    }

    fn pipe_name(&mut self, missing: &str) -> Result<(String, usize), LexFault> {
        let at = self.here();
        let Some((Token { kind: TokenKind::Name(name), .. }, rest)) = self.tokens.split_first() else {
            return Err(LexFault::new(at, missing));
        };
        self.tokens = rest;
        Ok((name.clone(), at))
    }

    /// `is divisibleby(3)` and `is divisibleby 3`.
    fn trial_arguments(&mut self, parameters: &'static [&'static str], name: &str) -> Result<Arguments, LexFault> {
        if self.is_sign(0, "(") || parameters.is_empty() || !self.begins_value() {
            return self.arguments(parameters, parameters.len(), false, name);
        }
        Ok(Arguments { given: vec![Some(self.nested(Self::unpiped)?)], rest: Vec::new() })
    }

    fn begins_value(&self) -> bool {
        self.tokens.first().is_some_and(|token| match &token.kind {
            TokenKind::Name(name) => !matches!(name.as_str(), "and" | "or" | "else" | "is" | "if" | "not" | "in"),
            TokenKind::Text(_) | TokenKind::Int(_) | TokenKind::Float(_) => true,
            TokenKind::Sign(sign) => matches!(*sign, "-" | "[" | "{"),
        })
    }

    fn arguments(
        &mut self,
        parameters: &'static [&'static str],
        unnamed: usize,
        takes_rest: bool,
        name: &str,
    ) -> Result<Arguments, LexFault> {
        let mut found = Arguments { given: vec![None; parameters.len()], rest: Vec::new() };
        if !self.take("(") {
            return Ok(found);
        }
        let mut position = 0_usize;
        while !self.take(")") {
            let at = self.here();
            if let Some(named) = self.take_named() {
                let slot = parameters.iter().position(|parameter| *parameter == named);
                let slot = slot.and_then(|index| found.given.get_mut(index)).filter(|slot| slot.is_none());
                let Some(slot) = slot else {
                    return Err(LexFault::new(at, format!("`{name}` takes no argument `{named}` here"))
                        .hinting(takes(parameters)));
                };
                *slot = Some(self.whole()?);
            } else {
                let value = self.whole()?;
                match found.given.get_mut(position).filter(|_| position < unnamed) {
                    Some(slot @ None) => *slot = Some(value),
                    _ if takes_rest => found.rest.push(value),
                    _ => {
                        return Err(
                            LexFault::new(at, format!("`{name}` takes no such argument")).hinting(takes(parameters))
                        );
                    }
                }
                position = position.saturating_add(1);
            }
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(found)
    }

    fn take_named(&mut self) -> Option<String> {
        let [Token { kind: TokenKind::Name(name), .. }, Token { kind: TokenKind::Sign("="), .. }, rest @ ..] =
            self.tokens
        else {
            return None;
        };
        self.tokens = rest;
        Some(name.clone())
    }
}

fn takes(parameters: &[&str]) -> String {
    match parameters {
        [] => "it takes none".to_owned(),
        parameters => format!("it takes {}", parameters.join(", ")),
    }
}

fn unknown(at: usize, what: &str, name: &str, known: impl Iterator<Item = &'static str>) -> LexFault {
    let fault = LexFault::new(at, format!("there is no {what} `{name}`"));
    match known.map(|one| (distance(name, one), one)).min().filter(|(distance, _)| *distance <= 2) {
        Some((_, near)) => fault.hinting(format!("did you mean `{near}`?")),
        None => fault,
    }
}

/// Letters to insert, drop or change: Levenshtein's distance, of names up to 24 letters.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, a) in one.bytes().take(24).enumerate() {
        let mut diagonal = index;
        let mut left = index.saturating_add(1);
        let mut next = vec![left];
        for (b, above) in other.bytes().zip(row.iter().skip(1)) {
            let changed = diagonal.saturating_add(usize::from(a != b));
            left = changed.min(above.saturating_add(1)).min(left.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Filters and tests in one expression: each may nest what it makes one level deeper.
const PIPES_MAX: usize = 64;
