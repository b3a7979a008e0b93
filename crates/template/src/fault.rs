//! What is wrong with a template, before and while it is evaluated. Never holds a value that was read.

use std::fmt;

/// Why a text is no template: found before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// Line within the text; the first is 1.
    pub line: usize,
    /// Column within the line in characters; the first is 1.
    pub column: usize,
    /// What is wrong, such as "there is no filter `uper`".
    pub message: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl fmt::Display for SyntaxFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for SyntaxFault {}

/// Why inputs could not be bound: the failure of the node that they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindFault {
    /// RFC 6901 pointer into the inputs, such as `/customer/id`; empty for the whole, and for a condition.
    pub pointer: String,
    /// What kind of fault.
    pub kind: BindFaultKind,
    /// The variable that is meant, such as `fetch.customer.id`, where it is one.
    pub variable: Option<String>,
    /// What people read: names and types, never a value.
    pub message: String,
}

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindFaultKind {
    /// Something was read that there is not.
    Undefined,
    /// Something was done with a value that cannot be done, or the text is no template.
    Fault,
    /// A bound was reached: [`crate::WORK_MAX`], [`crate::TEXT_MAX`], [`crate::ITEMS_MAX`] or depth.
    Limit,
    /// A node's result is read that was too large to be kept whole.
    TooLarge,
}

impl BindFaultKind {
    /// The code that a node's failure bears.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Undefined => "TEMPLATE_UNDEFINED",
            Self::Fault => "TEMPLATE_FAULT",
            Self::Limit => "TEMPLATE_LIMIT",
            Self::TooLarge => "RESULT_TOO_LARGE",
        }
    }
}

impl fmt::Display for BindFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

impl std::error::Error for BindFault {}

/// Why an evaluation stopped: a [`BindFault`] that does not yet know its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) kind: BindFaultKind,
    pub(crate) variable: Option<String>,
    pub(crate) message: String,
}

impl Stop {
    /// `variable` is not there.
    pub(crate) fn undefined(variable: &str) -> Self {
        let message = format!("`{variable}` is undefined; `default` gives it a value where it may be missing");
        Self { kind: BindFaultKind::Undefined, variable: Some(variable.to_owned()), message }
    }

    /// Something that cannot be done.
    pub(crate) fn fault(message: impl Into<String>) -> Self {
        Self { kind: BindFaultKind::Fault, variable: None, message: message.into() }
    }

    /// A bound was reached.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self { kind: BindFaultKind::Limit, variable: None, message: message.into() }
    }

    /// The result of `node` was too large to be kept.
    pub(crate) fn too_large(node: &str) -> Self {
        let message = format!("the result of `{node}` was too large to be kept whole, so nothing can read it");
        Self { kind: BindFaultKind::TooLarge, variable: Some(node.to_owned()), message }
    }

    /// With its place.
    pub(crate) fn at(self, pointer: &str) -> BindFault {
        BindFault { pointer: pointer.to_owned(), kind: self.kind, variable: self.variable, message: self.message }
    }
}
