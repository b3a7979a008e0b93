//! Where CXone and its tokens are, and how tokens are had. Never asks anybody.

use alloc::format;
use alloc::string::String;

use super::endpoint::check_pointer;
use super::required;
use crate::profile::template::{pieces, slots};
use crate::profile::url::check_path;
use crate::profile::{Base, ClientAuthentication, Discovery, KeyEncoding, TokenPlace, TokenRule, check_url};
use crate::validate::Code;
use crate::validate::fields::Fields;

pub(super) fn read_base(mut fields: Fields<'_>) -> Option<Base> {
    check_one_of(&fields, &["template", "discovery"]);
    let template = fields.text("template", check_url_template).map(Base::Template);
    let discovery = fields.object("discovery").and_then(read_discovery).map(Base::Discovery);
    fields.finish();
    template.or(discovery)
}

pub(super) fn read_token(mut fields: Fields<'_>) -> Option<TokenRule> {
    super::require(&fields, "flow");
    let flow = fields.word(
        "flow",
        &[("client_credentials", Flow::ClientCredentials), ("access_key", Flow::AccessKey), ("static", Flow::Static)],
    );
    let rule = match flow? {
        Flow::ClientCredentials => read_client_credentials(&mut fields),
        Flow::AccessKey => read_access_key(&mut fields),
        Flow::Static => Some(TokenRule::Static),
    };
    fields.finish();
    rule
}

#[derive(Clone, Copy)]
enum Flow {
    ClientCredentials,
    AccessKey,
    Static,
}

fn read_client_credentials(fields: &mut Fields<'_>) -> Option<TokenRule> {
    let place = read_place(fields);
    let scope = fields.text("scope", check_scope);
    let ways = [("body", ClientAuthentication::Body), ("basic", ClientAuthentication::Basic)];
    let client_authentication = fields.word("client_authentication", &ways).unwrap_or_default();
    Some(TokenRule::ClientCredentials { place: place?, scope, client_authentication })
}

fn read_access_key(fields: &mut Fields<'_>) -> Option<TokenRule> {
    let place = read_place(fields);
    super::require(fields, "encoding");
    let encoding = fields.word("encoding", &[("form", KeyEncoding::Form), ("json", KeyEncoding::Json)]);
    Some(TokenRule::AccessKey { place: place?, encoding: encoding? })
}

fn read_place(fields: &mut Fields<'_>) -> Option<TokenPlace> {
    check_one_of(fields, &["path", "url", "discovery"]);
    let path = fields.text("path", |path| {
        check_path(&path)?;
        if path.contains('?') { Err("must have no query") } else { Ok(path) }
    });
    let url = fields.text("url", check_url_template).map(TokenPlace::Url);
    let discovery = fields.object("discovery").and_then(read_discovery).map(TokenPlace::Discovery);
    path.map(TokenPlace::Path).or(url).or(discovery)
}

fn read_discovery(mut fields: Fields<'_>) -> Option<Discovery> {
    let issuer = required(&mut fields, "issuer", check_url_template);
    let path = required(&mut fields, "path", |path| {
        check_path(&filled(&path)?)?;
        Ok::<_, &str>(path)
    });
    let pointer = required(&mut fields, "pointer", check_pointer);
    fields.finish();
    Some(Discovery { issuer: issuer?, path: path?, pointer: pointer? })
}

/// Exactly one of several fields that stand for each other.
fn check_one_of(fields: &Fields<'_>, names: &[&str]) {
    let mut given = names.iter().filter(|name| fields.has(name));
    let list = names.join(", ");
    match (given.next(), given.next()) {
        (None, _) => {
            if let Some(first) = names.first() {
                fields.fault(first, Code::Missing, format!("is required, or another one of {list}"));
            }
        }
        (Some(_), Some(second)) => {
            fields.fault(second, Code::Contradiction, format!("cannot stand beside another one of {list}"));
        }
        (Some(_), None) => {}
    }
}

fn check_url_template(template: String) -> Result<String, &'static str> {
    check_url(&filled(&template)?)?;
    Ok(template)
}

/// As it might come out: a tenant's values are as plain as the `x` here.
fn filled(template: &str) -> Result<String, &'static str> {
    if pieces(template).is_none() {
        return Err("must have braces around names of placeholders only");
    }
    Ok(slots(template).iter().fold(template.into(), |text: String, slot| text.replace(&format!("{{{slot}}}"), "x")))
}

/// RFC 6749 section 3.3.
fn check_scope(scope: String) -> Result<String, &'static str> {
    let is_token = |token: &str| {
        let is_mark = |byte: u8| byte == b'"' || byte == b'\\';
        !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && !is_mark(byte))
    };
    let is_scope = scope.len() <= 1_024 && scope.split(' ').all(is_token);
    is_scope.then_some(scope).ok_or("must be words parted by one space each, at most 1024 characters")
}
