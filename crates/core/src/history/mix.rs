//! Short fingerprints of texts and ways, to find them by. Never decides that two are the same one: who finds compares.

/// Of bytes, eight at a time.
pub(super) fn text(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mixed = words.iter().fold(SEED, |hash, word| mixed(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    // The length tells a text from one with zeros after it.
    self::mixed(self::mixed(mixed, u64::from_le_bytes(last)), super::number::many(text.len()))
}

/// Of a way through nodes.
pub(super) fn way(nodes: &[u32]) -> u64 {
    nodes.iter().fold(SEED, |hash, node| mixed(hash, u64::from(*node)))
}

/// Of one word more; after FNV-1a, a word at a time.
pub(super) const fn mixed(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 29)
}

pub(super) const SEED: u64 = 0xcbf2_9ce4_8422_2325;
