//! CSV by RFC 4180. Never a formula.

use core::fmt::Write;

use super::super::analysis::Ordered;
use super::super::log::{Log, Step};
use super::super::number::seconds;
use super::super::options::{Filter, Options};
use super::super::text::{Cell, Instant};
use super::ExportError;

pub(super) fn write(log: &Log, options: &Options, filter: &Filter, out: &mut impl Write) -> Result<(), ExportError> {
    out.write_str("interaction,node,type,start,end,dwell_seconds,waiting_seconds,is_decision,is_bottleneck,error\r\n")?;
    super::super::analysis::each_ordered(log, options, filter, |interaction: &Ordered<'_>| {
        let mut before: Option<&Step> = None;
        for step in interaction.steps {
            let (node, kind) = interaction.names_of(step);
            write!(out, "{},{},{},", Cell(interaction.id), Cell(node), Cell(kind))?;
            let (start, end, dwell) =
                (Instant(step.start), Instant(step.end), interaction.between(step.start, step.end));
            write!(out, "{start},{end},{},", seconds(dwell))?;
            if let Some(before) = before {
                write!(out, "{}", seconds(interaction.between(before.end, step.start)))?;
            }
            let (is_decision, is_bottleneck) = (interaction.is_decision(step), interaction.is_bottleneck(step));
            write!(out, ",{is_decision},{is_bottleneck},{}\r\n", step.is_error)?;
            before = Some(step);
        }
        Ok(())
    })
}
