//! What all elements of a page share: one timer, and ears for the tab and the network. Never knows what an element is
//! waiting for.

use core::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use cxpulse_core::time::Timestamp;
use wasm_bindgen::prelude::*;

use crate::clock;
use crate::element::Element;
use crate::model::Msg;

struct Page {
    elements: RefCell<Vec<Weak<Element>>>,
    timer: Cell<Option<i32>>,
    rung: Closure<dyn FnMut()>,
}

thread_local! {
    static PAGE: Page = Page::new();
}

/// From now on the element is woken when it is due, and told what happens to the tab and the network.
pub(crate) fn join(element: &Rc<Element>) {
    PAGE.with(|page| page.elements.borrow_mut().push(Rc::downgrade(element)));
    element.tell(Msg::Hidden(is_hidden()));
}

/// Sets the timer to the first element that is due.
pub(crate) fn arm() {
    PAGE.with(Page::arm);
}

impl Page {
    fn new() -> Self {
        listen("visibilitychange", || Msg::Hidden(is_hidden()));
        listen("online", || Msg::Online);
        let rung = Closure::new(ring);
        Self { elements: RefCell::default(), timer: Cell::default(), rung }
    }

    /// The elements that are still there.
    fn elements(&self) -> Vec<Rc<Element>> {
        let mut elements = self.elements.borrow_mut();
        elements.retain(|element| element.strong_count() > 0);
        elements.iter().filter_map(Weak::upgrade).collect()
    }

    fn arm(&self) {
        let Some(window) = web_sys::window() else { return };
        if let Some(timer) = self.timer.take() {
            window.clear_timeout_with_handle(timer);
        }
        let due = self.elements().iter().filter_map(|element| element.due_at()).min();
        let Some(due) = due else { return };
        let delay = clock::delay_ms(due.since(clock::now()));
        let rung = self.rung.as_ref().unchecked_ref();
        self.timer.set(window.set_timeout_with_callback_and_timeout_and_arguments_0(rung, delay).ok());
    }
}

fn ring() {
    let elements = PAGE.with(|page| {
        page.timer.set(None);
        page.elements()
    });
    let first_due = elements.iter().filter_map(|element| element.due_at()).min();
    let now = clock::reached(first_due.unwrap_or_default().min(in_a_timer()));
    elements.iter().filter(|element| element.due_at().is_some_and(|due| due <= now)).for_each(|it| it.tell(Msg::Woken));
    arm();
}

/// As far as one timer reaches: a longer wait takes several.
fn in_a_timer() -> Timestamp {
    clock::now().plus(cxpulse_core::time::Span::from_millis(u64::from(i32::MAX.unsigned_abs())))
}

fn listen(event: &str, message: impl Fn() -> Msg + 'static) {
    let Some(window) = web_sys::window() else { return };
    let told = Closure::<dyn FnMut()>::new(move || {
        PAGE.with(Page::elements).iter().for_each(|element| element.tell(message()));
    });
    let target: Option<web_sys::EventTarget> = match event {
        "online" => Some(window.into()),
        _ => window.document().map(Into::into),
    };
    // Two ears for as long as the page lives, whatever elements come and go.
    let told = told.into_js_value();
    let _ = target.map(|target| target.add_event_listener_with_callback(event, told.unchecked_ref()));
}

fn is_hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_some_and(|document| document.hidden())
}
