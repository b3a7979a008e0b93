//! Takes in the items of a batch one by one. Never keeps more of them than those that are well formed, and their names.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::value::RawValue;

use super::{BatchRequest, Head, ITEMS_MAX_U32, check_head_len, read_head, read_item};
use crate::batch::{ITEMS_MAX, ItemId, ItemOrder};
use crate::id::CorrelationId;
use crate::json;
use crate::validate::fields::{Faults, Fields};
use crate::validate::{Code, Invalid, parse_body};
use crate::wire::batch::Refused;

/// Takes a batch in line by line, as it arrives.
pub struct BatchReader {
    head: Option<Head>,
    faults: Faults,
    accepts_valid: bool,
    has_list: bool,
    items: Vec<ItemOrder>,
    places: Vec<u32>,
    /// Where each id was first.
    ids: BTreeMap<ItemId, u32>,
    /// Where each key on CXone's side was first.
    correlation_ids: BTreeMap<CorrelationId, u32>,
    refused: Refused,
    /// Items so far, refused ones too.
    count: u32,
}

impl BatchReader {
    /// Begins with the first line: the batch without its items.
    ///
    /// # Errors
    /// [`Invalid`] where it is no JSON object that everybody reads alike. Other faults of it are told at the end.
    pub fn begin(line: &str) -> Result<Self, Invalid> {
        check_head_len(line.len())?;
        let body = parse_body(line)?;
        let faults = Faults::default();
        let Some(mut fields) = Fields::of(body.as_raw(), String::new(), &faults) else {
            return faults.check(None);
        };
        if fields.take("payloads").is_some() {
            fields.fault("payloads", Code::Contradiction, "stand on the lines after the first, one on each");
        }
        let head = read_head(fields);
        Ok(Self::new(head, faults))
    }

    /// One more line: an item.
    pub fn line(&mut self, line: &str) {
        if self.is_full() {
            return self.count = self.count.saturating_add(1);
        }
        match json::borrowed(line) {
            Ok(payload) => self.payload(payload),
            Err(_) => {
                let pointed = parse_body(line).err();
                let faults = Faults::default();
                let pointer = format!("/payloads/{}", self.count);
                for violation in pointed.iter().flat_map(Invalid::violations) {
                    faults.add(pointer.clone(), violation.code, violation.message.clone());
                }
                self.refuse(faults);
            }
        }
    }

    /// The request, if nothing was wrong that may not be.
    ///
    /// # Errors
    /// [`Invalid`] with every violation and its pointer, the first [`crate::validate::VIOLATIONS_MAX`] of them.
    pub fn finish(self) -> Result<BatchRequest, Invalid> {
        let Self { head, faults, accepts_valid, has_list, items, places, refused, count, .. } = self;
        if has_list && (count == 0 || count > ITEMS_MAX_U32) {
            faults.add("/payloads".into(), Code::OutOfRange, format!("must have 1 to {ITEMS_MAX} items"));
        } else if items.is_empty() {
            // Nothing is left of it: then what was refused is what is wrong.
            refused.items.into_iter().flat_map(|item| item.violations).for_each(|violation| faults.put(violation));
            return faults.check(None);
        }
        let refused = accepts_valid.then_some(refused);
        let request = head.map(|head| BatchRequest { items, places, refused, ..head.request });
        faults.check(request)
    }

    pub(super) fn new(head: Option<Head>, faults: Faults) -> Self {
        let accepts_valid = head.as_ref().is_some_and(|head| head.accepts_valid);
        Self {
            head,
            faults,
            accepts_valid,
            has_list: true,
            items: Vec::new(),
            places: Vec::new(),
            ids: BTreeMap::new(),
            correlation_ids: BTreeMap::new(),
            refused: Refused::default(),
            count: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.count >= ITEMS_MAX_U32
    }

    /// All items of a list, if there is one; notes what is none.
    pub(super) fn payloads(&mut self, list: Option<&RawValue>) {
        self.has_list = list.is_some_and(|list| json::each_item(list, |payload| self.payload(payload)).is_some());
        if list.is_some() && !self.has_list {
            self.faults.add("/payloads".into(), Code::WrongType, "must be a list");
        }
    }

    /// One more item, which is JSON.
    fn payload(&mut self, payload: &RawValue) {
        if self.is_full() {
            return self.count = self.count.saturating_add(1);
        }
        let faults = Faults::default();
        let item = read_item(payload, &format!("/payloads/{}", self.count), &faults);
        if let Some(item) = &item {
            self.check_names(item, &faults);
        }
        match item {
            Some(item) if faults.is_empty() => {
                self.keep_names(&item);
                self.items.push(item);
                self.places.push(self.count);
                self.count = self.count.saturating_add(1);
            }
            Some(item) => {
                if !self.accepts_valid {
                    // It is not left out but to be mended: another of its name will be one too many.
                    self.keep_names(&item);
                }
                self.refuse(faults);
            }
            None => self.refuse(faults),
        }
    }

    /// Its names are to be its own: by the one it is found here, by the other its execution is on CXone,
    /// after a lost answer.
    fn check_names(&self, item: &ItemOrder, faults: &Faults) {
        let with_id = self.ids.get(&item.id).map(|first| ("id", first));
        let with_key = item.correlation_id.as_ref().and_then(|key| self.correlation_ids.get(key));
        for (field, first) in with_id.into_iter().chain(with_key.map(|first| ("correlation_id", first))) {
            let message = format!("is the {} of /payloads/{first} already", field.replace('_', " "));
            faults.add(format!("/payloads/{}/{field}", self.count), Code::RepeatedField, message);
        }
    }

    /// The first of each name stays.
    fn keep_names(&mut self, item: &ItemOrder) {
        self.ids.entry(item.id.clone()).or_insert(self.count);
        if let Some(key) = &item.correlation_id {
            self.correlation_ids.entry(key.clone()).or_insert(self.count);
        }
    }

    fn refuse(&mut self, faults: Faults) {
        let index = self.count;
        self.count = self.count.saturating_add(1);
        if !self.accepts_valid {
            return self.faults.take_in(faults);
        }
        self.refused.add(index, faults.into_violations());
    }
}
