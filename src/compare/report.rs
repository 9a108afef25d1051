//! A comparison as text for a terminal, as JSON, as CSV, and as files in a folder.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::metrics::Estimate;
use super::summary::{Named, Reached, Summary};
use super::{Comparison, Protocol, Run, Runs};
use crate::chart::ChartError;
use crate::run::{FolderError, make_folder, write_whole};

/// Columns of a terminal that lines of prose keep to.
const WIDTH: usize = 100;

/// Why a comparison could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The plot.
    #[error(transparent)]
    Plot(#[from] ChartError),
}

#[derive(Serialize)]
struct Document<'a> {
    protocol: &'a Protocol,
    strategies: Named<Summary>,
}

impl Comparison {
    /// What each strategy's seeds say together.
    pub fn summaries(&self) -> Vec<(&'static str, Summary)> {
        let summary = |runs| Summary::new(runs, &self.protocol.checkpoints, &self.protocol.reach);
        self.strategies.iter().map(|runs| (runs.strategy, summary(runs))).collect()
    }

    /// Protocol and figures as JSON.
    pub fn json(&self) -> String {
        let strategies = self.summaries().into_iter().map(|(name, summary)| (name.to_owned(), summary)).collect();
        let document = Document { protocol: &self.protocol, strategies: Named(strategies) };
        // Nothing in it can fail: its keys are text.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Every search at every checkpoint and at its end, one a line.
    pub fn csv(&self) -> String {
        let mut text = String::from("strategy,seed,evaluations,hypervolume_share,regret\n");
        for Runs { strategy, runs } in &self.strategies {
            for Run { seed, marks, .. } in runs {
                for mark in marks {
                    let Some(regret) = mark.regret else { continue };
                    let regret = regret.mean.map_or_else(String::new, |mean| mean.to_string());
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "{strategy},{seed},{},{},{regret}", mark.evaluations, mark.share);
                }
            }
        }
        text
    }

    /// The protocol, and under it the figures.
    pub fn text(&self) -> String {
        let protocol = &self.protocol;
        let summaries = self.summaries();
        let mut text = format!("Search methods compared: {}\n\n", protocol.name);
        for (name, said) in protocol.lines() {
            wrap(&mut text, name, &said);
        }
        if !protocol.checkpoints.is_empty() {
            let _ = writeln!(text, "\nShare of the true hypervolume after so many evaluations\n");
            text += &shares(protocol, &summaries);
        }
        let _ = writeln!(
            text,
            "\nAfter {} evaluations; to a share: the evaluations that it took those seeds which reached it\n",
            protocol.budget
        );
        text += &ends(protocol, &summaries);
        for warning in self.warnings() {
            let _ = writeln!(text, "\n{warning}");
        }
        text
    }

    /// Searches that ended before their budget.
    fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        let budget = self.protocol.budget;
        self.strategies.iter().filter_map(move |Runs { strategy, runs }| {
            let short = runs.iter().filter(|run| run.evaluations < budget);
            let least = short.clone().map(|run| run.evaluations).min()?;
            Some(format!(
                "{strategy}: {} of {} searches ended before their budget, after {least} evaluations the first, for want \
                 of proposals; their later figures are those of their end",
                short.count(),
                runs.len()
            ))
        })
    }

    /// Writes `compare.csv`, `compare.json` and `compare.svg` to a folder, which is made where it is not there; files
    /// of those names are replaced.
    ///
    /// # Errors
    /// A file that cannot be written, a plot that cannot be drawn.
    pub fn write(&self, folder: &Path) -> Result<(), WriteError> {
        make_folder(folder)?;
        write_whole(folder, "compare.csv", self.csv())?;
        write_whole(folder, "compare.json", self.json())?;
        write_whole(folder, "compare.svg", &self.svg()?)?;
        Ok(())
    }
}

fn shares(protocol: &Protocol, summaries: &[(&str, Summary)]) -> String {
    let mut table = Table::new(protocol.checkpoints.iter().map(u64::to_string));
    for (name, summary) in summaries {
        let shares = summary.hypervolume_share.0.iter().map(|(_, share)| Some(*share));
        table.row(name, shares.map(|share| cell(share, 4)).collect());
    }
    table.text()
}

fn ends(protocol: &Protocol, summaries: &[(&str, Summary)]) -> String {
    let to = protocol.reach.iter().map(|share| format!("to {}", share.to_string().trim_start_matches('0')));
    let missed = summaries.iter().any(|(_, summary)| summary.regret.missed > 0.0);
    let heads = ["IGD+", "regret"].map(str::to_owned).into_iter();
    let missed_head = missed.then(|| "missed".to_owned());
    let tail = ["distinct", "seconds"].map(str::to_owned);
    let mut table = Table::new(heads.chain(missed_head).chain(to).chain(tail));
    for (name, summary) in summaries {
        let regret = &summary.regret;
        let regret_mean = regret.mean.map(|mean| Estimate { mean, standard_error: regret.standard_error });
        let mut cells = vec![cell(summary.igd_plus, 4), cell(regret_mean, 4)];
        if missed {
            cells.push((format!("{:.2}", regret.missed), String::new()));
        }
        cells.extend(summary.evaluations_to_hypervolume.0.iter().map(|(_, reached)| reached_cell(reached, protocol)));
        cells.push((format!("{:.0}", summary.distinct), String::new()));
        cells.push((format!("{:.3}", summary.seconds), String::new()));
        table.row(name, cells);
    }
    table.text()
}

/// A mean, and what is to stand below it.
type Cell = (String, String);

fn cell(estimate: Option<Estimate>, decimals: usize) -> Cell {
    let Some(Estimate { mean, standard_error }) = estimate else { return ("-".into(), String::new()) };
    (format!("{mean:.decimals$}"), standard_error.map_or_else(String::new, |error| format!("±{error:.decimals$}")))
}

/// How many seeds got there stands below.
fn reached_cell(reached: &Reached, protocol: &Protocol) -> Cell {
    let mean = reached.mean.map(|mean| Estimate { mean, standard_error: reached.standard_error });
    let (mean, error) = cell(mean, 0);
    let seeds = format!("{}/{}", reached.seeds, protocol.seeds);
    (mean, format!("{error} {seeds}").trim().to_owned())
}

/// Columns to the right of a name, each with two lines a row.
struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    fn new(heads: impl Iterator<Item = String>) -> Self {
        Self { lines: vec![std::iter::once("strategy".to_owned()).chain(heads).collect()] }
    }

    fn row(&mut self, name: &str, cells: Vec<Cell>) {
        let (means, errors): (Vec<String>, Vec<String>) = cells.into_iter().unzip();
        self.lines.push(std::iter::once(name.to_owned()).chain(means).collect());
        self.lines.push(std::iter::once(String::new()).chain(errors).collect());
    }

    fn text(&self) -> String {
        let columns = self.lines.first().map_or(0, Vec::len);
        let length = |text: &String| text.chars().count();
        let width = |column: usize| self.lines.iter().map(|line| length(&line[column])).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for line in &self.lines {
            let mut cells = line.iter().zip(&widths);
            let name = cells.next().map_or_else(String::new, |(name, &width)| format!("{name:width$}"));
            let rest: String = cells.map(|(cell, &width)| format!("  {cell:>width$}")).collect();
            let line = name + &rest;
            if !line.trim().is_empty() {
                text += line.trim_end();
                text.push('\n');
            }
        }
        text
    }
}

/// Adds a paragraph under a name, broken into lines between words.
fn wrap(text: &mut String, name: &str, said: &str) {
    const MARGIN: usize = 13;
    let mut line = format!("{name:MARGIN$}");
    let mut empty = true;
    for word in said.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            *text += line.trim_end();
            text.push('\n');
            line = " ".repeat(MARGIN);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    *text += line.trim_end();
    text.push('\n');
}
