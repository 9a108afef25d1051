//! Values of the wrong type, out of range, or at odds with each other.

use insta::assert_snapshot;
use isthmus::config::{Source, load};

use super::{error, set_error};

#[test]
fn values_of_the_wrong_type() {
    assert_snapshot!(error("[search]\niterations = \"many\"\n"), @r#"
    x.toml:2:14: `search.iterations` cannot be the text "many"
      |
    2 | iterations = "many"
      |              ^^^^^^
      = allowed: a whole number, 1 or more
    "#);
    assert_snapshot!(error("[search]\niterations = 1_000.5\n"), @r"
    x.toml:2:14: `search.iterations` cannot be 1000.5
      |
    2 | iterations = 1_000.5
      |              ^^^^^^^
      = allowed: a whole number, 1 or more
    ");
    assert_snapshot!(error("[search]\ncoefficients = 0.5\n"), @r"
    x.toml:2:16: `search.coefficients` cannot be 0.5
      |
    2 | coefficients = 0.5
      |                ^^^
      = allowed: a list [...] of 1 to 64 numbers, each 0 or more
    ");
    assert_snapshot!(error("[search]\ncoefficients = [0, true, 1e-2]\n"), @r"
    x.toml:2:20: `search.coefficients` cannot hold true
      |
    2 | coefficients = [0, true, 1e-2]
      |                    ^^^^
      = allowed: a list [...] of 1 to 64 numbers, each 0 or more
    ");
    assert_snapshot!(error("[space]\naffine = 1\n"), @r"
    x.toml:2:10: `space.affine` cannot be 1
      |
    2 | affine = 1
      |          ^
      = allowed: true or false
    ");
    assert_snapshot!(error("search = 5\n"), @"
    x.toml:1:10: `search` is a section and cannot be 5
      |
    1 | search = 5
      |          ^
      = allowed: a section with strategy, coefficients, targets, iterations, warm_up, weight_samples, weight_steps, score_samples, utility, complexity_gradient, complexity_samples, complexity, complexity_scale, initial_step, signal_to_noise, pools, elite, between, candidates, memory, population, tournament, least_probability
    ");
    assert_snapshot!(error("[[engine]]\nworkers = 1\n"), @"
    x.toml:1:1: `engine` is a section and cannot be a list
      |
    1 | [[engine]]
      | ^^^^^^^^^^
      = allowed: a section with device, workers, validate_every, theta_every, checkpoint_seconds, checkpoints_kept, max_iterations_per_second
    ");
    assert_snapshot!(error("[search.iterations]\nx = 1\n"), @r"
    x.toml:1:1: `search.iterations` cannot be a table
      |
    1 | [search.iterations]
      | ^^^^^^^^^^^^^^^^^^^
      = allowed: a whole number, 1 or more
    ");
    assert_snapshot!(error("seed = 2026-01-01\n"), @r"
    x.toml:1:8: `seed` cannot be a date or time
      |
    1 | seed = 2026-01-01
      |        ^^^^^^^^^^
      = allowed: a whole number, 0 or more
    ");
}

#[test]
fn unknown_words() {
    assert_snapshot!(error("[engine]\ndevice = \"gpu\"\n"), @r#"
    x.toml:2:10: `engine.device` cannot be the text "gpu"
      |
    2 | device = "gpu"
      |          ^^^^^
      = allowed: "auto", "cpu", "cuda"
      = nearest: "cpu"
    "#);
    assert_snapshot!(error("[search]\ncomplexity = \"paramters\"\n"), @r#"
    x.toml:2:14: `search.complexity` cannot be the text "paramters"
      |
    2 | complexity = "paramters"
      |              ^^^^^^^^^^^
      = allowed: "parameters", "macs", "latency"
      = nearest: "parameters"
    "#);
    assert_snapshot!(error("[space]\nkind = \"cell\"\n"), @r#"
    x.toml:2:8: `space.kind` cannot be the text "cell"
      |
    2 | kind = "cell"
      |        ^^^^^^
      = allowed: "cells", "mobile", "table"
      = nearest: "cells"
    "#);
    assert_snapshot!(error("[space]\noperations = [\n  \"identity\",\n  \"seperable-3x3\",\n]\n"), @r#"
    x.toml:4:3: `space.operations` cannot hold the text "seperable-3x3"
      |
    4 |   "seperable-3x3",
      |   ^^^^^^^^^^^^^^^
      = allowed: a list [...] of one or more of "identity", "average-pool-3x3", "max-pool-3x3", "separable-3x3", "separable-5x5", each once
      = nearest: "separable-3x3"
    "#);
}

#[test]
fn values_out_of_range() {
    assert_snapshot!(error("[search]\niterations = -3\n"), @r"
    x.toml:2:14: `search.iterations` cannot be -3
      |
    2 | iterations = -3
      |              ^^
      = allowed: a whole number, 1 or more
    ");
    assert_snapshot!(error("[search]\nwarm_up = 1\n"), @r"
    x.toml:2:11: `search.warm_up` cannot be 1
      |
    2 | warm_up = 1
      |           ^
      = allowed: a number, 0 or more and below 1
    ");
    assert_snapshot!(error("[search]\ncoefficients = []\n"), @r"
    x.toml:2:16: `search.coefficients` cannot be empty
      |
    2 | coefficients = []
      |                ^^
      = allowed: a list [...] of 1 to 64 numbers, each 0 or more
    ");
    assert_snapshot!(error("[search]\ncoefficients = [0, -0.1, inf]\n"), @r"
    x.toml:2:20: `search.coefficients` cannot hold -0.1
      |
    2 | coefficients = [0, -0.1, inf]
      |                    ^^^^
      = allowed: a list [...] of 1 to 64 numbers, each 0 or more

    x.toml:2:26: `search.coefficients` cannot hold inf
      |
    2 | coefficients = [0, -0.1, inf]
      |                          ^^^
      = allowed: a list [...] of 1 to 64 numbers, each 0 or more

    2 problems
    ");
    assert_snapshot!(error("[training]\nclip = nan\n"), @r"
    x.toml:2:8: `training.clip` cannot be nan
      |
    2 | clip = nan
      |        ^^^
      = allowed: a number, 0 or more
    ");
    assert_snapshot!(error("[training]\nlearning_rate = 1e999\n"), @r"
    x.toml:2:17: `training.learning_rate` cannot be 1e999
      |
    2 | learning_rate = 1e999
      |                 ^^^^^
      = allowed: a number, above 0
    ");
    assert_snapshot!(error("[training]\nbatch = 123456789012345678901234567890\n"), @r"
    x.toml:2:9: `training.batch` cannot be 123456789012345678901234567890
      |
    2 | batch = 123456789012345678901234567890
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = allowed: a whole number from 2 to 65536
    ");
    assert_snapshot!(error("[space]\noperations = [\"identity\", \"identity\"]\n"), @r#"
    x.toml:2:27: `space.operations` cannot hold the text "identity" twice
      |
    2 | operations = ["identity", "identity"]
      |                           ^^^^^^^^^^
      = allowed: a list [...] of one or more of "identity", "average-pool-3x3", "max-pool-3x3", "separable-3x3", "separable-5x5", each once
    "#);
    assert_snapshot!(error("name = \"../up\"\n"), @r#"
    x.toml:1:8: `name` cannot be the text "../up"
      |
    1 | name = "../up"
      |        ^^^^^^^
      = allowed: 1 to 64 letters a-z, digits, `-`, `_` and `.`, the first of them a letter or a digit
    "#);
}

#[test]
fn every_range_ends_where_it_says() {
    let bad = [
        ("data.theta_share", "0.0"),
        ("data.theta_share", "1.0"),
        ("data.shift", "9"),
        ("space.nodes", "0"),
        ("space.nodes", "17"),
        ("space.cells", "0"),
        ("space.cells", "65"),
        ("space.channels", "0"),
        ("space.channels", "1025"),
        ("space.stem_multiplier", "0"),
        ("space.stem_multiplier", "17"),
        ("space.stem_stride", "0"),
        ("space.stem_stride", "3"),
        ("space.operations", "[]"),
        ("search.iterations", "0"),
        ("search.warm_up", "-0.1"),
        ("search.weight_samples", "0"),
        ("search.score_samples", "0"),
        ("search.complexity_samples", "0"),
        ("search.initial_step", "0"),
        ("search.signal_to_noise", "1"),
        ("search.least_probability", "0"),
        ("search.least_probability", "0.51"),
        ("training.batch", "1"),
        ("training.learning_rate", "0"),
        ("training.final_learning_rate", "-1e-9"),
        ("training.momentum", "1.0"),
        ("training.weight_decay", "-1"),
        ("training.clip", "-1"),
        ("engine.workers", "257"),
        ("seed", "-1"),
        ("seed", "18446744073709551616"),
        ("name", "\"\""),
    ];
    for (key, value) in bad {
        let error = set_error(&[&format!("{key}={value}")]);
        assert!(error.contains(&format!("`{key}` cannot be")) && error.contains("allowed: "), "{error}");
    }
    let name = "n".repeat(64);
    let good = [
        ("data.shift", "8"),
        ("space.nodes", "16"),
        ("space.cells", "1"),
        ("space.stem_stride", "1"),
        ("search.warm_up", "0"),
        ("search.coefficients", "[0, 0.0]"),
        ("training.batch", "2"),
        ("training.momentum", "0"),
        ("training.clip", "0"),
        ("engine.workers", "256"),
        ("engine.validate_every", "0"),
        ("seed", "18446744073709551615"),
        ("name", &name),
    ];
    for (key, value) in good {
        load(&Source::Default, &[format!("{key}={value}")]).unwrap();
    }
}

#[test]
fn values_that_contradict_each_other() {
    assert_snapshot!(error("[data]\nset = \"mnist\"\n"), @r#"
    x.toml:2:7: `data.set` "mnist" needs `data.path`
      |
    2 | set = "mnist"
      |       ^^^^^^^
      = allowed: data.path: the folder with the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or gzipped. MNIST: https://ossci-datasets.s3.amazonaws.com/mnist/ has them; Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist
    "#);
    assert_snapshot!(error("[data]\npath = \"here\"\n"), @r#"
    x.toml:2:8: `data.path` does nothing for the digits, which are inside the program
      |
    2 | path = "here"
      |        ^^^^^^
      = allowed: no data.path, or another data.set
    "#);
    assert_snapshot!(error("[search]\ncoefficients = [0.5]\nscore_samples = 1\n"), @r"
    x.toml:3:17: a scored pool of one architecture cannot be ranked
      |
    3 | score_samples = 1
      |                 ^
      = allowed: coefficients times score_samples: 2 or more
    ");
    assert_snapshot!(error("[search]\nleast_probability = 0.3\n"), @r"
    x.toml:2:21: a decision with 5 options cannot give 0.3 to each of them
      |
    2 | least_probability = 0.3
      |                     ^^^
      = allowed: search.least_probability: at most 1/5
    ");
    assert_snapshot!(set_error(&["data.class_pictures=9"]), @r#"
    --set data.class_pictures=9: `data.class_pictures` chooses among folders, and `data.set` "digits" has none
     |
     | data.class_pictures=9
     |                     ^
     = allowed: data.set = "folder", or no data.class_pictures
    "#);
    assert_snapshot!(error("[retraining]\nmost_macs = \"600M\"\nmost_parameters = \"4M\"\n"), @r#"
    x.toml:3:19: a network's channels are given, or follow from its parameters, or from its MACs: one of them
      |
    3 | most_parameters = "4M"
      |                   ^^^^
      = allowed: retraining.channels, retraining.most_parameters or retraining.most_macs
    "#);
    assert_snapshot!(set_error(&["search.least_probability=0.3", "space.nodes=9"]), @r"
    --set space.nodes=9: a decision with 10 options cannot give 0.3 to each of them
     |
     | space.nodes=9
     |             ^
     = allowed: search.least_probability: at most 1/10
    ");
}

#[test]
fn what_a_mobile_space_cannot_be_is_named() {
    let mobile = |rest: &str| error(&format!("[space]\nkind = \"mobile\"\n{rest}"));
    assert_snapshot!(mobile("stage_blocks = [2, 0, 17]\n"), @r"
    x.toml:3:20: `space.stage_blocks` cannot hold 0
      |
    3 | stage_blocks = [2, 0, 17]
      |                    ^
      = allowed: a list [...] of 1 to 16 whole numbers from 1 to 16

    x.toml:3:23: `space.stage_blocks` cannot hold 17
      |
    3 | stage_blocks = [2, 0, 17]
      |                       ^^
      = allowed: a list [...] of 1 to 16 whole numbers from 1 to 16

    2 problems
    ");
    assert_snapshot!(mobile("kernels = [3, 4, 3]\n"), @r"
    x.toml:3:15: `space.kernels` cannot hold 4
      |
    3 | kernels = [3, 4, 3]
      |               ^
      = allowed: a list [...] of one or more of 3, 5, 7, each once

    x.toml:3:18: `space.kernels` cannot hold 3 twice
      |
    3 | kernels = [3, 4, 3]
      |                  ^
      = allowed: a list [...] of one or more of 3, 5, 7, each once

    2 problems
    ");
    assert_snapshot!(mobile("stage_strides = [1, 2]\n"), @r"
    x.toml:3:17: there are channels of 3 stages, strides of 2 and blocks of 3
      |
    3 | stage_strides = [1, 2]
      |                 ^^^^^^
      = allowed: three lists of the same length
    ");
    assert_snapshot!(mobile("nodes = 4\n"), @r"
    x.toml:3:1: unknown key `space.nodes`
      |
    3 | nodes = 4
      | ^^^^^
      = allowed: in [space]: kind, stem_stride, affine, stem_channels, stage_channels, stage_strides, stage_blocks, least_blocks, kernels, expansions, head_channels
    ");
    assert_snapshot!(mobile("[retraining]\nchannels = 16\n"), @r#"
    x.toml:2:8: `retraining.channels` is of networks of cells, and those of this space have none
      |
    2 | kind = "mobile"
      |        ^^^^^^^^
      = allowed: retraining.most_parameters: all channels are multiplied alike
    "#);
    assert_snapshot!(mobile("[search]\nleast_probability = 0.4\n"), @r"
    x.toml:4:21: a decision with 3 options cannot give 0.4 to each of them
      |
    4 | least_probability = 0.4
      |                     ^^^
      = allowed: search.least_probability: at most 1/3
    ");
}
