//! The breaker, by table: what each happening leads to in each place, in either mode.

use std::collections::BTreeSet;

use cxpulse_core::breaker::{Admission, Breaker};
use cxpulse_core::profile::BreakerRule;
use cxpulse_core::time::{Span, Timestamp};
use expect_test::{Expect, expect};

use crate::check::{NOON, breaker_rule};

/// Five in a row, open for 30 s, two probes; and a fifth of at least four calls in 10 s, open for 10 s, one probe.
const RULES: [&str; 2] = ["5/30s/2", "20%/10s/4/10s/1"];

/// A way to each place, by name, with the mode in which it is taken.
const PLACES: [(&str, usize, &str); 12] = [
    ("closed", 0, ""),
    ("closed, one fault short", 0, "fault 1; fault 2; fault 3; fault 4"),
    ("closed, sampled", 1, "life 1; life 2; fault 3"),
    ("closed after an outage", 1, "life 1; life 2; life 3; fault 4; +10s; admit; sent 9; life 9"),
    ("open", 0, "fault 1; fault 2; fault 3; fault 4; fault 5"),
    ("open, sampled", 1, "life 1; life 2; life 3; fault 4"),
    ("open until now", 0, "fault 1; fault 2; fault 3; fault 4; fault 5; +30s"),
    ("half-open", 0, "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit"),
    ("half-open, one probe out", 0, "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit; sent 9"),
    ("half-open, all probes out", 0, "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit; sent 8; admit; sent 9"),
    (
        "half-open, one probe back",
        0,
        "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit; sent 8; sent 9; life 8",
    ),
    ("half-open, a probe overdue", 0, "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit; sent 9; +30s"),
];

/// `9` is a probe where one is out, `7` is a call that was sent before.
const HAPPENINGS: [&str; 9] =
    ["admit", "life 7", "life 9", "fault 7", "fault 9", "fault 20", "withdrawn 9", "withdrawn 7", "clock back"];

#[test]
fn every_place_answers_every_happening() {
    let mut text = String::new();
    for (name, mode, script) in PLACES {
        let scene = Scene::after(mode, script);
        text += &format!("{name}: {}\n", scene.place());
        for happening in HAPPENINGS {
            text += &format!("    {happening} => {}\n", scene.clone().play(happening));
        }
    }
    check(
        &text,
        &expect![[r#"
        closed: closed, 0 in a row, 0 parts
            admit => passes
            life 7 => closed, 0 in a row, 0 parts
            life 9 => closed, 0 in a row, 0 parts
            fault 7 => closed, 1 in a row, 0 parts
            fault 9 => closed, 1 in a row, 0 parts
            fault 20 => closed, 1 in a row, 0 parts
            withdrawn 9 => closed, 0 in a row, 0 parts
            withdrawn 7 => closed, 0 in a row, 0 parts
            clock back => closed, 0 in a row, 0 parts
        closed, one fault short: closed, 4 in a row, 0 parts
            admit => passes
            life 7 => closed, 0 in a row, 0 parts
            life 9 => closed, 0 in a row, 0 parts
            fault 7 => open for 30.000 s
            fault 9 => open for 30.000 s
            fault 20 => open for 30.000 s
            withdrawn 9 => closed, 4 in a row, 0 parts
            withdrawn 7 => closed, 4 in a row, 0 parts
            clock back => closed, 4 in a row, 0 parts
        closed, sampled: closed, 1 in a row, 1 parts
            admit => passes
            life 7 => closed, 0 in a row, 1 parts
            life 9 => closed, 0 in a row, 1 parts
            fault 7 => open for 10.000 s
            fault 9 => open for 10.000 s
            fault 20 => open for 10.000 s
            withdrawn 9 => closed, 1 in a row, 1 parts
            withdrawn 7 => closed, 1 in a row, 1 parts
            clock back => closed, 1 in a row, 0 parts
        closed after an outage: closed, 0 in a row, 0 parts
            admit => passes
            life 7 => closed, 0 in a row, 0 parts
            life 9 => closed, 0 in a row, 0 parts
            fault 7 => closed, 0 in a row, 0 parts
            fault 9 => closed, 0 in a row, 0 parts
            fault 20 => closed, 1 in a row, 1 parts
            withdrawn 9 => closed, 0 in a row, 0 parts
            withdrawn 7 => closed, 0 in a row, 0 parts
            clock back => closed, 0 in a row, 0 parts
        open: open for 30.000 s
            admit => refused for 30.000 s; open for 30.000 s
            life 7 => open for 30.000 s
            life 9 => open for 30.000 s
            fault 7 => open for 30.000 s
            fault 9 => open for 30.000 s
            fault 20 => open for 30.000 s
            withdrawn 9 => open for 30.000 s
            withdrawn 7 => open for 30.000 s
            clock back => open for 30.000 s
        open, sampled: open for 10.000 s
            admit => refused for 10.000 s; open for 10.000 s
            life 7 => open for 10.000 s
            life 9 => open for 10.000 s
            fault 7 => open for 10.000 s
            fault 9 => open for 10.000 s
            fault 20 => open for 10.000 s
            withdrawn 9 => open for 10.000 s
            withdrawn 7 => open for 10.000 s
            clock back => open for 10.000 s
        open until now: open for 0.000 s
            admit => passes as a probe; half-open, 0 out, 0 passed
            life 7 => half-open, 0 out, 0 passed
            life 9 => half-open, 0 out, 0 passed
            fault 7 => half-open, 0 out, 0 passed
            fault 9 => half-open, 0 out, 0 passed
            fault 20 => half-open, 0 out, 0 passed
            withdrawn 9 => open for 0.000 s
            withdrawn 7 => open for 0.000 s
            clock back => open for 0.000 s
        half-open: half-open, 0 out, 0 passed
            admit => passes as a probe; half-open, 0 out, 0 passed
            life 7 => half-open, 0 out, 0 passed
            life 9 => half-open, 0 out, 0 passed
            fault 7 => half-open, 0 out, 0 passed
            fault 9 => half-open, 0 out, 0 passed
            fault 20 => half-open, 0 out, 0 passed
            withdrawn 9 => half-open, 0 out, 0 passed
            withdrawn 7 => half-open, 0 out, 0 passed
            clock back => half-open, 0 out, 0 passed
        half-open, one probe out: half-open, 1 out, 0 passed
            admit => passes as a probe; half-open, 1 out, 0 passed
            life 7 => half-open, 1 out, 0 passed
            life 9 => half-open, 0 out, 1 passed
            fault 7 => half-open, 1 out, 0 passed
            fault 9 => open for 30.000 s
            fault 20 => half-open, 1 out, 0 passed
            withdrawn 9 => half-open, 0 out, 0 passed
            withdrawn 7 => half-open, 1 out, 0 passed
            clock back => half-open, 1 out, 0 passed
        half-open, all probes out: half-open, 2 out, 0 passed
            admit => refused while a probe is out, for 30.000 s at most
            life 7 => half-open, 2 out, 0 passed
            life 9 => half-open, 1 out, 1 passed
            fault 7 => half-open, 2 out, 0 passed
            fault 9 => open for 30.000 s
            fault 20 => half-open, 2 out, 0 passed
            withdrawn 9 => half-open, 1 out, 0 passed
            withdrawn 7 => half-open, 2 out, 0 passed
            clock back => half-open, 2 out, 0 passed
        half-open, one probe back: half-open, 1 out, 1 passed
            admit => refused while a probe is out, for 30.000 s at most
            life 7 => half-open, 1 out, 1 passed
            life 9 => closed, 0 in a row, 0 parts
            fault 7 => half-open, 1 out, 1 passed
            fault 9 => open for 30.000 s
            fault 20 => half-open, 1 out, 1 passed
            withdrawn 9 => half-open, 0 out, 1 passed
            withdrawn 7 => half-open, 1 out, 1 passed
            clock back => half-open, 1 out, 1 passed
        half-open, a probe overdue: half-open, 1 out, 0 passed
            admit => refused for 30.000 s; open for 30.000 s
            life 7 => open for 30.000 s
            life 9 => open for 30.000 s
            fault 7 => open for 30.000 s
            fault 9 => open for 30.000 s
            fault 20 => open for 30.000 s
            withdrawn 9 => half-open, 0 out, 0 passed
            withdrawn 7 => half-open, 1 out, 0 passed
            clock back => half-open, 1 out, 0 passed
    "#]],
    );
}

#[test]
fn every_state_has_a_place() {
    let state = |breaker: &Breaker| match breaker {
        Breaker::Closed { .. } => "closed",
        Breaker::Open { .. } => "open",
        Breaker::HalfOpen { .. } => "half-open",
    };
    let reached: BTreeSet<_> =
        PLACES.iter().map(|(_, mode, script)| state(&Scene::after(*mode, script).breaker)).collect();
    assert_eq!(reached, ["closed", "open", "half-open"].into());
    for (name, mode, script) in PLACES {
        assert!(name.starts_with(state(&Scene::after(mode, script).breaker)), "{name}");
    }
}

#[test]
fn a_window_forgets_what_is_older_than_it() {
    check_story(
        1,
        "fault 1; life 2; life 3; +9s; life 4; +1s; life 5; fault 6; +8999ms; life 7; life 8; life 9; life 10; life 11; +1ms; fault 12; fault 13",
        &expect![[r#"
            fault 1 => closed, 1 in a row, 1 parts
            life 2 => closed, 0 in a row, 1 parts
            life 3 => closed, 0 in a row, 1 parts
            +9s => closed, 0 in a row, 1 parts
            life 4 => closed, 0 in a row, 2 parts
            +1s => closed, 0 in a row, 2 parts
            life 5 => closed, 0 in a row, 2 parts
            fault 6 => closed, 1 in a row, 2 parts
            +8999ms => closed, 1 in a row, 2 parts
            life 7 => closed, 0 in a row, 3 parts
            life 8 => closed, 0 in a row, 3 parts
            life 9 => closed, 0 in a row, 3 parts
            life 10 => closed, 0 in a row, 3 parts
            life 11 => closed, 0 in a row, 3 parts
            +1ms => closed, 0 in a row, 3 parts
            fault 12 => open for 10.000 s
            fault 13 => open for 10.000 s
        "#]],
    );
}

#[test]
fn a_window_needs_its_least_number_of_calls() {
    check_story(
        1,
        "fault 1; fault 2; fault 3; fault 4",
        &expect![[r#"
        fault 1 => closed, 1 in a row, 1 parts
        fault 2 => closed, 2 in a row, 1 parts
        fault 3 => closed, 3 in a row, 1 parts
        fault 4 => open for 10.000 s
    "#]],
    );
}

#[test]
fn the_share_is_reached_exactly_at_its_limit() {
    check_story(
        1,
        "life 1; life 2; life 3; life 4; fault 5",
        &expect![[r#"
        life 1 => closed, 0 in a row, 1 parts
        life 2 => closed, 0 in a row, 1 parts
        life 3 => closed, 0 in a row, 1 parts
        life 4 => closed, 0 in a row, 1 parts
        fault 5 => open for 10.000 s
    "#]],
    );
    check_story(
        1,
        "life 1; life 2; life 3; life 4; life 5; fault 6",
        &expect![[r#"
        life 1 => closed, 0 in a row, 1 parts
        life 2 => closed, 0 in a row, 1 parts
        life 3 => closed, 0 in a row, 1 parts
        life 4 => closed, 0 in a row, 1 parts
        life 5 => closed, 0 in a row, 1 parts
        fault 6 => closed, 1 in a row, 1 parts
    "#]],
    );
}

#[test]
fn a_probe_that_hung_does_not_make_the_next_wait_twice() {
    check_story(
        0,
        "fault 1; fault 2; fault 3; fault 4; fault 5; +30s; admit; sent 9; +60s; admit; sent 10; life 10; admit; sent 11; life 11",
        &expect![[r#"
            fault 1 => closed, 1 in a row, 0 parts
            fault 2 => closed, 2 in a row, 0 parts
            fault 3 => closed, 3 in a row, 0 parts
            fault 4 => closed, 4 in a row, 0 parts
            fault 5 => open for 30.000 s
            +30s => open for 0.000 s
            admit => passes as a probe; half-open, 0 out, 0 passed
            sent 9 => half-open, 1 out, 0 passed
            +60s => half-open, 1 out, 0 passed
            admit => passes as a probe; half-open, 0 out, 0 passed
            sent 10 => half-open, 1 out, 0 passed
            life 10 => half-open, 0 out, 1 passed
            admit => passes as a probe; half-open, 0 out, 1 passed
            sent 11 => half-open, 1 out, 1 passed
            life 11 => closed, 0 in a row, 0 parts
        "#]],
    );
}

#[test]
fn every_place_loads_as_it_was_stored() {
    for (name, mode, script) in PLACES {
        let breaker = Scene::after(mode, script).breaker;
        let text = serde_json::to_string(&breaker).expect("JSON");
        assert_eq!(serde_json::from_str::<Breaker>(&text).expect("our own JSON"), breaker, "{name}: {text}");
    }
}

#[track_caller]
fn check_story(mode: usize, story: &str, expect: &Expect) {
    let mut scene = Scene::after(mode, "");
    let lines: Vec<_> =
        story.split("; ").map(|happening| format!("{happening} => {}", scene.play(happening))).collect();
    check(&(lines.join("\n") + "\n"), expect);
}

#[track_caller]
fn check(text: &str, expect: &Expect) {
    expect.assert_eq(text);
}

#[derive(Debug, Clone)]
struct Scene {
    rule: BreakerRule,
    breaker: Breaker,
    now: Timestamp,
}

impl Scene {
    fn after(mode: usize, script: &str) -> Self {
        let mut scene = Self { rule: breaker_rule(RULES[mode]), breaker: Breaker::default(), now: NOON };
        for happening in script.split("; ").filter(|happening| !happening.is_empty()) {
            scene.play(happening);
        }
        scene
    }

    fn play(&mut self, happening: &str) -> String {
        let (verb, rest) = happening.split_once(' ').unwrap_or((happening, ""));
        let lease = rest.parse().unwrap_or(0);
        match verb {
            "admit" => return self.admit(),
            "sent" => self.breaker.probe_sent(&self.rule, lease, self.now),
            "withdrawn" => self.breaker.probe_withdrawn(lease),
            "life" => self.breaker.saw_life(&self.rule, lease, self.now),
            "fault" => self.breaker.saw_fault(&self.rule, lease, self.now),
            "clock" => {
                self.now = self.now.minus(Span::from_secs(3_600));
                self.breaker.shift_back(Span::from_secs(3_600));
            }
            _ => self.now = self.now.plus(crate::check::parse_span(verb.trim_start_matches('+'))),
        }
        self.place()
    }

    fn admit(&mut self) -> String {
        let now = self.now;
        let wait = |until: Timestamp| format!("{:.3} s", until.since(now).as_secs_f64());
        match self.breaker.admit(&self.rule, now) {
            Admission::Pass => "passes".to_owned(),
            Admission::Probe => format!("passes as a probe; {}", self.place()),
            Admission::Refused { until } => format!("refused for {}; {}", wait(until), self.place()),
            Admission::Probing { until, .. } => format!("refused while a probe is out, for {} at most", wait(until)),
        }
    }

    fn place(&self) -> String {
        match &self.breaker {
            Breaker::Closed { in_a_row, recent, .. } => format!("closed, {in_a_row} in a row, {} parts", recent.len()),
            Breaker::Open { until } => format!("open for {:.3} s", until.since(self.now).as_secs_f64()),
            Breaker::HalfOpen { probes, passed } => format!("half-open, {} out, {passed} passed", probes.len()),
        }
    }
}
