//! Profiles: the built-in ones, their words, doors and places.

use cxpulse_core::call::CallKind;
use cxpulse_core::profile::{
    BUILT_IN, BreakerRule, Limits, Located, PlaceError, Profile, ProfileError, Site, is_loopback,
};
use cxpulse_core::status::Status;
use cxpulse_core::time::Span;
use cxpulse_core::validate::{check_against_profile, parse_execution};

use crate::check::profile;

mod faults;

#[test]
fn every_built_in_profile_is_read_and_named_as_it_is_listed() {
    for (name, _) in BUILT_IN {
        let profile = Profile::built_in(name).expect("it is well formed");
        assert_eq!(profile.name, *name);
        let again = serde_json::to_string(&profile).expect("JSON");
        assert_eq!(Profile::parse(&again).as_ref(), Ok(&profile));
    }
}

#[test]
fn each_of_the_six_built_in_profiles_says_where_it_is_from() {
    let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    let known = [
        "dataactions",
        "dx-actions",
        "data-actions",
        "interactions-history",
        "cxone-data-extraction",
        "cxone-state-history",
    ];
    assert_eq!(names, known);
    for name in names {
        let profile = Profile::built_in(name).expect("it is well formed");
        assert!(profile.source.len() > 20, "{name}");
        let ends = [Status::Completed, Status::Failed].map(|status| profile.words.contains_key(&status));
        assert_eq!(ends, [profile.submit.is_some() || profile.poll.is_some(); 2], "{name}");
    }
}

#[test]
fn words_are_known_in_any_case_and_either_spelling() {
    let rows = [
        ("running", Some(Status::Running)),
        (" Completed ", Some(Status::Completed)),
        ("CANCELLED", Some(Status::Canceled)),
        ("canceled", Some(Status::Canceled)),
        ("WARMING_UP", None),
        ("", None),
        ("RUNNING!", None),
    ];
    for (word, status) in rows {
        assert_eq!(profile().status_of(word), status, "{word}");
    }
}

#[test]
fn every_kind_of_call_has_its_endpoint_in_dataactions() {
    for kind in [CallKind::Submit, CallKind::Poll, CallKind::LookUp, CallKind::Cancel] {
        assert!(profile().endpoint(kind).is_some(), "{kind:?}");
    }
}

#[test]
fn a_profile_that_there_is_not_is_named() {
    let error = Profile::built_in("nope").expect_err("there is none");
    assert_eq!(error, ProfileError::Unknown("nope".to_owned()));
    assert_eq!(error.to_string(), "no profile is called nope");
}

#[test]
fn the_limits_of_each_profile_are_those_of_its_source() {
    let limits = |name| Profile::built_in(name).expect("it is well formed").limits;
    assert_eq!(limits("dataactions"), Limits::default());
    assert_eq!(limits("interactions-history").in_flight, 5);
    let intervals = limits("cxone-data-extraction").least_interval;
    let each = [(CallKind::Submit, Span::from_secs(30)), (CallKind::Poll, Span::from_secs(30))];
    assert_eq!(intervals, each.into_iter().collect());
}

#[test]
fn limits_and_breakers_are_stored_and_read_again() {
    let limits = Limits {
        in_flight: 3,
        per_second: 0.5,
        least_interval: [(CallKind::LookUp, Span::from_millis(1_500))].into_iter().collect(),
        slow: Span::from_secs(2),
    };
    let text = serde_json::to_string(&limits).expect("JSON");
    assert_eq!(text, r#"{"in_flight":3,"per_second":0.5,"least_interval_seconds":{"look_up":1.5},"slow_seconds":2.0}"#);
    assert_eq!(serde_json::from_str::<Limits>(&text).ok(), Some(limits));
    let sampled =
        r#"{"mode":"sampled","percent":20,"window_seconds":10.0,"calls_min":20,"open_seconds":0.25,"probes":3}"#;
    for text in [sampled, r#"{"mode":"consecutive","failures":5,"open_seconds":30.0,"probes":1}"#] {
        let rule: BreakerRule = serde_json::from_str(text).expect("a rule");
        assert_eq!(serde_json::to_string(&rule).ok().as_deref(), Some(text));
    }
}

#[test]
fn a_custom_profile_with_every_field_is_read_and_written() {
    let profile = Profile::parse(FULL).expect("it is well formed");
    let again = serde_json::to_string(&profile).expect("JSON");
    assert_eq!(Profile::parse(&again).as_ref(), Ok(&profile));
    assert_eq!(profile.breaker.probes(), 3);
    assert_eq!(profile.limits.least_interval.get(&CallKind::Poll), Some(&Span::from_millis(1_500)));
    assert_eq!(profile.variables().into_iter().collect::<Vec<_>>(), ["organization", "tenant"]);
}

/// A door that the profile does not have is refused before anything is sent.
#[test]
fn a_door_without_its_endpoint_is_refused() {
    let door = |profile: &str, body: &str| {
        let profile = Profile::built_in(profile).expect("it is well formed");
        let request = parse_execution(body).expect("it is well formed");
        let faults = check_against_profile(&request, &profile).err().map(|invalid| invalid.violations().to_vec());
        faults.unwrap_or_default().iter().map(|fault| format!("{} {:?}", fault.pointer, fault.code)).collect::<Vec<_>>()
    };
    let start = r#"{"start": {"action_id": "a"}}"#;
    let watch = r#"{"watch": {"execution_id": "5f9a3b2c-1d4e-4a7b-9c8d-0e1f2a3b4c5d"}}"#;
    for name in ["dataactions", "dx-actions", "data-actions", "cxone-data-extraction"] {
        assert_eq!(door(name, start), [""; 0], "{name}");
    }
    for name in ["interactions-history", "cxone-state-history"] {
        assert_eq!(door(name, start), ["/start Contradiction"], "{name}");
        assert_eq!(door(name, watch), ["/watch Contradiction"], "{name}");
    }
    assert_eq!(door("data-actions", watch), ["/watch Contradiction"]);
    assert_eq!(door("dx-actions", watch), ["/watch/action_id Missing"]);
    assert_eq!(
        door("dx-actions", r#"{"watch": {"execution_id": "x", "action_id": "a"}}"#),
        ["/watch/execution_id OutOfRange"]
    );
    assert_eq!(door("cxone-data-extraction", r#"{"watch": {"execution_id": "x"}}"#), [""; 0]);
}

/// Where base and tokens are, by a tenant's configuration.
#[test]
fn places_are_filled_overridden_or_asked_for() {
    let variables =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let show = |located: Result<Located, PlaceError>| match located {
        Ok(Located::At(url)) => url,
        Ok(Located::Ask(question)) => format!("ask {} for {}", question.url, question.pointer),
        Err(error) => error.to_string(),
    };
    let places = |name: &str, site: &Site| {
        let profile = Profile::built_in(name).expect("it is well formed");
        let token = profile.locate_token(site, "https://base.example").map(|token| token.expect("it is fetched"));
        [show(profile.locate_base(site)), show(token)]
    };
    let site = |pairs: &[(&str, &str)]| Site { variables: variables(pairs), ..Site::default() };
    assert_eq!(
        places("dx-actions", &site(&[("organization", "acme")])),
        ["https://acme.api.nice.incontact.com", "https://base.example/api/v2/oauth/token"]
    );
    assert_eq!(places("dx-actions", &site(&[]))[0], "the profile needs a value for {organization}");
    for unfit in ["", "a/b", "a@b", "a b", "ä", "a?b", &"a".repeat(129)] {
        let [base, _] = places("dx-actions", &site(&[("organization", unfit)]));
        assert!(base.starts_with("the value for {organization} must be"), "{unfit}: {base}");
    }
    let asked = "ask https://cxone.niceincontact.com/.well-known";
    assert_eq!(
        places("cxone-state-history", &site(&[("tenant_id", "11ed-42")])),
        [
            format!("{asked}/cxone-configuration?tenantId=11ed-42 for /api_endpoint"),
            format!("{asked}/openid-configuration for /token_endpoint")
        ]
    );
    let own = Site {
        base_url: Some("http://127.0.0.1:8080".to_owned()),
        token_url: Some("https://login.example/t".to_owned()),
        ..Site::default()
    };
    assert_eq!(places("cxone-state-history", &own), ["http://127.0.0.1:8080", "https://login.example/t"]);
    let issuer = Site { issuer: Some("http://localhost:1".to_owned()), ..site(&[("tenant_id", "t")]) };
    assert_eq!(
        places("cxone-state-history", &issuer)[0],
        "ask http://localhost:1/.well-known/cxone-configuration?tenantId=t for /api_endpoint"
    );
    let bad = Site { base_url: Some("http://cxone.example".to_owned()), ..Site::default() };
    assert_eq!(places("dataactions", &bad)[0], "base_url must be an https URL, unless it is on this machine");
}

#[test]
fn only_this_machine_is_loopback() {
    for host in ["localhost", "sim.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
        assert!(is_loopback(host), "{host}");
    }
    for host in
        ["127.evil.example", "127.0.0.1.example", "localhost.example", "128.0.0.1", "[::2]", "10.0.0.1", "0.0.0.0", ""]
    {
        assert!(!is_loopback(host), "{host}");
    }
}

/// Every field that there is.
const FULL: &str = r#"{
    "name": "acme-2", "version": 3, "source": "the handbook of Acme",
    "base": {"template": "https://{organization}.acme.example/cx"},
    "token": {"flow": "client_credentials", "url": "https://{tenant}.acme.example/token", "scope": "run:read run:write",
        "client_authentication": "basic"},
    "correlation_header": "X-Acme-Id",
    "headers": {"X-Api-Version": "5"},
    "submit": {"method": "POST", "path": "/v1/{action_id}/runs", "answer": {"id": "/id", "status": "/state"},
        "body": {"...": "{inputs}", "action": "{action_id}", "context": "{context}", "mode": ["async", "{correlation_id}"]}},
    "poll": {"method": "GET", "path": "/v1/runs/{execution_id}?full=true",
        "answer": {"id": "/id", "status": "/state", "result": "/out", "error": "/why", "done": "/n/0", "total": "/n/1"}},
    "cancel": {"method": "DELETE", "path": "/v1/runs/{execution_id}"},
    "lookup": {"method": "GET", "path": "/v1/runs?key={correlation_id}", "answer": {"list": "", "id": "/id", "status": "/state"}},
    "history": {"method": "POST", "path": "/v1/contacts/{contact_id}/rows", "answer": {"list": "/rows", "total": "/count"},
        "body": {"filter": "{filter}", "limit": "{limit}", "offset": "{offset}"}},
    "callback_field": "notify",
    "callback": {"preset": "hmac_timestamp_body", "header": "X-Acme-Signature", "timestamp_header": "X-Acme-Time",
        "encoding": "base64", "prefix": "v0=", "tolerance_seconds": 60},
    "words": {"running": ["BUSY"], "completed": ["DONE", "OK"], "failed": ["BROKEN"]},
    "ids_are_uuids": false, "not_found_grace_seconds": 10,
    "limits": {"in_flight": 2, "per_second": 0.5, "least_interval_seconds": {"poll": 1.5}},
    "breaker": {"mode": "sampled", "percent": 20, "window_seconds": 10, "calls_min": 20, "open_seconds": 10, "probes": 3},
    "proxy": [{"methods": ["GET", "HEAD"], "path": "/api/v2/users/{id}/*/**", "cache_seconds": 5, "request_bytes_max": 10,
        "answer_bytes_max": 1000, "timeout_seconds": 2.5}]
}"#;
