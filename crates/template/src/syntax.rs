//! What the parser makes of an expression. Chains of operators, filters and fields are lists, so that depth is nesting that
//! somebody wrote, and never the length of what was written.

use std::rc::Rc;

use crate::filter::Filter;
use crate::trial::Trial;

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Rc<str>),
    Name(Rc<str>),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// `base.name[0]`
    Path(Box<Self>, Vec<Access>),
    /// `base | upper is defined`
    Piped(Box<Self>, Vec<Pipe>),
    Not(Box<Self>),
    Negative(Box<Self>),
    /// `a and b and c`
    All(Vec<Self>),
    /// `a or b or c`
    Any(Vec<Self>),
    /// `a + b - c`: operators of one rank, from the left.
    Chain(Box<Self>, Vec<(Operator, Self)>),
    /// `a < b <= c`: each with the next.
    Compare(Box<Self>, Vec<(Comparison, Self)>),
    /// `then if test else otherwise`
    If(Box<If>),
}

#[derive(Debug, Clone)]
pub(crate) struct If {
    pub(crate) test: Expr,
    pub(crate) then: Expr,
    pub(crate) otherwise: Option<Expr>,
}

/// One step into a value.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// `.name` or `['name']`
    Field(Rc<str>),
    /// `[0]`, `[-1]` or `.0`
    Index(i128),
    /// `[expression]`
    Key(Expr),
    /// `[from:to:by]`
    Slice(Box<Slice>),
}

/// `[from:to:by]`, each of which may be left out.
#[derive(Debug, Clone)]
pub(crate) struct Slice {
    pub(crate) from: Option<Expr>,
    pub(crate) to: Option<Expr>,
    pub(crate) by: Option<Expr>,
}

/// What follows a value.
#[derive(Debug, Clone)]
pub(crate) enum Pipe {
    /// `| name(…)`
    Filter(&'static Filter, Arguments),
    /// `is name(…)`, `is not name(…)`
    Trial(&'static Trial, Arguments, Sense),
}

/// Whether a test is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Is,
    IsNot,
}

/// Arguments in the order of the parameters; those past them, for filters that pass them on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) given: Vec<Option<Expr>>,
    pub(crate) rest: Vec<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Join,
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
