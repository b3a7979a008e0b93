//! Where a tenant's CXone and its tokens are, as far as CXone itself has to be asked. Never asks: see `renewal`.
//!
//! What was found is kept for a day, and asked for again when there is reason to doubt it.

use cxpulse_core::credential::Pause;
use cxpulse_core::profile::{Located, PlaceError, Question};
use cxpulse_core::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::TenantSettings;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Places {
    base: Option<Place>,
    token: Option<Place>,
    /// Not asked again before it is over, after it told nothing.
    #[serde(skip)]
    pause: Option<Pause>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// What was asked: another question has another answer.
    asked: String,
    url: String,
    found_at: Timestamp,
}

/// What is known of the API's place.
pub(super) enum Base {
    At(String),
    /// It has to be asked for.
    Unknown,
    /// It has, and not before then.
    Wait(Timestamp),
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Base,
    Token,
}

impl Places {
    /// Where calls go.
    pub(super) fn base(&self, tenant: &TenantSettings, now: Timestamp) -> Base {
        let question = match tenant.profile.locate_base(&tenant.site) {
            Ok(Located::At(url)) => return Base::At(url),
            Ok(Located::Ask(question)) => question,
            // Settings are checked before they are used, so this is a fault of ours: it stays visible as a wait.
            Err(_) => return Base::Wait(now.plus(KEPT)),
        };
        let known = self.known(Which::Base, &question);
        let is_young = |place: &&Place| now < place.found_at.plus(KEPT);
        match (known, self.pause.and_then(|pause| pause.until(now))) {
            (Some(place), None) if !is_young(&place) => Base::Unknown,
            (Some(place), _) => Base::At(place.url.clone()),
            (None, Some(until)) => Base::Wait(until),
            (None, None) => Base::Unknown,
        }
    }

    /// What was found for a question, if that was within a day.
    pub(super) fn fresh(&self, which: Which, question: &Question, now: Timestamp) -> Option<&str> {
        let place = self.known(which, question).filter(|place| now < place.found_at.plus(KEPT));
        place.map(|place| place.url.as_str())
    }

    /// CXone told.
    pub(super) fn found(&mut self, which: Which, question: &Question, url: &str, now: Timestamp) {
        let place = Place { asked: question.url.clone(), url: url.into(), found_at: now };
        *self.slot(which) = Some(place);
    }

    /// CXone did not tell.
    pub(super) fn not_found(&mut self, pause: Pause) {
        self.pause = Some(pause);
    }

    /// What was found may be wrong by now; whether that is news. It is asked for again, but not after each doubt.
    pub(super) fn doubt(&mut self, which: Which, now: Timestamp) -> bool {
        let Some(place) = self.slot(which) else { return false };
        let is_news = place.found_at > LONG_AGO && now >= place.found_at.plus(DOUBTED_AFTER);
        if is_news {
            // Still better than nothing, should CXone not tell.
            place.found_at = LONG_AGO;
        }
        is_news
    }

    fn known(&self, which: Which, question: &Question) -> Option<&Place> {
        let place = match which {
            Which::Base => self.base.as_ref(),
            Which::Token => self.token.as_ref(),
        };
        place.filter(|place| place.asked == question.url)
    }

    fn slot(&mut self, which: Which) -> &mut Option<Place> {
        match which {
            Which::Base => &mut self.base,
            Which::Token => &mut self.token,
        }
    }
}

/// Where the tenant's tokens are had, once its base is known.
pub(super) fn locate_token(tenant: &TenantSettings, base_url: &str) -> Result<Option<Located>, PlaceError> {
    tenant.profile.locate_token(&tenant.site, base_url)
}

/// How long what was found is kept.
const KEPT: Span = Span::from_secs(86_400);

/// Of what is doubted.
const LONG_AGO: Timestamp = Timestamp::from_millis(0);

/// How long it is beyond doubt.
const DOUBTED_AFTER: Span = Span::from_secs(600);
