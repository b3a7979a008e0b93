//! Maps made of pairs. Never looks into them.

use alloc::collections::BTreeMap;

/// The map of these pairs, later ones over earlier. One by one: `collect` sorts them first, which is five kilobytes of
/// code for each kind of map, in a Worker that has a size budget, for maps of a few entries.
pub fn gather<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}
