//! What is wrong with settings although each value is good alone.

use super::{DataSet, Settings, SpaceSettings, StrategyKind};
use crate::space::Measure;

/// Values that do not go together.
pub(super) struct Contradiction {
    /// The keys that take part; the one that was given last is blamed.
    pub keys: &'static [&'static str],
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub allowed: String,
}

/// Everything that contradicts itself.
pub(super) fn contradictions(settings: &Settings) -> Vec<Contradiction> {
    [
        data_path(settings),
        data_classes(settings),
        table(settings),
        aims(settings),
        pool(settings),
        weight_steps(settings),
        tournament(settings),
        archive(settings),
        least_probability(settings),
        width(settings),
        stages(settings),
        of_cells(settings),
        parts(settings),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A table must be there, decide something and measure something, also what the search asks for.
fn table(Settings { space, search, .. }: &Settings) -> Option<Contradiction> {
    let SpaceSettings::Table(table) = space else { return None };
    let needs = |keys: &'static [&'static str], what: &str, allowed: &str| {
        let message = format!("a table needs `{}`, {what}", keys[0]);
        Some(Contradiction { keys, message, allowed: allowed.into() })
    };
    if table.path.as_os_str().is_empty() {
        return needs(&["space.path", "space.kind"], "the file", "space.path: a file of comma-separated values");
    }
    if table.decisions.is_empty() {
        return needs(&["space.decisions", "space.kind"], "the columns that decide", "a list of columns of the table");
    }
    if table.metric.is_empty() {
        return needs(&["space.metric", "space.kind"], "the column to search on", "a column of the table");
    }
    let (key, message) = match search.complexity {
        Measure::Parameters => ("space.parameters", "parameters"),
        Measure::Macs => ("space.macs", "macs"),
        Measure::Latency => ("space.latency", "latency"),
    };
    table.cost(search.complexity).is_none().then(|| Contradiction {
        keys: &["search.complexity", "space.kind"],
        message: format!("the complexity is \"{message}\", and the table names no column of it"),
        allowed: format!("{key}: a column of the table, or another search.complexity"),
    })
}

/// Targets come in place of coefficients.
fn aims(Settings { search, .. }: &Settings) -> Option<Contradiction> {
    (search.targets.is_some() && search.coefficients.is_some()).then(|| Contradiction {
        keys: &["search.coefficients", "search.targets"],
        message: "a distribution has a coefficient or a target, not both".into(),
        allowed: "search.coefficients or search.targets".into(),
    })
}

fn data_path(Settings { data, .. }: &Settings) -> Option<Contradiction> {
    let (message, allowed) = match (data.set.files(), &data.path) {
        (Some(files), None) => {
            let message = format!("`data.set` \"{}\" needs `data.path`", data.set.name());
            (message, format!("data.path: the folder with {files}"))
        }
        (None, Some(_)) => (
            "`data.path` does nothing for the digits, which are inside the program".into(),
            "no data.path, or another data.set".into(),
        ),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    Some(Contradiction { keys: &["data.set", "data.path"], message, allowed })
}

/// Only in a folder a class can be left out without reading it.
fn data_classes(Settings { data, .. }: &Settings) -> Option<Contradiction> {
    let chosen = data.classes.map(|_| "classes").or(data.class_pictures.map(|_| "class_pictures"));
    let key = chosen.filter(|_| data.set != DataSet::Folder)?;
    Some(Contradiction {
        keys: &["data.classes", "data.class_pictures", "data.set"],
        message: format!("`data.{key}` chooses among folders, and `data.set` \"{}\" has none", data.set.name()),
        allowed: format!("data.set = \"folder\", or no data.{key}"),
    })
}

/// One architecture alone tells nothing: a utility needs another to compare it with.
fn pool(Settings { search, .. }: &Settings) -> Option<Contradiction> {
    (search.distributions() * search.score_samples < 2).then(|| Contradiction {
        keys: &["search.coefficients", "search.score_samples"],
        message: "a scored pool of one architecture cannot be ranked".into(),
        allowed: "coefficients times score_samples: 2 or more".into(),
    })
}

/// A step of the weights needs an architecture to learn with.
fn weight_steps(Settings { search, space, .. }: &Settings) -> Option<Contradiction> {
    let pool = search.distributions() * search.weight_samples;
    (space.has_networks() && search.weight_steps > pool).then(|| Contradiction {
        keys: &["search.coefficients", "search.weight_samples", "search.weight_steps"],
        message: format!("{} steps of the weights have only {pool} architectures to share", search.weight_steps),
        allowed: format!("search.weight_steps: at most coefficients times weight_samples, {pool}"),
    })
}

/// What is remembered must stay true.
fn archive(Settings { search, space, .. }: &Settings) -> Option<Contradiction> {
    let drifts = space.has_networks() && search.strategy == StrategyKind::SharedArchive;
    drifts.then(|| Contradiction {
        keys: &["search.strategy", "space.kind"],
        message:
            "\"shared-archive\" scores no architecture twice, and the scores of a supernetwork change as it learns"
                .into(),
        allowed: "search.strategy = \"shared\", or space.kind = \"table\"".into(),
    })
}

/// No more can take part in a tournament than there are.
fn tournament(Settings { search, .. }: &Settings) -> Option<Contradiction> {
    (search.tournament > search.population).then(|| Contradiction {
        keys: &["search.tournament", "search.population"],
        message: format!("a tournament of {} cannot be drawn from {} members", search.tournament, search.population),
        allowed: format!("search.tournament: at most search.population, {}", search.population),
    })
}

/// The probabilities of a decision add up to one, so that each of C options can keep at most 1/C.
fn least_probability(Settings { search, space, .. }: &Settings) -> Option<Contradiction> {
    let least = search.least_probability?;
    let (options, keys): (usize, &'static [&'static str]) = match space {
        SpaceSettings::Cells(cells) => (
            cells.operations.len().max(cells.nodes + 1),
            &["search.least_probability", "space.operations", "space.nodes"],
        ),
        SpaceSettings::Mobile(mobile) => (
            mobile.decisions().iter().map(|decision| decision.options.len()).max().unwrap_or(1),
            &["search.least_probability", "space.kernels", "space.expansions", "space.stage_blocks"],
        ),
        SpaceSettings::Table(_) => return None,
    };
    (least * options as f64 > 1.0).then(|| Contradiction {
        keys,
        message: format!("a decision with {options} options cannot give {least} to each of them"),
        allowed: format!("search.least_probability: at most 1/{options}"),
    })
}

/// A network has a given width, or the one that fits.
fn width(Settings { retraining, .. }: &Settings) -> Option<Contradiction> {
    let given = [retraining.channels.is_some(), retraining.most_parameters.is_some(), retraining.most_macs.is_some()];
    (given.into_iter().filter(|&given| given).count() > 1).then(|| Contradiction {
        keys: &["retraining.channels", "retraining.most_parameters", "retraining.most_macs"],
        message: "a network's channels are given, or follow from its parameters, or from its MACs: one of them".into(),
        allowed: "retraining.channels, retraining.most_parameters or retraining.most_macs".into(),
    })
}

/// Every stage has channels, a stride and blocks.
fn stages(Settings { space, .. }: &Settings) -> Option<Contradiction> {
    let SpaceSettings::Mobile(mobile) = space else { return None };
    let [channels, strides, blocks] =
        [&mobile.stage_channels, &mobile.stage_strides, &mobile.stage_blocks].map(|list| list.len());
    (channels != strides || channels != blocks).then(|| Contradiction {
        keys: &["space.stage_channels", "space.stage_strides", "space.stage_blocks"],
        message: format!("there are channels of {channels} stages, strides of {strides} and blocks of {blocks}"),
        allowed: "three lists of the same length".into(),
    })
}

/// What networks of cells alone have.
fn of_cells(Settings { space, retraining, .. }: &Settings) -> Option<Contradiction> {
    let SpaceSettings::Mobile(_) = space else { return None };
    let (keys, allowed): (&'static [&'static str], _) = if retraining.cells.is_some() {
        (&["retraining.cells", "space.kind"], "space.stage_blocks: how deep stages are")
    } else if retraining.channels.is_some() {
        (&["retraining.channels", "space.kind"], "retraining.most_parameters: all channels are multiplied alike")
    } else if retraining.auxiliary > 0.0 {
        (&["retraining.auxiliary", "space.kind"], "retraining.auxiliary = 0")
    } else {
        return None;
    };
    let message = format!("`{}` is of networks of cells, and those of this space have none", keys[0]);
    Some(Contradiction { keys, message, allowed: allowed.into() })
}

/// Batch normalisation needs two pictures.
fn parts(Settings { retraining, .. }: &Settings) -> Option<Contradiction> {
    let most = retraining.batch / 2;
    (retraining.parts > most).then(|| Contradiction {
        keys: &["retraining.parts", "retraining.batch"],
        message: format!("a batch of {} pictures cannot be cut into {} parts", retraining.batch, retraining.parts),
        allowed: format!("retraining.parts: at most half of retraining.batch, {most}"),
    })
}
