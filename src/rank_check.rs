//! `isthmus rank-check`: whether a search's shared weights order architectures as training each alone does.

use std::collections::BTreeMap;

use color_eyre::eyre::{Result, WrapErr as _, bail, eyre};
use indicatif::{ProgressBar, ProgressStyle};
use isthmus::engine;
use isthmus::process::say;
use isthmus::run::{self, newest};
use isthmus::space::{Architecture, genotype};
use isthmus::train::{self, RankCheck, Ranked, Record};

use crate::cli::RankCheck as Asked;
use crate::print;
use crate::training::{Bar, Prepared, stop_on_signals};

/// The check's file in the run's folder.
const FILE: &str = "rank-check.json";

/// Checks the ranks of a run's architectures, trained ones and as many more as are asked for.
///
/// # Errors
/// A run without a checkpoint, networks that cannot be trained, weights that do not fit.
pub fn check(asked: &Asked) -> Result<()> {
    let prepared = Prepared::new(asked.run.as_deref(), &asked.sets.sets)?;
    let (checkpoint, of) = match asked.warm_up {
        true => (run::after_warm_up(prepared.folder.path())?, " from after the warm-up"),
        false => (newest(prepared.folder.path())?.checkpoint, ""),
    };
    let checkpoint = checkpoint.ok_or_else(|| {
        let run = prepared.folder.name();
        eyre!("{run} has no checkpoint{of}, so that the shared weights are not there any more")
    })?;
    let known = run::resume::data(&prepared.folder);
    let mut evaluator = engine::evaluator(&prepared.settings, &checkpoint, known.as_ref())?;
    let mut trained = trained(&prepared)?;
    let missing = asked.architectures.saturating_sub(trained.len());
    if missing > 0 {
        say(format_args!("{} trained architectures are there: {missing} more are trained", trained.len()));
        if !train_more(&prepared, asked, missing, &mut trained)? {
            return Ok(());
        }
    }
    let bar = ProgressBar::new(trained.len() as u64).with_prefix("scoring with the shared weights");
    bar.set_style(ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}")?);
    let mut ranked = Vec::with_capacity(trained.len());
    for (architecture, records) in trained {
        let shared = evaluator.validate(&architecture)?.accuracy;
        let accuracy = records.iter().map(|record| record.test_accuracy).sum::<f64>() / records.len() as f64;
        let (name, parameters) = (records[0].name.clone(), records[0].parameters);
        ranked.push(Ranked { name, parameters, shared, trained: accuracy, seeds: records.len() });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let check = RankCheck::new(ranked, checkpoint.iteration, prepared.settings.seed);
    let json = serde_json::to_string_pretty(&check)? + "\n";
    let text = if asked.json { json.clone() } else { check.text() };
    print(text.as_bytes())?;
    prepared.folder.write(FILE, &json)?;
    say(format_args!("\nKept in {}", prepared.folder.path().join(FILE).display()));
    Ok(())
}

/// Architectures with the records of the networks that were trained of them as they would be trained now.
type Trained = BTreeMap<Architecture, Vec<Record>>;

fn trained(prepared: &Prepared) -> Result<Trained> {
    let started = prepared.dashboard.started.as_ref().ok_or_else(|| eyre!("the run has not begun"))?;
    let (records, unreadable) = train::read(prepared.folder.path())?;
    unreadable.iter().for_each(|why| say(format_args!("not counted: {why}")));
    let (mut trained, mut others, pictures) = (Trained::new(), 0, prepared.pictures());
    for record in records {
        let Some(words) = &record.architecture else { continue };
        if record.settings != prepared.settings.retraining || record.pictures != pictures {
            others += 1;
            continue;
        }
        let architecture =
            genotype::read(&started.outline, &words.to_string()).wrap_err_with(|| record.name.clone())?;
        // One that a baseline has made narrower is not the network that the shared weights are asked about.
        let now = prepared.subject(&record.name, &architecture)?;
        if now.channels() != record.channels {
            others += 1;
            continue;
        }
        trained.entry(architecture).or_default().push(record);
    }
    if others > 0 {
        say(format_args!(
            "not counted: {others} networks that were trained with other settings, other pictures or another width"
        ));
    }
    Ok(trained)
}

/// Trains so many more architectures, of all sizes of the space: the same ones, in the same order, whenever it is asked
/// again. Whether it came to its end.
fn train_more(prepared: &Prepared, asked: &Asked, count: usize, trained: &mut Trained) -> Result<bool> {
    let Prepared { plan, settings, .. } = prepared;
    let mut chosen = train::spread(plan, asked.architectures, settings.seed);
    chosen.retain(|architecture| !trained.contains_key(architecture));
    chosen.truncate(count);
    if chosen.len() < count {
        bail!("the space has no {count} architectures that are not trained yet");
    }
    let outline = prepared.dashboard.started.as_ref().map(|started| &started.outline);
    let (stop, mut bar) = (stop_on_signals()?, Bar::new(count));
    let mut done = 0;
    for architecture in chosen {
        let name = train::name_of(&architecture);
        let subject = prepared.subject(&name, &architecture)?;
        let genotype = outline.and_then(|outline| genotype::write(outline, &architecture));
        let genotype = genotype.ok_or_else(|| eyre!("{name} has no genotype"))?;
        let mut command = vec![train::written(prepared.folder.path(), &name, &genotype)?];
        command.extend(asked.sets.sets.iter().map(|set| format!("--set={set}")));
        let records = prepared.train(&[subject], command, asked.again, &stop, &mut bar)?;
        if records.is_empty() {
            break;
        }
        trained.insert(architecture, records);
        done += 1;
    }
    bar.end();
    if done < count {
        say(format_args!("Stopped with {done} of {count} networks trained. The same command goes on where it was."));
    }
    Ok(done == count)
}
