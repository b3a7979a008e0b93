//! What a person reads and hears, in both languages.

use cxpulse_core::time::Span;
use cxpulse_element::model::{Announcement, Problem};
use cxpulse_widget_batch::face::Face;
use cxpulse_widget_batch::model::Model;
use cxpulse_widget_batch::text::Words;

use super::script::{PREVIEW, play};

#[test]
fn numbers_rate_end_and_what_is_waited_for_are_said() {
    let (model, now) = play("src https://x | opened | told 3 running");
    let face = face(&model, "en", now);
    let snapshot = face.snapshot().expect("a snapshot");
    assert_eq!((face.headline(), face.title()), (("running", "Running"), "sim-fast"));
    assert_eq!(face.progress(snapshot), "6 of 10 items");
    assert_eq!((face.rate(snapshot), face.estimate(snapshot)), ("12.4 items/s".into(), "about 2\u{a0}min left".into()));
    assert_eq!(face.waiting(), "Rate limited, next attempt in 12\u{a0}s (most running items)");
    assert_eq!(
        (face.generation(snapshot), face.sources(snapshot)),
        ("Generation 2".into(), "1 retried, 1 with an old result".into())
    );
    let german = self::face(&model, "de-AT", now);
    assert_eq!(
        (german.progress(snapshot), german.rate(snapshot)),
        ("6 von 10 Einträgen".into(), "12,4 Einträge/s".into())
    );
}

#[test]
fn an_end_says_how_long_it_took_and_no_rate() {
    let (model, now) = play("src https://x | opened | told 9 partial");
    let face = face(&model, "en", now.plus(Span::from_secs(99)));
    let snapshot = face.snapshot().expect("a snapshot");
    assert_eq!(face.headline(), ("partial", "Partly successful"));
    assert_eq!(
        (face.rate(snapshot), face.estimate(snapshot), face.waiting()),
        (String::new(), "took 1\u{a0}min\u{a0}8\u{a0}s".into(), String::new())
    );
}

#[test]
fn the_cursor_says_which_item_and_what_is_known_of_it() {
    let (model, now) =
        play("src https://x | opened | told 3 running | grid 200 ssffdrrnns | press cell 2 | wait 250 | item 2");
    let face = face(&model, "en", now);
    assert_eq!(face.cell(), "Item 3 of 10: Failed, item-2");
    let item = model.grid.item.as_deref().expect("an item");
    assert_eq!(face.detail(item), "3 attempts. it failed (UPSTREAM_FAILED)");
}

#[test]
fn deeds_are_put_into_words() {
    let (model, now) =
        play(&format!("src https://x | may redrive | opened | told 9 partial | press redrive | preview 200 {PREVIEW}"));
    let preview = cxpulse_widget_batch::item::Preview::parse(PREVIEW).expect("a preview");
    assert_eq!(face(&model, "en", now).preview(&preview), "3 items run again: Failed 2, Degraded 1.");
    let none = cxpulse_widget_batch::item::Preview { count: 0, ..preview };
    assert_eq!(face(&model, "en", now).preview(&none), "There is nothing to run again.");
    let (running, now) = play("src https://x | may cancel | opened | told 3 running");
    let face = face(&running, "en", now);
    assert_eq!(
        face.snapshot().map(|it| face.cancel(it)).as_deref(),
        Some("2 running items are canceled, 2 are not started.")
    );
}

#[test]
fn a_refusal_says_who_refused_what_and_why() {
    for (status, reason, expected) in [
        (403, "it is another's", "Not canceled: This page is not allowed to. it is another's"),
        (401, "", "Not canceled: This page is not allowed to."),
        (0, "", "Not canceled: The server did not answer."),
        (409, "it has ended", "Not canceled: it has ended"),
    ] {
        let problem = format!("{{\"title\":\"{reason}\"}}");
        let (model, now) = play(&format!(
            "src https://x | may cancel | opened | told 3 running | press cancel | press confirm | canceled {status} {problem}"
        ));
        assert_eq!(face(&model, "en", now).spoken_act(), expected);
    }
}

#[test]
fn what_is_said_aloud_is_states_quarters_and_losses() {
    let (model, now) = play("src https://x | opened | told 3 running");
    let face = face(&model, "en", now);
    assert_eq!(face.spoken(Announcement::Status), "Running");
    assert_eq!(face.spoken(Announcement::Quarter(2)), "50 percent done");
    assert_eq!(face.spoken(Announcement::Lost), "Connection lost");
    assert_eq!(face.spoken(Announcement::Stopped), "", "it has not stopped");
    assert_eq!(face.spoken_act(), "");
}

#[test]
fn every_problem_has_words_in_both_languages() {
    let problems = [Problem::TokenRefused, Problem::Forbidden, Problem::NotFound, Problem::Refused, Problem::BadSource];
    for tag in ["en", "de"] {
        let mut said = problems.map(|problem| Words::of(tag).flow.problem(problem)).to_vec();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), problems.len(), "{tag}");
    }
}

fn face<'a>(model: &'a Model, tag: &str, now: cxpulse_core::time::Timestamp) -> Face<'a> {
    Face { model, label: None, words: Words::of(tag), now }
}
