//! The table, in Markdown.

use crate::{
    contender::Contender,
    measure::{Cell, Row},
};

const COLUMNS: [&str; 11] = [
    "framework",
    "protected by",
    "credential",
    "req/s ÷ bare (by CPU; bare)",
    "added user CPU",
    "added instructions",
    "upstream calls, 200 at once",
    "rotated key accepted after",
    "memory after 100,000 bad",
    "key fetches, 5,000 `kid`s",
    "p99 with ÷ without them",
];

pub(crate) fn print(rows: &[(&Contender, Row)]) {
    let mut lines = vec![COLUMNS.map(str::to_owned), COLUMNS.map(|_| "---".to_owned())];
    lines.extend(rows.iter().map(|(contender, row)| cells(contender, row)));
    let widths: Vec<usize> = (0..COLUMNS.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default())
        .collect();
    println!();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("| {} |", cells.join(" | "));
    }
}

/// What the row of a contender shows.
pub(crate) fn cells(contender: &Contender, row: &Row) -> [String; COLUMNS.len()] {
    [
        contender.framework.name().to_owned(),
        contender.name.to_owned(),
        contender.credential.name().to_owned(),
        cell(&row.rate, |rate| format!("{:.2} ({:.2}; {:.0})", rate.ratio, rate.cpu_ratio, rate.bare)),
        cell(&row.rate, |rate| format!("{:.1} µs", rate.added)),
        cell(&row.instructions, |count| thousands(*count)),
        cell(&row.simultaneous, usize::to_string),
        cell(&row.rotation, |after| match after {
            Some(after) => format!("{} ms", after.as_millis()),
            None => "not within 15 s".to_owned(),
        }),
        cell(&row.bad, |bad| {
            let megabytes = bad.growth as f64 / 1_048_576.0;
            let all = if bad.sent == 100_000 { String::new() } else { format!(" for {} in 60 s", bad.sent) };
            // The emulator remembers so many requests.
            let more = if bad.upstream == 10_000 { "at least " } else { "" };
            format!("{megabytes:+.1} MB{all}, {more}{} calls", bad.upstream)
        }),
        cell(&row.kids, |kids| kids.fetches.to_string()),
        cell(&row.kids, |kids| format!("{:.2}", kids.ratio())),
    ]
}

fn cell<T>(cell: &Cell<T>, show: impl Fn(&T) -> String) -> String {
    cell.as_ref().map_or_else(|reason| reason.replace('|', "/"), show)
}

fn thousands(count: i64) -> String {
    let digits = count.abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if count < 0 { format!("-{text}") } else { text }
}
