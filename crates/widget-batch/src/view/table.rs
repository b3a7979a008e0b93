//! Items by page, as a table: for reading, and for who cannot see the grid.

use super::Plan;
use crate::errand::{Filter, ROWS};
use crate::face::Face;
use crate::item::{Item, Page};
use crate::model::Table;
use cxpulse_element::text::{decimal, fill};

pub(super) fn table(plan: &mut Plan, face: &Face<'_>) {
    let table = &face.model.table;
    plan.open("section", "items").is("aria-label", face.words.table);
    plan.open("button", "fold table").is("type", "button").is("data-do", "table");
    plan.is("aria-expanded", if table.is_open { "true" } else { "false" }).is("aria-controls", "table");
    plan.say("span", "", face.words.table);
    plan.close();
    plan.open("div", "page").is("id", "table").is("hidden", if table.is_open { "" } else { "1" });
    if table.is_open {
        choice(plan, face, table);
        if table.is_missing {
            plan.say("p", "hint", face.words.missing);
        }
        match &table.page {
            Some(page) if page.items.is_empty() => plan.say("p", "hint", face.words.none),
            Some(page) => {
                rows(plan, face, page);
                turns(plan, face, page);
            }
            None if table.is_missing => {}
            None => plan.say("p", "hint", face.words.every.loading),
        }
    }
    plan.close();
    plan.close();
}

/// Leads to an item's execution, on a page of its own.
pub(super) fn link(plan: &mut Plan, face: &Face<'_>, item: &Item, words: &str) {
    let token = face.model.feed.token();
    match item.page(token.as_deref()) {
        Some(page) => plan
            .open("a", "link")
            .is("href", &page)
            .is("target", "_blank")
            .is("rel", "noopener")
            .is("data-do", "item")
            .is("data-value", &item.id)
            .is("", words)
            .close(),
        None if words == item.id => plan.say("span", "", words),
        None => {}
    }
}

fn choice(plan: &mut Plan, face: &Face<'_>, table: &Table) {
    let chosen = table.query.filter.map_or("all", Filter::words);
    let [all, faulty] = face.words.filters;
    plan.open("label", "filter");
    plan.say("span", "", face.words.show);
    plan.open("select", "select").is("data-do", "filter").is(".value", chosen);
    plan.leaf("option", "", all).is("value", "all").close();
    for filter in Filter::ALL {
        let words = match filter {
            Filter::Faulty => faulty,
            Filter::Only(class) => face.words.class(class),
        };
        plan.leaf("option", "", words).is("value", filter.words()).close();
    }
    plan.close();
    plan.close();
}

fn rows(plan: &mut Plan, face: &Face<'_>, page: &Page) {
    plan.open("div", "scroll").is("role", "region").is("tabindex", "0").is("aria-label", face.words.table);
    plan.open("table", "");
    plan.open("thead", "");
    plan.open("tr", "");
    for heading in face.words.columns {
        plan.leaf("th", "", heading).is("scope", "col").close();
    }
    plan.close();
    plan.close();
    plan.open("tbody", "");
    for item in &page.items {
        row(plan, face, item);
    }
    plan.close();
    plan.close();
    plan.close();
}

fn row(plan: &mut Plan, face: &Face<'_>, item: &Item) {
    plan.open("tr", "row").is("key", &item.id).is("data-class", item.class.name());
    plan.say("td", "", &face.words.every.count(item.index.saturating_add(1)));
    plan.open("td", "");
    link(plan, face, item, &item.id);
    plan.close();
    plan.open("td", "");
    plan.open("span", "swatch").is("aria-hidden", "true").close();
    plan.say("span", "", face.words.class(item.class));
    plan.close();
    plan.leaf("td", "", &decimal(item.attempts)).close();
    plan.open("td", "");
    if let Some((code, message)) = &item.error {
        plan.say("code", "error-code", code);
        plan.say("span", "error-message", message);
    }
    plan.close();
    plan.close();
}

fn turns(plan: &mut Plan, face: &Face<'_>, page: &Page) {
    let every = &face.words.every;
    let [from, to, of] = face.words.rows;
    let count = page.items.len().try_into().unwrap_or_default();
    let (first, last) = (page.offset.saturating_add(1), page.offset.saturating_add(count));
    plan.open("div", "turns");
    let words =
        [fill(from, &every.count(first)), fill(to, &every.count(last)), fill(of, &every.count(page.total))].concat();
    plan.say("span", "hint", &words);
    if page.total > ROWS {
        let disabled = |is_end: bool| if is_end { "true" } else { "" };
        plan.button("previous", "", face.words.previous).is("aria-disabled", disabled(page.offset == 0)).close();
        plan.button("next", "", face.words.next).is("aria-disabled", disabled(last >= page.total)).close();
    }
    plan.close();
}
