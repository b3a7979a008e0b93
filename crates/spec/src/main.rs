//! Writes `openapi.json`, `asyncapi.json` and `schema/chain.json` into a folder: `cxpulse-spec FOLDER`. Touches nothing else
//! there.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cxpulse-spec FOLDER");
        return ExitCode::FAILURE;
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cxpulse-spec: cannot write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &std::path::Path) -> io::Result<()> {
    let documents = [
        ("openapi.json", cxpulse_spec::openapi()),
        ("asyncapi.json", cxpulse_spec::asyncapi()),
        ("schema/chain.json", cxpulse_spec::schema::chain()),
    ];
    fs::create_dir_all(folder.join("schema"))?;
    for (name, document) in documents {
        let path = folder.join(name);
        let text = format!("{document:#}\n");
        // Others may be reading it: what is the same stays as it is.
        if !fs::read(&path).is_ok_and(|written| written == text.as_bytes()) {
            fs::write(path, text)?;
        }
    }
    Ok(())
}
