//! The deployment itself: liveness, its description, its pages.

use super::{Access, Answer, Operation, Tag};
use crate::answer::{Anything, Health, Session};
use crate::shape::of;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        id: "getHealth",
        method: "get",
        path: "/healthz",
        tag: Tag::Service,
        summary: "Ask whether it is up",
        description: "Says nothing of any tenant or of CXone.",
        access: Access::Anybody,
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "It is.",
            content: &[("application/json", of::<Health>)],
            headers: &[],
        }],
        problems: &[],
    },
    Operation {
        id: "getMetrics",
        method: "get",
        path: "/metrics",
        tag: Tag::Service,
        summary: "Read a tenant's counts and gauges",
        description: "For a scraper: OpenMetrics 1.0, or Prometheus' own text for who likes `text/plain` better. A key with the scope `admin` will do, \
                      too.",
        access: Access::Key("read"),
        parameters: &["Tenant"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "The metrics, since when each counts, and how the tenant's gate stands.",
            content: &[
                ("application/openmetrics-text; version=1.0.0; charset=utf-8", of::<String>),
                ("text/plain; version=0.0.4; charset=utf-8", of::<String>),
            ],
            headers: &[],
        }],
        problems: &["invalid-parameter", "not-found"],
    },
    description("getOpenapi", "/openapi.json", "Read this description", "OpenAPI 3.1, for pages of any origin."),
    description(
        "getAsyncapi",
        "/asyncapi.json",
        "Read the description of messages",
        "AsyncAPI 3.0: the streams, and the webhooks that are sent out. For pages of any origin.",
    ),
    description(
        "getChainSchema",
        "/schema/chain.json",
        "Read the schema of chains",
        "JSON Schema 2020-12 of the body of `POST /v1/chains`, for editors and checks of files. For pages of any origin.",
    ),
    Operation {
        id: "embed",
        method: "get",
        path: "/embed/{kind}/{id}",
        tag: Tag::Service,
        summary: "Show one element on a page",
        description: "For an iframe of a site that `CXPULSE_FRAME_ANCESTORS` names. The page takes a view token from the fragment of its address, \
                      `#token=…`, which is sent to nobody.",
        access: Access::Anybody,
        parameters: &["EmbedKind", "EmbedId"],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "The page.",
            content: &[("text/html", of::<String>)],
            headers: &[],
        }],
        problems: &[],
    },
    Operation {
        id: "getSession",
        method: "get",
        path: "/dev/session",
        tag: Tag::Service,
        summary: "Read the key of a development server",
        description: "There in development only, and only for this machine; elsewhere it is not found.",
        access: Access::Anybody,
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: "200",
            meaning: "A key, and where the simulated CXone is.",
            content: &[("application/json", of::<Session>)],
            headers: &[],
        }],
        problems: &["not-found"],
    },
];

const fn description(id: &'static str, path: &'static str, summary: &'static str, text: &'static str) -> Operation {
    Operation {
        id,
        method: "get",
        path,
        tag: Tag::Service,
        summary,
        description: text,
        access: Access::Anybody,
        parameters: &["IfNoneMatch"],
        body: None,
        answers: &[
            Answer {
                status: "200",
                meaning: "The description.",
                content: &[("application/json", of::<Anything>)],
                headers: &["ETag"],
            },
            Answer { status: "304", meaning: "It is as the caller knows it.", content: &[], headers: &["ETag"] },
        ],
        problems: &[],
    }
}
