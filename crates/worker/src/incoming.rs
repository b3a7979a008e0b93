//! One request as it came in. Reads of it only what is asked for: each look into a header crosses into JavaScript.

use std::cell::Cell;

use cxpulse_core::id::TenantId;
use cxpulse_core::quota::Standing;
use cxpulse_core::validate::BODY_MAX;
use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Request;

use crate::body::{self, BodyFault};
use crate::problem::Problem;

/// A request.
pub(crate) struct Incoming {
    raw: Request,
    method: String,
    url: String,
    /// Where in `url` the path begins.
    path_at: usize,
    /// How its sender stands, once that is known.
    standing: Cell<Option<Standing>>,
}

/// In which of two forms a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// One JSON value.
    Json,
    /// One a line.
    Lines,
}

impl Incoming {
    pub(crate) fn new(raw: Request) -> Self {
        let (method, url) = (raw.method(), raw.url());
        let host_at = url.find("://").map_or(0, |at| at.saturating_add(3));
        let path_at =
            url.get(host_at..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| at.saturating_add(host_at));
        Self { raw, method, url, path_at, standing: Cell::new(None) }
    }

    /// Keeps how its sender stands, for the answer to tell.
    pub(crate) fn note(&self, standing: Option<Standing>) {
        self.standing.set(standing);
    }

    /// How its sender stands, where that is limited.
    pub(crate) const fn standing(&self) -> Option<Standing> {
        self.standing.get()
    }

    /// Whether its address is longer than any of ours.
    pub(crate) const fn is_too_long(&self) -> bool {
        self.url.len() > URL_MAX
    }

    /// `GET`, `POST`, ….
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// Scheme and host: `https://cxpulse.example`.
    pub(crate) fn site(&self) -> &str {
        self.url.get(..self.path_at).unwrap_or_default()
    }

    /// Path without query, as it was written: `/v1/executions`.
    pub(crate) fn path(&self) -> &str {
        self.target().split(['?', '#']).next().unwrap_or_default()
    }

    /// Path and query after a prefix, each as it was written; `None` where the path begins otherwise.
    pub(crate) fn after(&self, prefix: &str) -> Option<(&str, Option<&str>)> {
        let rest = self.target().strip_prefix(prefix)?;
        Some(rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query))))
    }

    /// The value of a query parameter, the first if there are several; percent-encoding is left as it is.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target().split_once('?')?;
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        })
    }

    /// The query as it was written, without its `?`; empty where there is none.
    pub(crate) fn query_text(&self) -> &str {
        self.target().split_once('?').map(|(_, query)| query).unwrap_or_default()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.raw.headers().get(name).ok().flatten()
    }

    /// The same request for an execution's object, which shall answer it only if the execution is that tenant's: the path
    /// begins with `/of/{tenant}`. No request from outside can look like it, for ours begin with `/v1/`.
    pub(crate) fn of_tenant(&self, tenant: &TenantId) -> Result<Request, JsValue> {
        let url = format!("https://execution/of/{tenant}{}", self.target());
        Request::new_with_str_and_init(&url, self.raw.unchecked_ref())
    }

    /// The tenant that [`Self::of_tenant`] named, if it did.
    pub(crate) fn named_tenant(&self) -> Option<&str> {
        self.path().strip_prefix("/of/")?.split('/').next()
    }

    /// The request itself, to be passed on.
    pub(crate) const fn raw(&self) -> &Request {
        &self.raw
    }

    /// A JSON body as text.
    ///
    /// # Errors
    /// 415 for another content type, 413 for more than 256 KiB, 400 for what is not UTF-8 or breaks off.
    pub(crate) async fn json(&self) -> Result<String, Problem> {
        self.json_up_to(BODY_MAX).await
    }

    /// The same with a limit of its own, in bytes.
    pub(crate) async fn json_up_to(&self, max: usize) -> Result<String, Problem> {
        if !self.header("content-type").is_some_and(|value| is_json(&value)) {
            return Err(Problem::UnsupportedMediaType);
        }
        self.text_up_to(max).await
    }

    /// A body that is JSON, or lines of it, and which, with a limit of its own, in bytes.
    pub(crate) async fn json_or_lines(&self, max: usize) -> Result<(Media, String), Problem> {
        let media = match self.header("content-type") {
            Some(value) if is_json(&value) => Media::Json,
            Some(value) if is_of_type(&value, "application/x-ndjson") => Media::Lines,
            Some(_) | None => return Err(Problem::UnsupportedMediaType),
        };
        Ok((media, self.text_up_to(max).await?))
    }

    /// The same with a limit of its own, in bytes, of one who may leave its content type out: CXone's callbacks can have
    /// none, and it is for their body to show whether they are JSON.
    pub(crate) async fn untyped_json_up_to(&self, max: usize) -> Result<String, Problem> {
        if self.header("content-type").is_some_and(|value| !is_json(&value)) {
            return Err(Problem::UnsupportedMediaType);
        }
        self.text_up_to(max).await
    }

    /// A body as text.
    ///
    /// # Errors
    /// 413 for more than 256 KiB, 400 for what is not UTF-8 or breaks off.
    pub(crate) async fn text(&self) -> Result<String, Problem> {
        self.text_up_to(BODY_MAX).await
    }

    /// The same with a limit of its own, in bytes.
    pub(crate) async fn text_up_to(&self, max: usize) -> Result<String, Problem> {
        self.check_head()?;
        let bytes = body::read_to_end(self.raw.body(), max).await.map_err(|fault| match fault {
            BodyFault::TooLong => Problem::TooLarge(max),
            BodyFault::Broken => Problem::NotText,
            BodyFault::Late => Problem::TooSlow,
        })?;
        String::from_utf8(bytes).map_err(|_| Problem::NotText)
    }

    /// The body of a message of our own, taken as a whole: who sent it keeps its limits.
    pub(crate) async fn message(&self) -> Result<String, Problem> {
        let text = JsFuture::from(self.raw.text()?).await.map_err(Problem::of_object)?;
        text.as_string().ok_or(Problem::NotText)
    }

    /// Of one who sends us something we look at the whole head. Whoever only reads pays nothing for headers that nobody looks at.
    fn check_head(&self) -> Result<(), Problem> {
        let (mut count, mut bytes) = (0_usize, 0_usize);
        for entry in self.raw.headers().entries() {
            let pair: Array = entry?.unchecked_into();
            let len = |text: JsValue| text.unchecked_into::<JsString>().length();
            let len = len(pair.get(0)).saturating_add(len(pair.get(1)));
            bytes = bytes.saturating_add(usize::try_from(len).unwrap_or(usize::MAX));
            count = count.saturating_add(1);
            if count > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
                return Err(Problem::HeadTooLarge);
            }
        }
        Ok(())
    }

    fn target(&self) -> &str {
        self.url.get(self.path_at..).unwrap_or_default()
    }
}

fn is_json(content_type: &str) -> bool {
    is_of_type(content_type, "application/json")
}

fn is_of_type(content_type: &str, name: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(name)
}

/// Characters of an address: a stream's has a view token in it, which may have six thousand.
const URL_MAX: usize = 16_384;

/// Headers of a request with a body; proxies on the way add a dozen.
const HEADERS_MAX: usize = 100;

/// Characters of all of them.
const HEADER_BYTES_MAX: usize = 32_768;
