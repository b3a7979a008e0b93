//! `/v1/proxy` and `/v1/tenants`: CXone's own API, and what operators do.

use cxpulse_core::doctor::Report;
use cxpulse_core::gate::GateView;

use super::{Access, Answer, Body, Operation, Tag};
use crate::answer::Anything;
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    proxied("get", "proxyGet"),
    proxied("post", "proxyPost"),
    proxied("put", "proxyPut"),
    proxied("patch", "proxyPatch"),
    proxied("delete", "proxyDelete"),
    Operation {
        id: "getGate",
        method: "get",
        path: "/v1/tenants/{tenant}/gate",
        tag: Tag::Tenants,
        summary: "See a tenant's gate",
        description: "What all executions of the tenant share: permits, rate, breaker, token.",
        access: Access::Key("admin"),
        parameters: &["TenantId"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "How it stands.",
            content: &[("application/json", of::<GateView>)],
            headers: &[],
        }],
        problems: &["not-found"],
    },
    Operation {
        id: "resetGate",
        method: "post",
        path: "/v1/tenants/{tenant}/gate/reset",
        tag: Tag::Tenants,
        summary: "Let a gate start afresh",
        description: "After something was mended: whoever was sent away is back in a minute or little more.",
        access: Access::Key("admin"),
        parameters: &["TenantId"],
        body: None,
        answers: &[Answer {
            status: "204",
            meaning: "It has forgotten what it had learned.",
            content: &[],
            headers: &[],
        }],
        problems: &["not-found"],
    },
    Operation {
        id: "runDoctor",
        method: "post",
        path: "/v1/tenants/{tenant}/doctor",
        tag: Tag::Tenants,
        summary: "Examine a tenant's connection",
        description: "Walks discovery, token, scope and a dry poll, and says what is wrong and which setting mends it.",
        access: Access::Key("admin"),
        parameters: &["TenantId", "RequestId"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "The report, healthy or not.",
            content: &[("application/json", of::<Report>)],
            headers: &["XRequestId"],
        }],
        problems: &["not-found"],
    },
];

/// The proxy is the same for each method.
const fn proxied(method: &'static str, id: &'static str) -> Operation {
    let body = match method.as_bytes() {
        b"get" | b"delete" => None,
        _ => Some(Body { shape: of::<Anything>, media_type: "*/*", is_required: false }),
    };
    Operation {
        id,
        method,
        path: "/v1/proxy/{path}",
        tag: Tag::Proxy,
        summary: "Pass a call on to CXone",
        description: "`path` is all that follows, with slashes and a query. What a rule of the tenant allows is passed on with the tenant's \
                      token and through its gate, streamed both ways; nothing else passes. Credentials, cookies and forwarding headers stay here.",
        access: Access::Key("execute"),
        parameters: &["ProxyPath", "CxpulseTenant", "Traceparent", "Tracestate"],
        body,
        answers: &[Answer {
            status: "default",
            meaning: "CXone's answer, whatever its status, or a problem of ours.",
            content: &[("*/*", of::<Anything>)],
            headers: &["CxpulseCache", "Age"],
        }],
        problems: &[
            "invalid-parameter",
            "proxy-path-refused",
            "not-proxied",
            "too-large",
            "upstream-unreachable",
            "upstream-too-large",
            "rate-limited",
            "no-permit",
            "breaker-open",
            "no-credentials",
            "held",
            "upstream-timeout",
        ],
    }
}
