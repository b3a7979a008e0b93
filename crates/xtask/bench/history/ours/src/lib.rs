//! What both builds are measured by: a page read and reported on.

use cxpulse_core::history::{Filter, Log, Options, Outliers};

/// Reads a page and reports on it: what PM4Py does, too. How many edges there are, so that nothing is left out as unused.
pub fn analyze(text: &str) -> usize {
    let mut log = Log::new();
    if log.page(text, 0).is_err() {
        return 0;
    }
    log.report(&alike(), &Filter::default()).map_or(0, |report| report.dfg.edges.len())
}

/// Without what PM4Py is not asked for.
pub fn alike() -> Options {
    Options { outliers: Outliers::Skip, ..Options::default() }
}

/// Room for a page in the memory of the module, which its caller fills.
#[unsafe(no_mangle)]
pub extern "C" fn room(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

/// [`analyze`] of what lies in the room.
///
/// # Safety
/// `page` came from [`room`] with this length, and is filled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run(page: *const u8, len: usize) -> usize {
    // SAFETY: as the caller says.
    let bytes = unsafe { std::slice::from_raw_parts(page, len) };
    std::str::from_utf8(bytes).map_or(0, analyze)
}
