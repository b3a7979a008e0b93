//! What each node of a flow needs before it may start. Never a circle.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::fmt;

/// What needs what. Takes no room where nothing needs anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edges {
    needs: Vec<Vec<u32>>,
    feeds: Vec<Vec<u32>>,
}

/// Why dependencies are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeError {
    /// A node needs one that there is not.
    Unknown {
        /// The node that needs it.
        node: u32,
        /// What it needs.
        need: u32,
    },
    /// A node needs itself, by way of others or not.
    Circle {
        /// The lowest one that can never start.
        node: u32,
    },
}

impl fmt::Display for EdgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { node, need } => write!(f, "node {node} needs node {need}, which there is not"),
            Self::Circle { node } => write!(f, "node {node} needs itself, by way of what it needs"),
        }
    }
}

impl core::error::Error for EdgeError {}

impl Edges {
    /// Of a batch: nothing needs anything.
    #[must_use]
    pub const fn none() -> Self {
        Self { needs: Vec::new(), feeds: Vec::new() }
    }

    /// What each node needs, in the order of their numbers; one that is named twice counts once.
    ///
    /// # Errors
    /// [`EdgeError`] for a node that there is not, and for a circle.
    pub fn new(needs: Vec<Vec<u32>>) -> Result<Self, EdgeError> {
        let mut edges = Self { feeds: needs.iter().map(|_| Vec::new()).collect(), needs: Vec::new() };
        for (node, list) in (0_u32..).zip(needs) {
            let once: BTreeSet<u32> = list.into_iter().collect();
            for need in &once {
                let feeds = usize::try_from(*need).ok().and_then(|index| edges.feeds.get_mut(index));
                feeds.ok_or(EdgeError::Unknown { node, need: *need })?.push(node);
            }
            edges.needs.push(once.into_iter().collect());
        }
        edges.check_order()?;
        Ok(edges)
    }

    /// Nodes; none of a batch.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.needs.len()
    }

    /// What each node needs, in order.
    pub fn all_needs(&self) -> impl Iterator<Item = &[u32]> {
        self.needs.iter().map(Vec::as_slice)
    }

    /// Whether nothing needs anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.needs.iter().all(Vec::is_empty)
    }

    /// What `node` needs.
    #[must_use]
    pub fn needs(&self, node: u32) -> &[u32] {
        of(&self.needs, node)
    }

    /// What needs `node`.
    #[must_use]
    pub fn feeds(&self, node: u32) -> &[u32] {
        of(&self.feeds, node)
    }

    /// Takes out what needs nothing, as long as there is something (Kahn 1962); what stays lies on a circle or behind one.
    fn check_order(&self) -> Result<(), EdgeError> {
        let mut open: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut free: Vec<u32> = (0_u32..).zip(&open).filter(|(_, count)| **count == 0).map(|(node, _)| node).collect();
        while let Some(node) = free.pop() {
            for fed in self.feeds(node) {
                let Some(count) = usize::try_from(*fed).ok().and_then(|index| open.get_mut(index)) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.push(*fed);
                }
            }
        }
        let stuck = (0_u32..).zip(&open).find(|(_, count)| **count > 0);
        stuck.map_or(Ok(()), |(node, _)| Err(EdgeError::Circle { node }))
    }
}

fn of(lists: &[Vec<u32>], node: u32) -> &[u32] {
    usize::try_from(node).ok().and_then(|index| lists.get(index)).map(Vec::as_slice).unwrap_or_default()
}
