//! XES by IEEE 1849-2016, with the extensions that every tool reads. Never an attribute that XML would read otherwise.

use core::fmt::Write;

use super::super::analysis::Ordered;
use super::super::text::{Instant, Xml};
use super::ExportError;

pub(super) fn write(interaction: &Ordered<'_>, out: &mut impl Write) -> Result<(), ExportError> {
    writeln!(out, "  <trace>\n    <string key=\"concept:name\" value=\"{}\"/>", Xml(interaction.id))?;
    for step in interaction.steps {
        let (node, kind) = interaction.names_of(step);
        writeln!(
            out,
            "    <event>\n      <string key=\"concept:name\" value=\"{}\"/>\n      \
             <string key=\"lifecycle:transition\" value=\"complete\"/>\n      \
             <date key=\"start_timestamp\" value=\"{}\"/>\n      <date key=\"time:timestamp\" value=\"{}\"/>\n      \
             <string key=\"node_type\" value=\"{}\"/>\n      <boolean key=\"error\" value=\"{}\"/>\n    </event>",
            Xml(node),
            Instant(step.start),
            Instant(step.end),
            Xml(kind),
            step.is_error,
        )?;
    }
    out.write_str("  </trace>\n")?;
    Ok(())
}

pub(super) const TAIL: &str = "</log>\n";

pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<log xes.version=\"1849.2016\" xes.features=\"\" xmlns=\"http://www.xes-standard.org/\">
  <extension name=\"Concept\" prefix=\"concept\" uri=\"http://www.xes-standard.org/concept.xesext\"/>
  <extension name=\"Lifecycle\" prefix=\"lifecycle\" uri=\"http://www.xes-standard.org/lifecycle.xesext\"/>
  <extension name=\"Time\" prefix=\"time\" uri=\"http://www.xes-standard.org/time.xesext\"/>
  <global scope=\"trace\">
    <string key=\"concept:name\" value=\"\"/>
  </global>
  <global scope=\"event\">
    <string key=\"concept:name\" value=\"\"/>
    <string key=\"lifecycle:transition\" value=\"complete\"/>
    <date key=\"time:timestamp\" value=\"1970-01-01T00:00:00.000Z\"/>
  </global>
  <classifier name=\"Node\" keys=\"concept:name\"/>
";
