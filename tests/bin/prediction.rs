//! `cargo xtask bench prediction`: polls and delays with prediction and with the bare ladder, as a table or as JSON.

use std::error::Error;
use std::io::{Write as _, stdout};

use cxpulse_tests::prediction::{Row, Sum, compare};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = pico_args::Arguments::from_env();
    let lives: u32 = arguments.opt_value_from_str("--lives")?.unwrap_or(50);
    let seed: u64 = arguments.opt_value_from_str("--seed")?.unwrap_or(1);
    let is_json = arguments.contains("--json");
    let rows = compare(lives, seed).map_err(|breach| breach.to_string())?;
    let text = if is_json { json(&rows) } else { table(&rows) };
    stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn table(rows: &[Row]) -> String {
    let head = "lasts s   polls: ladder predicted ratio   noticed after s: ladder predicted ratio".to_owned();
    let line = |row: &Row| {
        let (ladder, predicted) = (row.ladder, row.predicted);
        format!(
            "{:>7} {:>15.2} {:>9.2} {:>5.2} {:>24.2} {:>9.2} {:>5.2}",
            row.seconds,
            mean_polls(ladder),
            mean_polls(predicted),
            mean_polls(predicted) / mean_polls(ladder),
            ladder.mean_notice_seconds(),
            predicted.mean_notice_seconds(),
            predicted.mean_notice_seconds() / ladder.mean_notice_seconds(),
        )
    };
    let (polls, notice) = ratios(rows);
    let all =
        format!("over all durations: {polls:.2} of the polls, {notice:.2} of the mean delay until the end is noticed");
    [head].into_iter().chain(rows.iter().map(line)).chain([all, String::new()]).collect::<Vec<_>>().join("\n")
}

fn json(rows: &[Row]) -> String {
    let (polls, notice) = ratios(rows);
    let of = |sum: Sum| serde_json::json!({"polls": mean_polls(sum), "notice_seconds": sum.mean_notice_seconds()});
    let rows: Vec<_> = rows
        .iter()
        .map(
            |row| serde_json::json!({"seconds": row.seconds, "ladder": of(row.ladder), "predicted": of(row.predicted)}),
        )
        .collect();
    format!("{}\n", serde_json::json!({"polls_ratio": polls, "notice_ratio": notice, "rows": rows}))
}

/// Predicted to ladder: of all polls, and of all delays.
fn ratios(rows: &[Row]) -> (f64, f64) {
    let ratio = |of: fn(Sum) -> f64| {
        let ladder: f64 = rows.iter().map(|row| of(row.ladder)).sum();
        rows.iter().map(|row| of(row.predicted)).sum::<f64>() / ladder
    };
    (ratio(mean_polls), ratio(|sum| sum.mean_notice_seconds()))
}

fn mean_polls(sum: Sum) -> f64 {
    sum.polls as f64 / f64::from(sum.lives.max(1))
}
