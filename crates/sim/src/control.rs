//! `/_sim/*` and `/healthz`: how tests and demos see and steer the world. Never part of what CXone has.
//!
//! - `GET /_sim/scripts`: the lives that an action can lead.
//! - `GET POST PUT DELETE /_sim/faults`: what goes wrong, as [`Faults`] says it: `seed`, `latency_ms`, `rates`
//!   (`rate_limited server_error unavailable unauthorized cut lost_answer dropped html not_found slow`), `only`,
//!   `retry_after`, `limit_per_second`, `token_lifetime_seconds`, `ratelimit_headers` (`limit remaining reset`),
//!   `token_html`, `token_without_expiry`, `token_refused`, `token_5xx`, `outage`, `outage_hang_ms`, `slow_ms`,
//!   `callback` (`duplicate late_ms drop forge replay_ms skew_seconds`), `history` (`cut cut_at range_ignored
//!   range_misplaced range_retagged grows shrinks resumes repeats rows_without_id rows_foreign torn total`),
//!   `until_ms_from_now`. What is not named is off.
//! - `GET /_sim/stats?correlation_id=`: counts since the start or the last reset, as [`StatsView`] has them.
//! - `GET /_sim/executions?correlation_id=&limit=`: what was accepted, newest first.
//! - `POST /_sim/tokens/revoke`: takes back `{"token": …}`, or all tokens.
//! - `POST /_sim/reset`: forgets executions, callbacks, counts and faults, and what came to the past and left it.
//!
//! Pages of this machine may call it (permissive CORS for loopback origins); any other page is refused.

use cxpulse_core::time::{Rfc3339, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::dialect::Dialect;
use crate::exchange::{Reply, Request};
use crate::execution::Execution;
use crate::fault::Faults;
use crate::script::{ScriptSummary, summaries};
use crate::stats::StatsView;
use crate::world::World;

/// The answer, where the request is for this file at all.
pub(crate) fn answer(world: &mut World, request: &Request, now: Timestamp) -> Option<Reply> {
    if request.path == "/healthz" {
        return Some(Reply::json(200, &Health { status: "ok" }));
    }
    let route = request.path.strip_prefix("/_sim/")?;
    let Some(origin) = request.header("origin") else {
        return Some(perform(world, route, request, now));
    };
    if !is_loopback(origin) {
        return Some(Reply::refusal(403, "foreign_origin", "only pages of this machine may steer the simulation"));
    }
    let reply = if request.method == "OPTIONS" { preflight() } else { perform(world, route, request, now) };
    Some(reply.with_header("access-control-allow-origin", origin).with_header("vary", "origin"))
}

fn perform(world: &mut World, route: &str, request: &Request, now: Timestamp) -> Reply {
    match (route, request.method.as_str()) {
        ("scripts", "GET") => Reply::json(200, &Scripts { scripts: summaries() }),
        ("faults", "GET") => Reply::json(200, world.injector.faults()),
        ("faults", "POST" | "PUT") => set_faults(world, request, now),
        ("faults", "DELETE") => clear_faults(world, now),
        ("stats", "GET") => stats(world, request, now),
        ("executions", "GET") => executions(world, request, now),
        ("tokens/revoke", "POST") => revoke(world, request),
        ("reset", "POST") => {
            world.reset(now);
            Reply::new(204)
        }
        ("scripts" | "stats" | "executions", _) => wrong_method("GET"),
        ("faults", _) => wrong_method("GET, POST, PUT, DELETE"),
        ("tokens/revoke" | "reset", _) => wrong_method("POST"),
        _ => Reply::refusal(404, "not_found", "no such route of the simulation"),
    }
}

fn set_faults(world: &mut World, request: &Request, now: Timestamp) -> Reply {
    // Read as a struct, an array of the fields in order would pass.
    if !request.body.trim_ascii_start().starts_with(b"{") {
        return Reply::refusal(400, "invalid_request", "the body is to be a JSON object");
    }
    let faults: Faults = match serde_json::from_slice(&request.body) {
        Ok(faults) => faults,
        Err(error) => return Reply::refusal(400, "invalid_request", &error.to_string()),
    };
    match world.set_faults(faults, now) {
        Ok(()) => Reply::json(200, world.injector.faults()),
        Err(violations) => Reply::refusal(400, "invalid_request", &violations.join("; ")),
    }
}

fn clear_faults(world: &mut World, now: Timestamp) -> Reply {
    // The default has no violations, so it is always set.
    match world.set_faults(Faults::default(), now) {
        Ok(()) => Reply::new(204),
        Err(violations) => Reply::refusal(500, "server_error", &violations.join("; ")),
    }
}

fn stats(world: &mut World, request: &Request, now: Timestamp) -> Reply {
    world.flights.settle(now);
    let of_correlation = request.parameter("correlation_id");
    let executions = of_correlation.map(|key| {
        let found = world.executions.of_correlation(&key);
        found.map(|execution| execution.id.hyphenated().to_string()).collect()
    });
    let answer = StatsAnswer {
        counts: world.stats.view(&world.flights),
        executions_created: world.executions.created_count(),
        executions_kept: world.executions.kept_count(),
        executions,
    };
    Reply::json(200, &answer)
}

fn executions(world: &World, request: &Request, now: Timestamp) -> Reply {
    let limit = match request.parameter("limit").map(|text| text.parse::<usize>()) {
        None => LIMIT_DEFAULT,
        Some(Ok(limit)) if limit <= LIMIT_MAX => limit,
        Some(Ok(_) | Err(_)) => return Reply::refusal(400, "invalid_request", "limit is to be from 0 to 10000"),
    };
    let rows = match request.parameter("correlation_id") {
        Some(key) => world.executions.of_correlation(&key).take(limit).map(|one| Row::of(one, now)).collect(),
        None => world.executions.newest().take(limit).map(|one| Row::of(one, now)).collect(),
    };
    Reply::json(200, &Rows { executions: rows })
}

fn revoke(world: &mut World, request: &Request) -> Reply {
    let body: RevokeBody = if request.body.is_empty() {
        RevokeBody::default()
    } else {
        match serde_json::from_slice(&request.body) {
            Ok(body) => body,
            Err(error) => return Reply::refusal(400, "invalid_request", &error.to_string()),
        }
    };
    Reply::json(200, &Revoked { revoked: world.tokens.revoke(body.token.as_deref()) })
}

fn preflight() -> Reply {
    Reply::new(204)
        .with_header("access-control-allow-methods", "GET, POST, PUT, DELETE")
        .with_header("access-control-allow-headers", "content-type")
        .with_header("access-control-max-age", "600")
}

fn wrong_method(allowed: &str) -> Reply {
    Reply::refusal(405, "method_not_allowed", "not with this method").with_header("allow", allowed)
}

fn is_loopback(origin: &str) -> bool {
    let uri = origin.parse::<http::Uri>().ok();
    let host = uri.as_ref().and_then(|uri| uri.host()).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<std::net::IpAddr>().map_or(host == "localhost", |address| address.is_loopback())
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Scripts {
    scripts: Vec<ScriptSummary>,
}

#[derive(Serialize)]
struct StatsAnswer<'a> {
    #[serde(flatten)]
    counts: StatsView<'a>,
    executions_created: u64,
    executions_kept: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    executions: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Rows<'a> {
    executions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: String,
    dialect: Dialect,
    action_id: &'a str,
    correlation_id: Option<&'a str>,
    /// As they were submitted.
    inputs: &'a RawValue,
    status: &'static str,
    polls: u64,
    created_at: Rfc3339,
    ends_at: Option<Rfc3339>,
    has_ended: bool,
    request_id: Option<&'a str>,
    traceparent: Option<&'a str>,
    callback_url: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(execution: &'a Execution, now: Timestamp) -> Self {
        Self {
            id: execution.id.hyphenated().to_string(),
            dialect: execution.dialect,
            action_id: &execution.action_id,
            correlation_id: execution.correlation_id.as_deref(),
            inputs: &execution.inputs,
            status: execution.sight(now).word,
            polls: execution.polls,
            created_at: Rfc3339(execution.created_at),
            ends_at: execution.ends_at().map(Rfc3339),
            has_ended: execution.has_ended(now),
            request_id: execution.request_id.as_deref(),
            traceparent: execution.traceparent.as_deref(),
            callback_url: execution.callback_url.as_deref(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RevokeBody {
    token: Option<String>,
}

#[derive(Serialize)]
struct Revoked {
    revoked: usize,
}

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 10_000;
