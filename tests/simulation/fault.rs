//! What a seed decides: the request, CXone's weather, and the shell's misfortunes. Never plays any of it.

use cxpulse_core::time::Span;
use cxpulse_sim::{CallbackFaults, Faults, Rates, Signing};
use fastrand::Rng;
use serde_json::{Value, json};

use super::door::pick_signing;

/// Everything that is decided before a life begins.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it was decided from; also the seed of every later chance.
    pub seed: u64,
    /// The body of `POST /v1/executions`, but for the id of a watched execution.
    pub request: Value,
    /// Whether CXone's execution was submitted by somebody else, and is watched.
    pub is_watch: bool,
    /// CXone's script, as the action's id.
    pub action_id: String,
    /// What goes wrong at CXone.
    pub faults: Faults,
    /// How CXone signs its callbacks; `None` for not at all.
    pub signing: Option<Signing>,
    /// When CXone calls back with old news, after the beginning: before the submit is answered, between polls, after the end.
    pub stray_callbacks: Vec<Span>,
    /// What goes wrong on our side.
    pub luck: Luck,
    /// When the caller cancels, after the beginning.
    pub cancel_after: Option<Span>,
    /// Steps of the shell's clock: when, and by how many milliseconds, negative for back.
    pub clock_steps: Vec<(Span, i64)>,
}

/// Chances of the shell's misfortunes, 0..=1 each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Luck {
    /// The process dies after saving a step and before performing it.
    pub crash_before_perform: f64,
    /// The process dies when something arrives, before the step is saved.
    pub crash_before_save: f64,
    /// The gate postpones.
    pub postpone: f64,
    /// An answer arrives twice.
    pub duplicate: f64,
    /// An answer is on its way for longer than anyone waits.
    pub dawdle: f64,
    /// A connection that breaks is not noticed: nothing ever comes back.
    pub silence: f64,
    /// We answer a callback with an error, so that CXone calls again.
    pub refuse_callback: f64,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let is_watch = chance.u8(..4) == 0;
        let action_id = pick_script(&mut chance);
        let request = pick_request(&mut chance, is_watch, &action_id);
        let mut faults = pick_faults(&mut chance);
        let luck = pick_luck(&mut chance);
        let cancel_after = (chance.u8(..8) == 0).then(|| Span::from_millis(chance.u64(..90_000)));
        let step_count = if chance.u8(..4) == 0 { chance.usize(1..=3) } else { 0 };
        let clock_steps = (0..step_count).map(|_| pick_clock_step(&mut chance)).collect();
        // Drawn apart, so that the rest of the seed's life stays what it was.
        let mut apart = Rng::with_seed(!seed);
        let signing = pick_signing(seed);
        if signing.is_some() {
            faults.callback.forge = if apart.bool() { 0.4 } else { 0.0 };
            faults.callback.replay_ms = if apart.bool() { apart.u64(1..400_000) } else { 0 };
        }
        let stray_count = if request["callback"] == json!(true) && apart.bool() { apart.usize(1..=4) } else { 0 };
        let stray_callbacks = (0..stray_count).map(|_| Span::from_millis(apart.u64(..30_000))).collect();
        Self { seed, request, is_watch, action_id, faults, signing, stray_callbacks, luck, cancel_after, clock_steps }
    }

    /// Whether nothing at all goes wrong, so that the outcome must be CXone's own.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.faults.rates == Rates::default()
            && self.luck == Luck::default()
            && self.cancel_after.is_none()
            && self.clock_steps.is_empty()
    }

    /// Whether CXone may refuse what it should not.
    #[must_use]
    pub fn may_refuse(&self) -> bool {
        let rates = &self.faults.rates;
        rates.unauthorized > 0.0 || rates.not_found > 0.0 || self.action_id == "sim-late"
    }

    /// Whether answers may not be of the schema.
    #[must_use]
    pub fn may_garble(&self) -> bool {
        self.faults.rates.html > 0.0 || self.action_id == "sim-degraded"
    }
}

pub(super) fn pick_script(chance: &mut Rng) -> String {
    let scripts = [
        "sim-fast",
        "sim-slow",
        "sim-queued",
        "sim-failing",
        "sim-canceled",
        "sim-cancelled",
        "sim-skipping",
        "sim-stepping-back",
        "sim-degraded",
        "sim-unknown-word",
        "sim-never",
        "sim-stalling",
        "sim-uneven",
        "sim-lowercase",
        "sim-instant",
        "sim-late",
        "sim-no-progress",
        "sim-chatty-end",
    ];
    match chance.usize(..scripts.len() + 4) {
        index if index < scripts.len() => scripts[index].to_owned(),
        _ => format!("sim-for-{}s", chance.u32(1..400)),
    }
}

pub(super) fn pick_request(chance: &mut Rng, is_watch: bool, action_id: &str) -> Value {
    let timeout = [5.0, 20.0, 60.0, 600.0, 3_600.0][chance.usize(..5)];
    let jitter = ["proportional", "full", "equal", "decorrelated"][chance.usize(..4)];
    let (base, min, max) = [(2.0, 1.0, 45.0), (0.2, 0.05, 2.0), (1.0, 0.0, 8.0), (5.0, 5.0, 300.0)][chance.usize(..4)];
    let attempts = [1, 3, 10, 60, 60, 1_000][chance.usize(..6)];
    let mut request = json!({
        "timeout_seconds": timeout,
        "policy": if chance.u8(..3) == 0 { "strict" } else { "lenient" },
        "callback": chance.bool(),
        "backoff": {"base_seconds": base, "min_seconds": min, "max_seconds": max, "jitter": jitter,
            "multiplier": 1.0 + chance.f64(), "max_attempts": attempts, "predict": chance.bool()},
    });
    if !is_watch {
        request["start"] =
            json!({"action_id": action_id, "inputs": {"customerId": "CUST-99887"}, "context": {"channel": "API"}});
    }
    if chance.u8(..3) == 0 {
        request["notify"] = json!({"url": "https://example.com/hook"});
    }
    if chance.u8(..4) == 0 {
        request["backoff"]["by_failure"] =
            json!({"transient": {"base_seconds": 0.1, "min_seconds": 0.1, "max_seconds": 1.0}});
    }
    request
}

pub(super) fn pick_faults(chance: &mut Rng) -> Faults {
    let mut faults = Faults { seed: chance.u64(..), ..Faults::default() };
    let least = chance.u64(..100);
    faults.latency_ms = [least, least + chance.u64(..2_000)];
    faults.retry_after =
        [None, Some("1"), Some("7"), Some("0"), Some("90000"), Some("soon")][chance.usize(..6)].map(str::to_owned);
    faults.callback = CallbackFaults {
        duplicate: 0.3,
        late_ms: if chance.bool() { 0 } else { chance.u64(..60_000) },
        drop: 0.2,
        ..CallbackFaults::default()
    };
    if chance.u8(..3) > 0 {
        faults.rates = pick_rates(chance);
    }
    if chance.u8(..4) == 0 {
        faults.token_lifetime_seconds = Some(chance.u64(1..60));
    }
    faults
}

/// Up to a tenth of each, and now and then one that strikes every other call.
fn pick_rates(chance: &mut Rng) -> Rates {
    let mut some = || if chance.bool() { chance.f64() * 0.09 } else { 0.0 };
    let mut rates = Rates {
        rate_limited: some(),
        server_error: some(),
        unavailable: some(),
        unauthorized: some(),
        cut: some(),
        lost_answer: some(),
        dropped: some(),
        html: some(),
        not_found: some() / 4.0,
        slow: some(),
    };
    match chance.u8(..10) {
        0 => rates = Rates { lost_answer: 0.6, ..Rates::default() },
        1 => rates = Rates { server_error: 0.6, ..Rates::default() },
        2 => rates = Rates { rate_limited: 0.5, unavailable: 0.3, ..Rates::default() },
        3 => rates = Rates { cut: 0.4, dropped: 0.4, ..Rates::default() },
        _ => {}
    }
    rates
}

pub(super) fn pick_luck(chance: &mut Rng) -> Luck {
    if chance.bool() {
        return Luck::default();
    }
    let mut some = |most: f64| if chance.bool() { chance.f64() * most } else { 0.0 };
    Luck {
        crash_before_perform: some(0.1),
        crash_before_save: some(0.1),
        postpone: some(0.3),
        duplicate: some(0.3),
        dawdle: some(0.1),
        silence: some(0.5),
        refuse_callback: some(0.5),
    }
}

fn pick_clock_step(chance: &mut Rng) -> (Span, i64) {
    let by = [-3_600_000, -60_000, -900, 900, 60_000][chance.usize(..5)];
    (Span::from_millis(chance.u64(..120_000)), by)
}
