//! Items by page, as a table: for reading, and for who cannot see the grid. Its roles are said, because the style sheet makes
//! something else of rows where there is little room.

use super::Plan;
use crate::errand::{Filter, ROWS};
use crate::face::Face;
use crate::item::{Item, Page};
use crate::model::Table;
use crate::snapshot::Class;
use cxpulse_element::text::{decimal, fill};

pub(super) fn table(plan: &mut Plan, face: &Face<'_>) {
    let table = &face.model.table;
    plan.open("section.items").is("aria-label", face.words.table);
    plan.open("button.fold table\ttype=button\tdata-do=table");
    plan.is("aria-expanded", if table.is_open { "true" } else { "false" }).is("aria-controls", "table");
    plan.say("span", face.words.table);
    plan.close();
    plan.open("div.page\tid=table").is("hidden", if table.is_open { "" } else { "1" });
    if table.is_open {
        choice(plan, face, table);
        if table.is_missing {
            plan.say("p.hint", face.words.missing);
        }
        match &table.page {
            Some(page) if page.items.is_empty() => plan.say("p.hint", face.words.none),
            Some(page) => {
                rows(plan, face, page);
                turns(plan, face, page);
            }
            None if table.is_missing => {}
            None => plan.say("p.hint", face.words.every.loading),
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
            .open("a.link\ttarget=_blank\trel=noopener\tdata-do=item")
            .is("href", &page)
            .is("data-value", &item.id)
            .is("", words)
            .close(),
        None if words == item.id => plan.say("span", words),
        None => {}
    }
}

fn choice(plan: &mut Plan, face: &Face<'_>, table: &Table) {
    let chosen = table.query.filter.as_ref().map_or("all", Filter::words);
    let [all, faulty] = face.words.filters;
    plan.open("label.filter");
    plan.say("span", face.words.show);
    plan.open("select.select\tdata-do=filter").is(".value", chosen);
    option(plan, "all", all);
    option(plan, "failed,degraded", faulty);
    for class in Class::ALL {
        option(plan, class.name(), face.words.class(class));
    }
    let codes = face.snapshot().map_or(&[][..], |snapshot| &snapshot.failures).iter().map(|group| group.code.as_str());
    codes.clone().for_each(|code| option(plan, code, code));
    // Chosen before it was run again, and no longer among them.
    if let Some(Filter::Code(code)) = &table.query.filter
        && !codes.clone().any(|known| *known == **code)
    {
        option(plan, code, code);
    }
    plan.close();
    plan.close();
}

fn option(plan: &mut Plan, value: &str, words: &str) {
    plan.leaf("option", words).is("value", value).close();
}

fn rows(plan: &mut Plan, face: &Face<'_>, page: &Page) {
    plan.open("div.scroll\trole=region\ttabindex=0").is("aria-label", face.words.table);
    plan.open("table\trole=table");
    plan.open("thead\trole=rowgroup");
    plan.open("tr\trole=row");
    for heading in face.words.columns {
        plan.leaf("th\trole=columnheader", heading).close();
    }
    plan.close();
    plan.close();
    plan.open("tbody\trole=rowgroup");
    for item in &page.items {
        row(plan, face, item);
    }
    plan.close();
    plan.close();
    plan.close();
}

fn row(plan: &mut Plan, face: &Face<'_>, item: &Item) {
    plan.open("tr.row\trole=row").is("key", &item.id).is("data-class", item.class.name());
    plan.say("td\trole=cell", &face.words.every.count(item.index.saturating_add(1)));
    plan.open("td\trole=cell");
    link(plan, face, item, &item.id);
    plan.close();
    plan.open("td\trole=cell");
    plan.open("span.swatch\taria-hidden=true").close();
    plan.say("span", face.words.class(item.class));
    plan.close();
    plan.leaf("td\trole=cell", &decimal(item.attempts)).close();
    plan.open("td\trole=cell");
    if let Some((code, message)) = &item.error {
        plan.say("code.error-code", code);
        plan.say("span.error-message", message);
    }
    plan.close();
    plan.close();
}

fn turns(plan: &mut Plan, face: &Face<'_>, page: &Page) {
    let every = &face.words.every;
    let [from, to, of] = face.words.rows;
    let count = page.items.len().try_into().unwrap_or_default();
    let (first, last) = (page.offset.saturating_add(1), page.offset.saturating_add(count));
    plan.open("div.turns");
    let words =
        [fill(from, &every.count(first)), fill(to, &every.count(last)), fill(of, &every.count(page.total))].concat();
    plan.say("span.hint", &words);
    if page.total > ROWS {
        let disabled = |is_end: bool| if is_end { "true" } else { "" };
        plan.button("previous", "", face.words.previous).is("aria-disabled", disabled(page.offset == 0)).close();
        plan.button("next", "", face.words.next).is("aria-disabled", disabled(last >= page.total)).close();
    }
    plan.close();
}
