//! What holds of a gate under any sequence of questions, reports, tokens and time.

use std::collections::VecDeque;

use cxpulse_core::allowance::Allowance;
use cxpulse_core::call::CallKind;
use cxpulse_core::credential::{Refusal, Trouble};
use cxpulse_core::failure::FailureKind;
use cxpulse_core::gate::{Ask, CALL_PATIENCE, Decision, Fate, Gate, GateView, Report, Share};
use cxpulse_core::time::{Span, Timestamp};
use proptest::prelude::*;

use crate::check::{Crowd, GateScene};

/// Something that a shell, or the world, may do to a gate.
#[derive(Debug, Clone)]
enum Happening {
    Ask(Ask),
    /// The oldest call that is out, or the newest.
    Report(bool, Fate, u64, Allowance),
    Pass(u64),
    Token,
    Refused,
    Trouble,
    Crash,
    Reset,
}

proptest! {
    #[test]
    fn no_rule_is_ever_broken(
        in_flight in 1_u32..6,
        rate in prop_oneof![1_u32..20, 50_u32..200],
        breaker in prop_oneof![Just("2/3s/1"), Just("1/500ms/2"), Just("50%/2s/4/1s/3")],
        happenings in prop::collection::vec(happening(), 1..200),
    ) {
        let rules = format!("in_flight={in_flight} rate={rate} breaker={breaker} poll=2s");
        let mut watch = Watch::new(GateScene::open(&rules), rate);
        for happening in happenings {
            watch.play(&happening);
            watch.check()?;
        }
    }

    #[test]
    fn everybody_who_keeps_coming_is_served_within_a_bound_of_the_ideal(
        in_flight in 1_u32..20,
        rate in 2_u32..200,
        takes in 1_u64..900,
        arrivals in prop::collection::vec((0_u64..40, 0_u64..3_000), 1..150),
    ) {
        let mut crowd = Crowd::at(&format!("in_flight={in_flight} rate={rate}"));
        crowd.takes = Span::from_millis(takes);
        arrivals.iter().for_each(|(key, after)| crowd.add(*key, Span::from_millis(*after)));
        crowd.play();
        prop_assert_eq!(crowd.served.len(), arrivals.len());
        let calls = u64::try_from(arrivals.len()).unwrap_or(u64::MAX);
        let by_rate = calls * 1_000 / u64::from(rate);
        let by_permits = calls * takes / u64::from(in_flight);
        let last = crowd.served.iter().map(|served| served.at.since(crate::check::NOON)).max().unwrap_or_default();
        // All have come after 3 s; a call more for the last round, and what a sleeper oversleeps.
        let bound = 3_000 + (by_rate.max(by_permits) * 115 / 100) + takes + 1_500;
        prop_assert!(last.as_millis() <= bound, "{last:?} where {bound} ms are allowed");
    }
}

/// A gate with what an onlooker knows of it.
struct Watch {
    scene: GateScene,
    rate: u32,
    out: VecDeque<cxpulse_core::limiter::Lease>,
    granted_at: Vec<Timestamp>,
    told: Option<(GateView, Decision)>,
}

impl Watch {
    const fn new(scene: GateScene, rate: u32) -> Self {
        Self { scene, rate, out: VecDeque::new(), granted_at: Vec::new(), told: None }
    }

    fn play(&mut self, happening: &Happening) {
        self.told = None;
        match happening {
            Happening::Ask(ask) => {
                let before = self.scene.gate.view(&self.scene.rules, self.scene.now);
                let decision = self.scene.decide(ask);
                if let Decision::Granted { lease, .. } = &decision {
                    self.out.push_back(*lease);
                    self.granted_at.push(self.scene.now);
                }
                self.told = Some((before, decision));
            }
            Happening::Report(is_oldest, fate, took, allowance) => {
                let lease = if *is_oldest { self.out.pop_front() } else { self.out.pop_back() };
                let Some(lease) = lease else { return };
                let report = Report {
                    lease,
                    keeps: false,
                    token_version: lease.number % 3,
                    fate: *fate,
                    took: Span::from_millis(*took),
                    allowance: *allowance,
                };
                self.scene.gate.report(&self.scene.rules, &report, self.scene.now);
                let again = self.scene.gate.report(&self.scene.rules, &report, self.scene.now);
                assert!(!again, "a report that comes twice is no news");
            }
            Happening::Pass(ms) => self.scene.now = self.scene.now.plus(Span::from_millis(*ms)),
            Happening::Token => {
                self.scene.play("token 3600s");
            }
            Happening::Refused => self.scene.gate.troubled(Trouble::Refused(Refusal::InvalidClient), self.scene.now),
            Happening::Trouble => self.scene.gate.troubled(Trouble::Failed(None), self.scene.now),
            Happening::Crash => self.scene.gate = self.scene.reloaded(),
            Happening::Reset => {
                self.scene.gate.reset(&self.scene.rules);
                // Whoever resets a gate means its past not to count: neither does what it let go.
                self.granted_at.clear();
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let now = self.scene.now;
        let view = self.scene.gate.view(&self.scene.rules, now);
        prop_assert!(view.limit >= 1 && view.limit <= view.bound, "limit {} of {}", view.limit, view.bound);
        let recent = self.granted_at.iter().filter(|at| now.since(**at) < Span::from_secs(1)).count();
        prop_assert!(recent <= usize::try_from(self.rate + 1).unwrap_or(0), "{recent} calls in a second");
        if let Some((before, decision)) = &self.told {
            self.check_decision(before, decision, &view)?;
        }
        self.check_stored()
    }

    fn check_decision(&self, before: &GateView, decision: &Decision, after: &GateView) -> Result<(), TestCaseError> {
        let now = self.scene.now;
        match decision {
            Decision::Granted { lease, token } => {
                let is_open = before.breaker.until.is_some_and(|until| now < until.0);
                prop_assert!(!is_open, "let go while the breaker was open");
                prop_assert!(before.embargo_until.is_none(), "let go during an embargo");
                prop_assert!(after.breaker.state != "half_open" || after.breaker.probes <= 3, "too many probes");
                prop_assert!(after.in_flight <= after.limit, "{} of {} out", after.in_flight, after.limit);
                prop_assert!(lease.until > now && token.expires_at > now);
            }
            Decision::Hold { until, .. } => {
                prop_assert!(*until > now && until.since(now) <= Span::from_secs(1), "held until {until} at {now}");
            }
            Decision::Leave { until, .. } => {
                prop_assert!(until.since(now) >= Span::from_secs(1), "sent away until {until} at {now}");
            }
            Decision::Fetch => prop_assert!(after.credentials.state != "refused", "fetches what was just refused"),
        }
        Ok(())
    }

    /// What is stored loads as it was.
    fn check_stored(&self) -> Result<(), TestCaseError> {
        let text = |gate: &Gate| serde_json::to_string(gate).expect("a gate is JSON");
        let loaded = self.scene.reloaded();
        prop_assert_eq!(text(&loaded), text(&self.scene.gate));
        prop_assert!(loaded.leases().eq(self.scene.gate.leases()));
        Ok(())
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => ask().prop_map(Happening::Ask),
        6 => (any::<bool>(), fate(), 0_u64..4_000, allowance())
            .prop_map(|(is_oldest, fate, took, allowance)| Happening::Report(is_oldest, fate, took, allowance)),
        6 => prop_oneof![0_u64..30, 0_u64..2_000, Just(60_000)].prop_map(Happening::Pass),
        1 => Just(Happening::Token),
        1 => prop_oneof![Just(Happening::Refused), Just(Happening::Trouble), Just(Happening::Reset)],
        1 => Just(Happening::Crash),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let kind = prop_oneof![Just(None), Just(Some(CallKind::Poll)), Just(Some(CallKind::Submit))];
    let newer_than = prop_oneof![6 => Just(None), 1 => (1_u64..4).prop_map(Some)];
    (0_u64..12, 0_u64..3, kind, newer_than).prop_map(|(caller, key, kind, newer_than)| Ask {
        caller,
        key,
        kind,
        newer_than,
        patience: CALL_PATIENCE,
        share: if key == 2 { Share::Half } else { Share::Whole },
    })
}

fn fate() -> impl Strategy<Value = Fate> {
    let wait = || prop_oneof![Just(None), (0_u64..5_000).prop_map(|ms| Some(Span::from_millis(ms)))];
    let failed = (prop::sample::select(FailureKind::ALL.to_vec()), any::<bool>(), wait())
        .prop_map(|(kind, is_answered, retry_after)| Fate::Failed { kind, is_answered, retry_after });
    prop_oneof![4 => Just(Fate::Good), 1 => Just(Fate::Unused), 3 => failed]
}

fn allowance() -> impl Strategy<Value = Allowance> {
    let some = (0_u64..3, 0_u64..5_000)
        .prop_map(|(remaining, reset)| Allowance { remaining: Some(remaining), reset: Some(Span::from_millis(reset)) });
    prop_oneof![4 => Just(Allowance::default()), 1 => some]
}
