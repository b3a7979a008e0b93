//! What holds of credentials whatever happened.

use cxpulse_core::call::Reply;
use cxpulse_core::credential::{
    Credentials, Grant, REFUSED_WAIT, Refusal, Secret, Trouble, Verdict, read_discovery, read_grant,
};
use cxpulse_core::profile::Question;
use cxpulse_core::time::Span;
use proptest::prelude::*;

use super::at;
use crate::check::NOON;

/// What may happen to a tenant's credentials.
#[derive(Debug, Clone)]
enum Happening {
    Granted(Option<f64>),
    Troubled(Trouble),
    Static(bool),
    Rejected(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        proptest::option::of(prop_oneof![0.001..1e9, Just(f64::MAX)]).prop_map(Happening::Granted),
        Just(Happening::Troubled(Trouble::Refused(Refusal::InvalidClient))),
        proptest::option::of(0_u64..100_000)
            .prop_map(|seconds| Happening::Troubled(Trouble::Failed(seconds.map(Span::from_secs)))),
        any::<bool>().prop_map(Happening::Static),
        (0_u64..9).prop_map(Happening::Rejected),
    ]
}

proptest! {
    /// Whatever happened, at whatever instants, forward or back: no token is used past its end or against a refusal, a wait lies ahead, a
    /// version never goes back, and the state survives being stored.
    #[test]
    fn verdicts_hold_whatever_happened(
        story in proptest::collection::vec((happening(), 0_u64..10_000_000), 0..30),
        newer_than in proptest::option::of(0_u64..12),
        seconds in 0_u64..10_000_000,
    ) {
        let mut credentials = Credentials::default();
        for (happening, seconds) in story {
            let before = credentials.version();
            match happening {
                Happening::Granted(lifetime) => {
                    let lifetime = lifetime.map(Span::from_secs_f64);
                    credentials.granted(Grant { secret: Secret::new("t"), lifetime }, at(seconds));
                }
                Happening::Troubled(trouble) => credentials.troubled(trouble, at(seconds)),
                Happening::Static(is_set) => {
                    let is_news = credentials.set_static(is_set.then(|| Secret::new("s")).as_ref(), at(seconds));
                    prop_assert_eq!(is_news && is_set, credentials.version() > before);
                }
                Happening::Rejected(version) => {
                    let is_news = credentials.rejected(version, at(seconds));
                    prop_assert!(!is_news || credentials.condition().is_some());
                }
            }
            prop_assert!(credentials.version() >= before);
        }
        match credentials.decide(newer_than, at(seconds)) {
            Verdict::Use(token) => {
                prop_assert!(at(seconds) < token.expires_at);
                prop_assert!(token.version > newer_than.unwrap_or(0));
                prop_assert!(token.version == credentials.version());
            }
            Verdict::Wait(until) => prop_assert!(until > at(seconds)),
            Verdict::Fetch => {}
        }
        let text = serde_json::to_string(&credentials).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Credentials>(&text).ok(), Some(credentials));
    }

    /// After a refusal at `seconds`, nobody is told to fetch within the wait, whenever they ask.
    #[test]
    fn a_refusal_is_never_followed_by_a_storm(seconds in 0_u64..1_000_000, later in 0_u64..30, newer_than in proptest::option::of(0_u64..3)) {
        let mut credentials = Credentials::default();
        credentials.granted(Grant { secret: Secret::new("t"), lifetime: None }, NOON);
        credentials.troubled(Trouble::Refused(Refusal::InvalidClient), at(seconds));
        prop_assert_ne!(credentials.decide(newer_than, at(seconds + later)), Verdict::Fetch);
        prop_assert!(Span::from_secs(later) < REFUSED_WAIT);
    }

    /// Any answer at all is a grant that can be sent or trouble, and never a panic.
    #[test]
    fn any_answer_is_a_grant_or_trouble(status in 100_u16..600, body in ".{0,200}", retry_after in proptest::option::of(".{0,40}")) {
        let reply = Reply { status, retry_after: retry_after.as_deref(), body: &body };
        if let Ok(grant) = read_grant(reply, NOON) {
            prop_assert!((200..300).contains(&status) && !grant.secret.reveal().is_empty());
        }
        let question = Question { url: "https://a.example/b".to_owned(), pointer: "/c".to_owned() };
        if let Ok(place) = read_discovery(&question, reply, NOON) {
            prop_assert!(place.starts_with("https://"));
        }
    }
}
