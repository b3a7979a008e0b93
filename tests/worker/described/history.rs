//! Examples of histories: one of two interactions, another to compare it with, one that is canceled. On a Worker of their own, whose
//! profile has histories, and the simulation that the others have.

use std::sync::OnceLock;

use cxpulse_core::time::{Span, Timestamp};
use serde_json::{Value, json};

use super::{PATIENCE, Story, text};
use crate::worker::stack::{Stack, wait_for};

impl Story {
    pub(super) fn histories(&mut self) {
        let usual = std::mem::replace(&mut self.stack, stack_of_histories());
        self.asked_history();
        self.canceled_history();
        self.refused_history();
        self.stack = usual;
    }

    fn asked_history(&mut self) {
        let client = self.stack.client();
        let request = json!({
            "start": week_ago(), "limit": 2, "page_size": 2, "bottleneck_seconds": 15.0, "timeout_seconds": 600, "tags": ["crm"],
        });
        let started =
            self.post(&client, "startHistory", "two interactions of the week", "/v1/histories", request.clone());
        let this = format!("/v1/histories/{}", text(&started, "/id"));
        self.history_ends(&this);
        self.get("getHistory", "completed", &this);
        self.get("readHistoryReport", "of all", &format!("{this}/report"));
        self.get("readHistorySteps", "as lines", &format!("{this}/steps"));
        self.get("exportHistory", "as a table", &format!("{this}/export?format=csv"));
        self.get("exportHistory", "for Mermaid", &format!("{this}/export?format=mermaid"));
        self.get(
            "exportHistory",
            "refused: every parameter at once",
            &format!("{this}/export?format=pdf&variant=x&error=no"),
        );
        self.get("streamHistory", "of one that has ended", &format!("{this}/events"));
        self.get("readHistoryJournal", "as lines", &format!("{this}/journal?limit=3"));
        self.get("readHistoryAudit", "as lines", &format!("{this}/audit?limit=3"));
        self.get("listHistoryNotifications", "none", &format!("{this}/notifications"));
        let redrive = format!("{this}/notifications/redrive");
        self.post(&client, "redriveHistoryNotifications", "by number", &redrive, json!({"numbers": [1]}));
        let listed =
            || client.get("/v1/histories?status=completed").text().contains(&text(&started, "/id")).then_some(());
        assert!(wait_for(PATIENCE, listed).is_some(), "the directory is told of the end");
        self.get("listHistories", "by status", "/v1/histories?status=completed&limit=1");
        let earlier = client.post("/v1/histories", &request).json();
        self.history_ends(&format!("/v1/histories/{}", text(&earlier, "/id")));
        let with = text(&earlier, "/id");
        self.get("compareHistories", "with an earlier one", &format!("{this}/comparison?with={with}"));
    }

    fn canceled_history(&mut self) {
        let client = self.stack.client();
        let request = json!({"error_state": false, "page_size": 1, "timeout_seconds": 600});
        let accepted = client.post("/v1/histories", &request).json();
        let this = format!("/v1/histories/{}", text(&accepted, "/id"));
        let canceled = client.send("POST", &format!("{this}/cancel"), b"");
        self.take("cancelHistory", "of one that ran", None, &canceled);
        self.history_ends(&this);
        let again = client.send("POST", &format!("{this}/cancel"), b"");
        self.take("cancelHistory", "of one that had ended", None, &again);
    }

    fn refused_history(&mut self) {
        let client = self.stack.client();
        let faulty = json!({
            "interaction_ids": ["a", "b' OR 'a' = 'a"], "start": "yesterday", "end": "2020-01-01T00:00:00Z", "page_size": 5000,
            "business_hours": {"hours": "always"}, "colour": "red",
        });
        self.post(&client, "startHistory", "refused: every fault at once", "/v1/histories", faulty);
    }

    fn history_ends(&self, path: &str) {
        let client = self.stack.client();
        let has_ended = || (!client.get(path).json()["outcome"].is_null()).then_some(());
        assert!(wait_for(PATIENCE, has_ended).is_some(), "{path} ends");
    }
}

fn stack_of_histories() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| Stack::start_with(Stack::shared(), &["CXONE_PROFILE=interactions-history"]))
}

/// Within what CXone keeps.
fn week_ago() -> Value {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is past 1970");
    let now = Timestamp::from_millis(u64::try_from(since.as_millis()).expect("and before the year 500 million"));
    json!(now.minus(Span::from_secs(7 * 86_400)).to_string())
}
