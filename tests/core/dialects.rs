//! Every built-in profile against the simulated CXone, in process: its places, its token, its calls, its answers.

use cxpulse_core::call::{
    self, Answer, Call, CallKind, Credential, HistoryCall, Known, Page, PageQuery, Payload, Reply, Sighting, Word,
};
use cxpulse_core::credential::{Account, DISCOVERY_HEADERS, Secret, read_discovery, read_grant, token_request};
use cxpulse_core::execution::Order;
use cxpulse_core::id::{Attempt, CorrelationId, UpstreamId};
use cxpulse_core::profile::{Located, Profile, Site, TokenRule};
use cxpulse_core::redaction::Redactor;
use cxpulse_core::time::{Span, Timestamp};
use cxpulse_core::trace::TraceContext;
use cxpulse_sim::{Delivery, Settings, World};
use expect_test::{Expect, expect};

use crate::check::{NOON, order_by};

/// One tenant's line to its CXone, on a clock that the calls themselves move.
struct Line {
    world: World,
    now: Timestamp,
    profile: Profile,
    base_url: String,
    token: String,
}

/// An answer, held for as long as it is read.
struct Answered {
    status: u16,
    retry_after: Option<String>,
    body: String,
}

impl Answered {
    fn as_reply(&self) -> Reply<'_> {
        Reply { status: self.status, retry_after: self.retry_after.as_deref(), body: &self.body }
    }
}

impl Line {
    /// Finds the places and gets the token as the profile says. `base_url` overrides the profile's, whose template is
    /// of hosts that are not there.
    fn open(profile: Profile, base_url: Option<&str>) -> Self {
        let world = World::new(Settings { static_token: Some("fixed".to_owned()), ..Settings::default() });
        let mut line = Self { world, now: NOON, profile, base_url: String::new(), token: String::new() };
        let variables = [("tenant_id".to_owned(), "sim-tenant".to_owned())].into_iter().collect();
        let site =
            Site { base_url: base_url.map(str::to_owned), token_url: None, issuer: Some(SIM.to_owned()), variables };
        let base = line.profile.locate_base(&site).expect("the site is set up");
        line.base_url = line.resolve(base);
        let token_url = line.profile.locate_token(&site, &line.base_url).expect("the site is set up");
        let token_url = token_url.map(|located| line.resolve(located));
        line.token = match token_url {
            Some(url) => line.fetch_token(&url),
            None => account().static_token.expect("there is one").reveal().to_owned(),
        };
        line
    }

    fn of(name: &str) -> Self {
        let profile = Profile::built_in(name).expect("it is built in");
        let is_discovered = profile.variables().contains("tenant_id");
        Self::open(profile, (!is_discovered).then_some(SIM))
    }

    fn resolve(&mut self, located: Located) -> String {
        match located {
            Located::At(url) => url,
            Located::Ask(question) => {
                let headers = DISCOVERY_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
                let answered = self.exchange("GET", &question.url, headers.to_vec(), "");
                read_discovery(&question, answered.as_reply(), self.now).expect("it is told")
            }
        }
    }

    fn fetch_token(&mut self, url: &str) -> String {
        let request = token_request(&self.profile.token, &account(), url).expect("nothing lacks").expect("a request");
        let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.reveal().to_owned()));
        let answered = self.exchange(request.method, &request.url, headers.collect(), request.body.reveal());
        let grant = read_grant(answered.as_reply(), self.now).expect("it is granted");
        assert_eq!(grant.lifetime, Some(Span::from_secs(3_600)));
        grant.secret.reveal().to_owned()
    }

    fn send(&mut self, request: &call::Request) -> Answered {
        let url = format!("{}{}", self.base_url, request.path);
        let mut headers: Vec<_> =
            request.headers.iter().map(|(name, value)| (name.clone().into_owned(), value.clone())).collect();
        headers.push(("authorization".to_owned(), format!("Bearer {}", self.token)));
        self.exchange(&request.method, &url, headers, request.body.as_deref().unwrap_or_default())
    }

    fn exchange(&mut self, method: &str, url: &str, headers: Vec<(String, String)>, body: &str) -> Answered {
        let target = url.strip_prefix(SIM).expect("nobody else is called");
        let host = SIM.strip_prefix("http://").expect("a host");
        let mut request = cxpulse_sim::Request::new(method, target).with_header("host", host).with_body(body);
        request.headers.extend(headers);
        let reply = self.world.handle(&request, self.now);
        assert_eq!(reply.delivery, Delivery::Whole);
        self.now = self.now.plus(reply.delay);
        Answered {
            status: reply.status,
            retry_after: reply.header("retry-after").map(str::to_owned),
            body: String::from_utf8(reply.body).expect("text"),
        }
    }

    fn call(&mut self, order: &Order, kind: CallKind, upstream_id: Option<&UpstreamId>) -> Answer {
        let known = Known { upstream_id, callback_url: None };
        let call = Call { kind, attempt: Attempt::FIRST, credential: Credential::Held };
        let request = call::request(&self.profile, order, call, known).expect("the profile has it");
        let answered = self.send(&request);
        call::read_answer(&self.profile, kind, answered.as_reply(), &Redactor::default(), self.now)
    }

    fn page(&mut self, query: PageQuery<'_>) -> Result<Page, String> {
        let call = HistoryCall {
            correlation_id: &CorrelationId::from_bytes([0x22; 16]),
            trace: &TraceContext::root([0x33; 16]),
            seed: 42,
            number: 1,
        };
        let request = call::history_request(&self.profile, query, call).expect("the profile has it");
        let answered = self.send(&request);
        call::read_page(&self.profile, answered.as_reply(), self.now).map_err(|failure| failure.to_string())
    }
}

fn account() -> Account {
    Account {
        client_id: Some("sim-client".to_owned()),
        client_secret: Some(Secret::new("sim-secret")),
        access_key_id: Some("sim-key".to_owned()),
        access_key_secret: Some(Secret::new("sim-key-secret")),
        static_token: Some(Secret::new("fixed")),
    }
}

fn show(answer: &Answer) -> String {
    match answer {
        Answer::Seen(seen) => show_sighting(seen),
        Answer::Absent => "absent".to_owned(),
        Answer::Acknowledged => "acknowledged".to_owned(),
        Answer::Failed(failure) => failure.to_string(),
    }
}

fn show_sighting(seen: &Sighting) -> String {
    let word = match &seen.word {
        Word::Known(status) => status.name().to_owned(),
        Word::Unknown(word) => format!("unknown {word}"),
    };
    let id = seen.upstream_id.as_ref().map_or("", |_| ", an id");
    let progress = seen.progress.map(|progress| format!(", {} of {}", progress.done, progress.total));
    let result = seen.result.as_ref().map(|result| match result {
        Payload::Whole(json) => format!(", result {}", json.as_str()),
        Payload::Truncated { size, .. } => format!(", result of {size} bytes"),
    });
    let error = seen.error.as_ref().map(|error| format!(", error {}", error.as_str()));
    [word, id.to_owned(), progress.unwrap_or_default(), result.unwrap_or_default(), error.unwrap_or_default()].concat()
}

/// Submits, and polls each `seconds` until the end: what each answer says.
#[track_caller]
fn check_life(name: &str, action: &str, inputs: &str, seconds: u64, expect: &Expect) {
    let mut line = Line::of(name);
    let request = format!(r#"{{"start": {{"action_id": "{action}", "inputs": {inputs}}}}}"#);
    let order = order_by(&line.profile, &request);
    let mut answer = line.call(&order, CallKind::Submit, None);
    let mut said = vec![show(&answer)];
    for _ in 0..POLLS_MAX {
        let Answer::Seen(seen) = &answer else { break };
        let (Some(id), Word::Known(status)) = (seen.upstream_id.clone(), &seen.word) else { break };
        if status.is_terminal() {
            break;
        }
        line.now = line.now.plus(Span::from_secs(seconds));
        answer = line.call(&order, CallKind::Poll, Some(&id));
        said.push(show(&answer));
    }
    expect.assert_eq(&said.join("\n"));
}

#[test]
fn dataactions_is_submitted_polled_found_and_canceled() {
    check_life(
        "dataactions",
        "sim-fast",
        r#"{"customerId": "C-1"}"#,
        1,
        &expect![[r#"
        pending, an id, 0 of 50000
        running, an id, 12950 of 50000
        running, an id, 31450 of 50000
        completed, an id, 50000 of 50000, result {"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "C-1"},"records":50000,"output":{"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}}"#]],
    );
    check_life(
        "dataactions",
        "sim-failing",
        "{}",
        2,
        &expect![[r#"
        pending, an id, 0 of 50000
        running, an id, 18850 of 50000
        failed, an id, 30000 of 50000, error {"code":"DATA_ACTION_FAILED","message":"the target system refused record 30001","retryable":false}"#]],
    );
    let mut line = Line::of("dataactions");
    let order = order_by(&line.profile, r#"{"start": {"action_id": "sim-slow"}}"#);
    assert_eq!(show(&line.call(&order, CallKind::LookUp, None)), "absent");
    let Answer::Seen(Sighting { upstream_id: Some(id), .. }) = line.call(&order, CallKind::Submit, None) else {
        unreachable!("it was not accepted")
    };
    let found = line.call(&order, CallKind::LookUp, None);
    assert!(matches!(&found, Answer::Seen(seen) if seen.upstream_id.as_ref() == Some(&id)), "{}", show(&found));
    assert_eq!(line.call(&order, CallKind::Cancel, Some(&id)), Answer::Acknowledged);
    expect!["canceled, an id, 0 of 50000"].assert_eq(&show(&line.call(&order, CallKind::Poll, Some(&id))));
}

#[test]
fn dx_actions_is_submitted_and_polled() {
    check_life(
        "dx-actions",
        "sim-fast",
        r#"{"customerId": "C-1"}"#,
        1,
        &expect![[r#"
        pending, an id
        running, an id, 12950 of 50000
        running, an id, 31450 of 50000
        completed, an id, 50000 of 50000, result {"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "C-1"},"records":50000,"output":{"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}}"#]],
    );
    check_life(
        "dx-actions",
        "sim-failing",
        "{}",
        2,
        &expect![[r#"
        pending, an id
        running, an id, 18850 of 50000
        failed, an id, 30000 of 50000, error {"code":"DATA_ACTION_FAILED","message":"the target system refused record 30001","retryable":false}"#]],
    );
    check_life("dx-actions", "nobody-knows", "{}", 2, &expect!["not_found: CXone answered 404"]);
}

#[test]
fn data_actions_is_answered_at_once() {
    check_life(
        "data-actions",
        "sim-fast",
        r#"{"customerId": "C-1"}"#,
        1,
        &expect![[
            r#"completed, result {"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","echo":{"customerId": "C-1"},"records":50000,"output":{"customer_id":"C-1","record_id":"c4e77f0c-e2a3-4df5-9932-ef6461dfa32a"}}"#
        ]],
    );
    check_life("data-actions", "sim-failing", "{}", 1, &expect!["client_error: CXone answered 422"]);
    check_life("data-actions", "sim-never", "{}", 1, &expect!["transient: CXone answered 504"]);
}

#[test]
fn a_data_extraction_is_started_and_polled_each_half_minute() {
    let inputs = r#"{"version": "1", "startDate": "2026-11-01", "endDate": "2026-11-02", "entityName": "sim-never"}"#;
    check_life(
        "cxone-data-extraction",
        "sim-slow",
        inputs,
        30,
        &expect![[r#"
        running, an id
        running, an id, result {"url":null,"errorMessage":null}
        completed, an id, result {"url":"http://sim.localhost:8086/data-extraction/v1/files/027a617d-2237-46c9-87f4-e5c44c95357a.csv?signature=c4e77f0c-e2a3-4df5-9932-ef6461dfa32a","errorMessage":null}"#]],
    );
    check_life(
        "cxone-data-extraction",
        "sim-failing",
        inputs,
        30,
        &expect![[r#"
        running, an id
        failed, an id, result {"url":null,"errorMessage":"the target system refused record 30001"}, error "the target system refused record 30001""#]],
    );
    // Faster than its least interval is refused, so the profile's 30 s are what CXone asks for.
    check_life(
        "cxone-data-extraction",
        "sim-slow",
        inputs,
        29,
        &expect![[r#"
        running, an id
        running, an id, result {"url":null,"errorMessage":null}
        rate_limited: CXone answered 429"#]],
    );
}

#[test]
fn interactions_are_paged_to_their_total() {
    let mut line = Line::of("interactions-history");
    let filter = Some("errorState = True");
    let mut rows = Vec::new();
    let mut total = None;
    for page_number in 0..POLLS_MAX {
        let query = PageQuery { filter, contact_id: None, limit: 10, offset: page_number * 10, cursor: "" };
        let page = line.page(query).expect("it is read");
        total = page.total;
        if page.rows.is_empty() {
            break;
        }
        rows.extend(page.rows);
    }
    assert_eq!(u64::try_from(rows.len()).ok(), total);
    let has = |field: &str| rows.iter().all(|row| row.pointer(field).is_some());
    assert!(rows.len() > 10 && has("/interactionId") && has("/steps/0/nodeId") && has("/steps/0/variablesAfter"));
    let nonsense = PageQuery { filter: Some("everything"), contact_id: None, limit: 10, offset: 0, cursor: "" };
    assert_eq!(line.page(nonsense), Err("client_error: CXone answered 400".to_owned()));
}

#[test]
fn a_contacts_states_are_read() {
    let mut line = Line::of("cxone-state-history");
    let query = PageQuery { filter: None, contact_id: Some("424242"), limit: 100, offset: 0, cursor: "" };
    let page = line.page(query).expect("it is read");
    assert_eq!(page.total, None);
    let has = |field: &str| page.rows.iter().all(|row| row.pointer(field).is_some());
    assert!(
        page.rows.len() > 4 && has("/stateIndex") && has("/contactStateName") && has("/startDate") && has("/duration")
    );
    let nobody = PageQuery { contact_id: Some("a/b"), ..query };
    assert!(line.page(nobody).is_err());
}

/// The flows that no built-in profile has by default.
#[test]
fn basic_clients_and_static_tokens_are_let_in() {
    for token in [
        r#"{"flow": "client_credentials", "path": "/oauth/token", "client_authentication": "basic"}"#,
        r#"{"flow": "client_credentials", "url": "http://sim.localhost:8086/platform/oauth/token", "scope": "dataactions:execute"}"#,
        r#"{"flow": "static"}"#,
    ] {
        let own = Profile::built_in("dataactions").expect("it is built in");
        let mut text = serde_json::to_value(&own).expect("JSON");
        text["token"] = serde_json::from_str(token).expect("JSON");
        let profile = Profile::parse(&text.to_string()).expect("it is well formed");
        let is_static = profile.token == TokenRule::Static;
        let mut line = Line::open(profile, Some(SIM));
        assert_eq!(is_static, line.token == "fixed");
        let order = order_by(&line.profile, r#"{"start": {"action_id": "sim-instant"}}"#);
        let answer = line.call(&order, CallKind::Submit, None);
        assert!(show(&answer).starts_with("completed, an id"), "{token}: {}", show(&answer));
    }
}

/// Where the simulated CXone thinks it is.
const SIM: &str = "http://sim.localhost:8086";

/// Calls after which a life or a history should have ended.
const POLLS_MAX: u64 = 100;
