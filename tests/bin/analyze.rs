//! `cargo xtask analyze FILE`: path analysis of a history, for people or as JSON, or its export for other tools.
//!
//! FILE is what the history query returns: a page, a list of rows, or lines of either; plain or compressed by gzip; `-` is the
//! standard input.

#[path = "analyze/arguments.rs"]
mod arguments;
#[path = "analyze/input.rs"]
mod input;
#[path = "analyze/table.rs"]
mod table;

use std::error::Error;
use std::fmt;
use std::io::{self, BufWriter, Write, stdout};
use std::process::ExitCode;

use cxpulse_core::history::{Filter, Log, StepsError, compare, write_csv, write_dot, write_mermaid, write_xes};

use self::arguments::{Arguments, Export};

fn main() -> ExitCode {
    let answer = Arguments::parse(pico_args::Arguments::from_env()).and_then(|arguments| run(&arguments));
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let text = input::read(&arguments.file)?;
    let mut out = Out { inner: BufWriter::new(stdout().lock()), error: None };
    let written = if arguments.export == Some(Export::Steps) {
        input::write_each_step(&text, &arguments.options, &mut out)
            .map_err(|error| named(&arguments.file, &text, error))
    } else {
        report(arguments, &text, &mut out)
    };
    // Why a writer failed is known to the writer alone.
    if let Some(error) = out.error.take() {
        return Err(error.into());
    }
    written?;
    out.inner.flush()?;
    Ok(())
}

fn report(arguments: &Arguments, text: &str, out: &mut Out<impl Write>) -> Result<(), Box<dyn Error>> {
    let (options, filter) = (&arguments.options, &arguments.filter);
    let log = gathered(text, &arguments.file, filter)?;
    match arguments.export {
        Some(Export::Csv) => return Ok(write_csv(&log, options, filter, out)?),
        Some(Export::Xes) => return Ok(write_xes(&log, options, filter, out)?),
        Some(Export::Dot | Export::Mermaid | Export::Steps) | None => {}
    }
    let report = log.report(options, filter)?;
    if let Some(other) = &arguments.compare {
        let earlier = gathered(&input::read(other)?, other, filter)?.report(options, filter)?;
        let comparison = compare(&earlier, &report);
        if arguments.is_json {
            return json(&comparison, out);
        }
        return Ok(table::comparison(&comparison, out)?);
    }
    match arguments.export {
        Some(Export::Dot) => write_dot(&report, out)?,
        Some(Export::Mermaid) => write_mermaid(&report, out)?,
        Some(Export::Csv | Export::Xes | Export::Steps) | None if arguments.is_json => json(&report, out)?,
        Some(Export::Csv | Export::Xes | Export::Steps) | None => table::report(&report, out)?,
    }
    Ok(())
}

/// The interactions of a file. One without any is no history, and a report of it would look like one of a quiet day.
fn gathered(text: &str, file: &str, filter: &Filter) -> Result<Log, Box<dyn Error>> {
    let mut log = Log::new();
    input::gather(text, &mut log).map_err(|fault| format!("{file}: {fault}"))?;
    if log.rows() == 0 && *filter == Filter::default() && input::is_blank(text) {
        return Err(format!("{file} has nothing in it").into());
    }
    Ok(log)
}

/// A fault with the place where it is.
fn named(file: &str, text: &str, error: StepsError) -> Box<dyn Error> {
    match error {
        StepsError::Unreadable(fault) => format!("{file}: {}", input::located(text, fault)).into(),
        StepsError::Writer | StepsError::TooMany => format!("{file}: {error}").into(),
    }
}

fn json(value: &impl serde::Serialize, out: &mut Out<impl Write>) -> Result<(), Box<dyn Error>> {
    serde_json::to_writer(&mut out.inner, value)?;
    writeln!(out.inner)?;
    Ok(())
}

/// Text for a file or a pipe; keeps why it failed.
struct Out<W> {
    inner: W,
    error: Option<io::Error>,
}

impl<W: Write> fmt::Write for Out<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.inner.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

/// Whoever read the output has read enough of it.
fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let of_json = error.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind).or(of_json);
    kind == Some(io::ErrorKind::BrokenPipe)
}
