//! A gate on a stage: happenings in words, played on it.
//!
//! | words | happening |
//! | --- | --- |
//! | `+7s`, `+20ms`, `clock -3600s` | time passes; the clock is set back, or on |
//! | `ask a [key=k] [kind=poll] [newer=1] [patience=60s] [half]` | a caller asks; of an execution, for an endpoint, for a token newer than that, how long it may take, and that it is a proxied one |
//! | … with `series=8` | it would make so many more calls under the same lease |
//! | `report 1 good`, `… unused`, `… silent`, `… malformed`, `… http 429` | what became of the first call that was let go |
//! | … with `keeps` | its holder keeps the lease for another |
//! | … with `took=40ms after=7 left=0 reset=3 token=1` | its time, `Retry-After`, the headers of calls left, and which token it went with |
//! | `token [60s]`, `refused`, `trouble [7s]` | what a token fetch came to |
//! | `reset` | an operator has mended something |
//! | `crash` | the gate goes through its JSON, its leases through rows, and the line is lost |
//! | `look` | nothing: the gate as it stands |

use std::hash::{DefaultHasher, Hash, Hasher};

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::CallKind;
use cxpulse_core::credential::{Grant, Refusal, Secret, Trouble};
use cxpulse_core::failure::{Failure, FailureKind};
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Decision, Fate, Gate, Report, Rules, Series, Share};
use cxpulse_core::limiter::Lease;
use cxpulse_core::profile::BreakerRule;
use cxpulse_core::time::{Span, Timestamp};
use expect_test::Expect;

use super::scene::parse_span;
use super::{NOON, profile};

mod crowd;

pub(crate) use crowd::Crowd;

/// Plays a story, one happening a line, and compares what each led to.
#[track_caller]
pub(crate) fn check_gate(rules: &str, story: &str, expect: &Expect) {
    let mut scene = GateScene::open(rules);
    let happenings = story.split(';').map(str::trim).filter(|happening| !happening.is_empty());
    let lines: Vec<String> = happenings.filter_map(|happening| scene.play(happening)).collect();
    expect.assert_eq(&format!("{}\n", lines.join("\n")));
}

/// A gate, its rules, the clock, and the leases in the order in which they were given.
#[derive(Debug, Clone)]
pub(crate) struct GateScene {
    pub(crate) rules: Rules,
    pub(crate) gate: Gate,
    pub(crate) now: Timestamp,
    pub(crate) leases: Vec<Lease>,
    tokens: u32,
}

impl GateScene {
    /// A gate under rules such as `in_flight=2 rate=50 breaker=5/30s/1 poll=10s`, with a token of a day in hand unless
    /// they say `tokenless`.
    pub(crate) fn open(words: &str) -> Self {
        let rules = rules(words);
        let gate = Gate::new(&rules);
        let mut scene = Self { rules, gate, now: NOON, leases: Vec::new(), tokens: 0 };
        if !words.contains("tokenless") {
            scene.token("86400s");
        }
        scene
    }

    /// The happening and what it led to; `None` where only time passes.
    pub(crate) fn play(&mut self, happening: &str) -> Option<String> {
        let (verb, rest) = happening.split_once(' ').unwrap_or((happening, ""));
        if let Some(span) = verb.strip_prefix('+') {
            self.now = self.now.plus(parse_span(span));
            return None;
        }
        let result = match verb {
            "clock" => self.set_clock(rest),
            "ask" => self.ask(rest),
            "report" => self.report(rest),
            "token" => self.token(rest),
            "refused" => self.trouble(Trouble::Refused(Refusal::InvalidClient)),
            "trouble" => self.trouble(Trouble::Failed((!rest.is_empty()).then(|| parse_span(rest)))),
            "reset" => {
                self.gate.reset(&self.rules);
                self.look()
            }
            "crash" => self.crash(),
            "look" => self.look(),
            _ => unreachable!("no such happening: {happening}"),
        };
        Some(format!("{happening} => {result}"))
    }

    /// Asks; a lease is kept.
    pub(crate) fn decide(&mut self, ask: &Ask) -> Decision {
        let decision = self.gate.acquire(&self.rules, ask, self.now);
        if let Decision::Granted { lease, .. } = &decision {
            self.leases.push(*lease);
        }
        decision
    }

    /// The gate as a restart finds it.
    pub(crate) fn reloaded(&self) -> Gate {
        let text = serde_json::to_string(&self.gate).expect("a gate is JSON");
        let mut gate: Gate = serde_json::from_str(&text).expect("our own JSON");
        gate.restore(self.gate.leases());
        gate
    }

    fn set_clock(&mut self, by: &str) -> String {
        let span = parse_span(by.trim_start_matches(['-', '+']));
        self.now = if by.starts_with('-') { self.now.minus(span) } else { self.now.plus(span) };
        self.now.to_string()
    }

    fn ask(&mut self, words: &str) -> String {
        let decision = self.decide(&ask(words));
        let wait = |until: Timestamp| until.since(self.now).as_millis();
        match decision {
            Decision::Granted { token, .. } => {
                let more = option(words, "series").map_or_else(String::new, |wanted| self.series(words, wanted));
                format!("granted {} with token {}{more}", self.leases.len(), token.version)
            }
            Decision::Fetch => "fetch".to_owned(),
            Decision::Hold { reason, until } => format!("hold {} ms: {}", wait(until), reason.name()),
            Decision::Leave { reason, until } => format!("leave {} ms: {}", wait(until), reason.name()),
        }
    }

    /// Who was let go would go on.
    fn series(&mut self, words: &str, wanted: &str) -> String {
        let wanted = wanted.parse().expect("a number of calls");
        match self.gate.series(&self.rules, &ask(words), wanted, self.now) {
            Some(Series { calls, until }) => format!(" and {calls} more for {} ms", until.since(self.now).as_millis()),
            None => " and no more".to_owned(),
        }
    }

    fn report(&mut self, words: &str) -> String {
        let (number, rest) = words.split_once(' ').expect("a lease and a fate");
        let number: usize = number.parse().expect("a lease's number");
        let took = option(rest, "took").map_or(Span::from_millis(40), parse_span);
        let allowance = Allowance::read(option(rest, "left"), option(rest, "reset"), self.now);
        let Some(lease) = self.leases.get(number - 1) else { return "nothing was let go".to_owned() };
        let token_version =
            option(rest, "token").map_or(u64::from(self.tokens), |text| text.parse().expect("a version"));
        let report = Report {
            lease: *lease,
            keeps: rest.contains("keeps"),
            token_version,
            fate: self.fate(rest),
            took,
            allowance,
        };
        let is_news = self.gate.report(&self.rules, &report, self.now);
        if is_news { self.look() } else { "no news".to_owned() }
    }

    fn fate(&self, words: &str) -> Fate {
        let after = option(words, "after");
        let mut parts = words.split(' ');
        match parts.next().unwrap_or_default() {
            "good" => Fate::Good,
            "unused" => Fate::Unused,
            "silent" => Fate::from(&Failure::unanswered("nothing came")),
            "malformed" => Fate::from(&Failure { status: Some(200), ..Failure::new(FailureKind::Malformed, "HTML") }),
            "http" => {
                let status = parts.next().and_then(|status| status.parse().ok()).expect("a status");
                Fate::from(&Failure::of_answer(status, after, self.now).expect("not a 2xx"))
            }
            _ => unreachable!("no such fate: {words}"),
        }
    }

    fn token(&mut self, life: &str) -> String {
        self.tokens += 1;
        let secret = Secret::new(format!("token-{}", self.tokens));
        let lifetime = (!life.is_empty()).then(|| parse_span(life));
        self.gate.granted(Grant { secret, lifetime }, self.now);
        self.look()
    }

    fn trouble(&mut self, trouble: Trouble) -> String {
        self.gate.troubled(trouble, self.now);
        self.look()
    }

    fn crash(&mut self) -> String {
        self.gate = self.reloaded();
        self.look()
    }

    /// The gate's view on one line, without what is as it always is.
    fn look(&self) -> String {
        let view = self.gate.view(&self.rules, self.now);
        let wait = |at: Option<cxpulse_core::time::Rfc3339>| {
            at.map(|at| format!(" {:.3} s", at.0.since(self.now).as_secs_f64())).unwrap_or_default()
        };
        let mut parts = vec![format!("{} of {}", view.in_flight, view.limit)];
        let waiting = view.waiting.main + view.waiting.by_kind.values().sum::<usize>();
        parts.extend((waiting > 0).then(|| format!("{waiting} wait")));
        parts.extend(view.embargo_until.map(|until| format!("embargo{}", wait(Some(until)))));
        let is_closed = view.breaker.state == "closed";
        let probes = if view.breaker.probes > 0 { format!(" {} out", view.breaker.probes) } else { String::new() };
        parts.extend((!is_closed).then(|| format!("{}{}{probes}", view.breaker.state, wait(view.breaker.until))));
        let token = view.credentials;
        parts.extend((token.state != "good").then(|| format!("token {}{}", token.state, wait(token.retry_at))));
        parts.join(", ")
    }
}

/// `a key=batch kind=poll newer=1`.
fn ask(words: &str) -> Ask {
    let name = words.split(' ').next().unwrap_or_default();
    let kind = option(words, "kind").map(|kind| match kind {
        "submit" => CallKind::Submit,
        "poll" => CallKind::Poll,
        _ => unreachable!("no such kind: {kind}"),
    });
    let newer_than = option(words, "newer").map(|version| version.parse().expect("a version"));
    let share = if words.split(' ').any(|word| word == "half") { Share::Half } else { Share::Whole };
    let patience = option(words, "patience").map_or(CALL_PATIENCE, parse_span);
    Ask { caller: number(name), key: number(option(words, "key").unwrap_or(name)), kind, newer_than, patience, share }
}

/// `in_flight=2 rate=50 breaker=5/30s/1 poll=10s`, or for the breaker `20%/10s/20/10s/3`: share, window, least calls,
/// time open, probes.
pub(crate) fn rules(words: &str) -> Rules {
    let mut profile = profile();
    let number = |text: &str| text.parse::<u32>().expect("a number");
    profile.limits.in_flight = option(words, "in_flight").map_or(10, number);
    profile.limits.per_second = option(words, "rate").map_or(100_000.0, |rate| rate.parse().expect("a rate"));
    profile.limits.least_interval =
        option(words, "poll").map(|span| (CallKind::Poll, parse_span(span))).into_iter().collect();
    profile.breaker = option(words, "breaker").map_or_else(BreakerRule::default, breaker_rule);
    Rules::from(&profile)
}

/// `5/30s/1` or `20%/10s/20/10s/3`.
pub(crate) fn breaker_rule(words: &str) -> BreakerRule {
    let number = |text: &str| text.trim_end_matches('%').parse().expect("a number");
    let parts: Vec<&str> = words.split('/').collect();
    match parts[..] {
        [failures, open, probes] => {
            BreakerRule::Consecutive { failures: number(failures), open: parse_span(open), probes: number(probes) }
        }
        [percent, window, calls_min, open, probes] => BreakerRule::Sampled {
            percent: number(percent),
            window: parse_span(window),
            calls_min: number(calls_min),
            open: parse_span(open),
            probes: number(probes),
        },
        _ => unreachable!("no such rule: {words}"),
    }
}

/// The value of `name=value` among the words.
fn option<'a>(words: &'a str, name: &str) -> Option<&'a str> {
    words.split(' ').filter_map(|word| word.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The same for the same name, in every run.
fn number(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
