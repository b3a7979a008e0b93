//! Callbacks that have to show that they are CXone's: every preset with everything that can be wrong, on a deployment with
//! a tenant for each. The tests sign by their own hand.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::forge::Forge;
use super::super::stack::{Stack, merged, quick_start, wait_for};
use super::{PATIENCE, envelope, sleepy, upstream_id};

#[test]
fn every_preset_believes_the_right_ones_and_refuses_the_others_by_class() {
    let signed: [(&str, &[&str]); 4] = [
        ("hmac_body", &["x-signature"]),
        ("hmac_timestamp_body", &["x-signature", "x-timestamp"]),
        ("standard_webhooks", &["webhook-id", "webhook-timestamp", "webhook-signature"]),
        ("bearer", &["authorization"]),
    ];
    for (preset, headers) in signed {
        let case = Case::open(preset);
        let before = deployment().look(&case.id);
        let wrong = case.signed("somebody-elses-secret-of-24+", 0);
        assert_eq!(case.send(&wrong, &case.body), WRONG, "{preset}: another secret");
        for header in headers {
            let rest: Vec<_> = case.signed(SECRET, 0).into_iter().filter(|(name, _)| name != header).collect();
            assert_eq!(case.send(&rest, &case.body), MISSING, "{preset}: without {header}");
        }
        if preset != "bearer" {
            let changed = case.body.replacen("RUNNING", "RUNNINH", 1);
            assert_eq!(case.send(&case.signed(SECRET, 0), &changed), WRONG, "{preset}: one byte of the body");
            // It is not read before it is believed: what would be a 400 is a 401.
            assert_eq!(case.send(&case.signed(SECRET, 0), "{"), WRONG, "{preset}: no JSON at all");
        }
        if headers.len() > 1 {
            for seconds in [-100_000, 100_000] {
                assert_eq!(case.send(&case.signed(SECRET, seconds), &case.body), EXPIRED, "{preset}: {seconds} s off");
            }
        }
        assert_eq!(deployment().look(&case.id), before, "{preset}: nothing of what was refused is kept");
        assert_eq!(case.send(&case.signed(SECRET, 0), &case.body), "204", "{preset}: the right one");
        let told = deployment().when(&case.id, PATIENCE, |snapshot| snapshot.status() == "running");
        assert_eq!(told.at("/progress/done"), &json!(20_000), "{preset}");
    }
}

#[test]
fn a_callback_that_asks_for_an_upgrade_is_a_callback_all_the_same() {
    let upgrade = || vec![("upgrade", "websocket".to_owned()), ("sec-websocket-version", "13".to_owned())];
    for preset in PRESETS {
        let case = Case::open(preset);
        for body in [case.body.as_str(), "{}"] {
            assert_eq!(case.send(&upgrade(), body), MISSING, "{preset}: nothing is shown to who is not believed");
        }
        let headers = case.signed(SECRET, 0).into_iter().chain(upgrade()).collect::<Vec<_>>();
        assert_eq!(case.send(&headers, &case.body), "204", "{preset}");
        let told = deployment().when(&case.id, PATIENCE, |snapshot| snapshot.status() == "running");
        assert_eq!(told.at("/progress/done"), &json!(20_000), "{preset}: its body was read");
    }
}

#[test]
fn while_secrets_rotate_either_is_believed() {
    for secret in [SECRET, OLD_SECRET] {
        for preset in PRESETS {
            let case = Case::open(preset);
            assert_eq!(case.send(&case.signed(secret, 0), &case.body), "204", "{preset}");
        }
    }
}

#[test]
fn a_replay_is_answered_as_the_first_and_changes_nothing() {
    for preset in PRESETS {
        let case = Case::open(preset);
        let headers = case.signed(SECRET, 0);
        assert_eq!(case.send(&headers, &case.body), "204");
        let before = deployment().when(&case.id, PATIENCE, |snapshot| snapshot.status() == "running");
        let told = || deployment().journal(&case.id).iter().filter(|line| line.contains("called_back")).count();
        assert_eq!(told(), 1, "{preset}");
        for _ in 0..5 {
            assert_eq!(case.send(&headers, &case.body), "204", "{preset}");
        }
        assert_eq!((deployment().look(&case.id), told()), (before, 1), "{preset}");
        let log = deployment().client().get(&format!("/v1/executions/{}/audit", case.id));
        let repeated = log.text().matches("\"repeated\"").count();
        assert_eq!(repeated, 3, "the first, second and fourth of five repeats are written down: {}", log.text());
    }
}

#[test]
fn refusals_are_written_down_ever_more_seldom() {
    let case = Case::open("hmac_body");
    for _ in 0..20 {
        assert_eq!(case.send(&[], &case.body), MISSING);
    }
    let log = deployment().client().get(&format!("/v1/executions/{}/audit", case.id));
    assert_eq!(log.text().matches("\"missing\"").count(), 5, "1, 2, 4, 8 and 16 of 20: {}", log.text());
    assert_eq!(deployment().journal(&case.id).iter().filter(|line| line.contains("called_back")).count(), 0);
}

#[test]
fn what_cxone_signs_ends_an_execution_whoever_forges_and_replays() {
    let stack = Stack::start_set(&[
        &format!("CXPULSE_SIM_OPTIONS=--callback-preset standard_webhooks --callback-secret {}", whsec(SECRET)),
        r#"CXONE_CALLBACK={"preset": "standard_webhooks"}"#,
        &format!("CXONE_CALLBACK_SECRETS={} {}", whsec("the-next-secret"), whsec(SECRET)),
    ]);
    stack.sim().set_faults(&json!({"callback": {"forge": 1, "duplicate": 1, "replay_ms": 500}}));
    let accepted = stack.accept(&quick_start("sim-fast", &sleepy()));
    let ended = stack.ended(accepted.id(), PATIENCE);
    assert_eq!(ended.outcome(), Some("completed"), "{ended}");
    assert_eq!(ended.at("/latency/calls"), &json!(1), "the submit was the only call: {ended}");
    // Two true ones, a forged one beside each, and a replay of each true one.
    let made = || (stack.sim().callbacks_made() >= 6).then_some(());
    assert!(wait_for(PATIENCE, made).is_some(), "{} callbacks were made", stack.sim().callbacks_made());
    let audit = || stack.client().get(&format!("/v1/executions/{}/audit", accepted.id())).text().to_owned();
    let both = || Some(audit()).filter(|log| log.contains("\"mismatch\"") && log.contains("\"repeated\""));
    assert!(wait_for(PATIENCE, both).is_some(), "{}", audit());
    let told = stack.journal(accepted.id()).iter().filter(|line| line.contains("called_back")).count();
    assert_eq!(told, 1, "the machine was told once");
}

#[test]
fn a_rule_without_secrets_and_secrets_without_a_rule_are_named_and_never_shown() {
    let rule = r#"CXONE_CALLBACK={"preset":"hmac_body"}"#;
    for (settings, fault) in [
        (vec![rule], "CXONE_CALLBACK_SECRETS is not set, and callbacks are verified with it"),
        (
            vec!["CXONE_CALLBACK_SECRETS=planted-secret-planted"],
            "CXONE_CALLBACK_SECRETS is of no use: CXONE_CALLBACK does not say",
        ),
        (
            vec![rule, "CXONE_CALLBACK_SECRETS=planted"],
            "CXONE_CALLBACK_SECRETS: secret 1 is not 16 to 512 visible ASCII characters",
        ),
        (
            vec![r#"CXONE_CALLBACK={"preset":"md5"}"#, "CXONE_CALLBACK_SECRETS=planted-secret-planted"],
            "/preset of CXONE_CALLBACK: must be one of hmac_body, hmac_timestamp_body, standard_webhooks, bearer",
        ),
    ] {
        let refusal = Stack::refusal_of(&settings);
        assert!(refusal.contains(fault), "{fault}: {refusal}");
        assert!(!refusal.contains("planted"), "{refusal}");
    }
    let entry = json!({"acme": {"profile": "dx-actions", "base_url": "http://127.0.0.1:1", "client_id": "c",
        "client_secret": {"binding": "CXONE_X"}, "callback": {"preset": "bearer"}, "callback_secrets": ["planted"]}});
    let refusal = Stack::refusal_of(&[&format!("CXPULSE_TENANTS={entry}"), "CXONE_X=y"]);
    assert!(refusal.contains("/acme/callback_secrets/0 of CXPULSE_TENANTS: must be an object"), "{refusal}");
    assert!(!refusal.contains("planted"), "{refusal}");
}

/// An execution that waits for its callback, and one that says how far it is.
struct Case {
    preset: &'static str,
    id: String,
    body: String,
}

impl Case {
    fn open(preset: &'static str) -> Self {
        let stack = deployment();
        let accepted = stack.accept(&quick_start("sim-never", &merged(sleepy(), &json!({"tenant": tenant(preset)}))));
        let body = envelope(&upstream_id(stack, &accepted), "RUNNING", 20_000).to_string();
        Self { preset, id: accepted.id().to_owned(), body }
    }

    /// The headers for its body, sent so many seconds from now.
    fn signed(&self, secret: &str, seconds: i64) -> Vec<(&'static str, String)> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        let time = now.saturating_add_signed(seconds).to_string();
        let (key, id) = (secret.as_bytes(), format!("msg_{}", self.id));
        match self.preset {
            "hmac_body" => vec![("x-signature", hex(&mac(key, &self.body)))],
            "hmac_timestamp_body" => {
                vec![("x-signature", hex(&mac(key, &format!("{time}.{}", self.body)))), ("x-timestamp", time)]
            }
            "standard_webhooks" => {
                let signature = mac(&padded(secret), &format!("{id}.{time}.{}", self.body));
                let signature = format!("v1,{}", STANDARD.encode(signature));
                vec![("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)]
            }
            _ => vec![("authorization", format!("Bearer {secret}"))],
        }
    }

    /// The answer's status, and what a problem is about.
    fn send(&self, headers: &[(&'static str, String)], body: &str) -> String {
        let client = deployment().client_with(None).with("content-type", "application/json");
        let client = headers.iter().fold(client, |client, (name, value)| client.with(name, value));
        let answer = client.send("POST", &Forge::of(deployment()).callback_path(&self.id), body.as_bytes());
        if answer.status() == 204 {
            return "204".to_owned();
        }
        format!("{}: {}", answer.problem(), answer.json()["detail"].as_str().unwrap_or_default())
    }
}

/// A tenant for each preset, each with two secrets.
fn deployment() -> &'static Stack {
    static DEPLOYMENT: OnceLock<Stack> = OnceLock::new();
    DEPLOYMENT.get_or_init(|| {
        let shared = Stack::shared();
        let base_url = format!("http://127.0.0.1:{}", shared.sim().port());
        let secrets = |preset: &str| match preset {
            "standard_webhooks" => json!([{"binding": "CXONE_WHSEC"}, {"binding": "CXONE_OLD_WHSEC"}]),
            _ => json!([{"binding": "CXONE_SIGNS"}, {"binding": "CXONE_SIGNED"}]),
        };
        let entry = |preset: &str| {
            json!({"profile": "dataactions", "base_url": base_url, "client_id": "sim-client",
                "client_secret": {"binding": "CXONE_SECRET_OF_TENANTS"}, "callback": {"preset": preset},
                "callback_secrets": secrets(preset)})
        };
        let tenants: Value =
            PRESETS.iter().map(|preset| (tenant(preset), entry(preset))).collect::<serde_json::Map<_, _>>().into();
        let settings = [
            format!("CXPULSE_TENANTS={tenants}"),
            "CXONE_SECRET_OF_TENANTS=sim-secret".to_owned(),
            format!("CXONE_SIGNS={SECRET}"),
            format!("CXONE_SIGNED={OLD_SECRET}"),
            format!("CXONE_WHSEC={}", whsec(SECRET)),
            format!("CXONE_OLD_WHSEC={}", whsec(OLD_SECRET)),
        ];
        Stack::start_with(shared, &settings.each_ref().map(String::as_str))
    })
}

fn tenant(preset: &str) -> String {
    preset.replace('_', "-")
}

fn whsec(secret: &str) -> String {
    format!("whsec_{}", STANDARD.encode(padded(secret)))
}

fn padded(secret: &str) -> Vec<u8> {
    format!("{secret:-<32}").into_bytes()
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PRESETS: [&str; 4] = ["hmac_body", "hmac_timestamp_body", "standard_webhooks", "bearer"];
const SECRET: &str = "the-secret-of-callbacks";
const OLD_SECRET: &str = "the-secret-before-that";
const WRONG: &str = "401 unverified-callback: the signature is not valid here";
const MISSING: &str = "401 unverified-callback: a header that has to be there is not";
const EXPIRED: &str = "401 unverified-callback: its time is too far from now";
