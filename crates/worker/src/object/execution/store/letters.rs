//! Rows of notifications: the body of each as long as it may be sent, and what became of it. Never decides what does.

use cxpulse_core::outbox::{Change, Letter};

use super::{Notice, Store};
use crate::object::rows::{self, number, texts};
use crate::problem::Problem;

impl Store {
    /// The body of a notification that may be sent.
    pub(in crate::object) fn notice(&self, of: u64) -> Result<Option<String>, Problem> {
        rows::read_text(&self.sql, "SELECT body FROM notice WHERE number = ?", vec![self.key(of)])
    }

    /// What is known of a notification; `None` of one from before this was kept.
    pub(in crate::object) fn letter(&self, of: u64) -> Result<Option<Letter>, Problem> {
        let text = rows::read_text(&self.sql, "SELECT letter FROM letter WHERE number = ?", vec![self.key(of)])?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Letters after a number, at most `limit`.
    pub(in crate::object) fn letters(&self, after: u64, limit: u64) -> Result<Vec<Letter>, Problem> {
        let query = "SELECT letter FROM letter WHERE number > ? AND number <= ? ORDER BY number LIMIT ?";
        let rows = rows::read(&self.sql, query, vec![self.key(after), self.last_key(), number(limit)])?;
        let letter = |row| {
            let [text] = texts(row)?;
            Ok(serde_json::from_str(&text)?)
        };
        rows.into_iter().map(letter).collect()
    }

    /// One that is owed.
    pub(in crate::object) fn owe(&self, notice: &Notice) -> Result<(), Problem> {
        let of = notice.letter.number;
        let values = vec![self.key(of), notice.body.as_str().into()];
        self.sql.exec("INSERT OR REPLACE INTO notice (number, body) VALUES (?, ?)", values)?;
        self.write_letter(&notice.letter)?;
        // Far behind, they are of no use to anybody.
        let last = of.saturating_sub(LETTERS_MAX);
        let gone = "DELETE FROM letter WHERE number > ? AND number <= ? AND number NOT IN (SELECT number FROM notice)";
        self.sql.exec(gone, vec![self.key(0), self.key(last)])?;
        Ok(())
    }

    /// What became of one.
    pub(in crate::object) fn write_letter(&self, letter: &Letter) -> Result<(), Problem> {
        let values = vec![self.key(letter.number), serde_json::to_string(letter)?.into()];
        self.sql.exec("INSERT OR REPLACE INTO letter (number, letter) VALUES (?, ?)", values)?;
        Ok(())
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
                self.sql.exec("DELETE FROM notice WHERE number = ?", vec![self.key(change.number)])?;
            }
        }
        Ok(letters)
    }
}

/// Letters that are kept of what needs no body any more: the latest.
const LETTERS_MAX: u64 = 1_000;
