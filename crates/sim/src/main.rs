//! `cxpulse-sim`: the simulated CXone on a loopback port. Never decides what is answered: the world does.
#![deny(missing_docs)]

mod shell;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use cxpulse_core::time::Span;
use cxpulse_sim::{INTERACTIONS_MAX, Past, Recording, Settings, Signing, VARIABLES_MAX, World};
use pico_args::Arguments;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(Arguments::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return report(&mut io::stdout(), USAGE, ExitCode::SUCCESS),
        Err(error) => return report(&mut io::stderr(), &format!("{error}\n{USAGE}"), ExitCode::from(2)),
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&mut io::stderr(), &format!("cxpulse-sim: {error}"), ExitCode::FAILURE),
    }
}

struct Options {
    port: u16,
    settings: Settings,
}

impl Options {
    /// `None` when only the usage is wanted.
    fn read(mut arguments: Arguments) -> Result<Option<Self>, pico_args::Error> {
        if arguments.contains(["-h", "--help"]) {
            return Ok(None);
        }
        let options = Self { port: arguments.value_from_str("--port")?, settings: read_settings(&mut arguments)? };
        match arguments.finish().first() {
            None => Ok(Some(options)),
            Some(unknown) => Err(failed(format!("unknown argument {}", unknown.to_string_lossy()))),
        }
    }
}

fn read_settings(arguments: &mut Arguments) -> Result<Settings, pico_args::Error> {
    let defaults = Settings::default();
    let interval = arguments.opt_value_from_str("--extraction-interval-ms")?.map(Span::from_millis);
    Ok(Settings {
        seed: arguments.opt_value_from_str("--seed")?.unwrap_or(defaults.seed),
        client_id: arguments.opt_value_from_str("--client-id")?.unwrap_or(defaults.client_id),
        client_secret: arguments.opt_value_from_str("--client-secret")?.unwrap_or(defaults.client_secret),
        access_key_id: arguments.opt_value_from_str("--access-key-id")?.unwrap_or(defaults.access_key_id),
        access_key_secret: arguments.opt_value_from_str("--access-key-secret")?.unwrap_or(defaults.access_key_secret),
        tenant_id: arguments.opt_value_from_str("--tenant-id")?.unwrap_or(defaults.tenant_id),
        static_token: arguments.opt_value_from_str("--static-token")?,
        callbacks: read_signing(arguments)?,
        limit_per_second: arguments.opt_value_from_str("--limit-per-second")?.unwrap_or(defaults.limit_per_second),
        in_flight_max: arguments.opt_value_from_str("--in-flight-max")?,
        extraction_interval: interval.unwrap_or(defaults.extraction_interval),
        scopes: defaults.scopes,
        token_lifetime: defaults.token_lifetime,
        past: read_past(arguments)?,
    })
}

/// A recording, or numbers of what is made from the seed.
fn read_past(arguments: &mut Arguments) -> Result<Past, pico_args::Error> {
    let file: Option<String> = arguments.opt_value_from_str("--history")?;
    let interactions = arguments.opt_value_from_fn("--interactions", |text| number(text, INTERACTIONS_MAX))?;
    let variables = arguments.opt_value_from_fn("--variables", |text| number(text, VARIABLES_MAX))?;
    match (file, Past::default()) {
        (Some(_), _) if interactions.or(variables).is_some() => {
            Err(failed("--history does not go with --interactions or --variables".to_owned()))
        }
        (Some(file), _) => read_recording(&file).map(Past::Recorded).map_err(failed),
        (None, Past::Walked { interactions: usual, variables: none }) => {
            Ok(Past::Walked { interactions: interactions.unwrap_or(usual), variables: variables.unwrap_or(none) })
        }
        (None, recorded @ Past::Recorded(_)) => Ok(recorded),
    }
}

fn read_recording(file: &str) -> Result<Recording, String> {
    let bytes = fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    Recording::read(&bytes).map_err(|error| format!("{file}: {error}"))
}

fn number(text: &str, max: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= max);
    number.ok_or_else(|| format!("is to be from 0 to {max}"))
}

fn failed(cause: String) -> pico_args::Error {
    pico_args::Error::ArgumentParsingFailed { cause }
}

/// Both or neither.
fn read_signing(arguments: &mut Arguments) -> Result<Option<Signing>, pico_args::Error> {
    let preset = arguments.opt_value_from_str("--callback-preset")?;
    let secret = arguments.opt_value_from_str("--callback-secret")?;
    match (preset, secret) {
        (Some(preset), Some(secret)) => Ok(Some(Signing { preset, secret })),
        (None, None) => Ok(None),
        _ => Err(failed("--callback-preset and --callback-secret go together".to_owned())),
    }
}

/// Serves until SIGINT or SIGTERM. Says where in one line of JSON once it listens.
async fn run(options: Options) -> io::Result<()> {
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{{\"sim\": \"http://{}\"}}", listener.local_addr()?)?;
    stdout.flush()?;
    tokio::select! {
        () = shell::serve(listener, World::new(options.settings)) => {}
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}

fn report(to: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    match writeln!(to, "{text}") {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

const USAGE: &str = "usage: cxpulse-sim --port PORT [--seed N] [--client-id ID] [--client-secret SECRET] \
                     [--access-key-id ID] [--access-key-secret SECRET] [--tenant-id ID] [--static-token TEXT] \
                     [--limit-per-second N] [--in-flight-max N] [--extraction-interval-ms N] \
                     [--interactions N] [--variables N] [--history FILE] \
                     [--callback-preset hmac_body|hmac_timestamp_body|standard_webhooks|bearer --callback-secret SECRET]\n\nThe simulated CXone on 127.0.0.1; port 0 takes a free one.";
