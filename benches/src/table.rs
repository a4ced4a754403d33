//! The report as a table for people, which is Markdown too.

use crate::report::{Judged, Report};

const HEAD: [&str; 8] = ["run", "case", "ours", "libvirt", "floor", "ours/libvirt", "goal", ""];

/// Prints the table, and what its reader has to know.
pub(crate) fn print(report: &Report) {
    let judged = report.judged();
    let rows: Vec<[String; 8]> = judged.iter().map(row).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEAD[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; 8] = std::array::from_fn(width);
    print_row(&HEAD.map(str::to_owned), &widths);
    print_row(&widths.map(|width| "-".repeat(width)), &widths);
    rows.iter().for_each(|row| print_row(row, &widths));
    println!();
    let not_met = judged.iter().filter(|case| case.met == Some(false)).count();
    let open = judged.iter().filter(|case| case.met.is_none()).count();
    println!(
        "{} of {} goals met, {not_met} not met, {open} not comparable",
        judged.len() - not_met - open,
        judged.len()
    );
    for (side, why) in report.missing() {
        println!("no figures of {side}: {why}");
    }
    for (name, value) in report.circumstances() {
        println!("{name}: {value}");
    }
    if report.background() > 0.1 {
        println!("The machine was not quiet: trust the ratios, not the figures, and measure again.");
    }
}

fn row(case: &Judged) -> [String; 8] {
    let figure =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| with_unit(value, &case.unit));
    [
        case.run.to_owned(),
        case.title.to_owned(),
        figure(case.ours),
        figure(case.libvirt),
        figure(case.floor),
        case.ratio.map_or_else(|| "–".to_owned(), ratio),
        case.goal.clone(),
        match case.met {
            Some(true) => "met",
            Some(false) => "NOT met",
            None => "?",
        }
        .to_owned(),
    ]
}

fn print_row(cells: &[String; 8], widths: &[usize; 8]) {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!(" {cell:<width$} "));
    println!("|{}|", padded.collect::<Vec<_>>().join("|"));
}

/// Three digits that say something, and the unit.
fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "1/s" if value >= 1e6 => format!("{} M/s", digits(value / 1e6)),
        "1/s" => format!("{} k/s", digits(value / 1e3)),
        "KiB" if value >= 10_000.0 => format!("{} MiB", digits(value / 1024.0)),
        "x" => format!("{} ×", digits(value)),
        "ns" if value >= 10_000.0 => format!("{} µs", digits(value / 1e3)),
        "us" if value >= 10_000.0 => format!("{} ms", digits(value / 1e3)),
        "us" => format!("{} µs", digits(value)),
        _ => format!("{} {unit}", digits(value)),
    }
}

fn ratio(value: f64) -> String {
    if value > 0.0 && value < 1.0 { format!("1/{}", digits(1.0 / value)) } else { digits(value) }
}

fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ratio, with_unit};

    #[test]
    fn figures_as_people_read_them() {
        assert_eq!(with_unit(1_400_000.0, "1/s"), "1.40 M/s");
        assert_eq!(with_unit(33_400.0, "KiB"), "32.6 MiB");
        assert_eq!(with_unit(289_000.0, "ns"), "289 µs");
        assert_eq!(ratio(0.125), "1/8.00");
        assert_eq!(ratio(5.5), "5.50");
    }
}
