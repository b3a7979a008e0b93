//! How a profile says that callbacks are verified. Never sees a secret: those are settings.

use alloc::string::String;

use super::{check_header_name, require};
use crate::profile::{CallbackRule, Encoding, Preset};
use crate::validate::Code;
use crate::validate::fields::Fields;

pub(super) fn read_callback(mut fields: Fields<'_>) -> Option<CallbackRule> {
    require(&fields, "preset");
    let preset = fields.word("preset", &Preset::ALL.map(|preset| (preset.name(), preset)));
    if let Some(preset) = preset {
        refuse_useless(&fields, preset);
    }
    let header = fields.text("header", check_header_name);
    let timestamp_header = fields.text("timestamp_header", check_header_name);
    let id_header = fields.text("id_header", check_header_name);
    let encoding = fields.word("encoding", &[("hex", Encoding::Hex), ("base64", Encoding::Base64)]);
    let prefix = fields.text("prefix", check_prefix);
    let tolerance = fields.whole("tolerance_seconds", 1..=3_600);
    fields.finish();
    let [default_header, default_time, default_id, default_prefix] = defaults(preset?);
    let rule = CallbackRule {
        preset: preset?,
        header: header.unwrap_or_else(|| default_header.into()),
        timestamp_header: timestamp_header.unwrap_or_else(|| default_time.into()),
        id_header: id_header.unwrap_or_else(|| default_id.into()),
        encoding: encoding.unwrap_or(Encoding::Hex),
        prefix: prefix.unwrap_or_else(|| default_prefix.into()),
        tolerance_seconds: tolerance.unwrap_or(TOLERANCE_DEFAULT_SECONDS),
    };
    Some(rule)
}

/// What would change nothing is refused, for whoever wrote it believes that it does.
fn refuse_useless(fields: &Fields<'_>, preset: Preset) {
    let uses = [
        ("timestamp_header", preset.is_timed()),
        ("tolerance_seconds", preset.is_timed()),
        ("id_header", preset == Preset::StandardWebhooks),
        ("encoding", preset.is_encoded()),
        ("prefix", preset != Preset::StandardWebhooks),
    ];
    for (name, is_used) in uses {
        if fields.has(name) && !is_used {
            fields.fault(name, Code::Contradiction, "is of no use with this preset");
        }
    }
}

/// Headers of signature, time and id, and what stands before the signature.
const fn defaults(preset: Preset) -> [&'static str; 4] {
    match preset {
        Preset::HmacBody | Preset::HmacTimestampBody => ["X-Signature", "X-Timestamp", "", ""],
        Preset::StandardWebhooks => ["webhook-signature", "webhook-timestamp", "webhook-id", ""],
        Preset::Bearer => ["Authorization", "", "", "Bearer "],
    }
}

fn check_prefix(prefix: String) -> Result<String, &'static str> {
    let is_sound = prefix.len() <= 32 && prefix.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_sound.then_some(prefix).ok_or("must be at most 32 visible ASCII characters and spaces")
}

/// As Standard Webhooks recommends it.
const TOLERANCE_DEFAULT_SECONDS: u32 = 300;
