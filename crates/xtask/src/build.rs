//! Release artefacts: the Worker in `build/`, the elements in `crates/widget/pkg/`, the pages beside it. Tells their sizes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flate2::Compression;
use flate2::write::GzEncoder;

use self::element::{ELEMENT_BUDGET, ELEMENTS, STREAMS, package_folder};
use crate::arguments::Arguments;
use crate::setup;
use crate::tools::{self, Context, Failure, say};

mod element;

/// `cargo xtask build`.
pub(crate) fn run(arguments: &mut Arguments) -> Result<ExitCode, Failure> {
    arguments.finish()?;
    setup::for_building()?;
    build()?;
    if print_sizes()? { Ok(ExitCode::SUCCESS) } else { Err(Failure::new("something is over its budget, see above")) }
}

/// Builds whatever is not fresh. Seconds when nothing changed.
pub(crate) fn build() -> Result<(), Failure> {
    let _turn = tools::take_turn()?;
    worker()?;
    element::build()?;
    assets()
}

/// Whether whoever calls us has just built everything, as `cargo xtask test` has for the many stacks that its tests start.
pub(crate) fn is_done() -> bool {
    std::env::var_os("CXPULSE_BUILT").is_some()
}

/// The simulated CXone, built for this machine.
pub(crate) fn simulator() -> Result<PathBuf, Failure> {
    if !is_done() {
        tools::run(tools::cargo().args(["build", "--quiet", "--package", "cxpulse-sim", "--bin", "cxpulse-sim"]))?;
    }
    Ok(tools::target().join("debug").join(format!("cxpulse-sim{}", std::env::consts::EXE_SUFFIX)))
}

/// The folder that the Worker is served from.
pub(crate) fn folder() -> PathBuf {
    tools::root().join("build")
}

/// The Worker without its admission, for what that costs: in a folder of its own, made in a target folder of its own, so
/// that nothing which ships could ever be taken from either.
pub(crate) fn unguarded() -> Result<PathBuf, Failure> {
    let target = tools::target().join("bench/unguarded");
    let mut cargo = tools::cargo();
    cargo.args([
        "rustc",
        "--release",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "cxpulse-worker",
        "--target-dir",
    ]);
    tools::run(cargo.arg(&target).args(["--", "--cfg", "cxpulse_unguarded"]))?;
    let wasm = target.join("wasm32-unknown-unknown/release/cxpulse_worker.wasm");
    let bound = bind(&wasm, "unguarded", "cxpulse", &WORKER_BINDING)?;
    minify(&bound.join("cxpulse.js"))?;
    copy(&tools::root().join("crates/worker/js/entry.mjs"), &bound.join("worker.mjs"))?;
    Ok(bound)
}

fn worker() -> Result<(), Failure> {
    let source = tools::root().join("crates/worker/js");
    let wasm = compile("cxpulse-worker", "cxpulse_worker")?;
    let to = folder();
    if is_stale(&wasm, &to.join("cxpulse_bg.wasm")) {
        // The names of snippets carry a hash: what an earlier build left would be served along.
        let snippets = to.join("snippets");
        if snippets.is_dir() {
            fs::remove_dir_all(&snippets)?;
        }
        let bound = bind(&wasm, "cxpulse", "cxpulse", &WORKER_BINDING)?;
        minify(&bound.join("cxpulse.js"))?;
        copy_folder(&bound, &to)?;
    }
    copy(&source.join("entry.mjs"), &to.join("worker.mjs"))
}

/// What the Worker serves as files: the pages, the element under `/pkg/`, and what describes the API.
fn assets() -> Result<(), Failure> {
    let to = folder().join("assets");
    let described = describe()?;
    let sources = [
        (tools::root().join("www"), to.clone()),
        (tools::root().join("crates/widget/pkg"), to.join("pkg")),
        (described, to.clone()),
    ];
    let mut wanted = Vec::new();
    for (from, to) in &sources {
        copy_folder(from, to)?;
        wanted.extend(files(from, &|_| true)?.iter().map(|file| to.join(file.strip_prefix(from).unwrap_or(file))));
    }
    // Stacks may be serving from here: what is wanted stays in its place all the time.
    for file in files(&to, &|path| !wanted.iter().any(|wanted| wanted == path))? {
        fs::remove_file(&file).context(format_args!("cannot remove {}", file.display()))?;
    }
    Ok(())
}

/// `openapi.json`, `asyncapi.json` and `schema/*`, made natively from the core's types. Gives the folder with them.
fn describe() -> Result<PathBuf, Failure> {
    let to = tools::target().join("described");
    tools::run(tools::cargo().args(["run", "--quiet", "--package", "cxpulse-spec", "--"]).arg(&to))?;
    Ok(to)
}

fn compile(package: &str, file: &str) -> Result<PathBuf, Failure> {
    let mut cargo = tools::cargo();
    // As a program alone: beside a library of the same crate less of it is optimized away, an eighth of an element.
    cargo.args(["rustc", "--release", "--target", "wasm32-unknown-unknown", "--package", package]);
    tools::run(cargo.args(["--lib", "--crate-type", "cdylib"]))?;
    Ok(tools::target().join("wasm32-unknown-unknown/release").join(format!("{file}.wasm")))
}

/// wasm-bindgen's glue, then wasm-opt for size. Gives the folder with both, which is called `folder`.
fn bind(wasm: &Path, folder: &str, name: &str, more: &[&str]) -> Result<PathBuf, Failure> {
    say(format_args!("binding and shrinking {folder}"));
    let bound = tools::target().join("bound").join(folder);
    if bound.is_dir() {
        fs::remove_dir_all(&bound)?;
    }
    let mut bindgen = std::process::Command::new(setup::wasm_bindgen()?.join("wasm-bindgen"));
    bindgen.arg(wasm).args(["--target", "web", "--out-name", name, "--out-dir"]).arg(&bound).args(more);
    tools::run(&mut bindgen)?;
    let module = bound.join(format!("{name}_bg.wasm"));
    shrink(&module, &module)?;
    number_names(&bound.join(format!("{name}.js")), &module)?;
    Ok(bound)
}

/// A module made as small as it ships.
pub(crate) fn shrink(module: &Path, to: &Path) -> Result<(), Failure> {
    tools::run(tools::node_tool("wasm-opt").args(WASM_OPT).arg(module).arg("-o").arg(to))
}

/// Puts numbers in the place of the hashes that wasm-bindgen makes names unique with, in the glue and in the module alike: a
/// hash does not compress, and there are two of each. They stay as long as they are, for a module counts its bytes.
fn number_names(glue: &Path, module: &Path) -> Result<(), Failure> {
    let mut text = fs::read_to_string(glue)?;
    let mut bytes = fs::read(module)?;
    for (number, hash) in hashes(&text).into_iter().enumerate() {
        let plain = format!("{number:016x}");
        text = text.replace(&hash, &plain);
        while let Some(at) = bytes.windows(hash.len()).position(|window| window == hash.as_bytes()) {
            bytes.splice(at..at + hash.len(), plain.bytes());
        }
    }
    fs::write(glue, text)?;
    Ok(fs::write(module, bytes)?)
}

/// The hashes at the ends of names, each once: `_` or `_h`, and 16 hexadecimal digits.
fn hashes(glue: &str) -> Vec<String> {
    let words = glue.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let mut found: Vec<String> = Vec::new();
    for word in words {
        let Some((_, last)) = word.rsplit_once('_') else { continue };
        let hash = if last.len() == HASH_LEN { last } else { last.strip_prefix('h').unwrap_or_default() };
        let is_hash = hash.len() == HASH_LEN && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        // wasm-bindgen numbers some of them itself.
        if is_hash && !hash.starts_with("00000000") && !found.iter().any(|known| known == hash) {
            found.push(hash.to_owned());
        }
    }
    found
}

/// Minifies a module where it is. What it exports and imports keeps its names.
fn minify(module: &Path) -> Result<(), Failure> {
    tools::run(minifier(module).arg("--allow-overwrite").arg(format!("--outfile={}", module.display())))
}

fn minifier(module: &Path) -> std::process::Command {
    let mut esbuild = tools::node_tool("esbuild");
    esbuild.arg(module).args(["--minify", "--format=esm", "--target=es2022", "--log-level=warning"]);
    esbuild
}

/// One minified module of an entry and all that it imports: a page that embeds the element waits for one file, then the wasm.
/// What it imports only when it is needed stays a file of its own.
fn bundle(entry: &Path, to: &Path) -> Result<(), Failure> {
    let mut esbuild = minifier(entry);
    esbuild.arg("--bundle").arg(format!("--external:./{STREAMS}"));
    // wasm-bindgen's glue names a snippet once for each block of Rust that imports from it, each time the same.
    esbuild.arg("--log-override:duplicate-object-key=silent");
    tools::run(esbuild.arg(format!("--outfile={}", to.display())))
}

/// What ships, its gzipped bytes and its budget.
pub(crate) fn sizes() -> Result<Vec<(&'static str, f64, f64)>, Failure> {
    let total =
        |files: Vec<PathBuf>| files.iter().try_fold(0, |sum, file| Ok::<_, Failure>(sum + gzip_len(&fs::read(file)?)?));
    let mut sizes = vec![("the Worker", as_f64(total(worker_files()?)?), as_f64(WORKER_BUDGET))];
    for element in &ELEMENTS {
        sizes.push((element.name, as_f64(total(element.files())?), as_f64(element.budget)));
    }
    Ok(sizes)
}

/// Each module with its size raw and gzipped, against its budget. Gives whether all are within.
pub(crate) fn print_sizes() -> Result<bool, Failure> {
    println!("{:<58} {:>10} {:>10}", "file", "bytes", "gzipped");
    let mut do_all_fit = print_group("the Worker", &worker_files()?, WORKER_BUDGET)?;
    for element in &ELEMENTS {
        do_all_fit &= print_group(element.name, &element.files(), element.budget)?;
    }
    print_group("any element, where no socket gets through", &[package_folder().join(STREAMS)], ELEMENT_BUDGET)?;
    Ok(do_all_fit)
}

fn worker_files() -> Result<Vec<PathBuf>, Failure> {
    files(&folder(), &|path| !path.starts_with(folder().join("assets")) && is_module(path))
}

fn print_group(name: &str, group: &[PathBuf], budget: usize) -> Result<bool, Failure> {
    let mut total = (0, 0);
    for file in group {
        let bytes = fs::read(file)?;
        let gzipped = gzip_len(&bytes)?;
        total = (total.0 + bytes.len(), total.1 + gzipped);
        let shown = file.strip_prefix(tools::root()).unwrap_or(file).display().to_string();
        println!("{shown:<58} {:>10} {gzipped:>10}", bytes.len());
    }
    let verdict = if total.1 <= budget { "within" } else { "OVER" };
    println!("{name:<58} {:>10} {:>10}  {verdict} its {budget}\n", total.0, total.1);
    Ok(total.1 <= budget)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files stay far below 2^53")]
fn as_f64(bytes: usize) -> f64 {
    bytes as f64
}

fn gzip_len(bytes: &[u8]) -> Result<usize, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn is_module(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["js", "mjs", "wasm"].iter().any(|known| extension == *known))
}

/// The files of a folder and below that a rule admits, in order.
pub(crate) fn files(folder: &Path, admits: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).context(format_args!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path, admits)?);
        } else if admits(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a product is older than what it is made of: its source, and this program, which says how.
fn is_stale(source: &Path, product: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let maker = std::env::current_exe().ok().and_then(|program| changed(&program));
    changed(product).is_none_or(|made| Some(made) < changed(source) || Some(made) < maker)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    for file in files(from, &|_| true)? {
        copy(&file, &to.join(file.strip_prefix(from).unwrap_or(&file)))?;
    }
    Ok(())
}

/// Copies a file. A copy that is the same already is only dated anew: others may be reading it.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).context(format_args!("cannot make {}", folder.display()))?;
    }
    let bytes = fs::read(from).context(format_args!("cannot read {}", from.display()))?;
    let written = if fs::read(to).is_ok_and(|copy| copy == bytes) {
        fs::File::options().write(true).open(to).and_then(|copy| copy.set_modified(std::time::SystemTime::now()))
    } else {
        fs::write(to, bytes)
    };
    written.context(format_args!("cannot write {}", to.display()))
}

/// Gzipped bytes that a Worker may have; Cloudflare refuses one of more than 3 MiB. 350 KiB did for one execution, 400 with
/// the gate, six dialects, tenants, proxy and doctor, 640 with keys, audit, webhooks, sealed inputs, sockets, traces and metrics;
/// batches made it 768, and chains 960: their requests, their machine, templates, layout and pictures are code that nothing else has.
/// Histories take the rest: the analyzer, its exports, paging and reassembly; and the core is optimized for speed rather than size,
/// for a history of 60 MB has to be analysed within what an invocation may take.
const WORKER_BUDGET: usize = 1_280 * 1024;

/// Digits of the hash at the end of a name.
const HASH_LEN: usize = 16;

/// Features by name: with all of them wasm-opt makes modules that workerd refuses.
/// Nothing of ours lies in the first kilobyte: the stack ends far above it. Twice, for the second run finds more.
const WASM_OPT: [&str; 12] = [
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-multivalue",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// The entry puts a fresh instance in the place of one that trapped.
const WORKER_BINDING: [&str; 3] =
    ["--no-typescript", "--omit-default-module-path", "--experimental-reset-state-function"];
