//! What a seed decides of a crowd: who wants what, under which limits, and what goes wrong. Never plays any of it.

use cxpulse_core::profile::{BreakerRule, Limits};
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_sim::{Faults, Rates};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::BEGINNING;
use crate::fault::{pick_faults, pick_request, pick_script};

/// Everything that is decided before a crowd begins.
#[derive(Debug, Clone)]
pub struct CrowdPlan {
    /// What it was decided from; also the seed of every later chance.
    pub seed: u64,
    /// The bodies of `POST /v1/executions`.
    pub requests: Vec<Value>,
    /// What the tenant's profile says of load.
    pub limits: Limits,
    /// And of its breaker.
    pub breaker: BreakerRule,
    /// Calls that CXone takes in a second of the clock before it answers 429.
    pub world_per_second: u32,
    /// What goes wrong at CXone.
    pub faults: Faults,
    /// What goes wrong there instead, from so long after the beginning on.
    pub weather: Option<(Span, Faults)>,
    /// What goes wrong on our side.
    pub luck: CrowdLuck,
    /// They start within so many milliseconds.
    pub spread_ms: u64,
}

/// Chances of our misfortunes, 0..=1 each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CrowdLuck {
    /// An execution's process dies as something arrives, or before it performs what it saved.
    pub crash: f64,
    /// The tenant's object dies as a question arrives, or before it answers.
    pub tenant_crash: f64,
    /// An execution is canceled.
    pub cancel: f64,
}

impl CrowdPlan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let count = chance.usize(2..=60);
        let requests = (0..count).map(|_| request(&mut chance)).collect();
        let per_second = [2.0, 5.0, 10.0, 50.0, 200.0][chance.usize(..5)];
        let limits = Limits { in_flight: chance.u32(1..=12), per_second, ..Limits::default() };
        let is_calm = chance.u8(..3) == 0;
        let mut faults = pick_faults(&mut chance);
        if is_calm {
            faults = Faults { seed: faults.seed, latency_ms: faults.latency_ms, ..Faults::default() };
        }
        let has_weather = !is_calm && chance.u8(..4) == 0;
        let weather = has_weather.then(|| (Span::from_millis(chance.u64(..40_000)), outage(chance.u64(5_000..90_000))));
        Self {
            seed,
            requests,
            world_per_second: world_limit(&limits),
            limits,
            breaker: pick_breaker(&mut chance),
            faults,
            weather,
            luck: if is_calm { CrowdLuck::default() } else { pick_luck(&mut chance) },
            spread_ms: [0, 1_000, 60_000][chance.usize(..3)],
        }
    }

    /// So many executions of a short action at once, against 50 calls a second and 10 in flight, and nothing goes wrong.
    #[must_use]
    pub fn herd(executions: usize, seed: u64) -> Self {
        let limits = Limits { in_flight: 10, per_second: 50.0, ..Limits::default() };
        let request = json!({"start": {"action_id": "sim-fast"}, "callback": false, "timeout_seconds": 86_400});
        Self {
            seed,
            requests: vec![request; executions],
            world_per_second: 50,
            limits,
            breaker: BreakerRule::default(),
            faults: Faults { seed, latency_ms: [20, 60], ..Faults::default() },
            weather: None,
            luck: CrowdLuck::default(),
            spread_ms: 0,
        }
    }

    /// A herd that meets a CXone that fails wholly for a minute, five seconds after its beginning.
    #[must_use]
    pub fn outage(executions: usize, seed: u64) -> Self {
        let herd = Self::herd(executions, seed);
        Self { weather: Some((Span::from_secs(5), outage(60_000))), spread_ms: 10_000, ..herd }
    }

    /// When its weather has passed; `None` where there is none.
    #[must_use]
    pub fn weather_ends_at(&self) -> Option<Timestamp> {
        let (after, faults) = self.weather.as_ref()?;
        Some(BEGINNING.plus(*after).plus(Span::from_millis(faults.until_ms_from_now?)))
    }

    /// Whether nothing at all goes wrong.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.faults.rates == Rates::default()
            && self.faults.token_lifetime_seconds.is_none()
            && self.weather.is_none()
            && self.luck == CrowdLuck::default()
    }

    /// The most calls that may arrive in any second.
    #[must_use]
    pub fn per_second_max(&self) -> u64 {
        Span::from_millis_f64(self.limits.per_second.ceil()).as_millis() + 1
    }

    /// The longest that anybody may wait at the gate while nothing but the limits stands in the way.
    #[must_use]
    pub fn wait_max(&self) -> Span {
        let count = u64::try_from(self.requests.len()).unwrap_or(u64::MAX);
        let interval = 1_060.0 / self.limits.per_second;
        let slowness = if self.faults.rates.slow > 0.0 { self.faults.slow_ms } else { 0 };
        let latency = self.faults.latency_ms[1] + slowness + 50;
        let interval = Span::from_millis_f64(interval).as_millis();
        Span::from_millis(if self.is_calm() {
            count * interval.max(latency / u64::from(self.limits.in_flight)) * 3 / 2 + 2 * latency + 3_000
        } else {
            // After silence and slowness the limit may be one.
            2 * count * (interval + latency) + 60_000
        })
    }

    /// The most tokens that may be fetched in so long a time.
    #[must_use]
    pub fn fetches_max(&self, lasted: Span, tenant_crashes: u64) -> u64 {
        let seconds = lasted.as_secs_ceil();
        if self.is_calm() { 1 + seconds / 3_300 } else { 2 * (seconds + 60) + tenant_crashes }
    }
}

fn request(chance: &mut Rng) -> Value {
    let script = pick_script(chance);
    let mut request = pick_request(chance, false, &script);
    request["callback"] = Value::Bool(false);
    request
}

/// CXone counts by seconds of the clock, and a rate allows one call more than its number in some of them.
fn world_limit(limits: &Limits) -> u32 {
    [2, 5, 10, 50, 200].into_iter().find(|rate| f64::from(*rate) >= limits.per_second).unwrap_or(200) + 1
}

fn outage(lasts_ms: u64) -> Faults {
    Faults { outage: true, until_ms_from_now: Some(lasts_ms), latency_ms: [20, 60], ..Faults::default() }
}

fn pick_breaker(chance: &mut Rng) -> BreakerRule {
    let open = Span::from_secs([1, 10, 30][chance.usize(..3)]);
    let probes = chance.u32(1..=3);
    if chance.bool() {
        return BreakerRule::Consecutive { failures: chance.u32(2..8), open, probes };
    }
    let (window, calls_min) = (Span::from_secs(10), chance.u32(3..20));
    BreakerRule::Sampled { percent: chance.u32(20..80), window, calls_min, open, probes }
}

fn pick_luck(chance: &mut Rng) -> CrowdLuck {
    let mut some = |most: f64| if chance.bool() { chance.f64() * most } else { 0.0 };
    CrowdLuck { crash: some(0.03), tenant_crash: some(0.02), cancel: some(0.3) }
}
