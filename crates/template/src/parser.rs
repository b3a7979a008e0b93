//! Tokens into an expression, by Jinja2's ranks: `if`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, sign,
//! then fields, filters and tests. Names every filter, test and argument that there is not. Never nests deeper than
//! [`DEPTH_MAX`], so neither this nor what walks the result can exhaust the stack.

use crate::lexer::{LexFault, Token, TokenKind};
use crate::syntax::{Access, Comparison, Expr, If, Operator, Slice};

mod pipe;

/// The expression that `tokens` are; `end` is the byte after them.
pub(crate) fn expression(tokens: &[Token], end: usize) -> Result<Expr, LexFault> {
    let mut parser = Parser { tokens, end, depth: 0, pipes: 0 };
    let found = parser.whole()?;
    match parser.tokens.first() {
        None => Ok(found),
        Some(token) => Err(parser.unexpected(token)),
    }
}

pub(crate) struct Parser<'t> {
    tokens: &'t [Token],
    end: usize,
    depth: usize,
    pipes: usize,
}

type Parsed = Result<Expr, LexFault>;

impl<'t> Parser<'t> {
    fn whole(&mut self) -> Parsed {
        self.nested(Self::conditional)
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth >= DEPTH_MAX {
            return Err(LexFault::new(self.here(), format!("nested deeper than {DEPTH_MAX} levels")));
        }
        self.depth = self.depth.saturating_add(1);
        let found = parse(self);
        self.depth = self.depth.saturating_sub(1);
        found
    }

    fn conditional(&mut self) -> Parsed {
        let then = self.any()?;
        if !self.take_word("if") {
            return Ok(then);
        }
        let test = self.any()?;
        let otherwise = if self.take_word("else") { Some(self.whole()?) } else { None };
        Ok(Expr::If(Box::new(If { test, then, otherwise })))
    }

    fn any(&mut self) -> Parsed {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expr::Any))
    }

    fn all(&mut self) -> Parsed {
        let first = self.negation()?;
        let mut parts = vec![first];
        while self.take_word("and") {
            parts.push(self.negation()?);
        }
        Ok(one_or(parts, Expr::All))
    }

    fn negation(&mut self) -> Parsed {
        if self.take_word("not") {
            let operand = self.nested(Self::negation)?;
            return Ok(Expr::Not(Box::new(operand)));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let first = self.ranked(0)?;
        let mut rest = Vec::new();
        while let Some(comparison) = self.take_comparison() {
            rest.push((comparison, self.ranked(0)?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Compare(Box::new(first), rest) })
    }

    fn take_comparison(&mut self) -> Option<Comparison> {
        if self.take_word("in") {
            return Some(Comparison::In);
        }
        if self.is_word(0, "not") && self.is_word(1, "in") {
            self.skip();
            self.skip();
            return Some(Comparison::NotIn);
        }
        COMPARISONS.into_iter().find(|(sign, _)| self.take(sign)).map(|(_, comparison)| comparison)
    }

    /// Operators of `rank` and those that bind tighter.
    fn ranked(&mut self, rank: usize) -> Parsed {
        let Some(operators) = RANKS.get(rank) else {
            return self.signed();
        };
        let tighter = rank.saturating_add(1);
        let first = self.ranked(tighter)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.take(sign)) {
            rest.push((*operator, self.ranked(tighter)?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Chain(Box::new(first), rest) })
    }

    fn signed(&mut self) -> Parsed {
        let operand = self.unpiped()?;
        self.piped(operand)
    }

    /// A sign belongs to the value with its fields, and filters to the value with its sign, as in Jinja2.
    fn unpiped(&mut self) -> Parsed {
        if self.take("-") {
            let operand = self.nested(Self::unpiped)?;
            return Ok(Expr::Negative(Box::new(operand)));
        }
        let base = self.primary()?;
        self.path(base)
    }

    fn primary(&mut self) -> Parsed {
        let Some((token, rest)) = self.tokens.split_first() else {
            return Err(LexFault::new(self.end, "a value is missing"));
        };
        self.tokens = rest;
        match &token.kind {
            TokenKind::Int(value) => Ok(Expr::Int(*value)),
            TokenKind::Float(value) => Ok(Expr::Float(*value)),
            TokenKind::Text(text) => Ok(self.text(text)),
            TokenKind::Sign("(") => self.parenthesised(),
            TokenKind::Sign("[") => Ok(Expr::List(self.separated("]")?)),
            TokenKind::Sign("{") => self.map(),
            TokenKind::Sign(_) => Err(self.unexpected(token)),
            TokenKind::Name(name) => match name.as_str() {
                "true" | "True" => Ok(Expr::Bool(true)),
                "false" | "False" => Ok(Expr::Bool(false)),
                "none" | "None" | "null" => Ok(Expr::Null),
                "and" | "or" | "not" | "in" | "is" | "if" | "else" => Err(self.unexpected(token)),
                name => Ok(Expr::Name(name.into())),
            },
        }
    }

    /// Texts that follow each other are one.
    fn text(&mut self, first: &str) -> Expr {
        let mut whole = first.to_owned();
        while let Some((Token { kind: TokenKind::Text(more), .. }, rest)) = self.tokens.split_first() {
            whole.push_str(more);
            self.tokens = rest;
        }
        Expr::Text(whole.into())
    }

    fn parenthesised(&mut self) -> Parsed {
        if self.take(")") {
            return Ok(Expr::List(Vec::new()));
        }
        let first = self.whole()?;
        if !self.take(",") {
            self.expect(")")?;
            return Ok(first);
        }
        let mut items = vec![first];
        items.append(&mut self.separated(")")?);
        Ok(Expr::List(items))
    }

    /// Values with commas between, and perhaps after, up to `close`.
    fn separated(&mut self, close: &'static str) -> Result<Vec<Expr>, LexFault> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.whole()?);
            if !self.take(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn map(&mut self) -> Parsed {
        let mut fields = Vec::new();
        while !self.take("}") {
            let key = self.whole()?;
            self.expect(":")?;
            fields.push((key, self.whole()?));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::Map(fields))
    }

    fn path(&mut self, base: Expr) -> Parsed {
        let mut steps = Vec::new();
        loop {
            let at = self.here();
            if self.take(".") {
                steps.push(self.field()?);
            } else if self.take("[") {
                steps.push(self.subscript()?);
            } else if self.is_sign(0, "(") {
                return Err(LexFault::new(at, "nothing can be called in a template")
                    .hinting("filters do what methods do: `name | upper`, `list | join(', ')`"));
            } else {
                break;
            }
        }
        Ok(if steps.is_empty() { base } else { Expr::Path(Box::new(base), steps) })
    }

    fn field(&mut self) -> Result<Access, LexFault> {
        let found = match self.tokens.split_first() {
            Some((Token { kind: TokenKind::Name(name), .. }, rest)) => {
                Some((Access::Field(name.as_str().into()), rest))
            }
            Some((Token { kind: TokenKind::Int(index), .. }, rest)) => Some((Access::Index(*index), rest)),
            _ => None,
        };
        let Some((access, rest)) = found else {
            return Err(LexFault::new(self.here(), "a field's name is missing after `.`"));
        };
        self.tokens = rest;
        Ok(access)
    }

    fn subscript(&mut self) -> Result<Access, LexFault> {
        let from = if self.is_sign(0, ":") { None } else { Some(self.whole()?) };
        if let Some(key) = from.clone()
            && self.take("]")
        {
            return Ok(match key {
                Expr::Text(name) => Access::Field(name),
                Expr::Int(index) => Access::Index(index),
                key => Access::Key(key),
            });
        }
        self.expect(":")?;
        let is_bound = |parser: &Self| !parser.is_sign(0, ":") && !parser.is_sign(0, "]");
        let to = if is_bound(self) { Some(self.whole()?) } else { None };
        let by = if self.take(":") && is_bound(self) { Some(self.whole()?) } else { None };
        self.expect("]")?;
        Ok(Access::Slice(Box::new(Slice { from, to, by })))
    }

    fn here(&self) -> usize {
        self.tokens.first().map_or(self.end, |token| token.at)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn is_sign(&self, ahead: usize, wanted: &str) -> bool {
        matches!(self.tokens.get(ahead), Some(Token { kind: TokenKind::Sign(sign), .. }) if *sign == wanted)
    }

    fn is_word(&self, ahead: usize, wanted: &str) -> bool {
        matches!(self.tokens.get(ahead), Some(Token { kind: TokenKind::Name(name), .. }) if name == wanted)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is_there = self.is_sign(0, sign);
        if is_there {
            self.skip();
        }
        is_there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(0, word);
        if is_there {
            self.skip();
        }
        is_there
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), LexFault> {
        if self.take(sign) {
            return Ok(());
        }
        Err(LexFault::new(self.here(), format!("`{sign}` is missing here")))
    }

    fn unexpected(&self, token: &Token) -> LexFault {
        let fault = |what: String| LexFault::new(token.at, what);
        match &token.kind {
            TokenKind::Name(name) => fault(format!("`{name}` does not belong here")),
            TokenKind::Sign("=") => fault("`=` does not belong here".to_owned()).hinting("`==` compares"),
            TokenKind::Sign(sign) => fault(format!("`{sign}` does not belong here")),
            TokenKind::Text(_) => fault("a text does not belong here".to_owned()).hinting("`~` joins texts"),
            TokenKind::Int(_) | TokenKind::Float(_) => fault("a number does not belong here".to_owned()),
        }
    }
}

fn one_or(mut parts: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => Expr::Null,
    }
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// Loosest first.
const RANKS: [&[(&str, Operator)]; 4] = [
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("~", Operator::Join)],
    &[("*", Operator::Multiply), ("//", Operator::DivideWhole), ("/", Operator::Divide), ("%", Operator::Remainder)],
    &[("**", Operator::Power)],
];

/// Levels of nesting that an expression may have.
pub const DEPTH_MAX: usize = 64;
