//! Whatever order answers come in, whatever fails, and wherever the process is lost: all rows are there in the end, each page is
//! asked for by one at a time, and the journal replays to the same state.

use std::collections::BTreeSet;

use cxpulse_core::execution::Reason;
use cxpulse_core::failure::FailureKind;
use cxpulse_core::flow::Standing;
use cxpulse_core::retrieval::{Event, FlowOutcome, HistoryEntry, HistoryReplay, PageCall, Progress, Retrieval};
use cxpulse_core::time::Span;
use proptest::prelude::*;

use super::{NOW, WEEK, asked, failed, order, read};

/// A CXone whose history does not change, and a shell that keeps rows.
struct World {
    total: u32,
    rows: BTreeSet<u32>,
}

impl World {
    fn read(&mut self, call: PageCall) -> cxpulse_core::retrieval::PageAnswer {
        let from = call.page * 10;
        let page: Vec<u32> = (from..self.total.min(from + 10)).collect();
        self.rows.extend(&page);
        let (rows, held) = (u32::try_from(page.len()).expect("few"), self.rows.len().try_into().expect("few"));
        read(rows, 0, Some(self.total.into()), held)
    }
}

proptest! {
    #[test]
    fn all_rows_come_in_any_order_through_failures_and_crashes(
        total in 0_u32..160,
        choices in proptest::collection::vec((0_usize..8, 0_u32..12), 1..400),
    ) {
        let order = order(&format!("{WEEK}, \"backoff\": {{\"max_attempts\": 10000}}"));
        let mut world = World { total, rows: BTreeSet::new() };
        let mut retrieval = Retrieval::open(&order);
        let (mut now, mut open, mut journal): (_, Vec<PageCall>, Vec<HistoryEntry>) = (NOW, Vec::new(), vec![HistoryEntry::opened(&order)]);
        let mut choices = choices.into_iter().chain(std::iter::repeat((0, 0)));
        for _ in 0..20_000 {
            if retrieval.standing().ended().is_some() {
                break;
            }
            let (which, what) = choices.next().expect("there are always more");
            let event = if open.is_empty() {
                now = now.max(retrieval.next_wake_at(&order).expect("something is due"));
                Event::Woken
            } else {
                let call = open.swap_remove(which % open.len());
                match what {
                    8 => Event::Answered { call, answer: failed(FailureKind::Transient) },
                    9 => Event::Answered { call, answer: failed(FailureKind::RateLimited) },
                    10 => Event::Postponed { call, reason: Reason::Permit, until: now.plus(Span::from_millis(50)) },
                    11 => {
                        // The process is lost, and with it all calls.
                        let [standing, progress] = [serde_json::to_string(retrieval.standing()), serde_json::to_string(retrieval.progress())];
                        let standing: Standing = serde_json::from_str(&standing.expect("JSON")).expect("it reads");
                        let progress: Progress = serde_json::from_str(&progress.expect("JSON")).expect("it reads");
                        retrieval = Retrieval::restore(standing, progress);
                        open.clear();
                        Event::Interrupted
                    }
                    _ => Event::Answered { call, answer: world.read(call) },
                }
            };
            now = now.plus(Span::from_millis(1));
            let turn = retrieval.step(&order, event.clone(), now);
            let number = u64::try_from(journal.len()).expect("few") + 1;
            journal.extend(HistoryEntry::of(number, now.into(), event, &turn, &retrieval));
            open.extend(asked(&turn));
            let pages: BTreeSet<u32> = open.iter().map(|call| call.page).collect();
            prop_assert!(open.len() <= 5 && pages.len() == open.len(), "five at most, each once: {open:?}");
        }
        prop_assert_eq!(retrieval.standing().ended().map(|(outcome, _)| outcome), Some(FlowOutcome::Completed));
        prop_assert_eq!(world.rows.len(), usize::try_from(total).expect("few"));
        prop_assert_eq!(retrieval.progress().rows, u64::from(total));
        prop_assert_eq!(retrieval.progress().pass, 1);
        let mut replay = HistoryReplay::begin(&journal[0]).expect("it begins");
        for entry in &journal[1..] {
            replay.follow(entry).expect("the machine decides as the journal says");
        }
        prop_assert_eq!(replay.retrieval(), &retrieval);
    }
}
