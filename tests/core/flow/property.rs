//! What holds of the scheduler with any dependencies, under any ends, halts, redrives and restarts.

use std::collections::BTreeSet;

use cxpulse_core::flow::{Activity, Edges, End, Flow, Limits, Node, NodeStatus};
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Debug, Clone)]
enum Happening {
    Start,
    End(u32, End),
    Halt,
    Redrive(Vec<u32>),
    Restart,
}

proptest! {
    #[test]
    fn nothing_starts_before_what_it_needs_has_ended_well(
        (needs, happenings) in (1_u32..14).prop_flat_map(|total| (needs(total), prop::collection::vec(happening(total), 1..80))),
        parallel in 1_u32..5,
        chunk in 1_u32..4,
        failed_max in prop::option::of(0_u32..3),
    ) {
        let limits = Limits { parallel, chunk, failed_max };
        let edges = Edges::new(needs.clone()).expect("every node needs lower ones only");
        let total = u32::try_from(needs.len()).expect("a count");
        let mut flow = Flow::new(limits, edges.clone(), total);
        for happening in &happenings {
            match happening {
                Happening::Start => start(&mut flow, &edges, &limits)?,
                Happening::End(node, end) => {
                    let ran = flow.node(*node).is_some_and(|node| node.activity == Activity::Running);
                    prop_assert_eq!(flow.end(*node, *end).is_some(), ran);
                }
                Happening::Halt => flow.halt(),
                Happening::Redrive(nodes) => {
                    let planned = flow.redrive(nodes);
                    prop_assert!(planned.iter().all(|node| nodes.contains(node)));
                }
                Happening::Restart => {
                    let nodes: Vec<Node> = (0..total).filter_map(|node| flow.node(node)).collect();
                    let again = Flow::restore(limits, edges.clone(), nodes, flow.excused());
                    prop_assert_eq!(&again, &flow, "what is in memory follows from the nodes");
                }
            }
            check(&flow, total, parallel)?;
        }
        run_out(&mut flow, &edges, &limits)?;
    }
}

/// Each starts once, after all that it needs.
fn start(flow: &mut Flow, edges: &Edges, limits: &Limits) -> Result<(), TestCaseError> {
    let could = flow.can_start();
    let started = flow.start();
    prop_assert_eq!(could, !started.is_empty());
    prop_assert!(started.len() <= usize::try_from(limits.chunk).expect("a count"));
    for node in &started {
        let is_ready = |need: &u32| {
            flow.node(*need).is_some_and(|need| need.activity == Activity::Idle && need.end.is_some_and(End::is_good))
        };
        prop_assert!(edges.needs(*node).iter().all(is_ready), "{node} starts before what it needs");
    }
    let once: BTreeSet<u32> = started.iter().copied().collect();
    prop_assert_eq!(once.len(), started.len());
    Ok(())
}

fn check(flow: &Flow, total: u32, parallel: u32) -> Result<(), TestCaseError> {
    let summary = flow.summary();
    prop_assert!(summary.running <= parallel);
    prop_assert_eq!(summary.total, total);
    prop_assert_eq!(NodeStatus::ALL.iter().map(|status| summary.count(*status)).sum::<u32>(), total);
    for status in NodeStatus::ALL {
        let count = (0..total).filter(|node| flow.node(*node).map(Node::status) == Some(status)).count();
        prop_assert_eq!(u32::try_from(count).ok(), Some(summary.count(status)));
    }
    let running = flow.running().count();
    prop_assert_eq!(u32::try_from(running).ok(), Some(summary.running));
    Ok(())
}

/// Every flow ends once what runs does.
fn run_out(flow: &mut Flow, edges: &Edges, limits: &Limits) -> Result<(), TestCaseError> {
    for _ in 0..200 {
        if flow.is_over() {
            break;
        }
        start(flow, edges, limits)?;
        let first = flow.running().next();
        prop_assert!(first.is_some() || flow.is_over(), "it waits for nothing");
        if let Some(node) = first {
            flow.end(node, End::Failed);
        }
    }
    prop_assert!(flow.is_over());
    Ok(())
}

/// What each node needs: any of those before it.
fn needs(total: u32) -> impl Strategy<Value = Vec<Vec<u32>>> {
    (0..total)
        .map(|node| {
            prop::collection::vec(0..node.max(1), 0..3)
                .prop_map(move |needs| if node == 0 { Vec::new() } else { needs })
        })
        .collect::<Vec<_>>()
}

fn happening(total: u32) -> impl Strategy<Value = Happening> {
    const ENDS: [End; 5] = [End::Successful, End::Successful, End::Degraded, End::Failed, End::Canceled];
    prop_oneof![
        4 => Just(Happening::Start),
        8 => (0..total, select(&ENDS[..])).prop_map(|(node, end)| Happening::End(node, end)),
        1 => Just(Happening::Halt),
        2 => prop::collection::vec(0..total, 1..6).prop_map(Happening::Redrive),
        2 => Just(Happening::Restart),
    ]
}
