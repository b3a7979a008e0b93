//! An execution on a stage: happenings in words, played on the machine.
//!
//! | words | happening |
//! | --- | --- |
//! | `+7s`, `+20ms`, `-5s` | time passes, or the clock goes back; nothing else |
//! | `woken`, `woken when due`, `woken past the deadline` | the alarm |
//! | `cleared`, `cleared stale`, `cleared past the deadline` | the gate lets the next call pass |
//! | `postponed`, `postponed stale`, `postponed past the deadline` | the gate does not, for 3 s |
//! | `recalled fresh`, `recalled old`, `recalled stale` | the cache has a result; `old` for when no new one comes in time |
//! | `seen WORD [foreign\|anonymous] [DONE/TOTAL]` | the call under way, or else the next, is answered so |
//! | `absent`, `acknowledged`, `http 503 [RETRY-AFTER]`, `failed KIND` | likewise |
//! | `stale ANSWER`, `late ANSWER` | the answer of a call of long ago, or of the first submit |
//! | `callback WORD [foreign\|anonymous] [DONE/TOTAL]` | CXone calls back |
//! | `interrupted`, `cancel` | the process was lost; the caller wants it stopped |

use cxpulse_core::cache::Memory;
use cxpulse_core::call::{Answer, Call, CallKind, Credential, Payload, Sighting, Word};
use cxpulse_core::execution::{Cleanup, Event, Execution, Order, Reason, State, Step};
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::id::{Attempt, UpstreamId};
use cxpulse_core::json::Json;
use cxpulse_core::progress::Progress;
use cxpulse_core::time::{Span, Timestamp};

use super::{NOON, attempt, order, profile, render};

/// An execution, its order and the clock.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) order: Order,
    pub(crate) execution: Execution,
    pub(crate) now: Timestamp,
}

impl Scene {
    pub(crate) fn open(order: Order) -> Self {
        let execution = Execution::open(&order).next;
        Self { order, execution, now: NOON }
    }

    /// The scene after a script of happenings parted by semicolons.
    pub(crate) fn after(request: &str, script: &str) -> Self {
        let mut scene = Self::open(order(request));
        for happening in script.split(';').map(str::trim).filter(|happening| !happening.is_empty()) {
            scene.play(happening);
        }
        scene
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> String {
        render::state(self.execution.state(), self.now)
    }

    /// The happening and what it led to.
    pub(crate) fn play(&mut self, happening: &str) -> String {
        let result = self.play_quietly(happening);
        format!("{happening} => {result}")
    }

    /// What a happening led to.
    pub(crate) fn play_quietly(&mut self, happening: &str) -> String {
        let Some(event) = self.event(happening) else { return "time passes".to_owned() };
        let before = self.execution.clone();
        let step = self.step(event);
        render::step(&before, &step, self.now)
    }

    pub(crate) fn step(&mut self, event: Event) -> Step {
        let step = self.execution.step(&self.order, event, self.now);
        self.execution = step.next.clone();
        step
    }

    /// The event that the words stand for; `None` where only time passes.
    pub(crate) fn event(&mut self, happening: &str) -> Option<Event> {
        let (verb, rest) = happening.split_once(' ').unwrap_or((happening, ""));
        if let Some(span) = verb.strip_prefix('+') {
            self.now = self.now.plus(parse_span(span));
            return None;
        }
        if let Some(span) = verb.strip_prefix('-') {
            self.now = self.now.minus(parse_span(span));
            return None;
        }
        if rest == "past the deadline" {
            self.now = self.now.max(self.order.deadline_at);
        }
        Some(match verb {
            "woken" => {
                if rest == "when due" {
                    self.now = self.now.max(self.execution.next_wake_at(&self.order).unwrap_or(self.now));
                }
                Event::Woken
            }
            "cleared" => Event::Cleared { call: self.wanted(rest) },
            "postponed" => {
                let until = self.now.plus(Span::from_secs(3));
                Event::Postponed { call: self.wanted(rest), reason: Reason::BreakerOpen, until }
            }
            "recalled" => Event::Recalled { call: self.wanted(rest), memory: self.memory(rest) },
            "callback" => Event::CalledBack { sighting: sighting(rest) },
            "interrupted" => Event::Interrupted,
            "cancel" => Event::CancelRequested,
            "stale" => self.answered(stale(CallKind::Poll), rest),
            "late" => self.answered(Call { attempt: Attempt::FIRST, ..stale(CallKind::Submit) }, rest),
            _ => self.answered(self.wanted(""), happening),
        })
    }

    /// The result of an execution that ended a minute ago.
    fn memory(&self, age: &str) -> Memory {
        let result = Json::parse(r#"{"customer_id": 5}"#).expect("it is JSON");
        Memory { result, stored_at: self.now.minus(Span::from_secs(60)), is_fresh: age != "old" }
    }

    fn answered(&self, call: Call, answer: &str) -> Event {
        Event::Answered { call, answer: self.answer(answer), took: Span::from_millis(40) }
    }

    fn answer(&self, words: &str) -> Answer {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        match verb {
            "seen" => Answer::Seen(sighting(rest)),
            "absent" => Answer::Absent,
            "acknowledged" => Answer::Acknowledged,
            "http" => {
                let (status, retry_after) = rest.split_once(' ').map_or((rest, None), |(s, after)| (s, Some(after)));
                let status = status.parse().expect("a status is a number");
                Answer::Failed(Failure::of_answer(status, retry_after, self.now).expect("not a 2xx"))
            }
            "failed" => Answer::Failed(Failure::new(kind_of(rest), "as the table says")),
            _ => unreachable!("no such happening: {words}"),
        }
    }

    /// The call that is under way, or else the one that is next; for `stale`, one of long ago.
    fn wanted(&self, which: &str) -> Call {
        if which == "stale" {
            return stale(CallKind::Poll);
        }
        match self.execution.state() {
            State::Waiting { next, .. } => *next,
            State::Calling { call, .. } => *call,
            State::Adrift { attempt } => Call { attempt: *attempt, ..stale(CallKind::LookUp) },
            State::Ended { cleanup, .. } => match cleanup {
                Cleanup::Done => Call { attempt: self.execution.attempt(), ..stale(CallKind::Poll) },
                Cleanup::AwaitingSubmit { call, .. } | Cleanup::Calling { call, .. } => *call,
                Cleanup::Waiting { next, .. } => *next,
            },
        }
    }
}

/// `QUEUED foreign 5/10`: a word, whose id it carries, and progress.
fn sighting(words: &str) -> Sighting {
    let mut parts = words.split(' ');
    let word = parts.next().unwrap_or_default();
    let parts: Vec<&str> = parts.collect();
    let id = if parts.contains(&"foreign") { FOREIGN_ID } else { OUR_ID };
    let is_anonymous = parts.contains(&"anonymous");
    let counts = parts.iter().find_map(|part| part.split_once('/'));
    let count = |text: &str| text.parse().expect("a count is a number");
    let raw = Json::parse(r#"{"customer_id": 7}"#).expect("it is JSON");
    Sighting {
        upstream_id: (!is_anonymous).then(|| UpstreamId::parse(id).expect("it is an id")),
        word: profile().status_of(word).map_or_else(|| Word::Unknown(word.to_owned()), Word::Known),
        progress: counts.and_then(|(done, total)| Progress::new(count(done), count(total))),
        result: (word == "COMPLETED").then(|| Payload::Whole(raw.clone())),
        error: (word == "FAILED").then_some(raw),
    }
}

fn stale(kind: CallKind) -> Call {
    Call { kind, attempt: attempt(99), credential: Credential::Held }
}

fn kind_of(name: &str) -> FailureKind {
    FailureKind::ALL.into_iter().find(|kind| kind.name() == name).expect("a failure kind")
}

/// `20ms`, `7s` or `7`.
pub(crate) fn parse_span(text: &str) -> Span {
    let number = |digits: &str| digits.parse().expect("a number");
    match text.strip_suffix("ms") {
        Some(millis) => Span::from_millis(number(millis)),
        None => Span::from_secs(number(text.trim_end_matches('s'))),
    }
}

const OUR_ID: &str = "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d";
const FOREIGN_ID: &str = "00000000-1d4e-4a7b-9c8d-0e1f2a3b4c5d";
