//! Which names of hosts mean something in a local network only. Never resolves one.

/// Whether it is a name as the URL standard writes it, without a dot at its end: lower-case labels of 1..=63 bytes, 253 in
/// all, the last of them no number (that would be an address, in a spelling that the standard does not write).
pub(super) fn is_sound(name: &str) -> bool {
    let is_byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_byte);
    name.len() <= 253 && name.split('.').all(is_label) && !is_number(last(name))
}

/// Whether public DNS leads it nowhere: one label, or below a name that is kept for local use.
pub(super) fn is_local(name: &str) -> bool {
    !name.contains('.') || LOCAL.iter().any(|local| is_below(name, local))
}

/// Whether it is this machine's own name: `localhost`, or anything below it (RFC 6761 section 6.3).
pub(super) fn is_this_machine(name: &str) -> bool {
    is_below(name, "localhost")
}

/// Whether a cloud's machines ask there who they are.
pub(super) fn is_metadata(name: &str) -> bool {
    METADATA.contains(&name)
}

/// Whether a name is another, or ends in it label by label.
pub(super) fn is_below(name: &str, other: &str) -> bool {
    name.strip_suffix(other).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The URL standard's "ends in a number": decimal, octal or hexadecimal.
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    label.bytes().all(|byte| byte.is_ascii_digit()) || hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Special-use names, and those that routers and offices use though nobody gave them.
const LOCAL: [&str; 15] = [
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "localdomain",
    "lan",
    "home",
    "corp",
    "intranet",
    "private",
    "test",
    "invalid",
    "onion",
    "alt",
    "consul",
];

const METADATA: [&str; 4] =
    ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal", "metadata.azure.internal"];
