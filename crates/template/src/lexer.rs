//! An expression's text into tokens, up to the `}}` that ends it. Never looks at what they mean.

/// A token and where it begins, in bytes of the whole text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    Name(String),
    Text(String),
    Int(i128),
    Float(f64),
    Sign(&'static str),
}

/// What is wrong and where, in bytes of the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LexFault {
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl LexFault {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }

    pub(crate) fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// How an expression ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// First byte after it.
    pub(crate) at: usize,
    /// `-}}`: white space that follows is dropped.
    pub(crate) is_trimmed: bool,
}

/// Where an expression may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// At `}}`.
    Braces,
    /// With the text.
    TextEnd,
}

/// The tokens of the expression that begins at `from`.
pub(crate) fn tokens(text: &str, from: usize, until: Until) -> Result<(Vec<Token>, End), LexFault> {
    let mut lexer = Lexer { text, at: from, open: Vec::new(), found: Vec::new() };
    loop {
        lexer.skip_space();
        let start = lexer.at;
        if lexer.rest().is_empty() {
            return match until {
                Until::TextEnd => Ok((lexer.found, End { at: start, is_trimmed: false })),
                Until::Braces => Err(LexFault::new(start, "the expression has no end").hinting("write `}}` after it")),
            };
        }
        if until == Until::Braces && lexer.open.is_empty() {
            for (end, is_trimmed) in [("}}", false), ("-}}", true)] {
                if lexer.rest().starts_with(end) {
                    return Ok((lexer.found, End { at: start.saturating_add(end.len()), is_trimmed }));
                }
            }
        }
        let kind = lexer.token()?;
        lexer.found.push(Token { kind, at: start });
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Brackets not closed yet.
    open: Vec<&'static str>,
    found: Vec<Token>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.forward(rest.len().saturating_sub(rest.trim_start().len()));
    }

    const fn forward(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn token(&mut self) -> Result<TokenKind, LexFault> {
        match self.rest().chars().next() {
            Some('"' | '\'') => self.quoted(),
            Some('0'..='9') => self.number(),
            Some('a'..='z' | 'A'..='Z' | '_') => Ok(TokenKind::Name(self.name().to_owned())),
            _ => self.sign(),
        }
    }

    fn name(&mut self) -> &'t str {
        self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let len = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.forward(len);
        rest.get(..len).unwrap_or_default()
    }

    fn number(&mut self) -> Result<TokenKind, LexFault> {
        let start = self.at;
        let mut digits = self.take_while(|c| c.is_ascii_digit() || c == '_').to_owned();
        // `rows.0.1` is two indices, not a fraction.
        let is_index = matches!(self.found.last(), Some(Token { kind: TokenKind::Sign("."), .. }));
        let mut is_whole = true;
        if !is_index && self.fraction_follows() {
            is_whole = false;
            self.forward(1);
            digits.push('.');
            digits.push_str(self.take_while(|c| c.is_ascii_digit() || c == '_'));
        }
        if !is_index && let Some(exponent) = self.exponent() {
            is_whole = false;
            digits.push_str(&exponent);
        }
        digits.retain(|c| c != '_');
        let value = if is_whole {
            digits.parse().ok().map(TokenKind::Int)
        } else {
            digits.parse().ok().filter(|float: &f64| float.is_finite()).map(TokenKind::Float)
        };
        value.ok_or_else(|| LexFault::new(start, "this number is too large"))
    }

    fn fraction_follows(&self) -> bool {
        let mut ahead = self.rest().chars();
        ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit())
    }

    /// `e5`, `E-5`; nothing, and nowhere gone, where none follows.
    fn exponent(&mut self) -> Option<String> {
        let tail = self.rest().strip_prefix(['e', 'E'])?;
        let unsigned = tail.strip_prefix(['+', '-']).unwrap_or(tail);
        let len = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
        let sign = tail.len().saturating_sub(unsigned.len());
        let found = tail.get(..sign.saturating_add(len)).filter(|_| len > 0)?;
        self.forward(found.len().saturating_add(1));
        Some(format!("e{found}"))
    }

    fn quoted(&mut self) -> Result<TokenKind, LexFault> {
        let start = self.at;
        let mut chars = self.rest().char_indices();
        let quote = chars.next().map_or('"', |(_, c)| c);
        let mut made = String::new();
        while let Some((at, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.forward(at.saturating_add(1));
                    return Ok(TokenKind::Text(made));
                }
                '\\' => made.push(unescape(&mut chars, start.saturating_add(at))?),
                _ => made.push(c),
            }
        }
        Err(LexFault::new(start, "this text has no closing quote"))
    }

    fn sign(&mut self) -> Result<TokenKind, LexFault> {
        let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) else {
            let found = self.rest().chars().next().unwrap_or_default();
            return Err(LexFault::new(self.at, format!("`{}` has no meaning here", found.escape_default())));
        };
        // `}}` closes two objects, where two are open.
        match *sign {
            "(" | "[" | "{" => self.open.push(sign),
            ")" | "]" | "}" => {
                self.open.pop();
            }
            _ => {}
        }
        self.forward(sign.len());
        Ok(TokenKind::Sign(sign))
    }
}

fn unescape(chars: &mut std::str::CharIndices<'_>, at: usize) -> Result<char, LexFault> {
    let refuse = || LexFault::new(at, "this escape has no meaning").hinting("write `\\\\` for a backslash");
    Ok(match chars.next().map(|(_, c)| c) {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('u') => {
            let high = code_unit(chars).ok_or_else(refuse)?;
            if (0xD800..0xDC00).contains(&high) {
                let low = chars.next().filter(|(_, c)| *c == '\\').and_then(|_| chars.next());
                let low = low.filter(|(_, c)| *c == 'u').and_then(|_| code_unit(chars)).ok_or_else(refuse)?;
                char::decode_utf16([high, low]).next().and_then(Result::ok).ok_or_else(refuse)?
            } else {
                char::from_u32(u32::from(high)).ok_or_else(refuse)?
            }
        }
        Some(c @ ('\\' | '\'' | '"' | '/')) => c,
        _ => return Err(refuse()),
    })
}

fn code_unit(chars: &mut std::str::CharIndices<'_>) -> Option<u16> {
    (0..4)
        .try_fold(0_u32, |value, _| {
            let digit = chars.next()?.1.to_digit(16)?;
            Some(value.saturating_mul(16).saturating_add(digit))
        })?
        .try_into()
        .ok()
}

/// Longest first.
const SIGNS: [&str; 25] = [
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "|", ".", ",", ":", "(", ")", "[",
    "]", "{", "}",
];
