//! What validation asks of whoever evaluates templates, which the core cannot: it has no `std`. Never evaluates one.

use alloc::string::String;
use alloc::vec::Vec;

/// Looks at templates without evaluating them.
pub trait Templates {
    /// What a template reads: `fetch.customer_id`, `inputs.account`, each as far as it is known without evaluating it.
    ///
    /// # Errors
    /// [`TemplateFault`] where it is none.
    fn reads(&self, template: &str) -> Result<Vec<String>, TemplateFault>;

    /// What a condition reads, which is an expression, or a template whose value decides.
    ///
    /// # Errors
    /// [`TemplateFault`] where it is neither.
    fn condition_reads(&self, condition: &str) -> Result<Vec<String>, TemplateFault>;
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFault {
    /// 1 and up, within the text.
    pub line: u32,
    /// 1 and up, in characters; `None` where it is not known.
    pub column: Option<u32>,
    /// What is wrong: names a filter that there is not, and the like, and never more of the text.
    pub message: String,
}

/// Whether a text is evaluated at all: others are passed on as they are.
#[must_use]
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|sign| text.contains(sign))
}

/// Bytes of one template.
pub const TEMPLATE_MAX: usize = 16_384;
