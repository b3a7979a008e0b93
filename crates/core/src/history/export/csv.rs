//! CSV by RFC 4180. Never a formula.

use core::fmt::Write;

use super::super::analysis::Ordered;
use super::super::log::Step;
use super::super::number::seconds;
use super::super::text::{Cell, Instant};
use super::ExportError;

pub(super) const HEAD: &str =
    "interaction,node,type,start,end,dwell_seconds,waiting_seconds,is_decision,is_bottleneck,error\r\n";

pub(super) fn write(interaction: &Ordered<'_>, out: &mut impl Write) -> Result<(), ExportError> {
    let mut before: Option<&Step> = None;
    for step in interaction.steps {
        let (node, kind) = interaction.names_of(step);
        write!(out, "{},{},{},", Cell(interaction.id), Cell(node), Cell(kind))?;
        let (start, end, dwell) = (Instant(step.start), Instant(step.end), interaction.between(step.start, step.end));
        write!(out, "{start},{end},{},", seconds(dwell))?;
        if let Some(before) = before {
            write!(out, "{}", seconds(interaction.between(before.end, step.start)))?;
        }
        let (is_decision, is_bottleneck) = (interaction.is_decision(step), interaction.is_bottleneck(step));
        write!(out, ",{is_decision},{is_bottleneck},{}\r\n", step.is_error)?;
        before = Some(step);
    }
    Ok(())
}
