//! Notifications: the body of each as long as it may be sent, and what became of it. Never decides what does.

use cxpulse_core::outbox::{Change, Letter, Try};

use super::{Notice, Store};
use crate::object::sheet::{Key, Part, Row};
use crate::problem::Problem;

impl Store {
    /// The body of a notification that may be sent.
    pub(in crate::object) fn notice(&self, of: u64) -> Result<Option<String>, Problem> {
        self.sheet.get(Key::at(Part::Notice, self.run, of))
    }

    /// What is known of a notification; `None` where there is none.
    pub(in crate::object) fn letter(&self, of: u64) -> Result<Option<Letter>, Problem> {
        let text = self.sheet.get(Key::at(Part::Letter, self.run, of))?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Letters after a number, at most `limit`.
    pub(in crate::object) fn letters(&self, after: u64, limit: u64) -> Result<Vec<Letter>, Problem> {
        self.texts(Part::Letter, after, limit)?.iter().map(|text| Ok(serde_json::from_str(text)?)).collect()
    }

    /// One that is owed.
    pub(in crate::object) fn owe(&self, notice: &Notice) -> Result<(), Problem> {
        let of = notice.letter.number;
        self.sheet.put([(Key::at(Part::Notice, self.run, of), notice.body.clone()), self.written(&notice.letter)?])?;
        // Far behind, they are of no use to anybody.
        match of.checked_sub(LETTERS_MAX) {
            None | Some(0) => Ok(()),
            Some(last) => {
                let key = |number| Key::at(Part::Letter, self.run, number);
                self.sheet.remove_bodiless(key(0), key(last))
            }
        }
    }

    /// One was tried, and changed these; gives them.
    pub(in crate::object) fn tried(&self, of: u64, last: Try, changes: &[Change]) -> Result<Vec<Letter>, Problem> {
        if let Some(letter) = self.letter(of)? {
            self.write_letter(&letter.tried(last))?;
        }
        self.change_letters(changes)
    }

    /// What became of one.
    fn write_letter(&self, letter: &Letter) -> Result<(), Problem> {
        self.sheet.put([self.written(letter)?])
    }

    /// Changes of where letters stand; gives those letters. A body that is needed no more goes.
    pub(in crate::object) fn change_letters(&self, changes: &[Change]) -> Result<Vec<Letter>, Problem> {
        let mut letters = Vec::new();
        for change in changes {
            if let Some(letter) = self.letter(change.number)? {
                let letter = letter.changed(*change);
                self.write_letter(&letter)?;
                letters.push(letter);
            }
            if !change.state.has_body() {
                self.sheet.remove(Key::at(Part::Notice, self.run, change.number))?;
            }
        }
        Ok(letters)
    }

    fn written(&self, letter: &Letter) -> Result<Row, Problem> {
        Ok((Key::at(Part::Letter, self.run, letter.number), serde_json::to_string(letter)?))
    }
}

/// Letters that are kept of what needs no body any more: the latest.
const LETTERS_MAX: u64 = 1_000;
