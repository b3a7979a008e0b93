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
fn every_status_has_a_word_in_every_built_in_profile() {
    for (name, _) in BUILT_IN {
        let profile = Profile::built_in(name).expect("it is well formed");
        for status in Status::ALL {
            assert_eq!(profile.status_of(status.word()), Some(status), "{name}");
        }
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
fn what_is_no_profile_is_refused_with_its_fault() {
    assert_eq!(Profile::built_in("nope"), Err(ProfileError::Unknown("nope".to_owned())));
    let (_, text) = BUILT_IN[0];
    for (broken, word) in [
        (text.replace("\"version\": 1", "\"version\": -1"), "invalid value"),
        (text.replace("\"source\"", "\"sauce\""), "sauce"),
        ("[]".to_owned(), "invalid"),
        (String::new(), "EOF"),
    ] {
        let Err(ProfileError::Malformed(what)) = Profile::parse(&broken) else { unreachable!("{broken} was read") };
        assert!(what.contains(word), "{what}");
    }
}
