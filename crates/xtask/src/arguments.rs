//! The command line, word by word.

use std::collections::VecDeque;

use crate::tools::Failure;

/// Words not yet read.
pub(crate) struct Arguments(VecDeque<String>);

impl Arguments {
    /// Those after the program's name.
    pub(crate) fn from_env() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// The next word.
    pub(crate) fn next(&mut self) -> Option<String> {
        self.0.pop_front()
    }

    /// All that are left.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        self.0.drain(..).collect()
    }

    /// The value of an option that takes one: `--port 8787` or `--port=8787`.
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let inline = format!("{name}=");
        let Some(index) = self.0.iter().position(|word| word == name || word.starts_with(&inline)) else {
            return Ok(None);
        };
        let word = self.0.remove(index).unwrap_or_default();
        if let Some(value) = word.strip_prefix(&inline) {
            return Ok(Some(value.to_owned()));
        }
        self.0.remove(index).map(Some).ok_or_else(|| Failure::new(format!("{name} needs a value")))
    }

    /// An option that takes a port; `0` means any free one.
    pub(crate) fn port(&mut self, name: &str) -> Result<Option<u16>, Failure> {
        let parse = |text: String| text.parse().map_err(|_| Failure::new(format!("{name} must be a port, 0 to 65535")));
        self.option(name)?.map(parse).transpose()
    }

    /// Whether a flag is given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let found = self.0.iter().position(|word| word == name);
        found.and_then(|index| self.0.remove(index)).is_some()
    }

    /// Nothing may be left.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        match self.next() {
            Some(word) => Err(Failure::new(format!("{word} is not understood here; try cargo xtask help"))),
            None => Ok(()),
        }
    }
}
