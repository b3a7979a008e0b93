//! The scheduler: who may start, who is skipped, what a failure stops.

mod property;

use cxpulse_core::flow::{Activity, EdgeError, Edges, End, Flow, Limits, Node, NodeStatus, Summary};

const WIDE: Limits = Limits { parallel: 10, chunk: 10, failed_max: None };

/// `0 ─► 1 ─► 3`, `0 ─► 2 ─► 3`, and 4 by itself.
fn diamond(limits: Limits) -> Flow {
    let edges = Edges::new(vec![vec![], vec![0], vec![0], vec![1, 2, 1], vec![]]).expect("it has no circle");
    Flow::new(limits, edges, 5)
}

#[test]
fn what_needs_nothing_starts_first_and_what_it_feeds_when_it_ended_well() {
    let mut flow = diamond(WIDE);
    assert_eq!(flow.start(), [0, 4]);
    assert_eq!(flow.start(), [0_u32; 0]);
    assert_eq!(flow.end(0, End::Successful), Some(Default::default()));
    assert_eq!(flow.start(), [1, 2]);
    flow.end(2, End::Degraded);
    assert!(!flow.can_start(), "3 needs 1, too");
    flow.end(1, End::Successful);
    assert_eq!(flow.start(), [3]);
    flow.end(3, End::Successful);
    flow.end(4, End::Successful);
    assert!(flow.is_over());
    assert_eq!(flow.summary(), &Summary { total: 5, successful: 4, degraded: 1, ..Summary::default() });
}

#[test]
fn what_needs_a_bad_end_is_skipped_with_all_that_needs_that() {
    let mut flow = diamond(WIDE);
    flow.start();
    let aftermath = flow.end(0, End::Failed).expect("it ran");
    assert_eq!((aftermath.skipped, aftermath.is_intolerable), (vec![1, 2, 3], false));
    assert!(!flow.is_over(), "4 runs");
    flow.end(4, End::Canceled);
    assert!(flow.is_over());
    assert_eq!(flow.summary(), &Summary { total: 5, failed: 1, canceled: 1, not_started: 3, ..Summary::default() });
}

#[test]
fn a_redrive_of_what_waits_in_vain_plans_nothing() {
    let mut flow = diamond(WIDE);
    flow.start();
    flow.end(0, End::Failed);
    flow.end(4, End::Successful);
    assert_eq!(flow.redrive(&[1, 2, 3]), [0_u32; 0], "0 stays failed");
    assert_eq!(flow.redrive(&[3, 1, 0, 2, 9]), [0, 1, 2, 3]);
    assert_eq!(flow.start(), [0]);
    flow.end(0, End::Successful);
    assert_eq!(flow.start(), [1, 2]);
}

#[test]
fn what_was_ready_waits_when_what_it_needs_runs_again() {
    let mut flow = diamond(Limits { parallel: 1, ..WIDE });
    flow.start();
    flow.end(0, End::Degraded);
    assert_eq!(flow.redrive(&[0]), [0]);
    assert_eq!(flow.start(), [0], "1 and 2 wait for its new end");
    flow.end(0, End::Successful);
    assert_eq!(flow.start(), [1]);
}

#[test]
fn more_failures_than_may_be_are_intolerable_but_for_those_that_a_redrive_left() {
    let mut flow = Flow::new(Limits { failed_max: Some(1), ..WIDE }, Edges::none(), 6);
    flow.start();
    assert!(!flow.end(0, End::Failed).expect("it ran").is_intolerable);
    assert!(!flow.end(1, End::Degraded).expect("it ran").is_intolerable);
    assert!(flow.end(2, End::Failed).expect("it ran").is_intolerable);
    assert_eq!(flow.redrive(&[1]), [1]);
    assert_eq!(flow.excused(), 2);
    flow.start();
    assert!(!flow.end(1, End::Failed).expect("it ran").is_intolerable);
    assert!(flow.end(3, End::Failed).expect("it ran").is_intolerable);
}

#[test]
fn what_does_not_run_cannot_end() {
    let mut flow = diamond(WIDE);
    flow.start();
    let before = flow.clone();
    assert_eq!((flow.end(1, End::Successful), flow.end(9, End::Failed)), (None, None));
    assert_eq!(flow, before);
    flow.end(0, End::Successful);
    let before = flow.clone();
    assert_eq!(flow.end(0, End::Failed), None);
    assert_eq!(flow, before);
}

#[test]
fn halted_it_starts_nothing_and_ends_with_what_runs() {
    let mut flow = Flow::new(Limits { parallel: 2, chunk: 1, failed_max: None }, Edges::none(), 4);
    assert_eq!((flow.start(), flow.start(), flow.start()), (vec![0], vec![1], vec![]));
    flow.halt();
    flow.end(0, End::Successful);
    assert!(!flow.can_start() && !flow.is_over());
    flow.end(1, End::Canceled);
    assert!(flow.is_over());
    let twice = flow.clone();
    flow.halt();
    assert_eq!(flow, twice);
}

#[test]
fn what_was_planned_in_vain_is_not_after_a_restart() {
    let edges = Edges::new(vec![vec![], vec![0], vec![1]]).expect("it has no circle");
    let failed = Node { activity: Activity::Idle, end: Some(End::Failed) };
    let flow = Flow::restore(WIDE, edges, [failed, Node::default(), Node::default()], 0);
    assert!(flow.is_over());
    assert_eq!(flow.node(2).map(Node::status), Some(NodeStatus::NotStarted));
}

#[test]
fn circles_and_strangers_are_refused() {
    assert_eq!(Edges::new(vec![vec![0]]), Err(EdgeError::Circle { node: 0 }));
    assert_eq!(Edges::new(vec![vec![], vec![3], vec![1], vec![2]]), Err(EdgeError::Circle { node: 1 }));
    assert_eq!(Edges::new(vec![vec![], vec![2]]), Err(EdgeError::Unknown { node: 1, need: 2 }));
    assert_eq!(EdgeError::Circle { node: 1 }.to_string(), "node 1 needs itself, by way of what it needs");
}

#[test]
fn no_two_statuses_begin_alike() {
    let letters: String = NodeStatus::ALL.map(NodeStatus::letter).iter().collect();
    assert_eq!(letters, "sfdcnr");
    assert!(NodeStatus::ALL.iter().all(|status| status.name().starts_with(status.letter())));
}
