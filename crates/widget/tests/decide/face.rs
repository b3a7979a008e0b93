//! What a person reads: words, numbers, countdowns and ages.

use cxpulse_core::time::Span;
use cxpulse_element::text::{length, length_exact};
use cxpulse_widget::face::Face;
use cxpulse_widget::model::{Mode, Msg, Said};
use cxpulse_widget::text::Words;

use super::script::{number, play};

#[test]
fn a_countdown_wakes_it_each_second_unless_nobody_sees_it() {
    let (model, now) = play("src | opened | told 3");
    assert_eq!(model.wake_at(now), Some(now.plus(Span::from_secs(1))));
    let (hidden, _) = model.update(Msg::Hidden(true), now);
    assert_eq!(hidden.wake_at(now), Some(now.plus(Span::from_secs(45))));
    let (ended, now) = play("src | opened | ended 9");
    assert_eq!(ended.wake_at(now), None);
}

#[test]
fn the_face_says_what_is_waited_for_and_how_old_it_is() {
    let (model, now) = play("src | opened | told 3");
    let face = Face::of(&model, None, Words::of("en"), now.plus(Span::from_secs(4)));
    assert_eq!(face.waiting, "Rate limited, next attempt in 8\u{a0}s");
    assert_eq!((face.age.as_str(), face.link_text.as_str()), ("updated 4\u{a0}s ago", "Live"));
    assert_eq!(
        (face.count.as_str(), face.estimate.as_str()),
        ("21,000 of 50,000 records", "about 1\u{a0}min\u{a0}56\u{a0}s left")
    );
    let german = Face::of(&model, Some("Abgleich"), Words::of("de-CH"), now.plus(Span::from_secs(20)));
    assert_eq!((german.title.as_str(), german.headline), ("Abgleich", "Läuft"));
    assert_eq!(
        (german.waiting.as_str(), german.count.as_str()),
        ("Anfragen begrenzt, nächster Versuch jetzt", "21.000 von 50.000 Datensätzen")
    );
}

#[test]
fn a_server_whose_clock_is_off_is_believed() {
    let (model, now) = play("src | opened | told 3");
    let ahead = now.plus(Span::from_secs(60));
    let (model, _) =
        model.update(Msg::Feed(number(&model), Said::Opened { mode: Mode::Stream, server_at: Some(ahead) }), now);
    assert_eq!(model.server_now(now), ahead);
    let close = now.plus(Span::from_secs(2));
    let (model, _) =
        model.update(Msg::Feed(number(&model), Said::Opened { mode: Mode::Stream, server_at: Some(close) }), now);
    assert_eq!(model.server_now(now), now);
}

#[test]
fn lengths_of_time_have_two_units() {
    let text = |seconds| length(seconds).replace('\u{a0}', " ");
    let expected = ["0 s", "59 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min", "3 d 4 h"];
    assert_eq!([0, 59, 60, 200, 3_600, 7_530, 273_600].map(text), expected);
    assert_eq!(length_exact(Span::from_millis(4_250), '.'), "4.2\u{a0}s");
    assert_eq!(length_exact(Span::from_millis(12_900), ','), "12\u{a0}s");
    assert_eq!(Words::of("en").every.count(1_234_567), "1,234,567");
}
