//! Which setting a place came from: what a person mends is what was really used. Never looks at a value.

use super::{Doctor, Setting};
use crate::profile::template::slots;
use crate::profile::{Base, Discovery, TokenPlace};

impl Doctor<'_> {
    /// What says where the API is.
    pub(super) fn base_setting(&self) -> Setting {
        match &self.profile.base {
            Base::Template(_) | Base::Discovery(_) if self.site.base_url.is_some() => Setting::BaseUrl,
            Base::Template(template) if slots(template).is_empty() => Setting::BaseUrl,
            Base::Template(_) => Setting::Variables,
            Base::Discovery(discovery) => self.issuer_setting(discovery),
        }
    }

    /// What says where tokens are had.
    pub(super) fn token_setting(&self) -> Setting {
        match self.profile.token.place() {
            Some(_) | None if self.site.token_url.is_some() => Setting::TokenUrl,
            Some(TokenPlace::Path(_)) => self.base_setting(),
            Some(TokenPlace::Url(template)) if !slots(template).is_empty() => Setting::Variables,
            Some(TokenPlace::Url(_)) | None => Setting::TokenUrl,
            Some(TokenPlace::Discovery(discovery)) => self.issuer_setting(discovery),
        }
    }

    /// What says who is asked for a place; that of another place where this one is not asked for.
    pub(super) fn issuer_of(&self, place: super::Place) -> Setting {
        match place {
            super::Place::Api => self.base_setting(),
            super::Place::Tokens => self.token_setting(),
        }
    }

    fn issuer_setting(&self, discovery: &Discovery) -> Setting {
        let is_filled = self.site.issuer.is_none() && !slots(&discovery.issuer).is_empty();
        if is_filled { Setting::Variables } else { Setting::Issuer }
    }
}
