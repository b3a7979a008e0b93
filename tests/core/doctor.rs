//! The doctor's words: each answer that CXone, or whatever stands in its place, can give.

mod report;
mod token;
mod trial;

use std::sync::OnceLock;

use cxpulse_core::doctor::{Doctor, Judgement, SettingsAt, Step};
use cxpulse_core::id::TenantId;
use cxpulse_core::profile::{Profile, Site};

/// Never with anything of a body in it.
fn show(step: &Step) -> String {
    let text = format!(
        "{} {}: {}\n{}",
        step.step,
        match step.judgement {
            Judgement::Good => "good",
            Judgement::Bad => "bad",
            Judgement::Untried => "untried",
        },
        step.found,
        step.remedy.as_deref().unwrap_or("-")
    );
    assert!(!text.contains("hunter2"), "{text}");
    text
}

/// Of a tenant that names whole URLs.
fn doctor<'a>(profile: &'a Profile, at: &'a SettingsAt) -> Doctor<'a> {
    static SITE: OnceLock<Site> = OnceLock::new();
    let url = |host: &str| Some(format!("https://{host}.example"));
    let site = || Site { base_url: url("api"), token_url: url("cxone"), issuer: url("cxone"), ..Site::default() };
    Doctor { profile, site: SITE.get_or_init(site), at }
}

fn entry() -> SettingsAt {
    SettingsAt::Entry(TenantId::parse("acme").expect("the name is well formed"))
}

fn profile(name: &str) -> Profile {
    Profile::built_in(name).expect("the profile is built in")
}
