//! What is wrong with a tenant's connection to CXone, in words, from what a few calls came to. Never calls CXone itself,
//! never shows a secret, a token or a body.
//!
//! A step is said to be good, bad or untried, what was seen, and what to set where. Each step needs the one before.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::profile::{Profile, Site};
use crate::time::{Span, Timestamp};

mod dry;
mod origin;
mod place;
mod setting;
mod token;

pub use dry::{Trial, trial};
pub use place::Place;
pub use setting::{Setting, SettingsAt};

/// The answer of `POST /v1/tenants/{id}/doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DoctorReport"))]
pub struct Report {
    /// Whose connection.
    pub tenant: String,
    /// By which profile.
    pub profile: String,
    /// Whether something was asked of CXone, and nothing is wrong.
    pub is_healthy: bool,
    /// In order; the first that makes going on senseless is the last.
    pub steps: Vec<Step>,
}

/// One step of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DoctorStep"))]
pub struct Step {
    /// `settings`, `discovery`, `token`, `clock`, `scope` or `poll`.
    pub step: &'static str,
    /// Whether it is as it should be.
    pub judgement: Judgement,
    /// Milliseconds until the answer was read; 0 where nothing was asked.
    pub took_ms: u64,
    /// What was seen.
    pub found: String,
    /// What to set, and where; absent where nothing has to be.
    pub remedy: Option<String>,
}

/// What is thought of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DoctorJudgement"))]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// CXone was asked, and it is as it should be.
    Good,
    /// It is not.
    Bad,
    /// Nothing was asked, so nobody knows.
    Untried,
}

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<'a> {
    /// An answer.
    Answered(Answered<'a>),
    /// None within the time.
    TimedOut,
    /// The connection was refused or broke, or its TLS was not trusted.
    Unreached,
}

/// An answer, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answered<'a> {
    /// 100..=599.
    pub status: u16,
    /// The first part of the body.
    pub body: &'a str,
    /// The header of that name.
    pub content_type: Option<&'a str>,
    /// The header of that name.
    pub date: Option<&'a str>,
    /// The header of that name.
    pub location: Option<&'a str>,
    /// The header of that name.
    pub retry_after: Option<&'a str>,
    /// The header of that name.
    pub www_authenticate: Option<&'a str>,
}

/// A step, and what it brought for the next ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined<T> {
    /// What to tell.
    pub step: Step,
    /// What it brought; absent where going on makes no sense.
    pub value: Option<T>,
}

/// Says what answers mean, for one tenant.
#[derive(Debug, Clone, Copy)]
pub struct Doctor<'a> {
    /// How its CXone is spoken to.
    pub profile: &'a Profile,
    /// Where its CXone is, as far as its settings say.
    pub site: &'a Site,
    /// What its settings are called.
    pub at: &'a SettingsAt,
}

impl Report {
    /// Of the steps that were taken.
    #[must_use]
    pub fn new(tenant: String, profile: String, steps: Vec<Step>) -> Self {
        let has = |judgement| steps.iter().any(|step: &Step| step.judgement == judgement);
        Self { tenant, profile, is_healthy: has(Judgement::Good) && !has(Judgement::Bad), steps }
    }
}

impl Doctor<'_> {
    /// How far CXone's clock is from ours: tokens expire, and filters and signatures are read, by one of the two. `None`
    /// where the answer does not tell.
    #[must_use]
    pub fn clock(&self, seen: Seen<'_>, now: Timestamp) -> Option<Step> {
        let Seen::Answered(answered) = seen else { return None };
        let theirs = Timestamp::parse_http_date(answered.date?).ok()?;
        let (ahead, behind) = (theirs.since(now), now.since(theirs));
        let (apart, side) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
        if apart <= CLOCK_APART_MAX {
            return Some(good("clock", format!("CXone's clock and ours are {} apart", seconds(apart))));
        }
        let remedy =
            "set right the clock of whichever is wrong: the machine that runs this Worker, or a gateway before CXone";
        Some(bad("clock", format!("CXone's clock is {} {side} ours", seconds(apart)), remedy.to_string()))
    }
}

/// What keeps an answer from being one of CXone's at all. `setting` is what names its place.
fn stray(at: &SettingsAt, name: &'static str, url: &str, seen: Seen<'_>, setting: Setting) -> Result<(), Step> {
    let host = host(url);
    let setting = at.name(setting);
    let check = format!("check {setting}, and that {host} can be reached from where this Worker runs");
    let answered = match seen {
        Seen::Answered(answered) => answered,
        Seen::TimedOut => return Err(bad(name, format!("{host} did not answer in time"), check)),
        Seen::Unreached => {
            let found =
                format!("there is no connection to {host}: no such host, nothing listens, or its TLS is not trusted");
            return Err(bad(name, found, check));
        }
    };
    match answered.status {
        300..=399 => {
            let to = answered.location.map_or("elsewhere", |location| host_of(location, host));
            let found = format!("{host} redirects to {to} ({})", answered.status);
            Err(bad(name, found, format!("mend {setting}, to name the place itself: redirects are not followed")))
        }
        200..=299 if is_page(&answered) => {
            let found = format!("{host} answers with a page of HTML, not with JSON ({})", answered.status);
            let remedy = format!("mend {setting}, to name the API itself: this looks like a login page or a gateway");
            Err(bad(name, found, remedy))
        }
        406 => {
            let found = format!("{host} has nothing in JSON to give (406)");
            Err(bad(name, found, format!("check {setting}: a gateway there may drop the header Accept")))
        }
        429 => {
            let wait = answered.retry_after.map(|after| format!(" for {}", cut(after))).unwrap_or_default();
            Err(bad(
                name,
                format!("{host} takes no call{wait}: the rate is used up (429)"),
                "ask again later".to_string(),
            ))
        }
        500..=599 => {
            let found = format!("{host} fails itself ({})", answered.status);
            Err(bad(name, found, "ask again later, and CXone's support if it stays".to_string()))
        }
        _ => Ok(()),
    }
}

fn good(step: &'static str, found: String) -> Step {
    Step { step, judgement: Judgement::Good, took_ms: 0, found, remedy: None }
}

fn untried(step: &'static str, found: String) -> Step {
    Step { judgement: Judgement::Untried, ..good(step, found) }
}

fn bad(step: &'static str, found: String, remedy: String) -> Step {
    Step { step, judgement: Judgement::Bad, took_ms: 0, found, remedy: Some(remedy) }
}

fn is_page(answered: &Answered<'_>) -> bool {
    let is_html = answered.content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    is_html || answered.body.trim_start().starts_with('<')
}

/// The host of a URL, as it is told.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host that a redirect leads to, without whatever else it says.
fn host_of<'a>(location: &'a str, own: &'a str) -> &'a str {
    if location.contains("://") { host(location) } else { own }
}

/// The path of a URL, without its query.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split('?').next().unwrap_or_default()
}

fn cut(text: &str) -> &str {
    crate::failure::cut(text, 64)
}

fn seconds(span: Span) -> String {
    format!("{} s", span.as_secs_ceil())
}

/// How far apart two clocks are that count as the same: a token's early renewal covers it.
const CLOCK_APART_MAX: Span = Span::from_secs(120);
