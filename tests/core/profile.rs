//! Profiles: the built-in one, its words, and what is no profile.

use cxpulse_core::call::CallKind;
use cxpulse_core::profile::{BUILT_IN, Profile, ProfileError};
use cxpulse_core::status::Status;

use crate::check::profile;

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
