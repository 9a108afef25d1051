//! The time of one iteration: a weight step on one pool and the scores of another.
//!
//! Prints one line of JSON: the shape of the network, the pools with the number of parameters of each architecture,
//! and the milliseconds of every iteration. `benches/pytorch/iteration.py` runs it side by side with the same network
//! in eager PyTorch.
//!
//! `cargo bench --bench iteration -- [CONFIGURATION] [ITERATIONS] [WORKERS]`

use std::sync::Arc;
use std::time::Instant;

use isthmus::config::{DeviceChoice, Settings, SpaceSettings};
use isthmus::data::{Normalisation, Part, Parts, Pictures};
use isthmus::evaluate::Evaluator;
use isthmus::evaluate::supernet::Supernet;
use isthmus::search::{Purpose, stream};
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::network::PictureShape;
use isthmus::space::{Architecture, Space};
use rand::RngExt;

const WEIGHT_POOL: usize = 4;
const SCORE_POOL: usize = 8;
const BATCH: usize = 64;
const WARM_UP: u64 = 2;

fn configuration(name: &str) -> Option<(PictureShape, CellSettings)> {
    let digit = PictureShape { channels: 1, height: 28, width: 28 };
    let colour = PictureShape { channels: 3, height: 32, width: 32 };
    let cells = |cells, channels, stem_stride| CellSettings { cells, channels, stem_stride, ..CellSettings::default() };
    match name {
        "digits" => Some((digit, cells(3, 16, 2))),
        "wide" => Some((digit, cells(3, 8, 1))),
        "colour" => Some((colour, cells(5, 16, 1))),
        _ => None,
    }
}

fn pictures(shape: PictureShape, count: usize) -> Part {
    let mut random = stream(1, Purpose::Batch, 0);
    let pixels = (0..count * shape.channels * shape.area()).map(|_| random.random()).collect();
    let labels = (0..count).map(|i| (i % 10) as u8).collect();
    Pictures { shape, classes: 10, names: Vec::new(), pixels, labels }.into()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let name = arguments.first().map_or("digits", String::as_str);
    let iterations: u64 = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(10);
    let workers: usize = arguments.get(2).and_then(|count| count.parse().ok()).unwrap_or(2);
    let Some((shape, cells)) = configuration(name) else {
        eprintln!("no configuration {name}: there are digits, wide and colour");
        std::process::exit(2);
    };
    let mut settings = Settings { space: SpaceSettings::Cells(cells.clone()), ..Settings::default() };
    settings.training.batch = BATCH;
    settings.engine.device = DeviceChoice::Cpu;
    settings.engine.workers = workers;
    let space = Arc::new(CellSpace::new(cells.clone(), shape, 10));
    let mut random = stream(1, Purpose::ScorePool, 0);
    let mut pool = |count: usize| -> Vec<Architecture> {
        let one = |random: &mut _| -> Vec<u16> {
            let options = space.decisions().iter().map(|decision| decision.options.len() as u16);
            options.map(|options| RngExt::random_range(random, 0..options)).collect()
        };
        (0..count).map(|_| Architecture::new(one(&mut random))).collect()
    };
    let (weights, scores) = (pool(WEIGHT_POOL), pool(SCORE_POOL));
    let parameters = |pool: &[Architecture]| -> Vec<Option<u64>> {
        pool.iter().map(|architecture| space.complexity(architecture).parameters).collect()
    };
    let parameters = [parameters(&weights), parameters(&scores)];
    let parts = Parts { weights: pictures(shape, 256), theta: pictures(shape, 256), test: pictures(shape, 64) };
    let normalisation = Normalisation { mean: vec![127.5; shape.channels], deviation: vec![73.9; shape.channels] };
    let mut supernet = Supernet::new(space, parts, &normalisation, &settings).unwrap_or_else(|error| {
        eprintln!("{error}");
        std::process::exit(1);
    });
    let mut milliseconds = Vec::new();
    for iteration in 0..iterations + WARM_UP {
        let start = Instant::now();
        let done = supernet.train(&weights, iteration).and_then(|_| supernet.score(&scores, iteration));
        if let Err(error) = done {
            eprintln!("{error}");
            std::process::exit(1);
        }
        if iteration >= WARM_UP {
            milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    let report = serde_json::json!({
        "configuration": name,
        "picture": [shape.channels, shape.height, shape.width],
        "cells": cells,
        "batch": BATCH,
        "weight_pool": weights,
        "score_pool": scores,
        "parameters": { "weight_pool": parameters[0], "score_pool": parameters[1] },
        "workers": workers,
        "milliseconds": milliseconds,
    });
    println!("{report}");
}
