//! Text that is not TOML, and keys that nobody knows.

use insta::assert_snapshot;

use super::{error, set_error};

#[test]
fn text_that_is_not_toml() {
    assert_snapshot!(error("seed = 1\nname = digits\n"), @r"
    x.toml:2:8: string values must be quoted
      |
    2 | name = digits
      |        ^^^^^^
      = allowed: literal string
    ");
    assert_snapshot!(error("[search\n"), @r"
    x.toml:1:8: unclosed table
      |
    1 | [search
      |        ^
      = allowed: `]`
    ");
    assert_snapshot!(error("name = \"open\n"), @r#"
    x.toml:1:13: invalid basic string
      |
    1 | name = "open
      |             ^
      = allowed: `"`
    "#);
    assert_snapshot!(error("seed = 1\nseed = 2\n"), @r"
    x.toml:2:1: duplicate key
      |
    2 | seed = 2
      | ^^^^
    ");
}

#[test]
fn unknown_keys_and_sections() {
    assert_snapshot!(error("[search]\n\n  iteration = 5\n"), @"
    x.toml:3:3: unknown key `search.iteration`
      |
    3 |   iteration = 5
      |   ^^^^^^^^^
      = allowed: in [search]: strategy, coefficients, targets, iterations, warm_up, weight_samples, weight_steps, score_samples, utility, complexity_gradient, complexity_samples, complexity, complexity_scale, initial_step, signal_to_noise, pools, elite, between, candidates, memory, population, tournament, least_probability
      = nearest: search.iterations
    ");
    assert_snapshot!(error("[serach]\niterations = 5\n"), @"
    x.toml:1:2: unknown key or section `serach`
      |
    1 | [serach]
      |  ^^^^^^
      = allowed: name, seed; sections data, space, search, training, retraining, engine, run
      = nearest: search
    ");
    assert_snapshot!(error("sede = 5\n"), @"
    x.toml:1:1: unknown key or section `sede`
      |
    1 | sede = 5
      | ^^^^
      = allowed: name, seed; sections data, space, search, training, retraining, engine, run
      = nearest: seed
    ");
    assert_snapshot!(error("iterations = 5\n"), @"
    x.toml:1:1: unknown key or section `iterations`
      |
    1 | iterations = 5
      | ^^^^^^^^^^
      = allowed: name, seed; sections data, space, search, training, retraining, engine, run
      = nearest: search.iterations
    ");
    assert_snapshot!(error("[training]\niterations = 5\n"), @r"
    x.toml:2:1: unknown key `training.iterations`
      |
    2 | iterations = 5
      | ^^^^^^^^^^
      = allowed: in [training]: batch, learning_rate, final_learning_rate, momentum, weight_decay, clip
      = nearest: search.iterations
    ");
    assert_snapshot!(error("[space]\nkind = \"cells\"\nnods = 3\n"), @r"
    x.toml:3:1: unknown key `space.nods`
      |
    3 | nods = 3
      | ^^^^
      = allowed: in [space]: kind, nodes, cells, channels, stem, stem_multiplier, stem_stride, operations, affine
      = nearest: space.nodes
    ");
    assert_snapshot!(error("[engine]\nxyzzy = 3\n"), @"
    x.toml:2:1: unknown key `engine.xyzzy`
      |
    2 | xyzzy = 3
      | ^^^^^
      = allowed: in [engine]: device, workers, validate_every, theta_every, checkpoint_seconds, checkpoints_kept, max_iterations_per_second
    ");
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_in_order() {
    let text = "[training]\nmomentum = 2\n[data]\nset = \"mnist\"\nsizes = 3\n[search]\nutility = \"rnk\"\n";
    assert_snapshot!(error(text), @r#"
    x.toml:2:12: `training.momentum` cannot be 2
      |
    2 | momentum = 2
      |            ^
      = allowed: a number, 0 or more and below 1

    x.toml:4:7: `data.set` "mnist" needs `data.path`
      |
    4 | set = "mnist"
      |       ^^^^^^^
      = allowed: data.path: the folder with the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, plain or gzipped. MNIST: https://ossci-datasets.s3.amazonaws.com/mnist/ has them; Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist

    x.toml:5:1: unknown key `data.sizes`
      |
    5 | sizes = 3
      | ^^^^^
      = allowed: in [data]: set, path, classes, class_pictures, size, cache_mb, shift, flip, cutout, least_scale, rotate, hold_out, theta_share
      = nearest: data.size

    x.toml:7:11: `search.utility` cannot be the text "rnk"
      |
    7 | utility = "rnk"
      |           ^^^^^
      = allowed: "rank", "wquant", "raw-centred", "raw"
      = nearest: "rank"

    4 problems
    "#);
    let many: String = (0..30).map(|i| format!("xyzzy{i:02} = 1\n")).collect();
    assert!(error(&many).ends_with("30 problems, of which the first 20 are shown"));
}

#[test]
fn terminals_obey_nothing_that_a_file_says() {
    assert_snapshot!(error("name = \"\u{9b}31mred\u{202e}\u{feff}\"\t# \u{85}x\n"), @r#"
    x.toml:1:8: `name` cannot be the text "31mred"
      |
    1 | name = "31mred" # x
      |        ^^^^^^^^
      = allowed: 1 to 64 letters a-z, digits, `-`, `_` and `.`, the first of them a letter or a digit
    "#);
    assert_snapshot!(error("\"\\u001b[2J\" = 1\n"), @r#"
    x.toml:1:1: unknown key or section `[2J`
      |
    1 | "\u001b[2J" = 1
      | ^^^^^^^^^^^
      = allowed: name, seed; sections data, space, search, training, retraining, engine, run
    "#);
    assert_snapshot!(error("[engine]\ndevice = \"c\\u0007pu\"\n"), @r#"
    x.toml:2:10: `engine.device` cannot be the text "cpu"
      |
    2 | device = "c\u0007pu"
      |          ^^^^^^^^^^^
      = allowed: "auto", "cpu", "cuda"
      = nearest: "cpu"
    "#);
    assert_snapshot!(set_error(&["engine.device=\u{1b}[2Jcpu"]), @r#"
    --set engine.device=[2Jcpu: `engine.device` cannot be the text "[2Jcpu"
     |
     | engine.device=[2Jcpu
     |               ^^^^^^
     = allowed: "auto", "cpu", "cuda"
    "#);
}

#[test]
fn a_large_file_of_nothing_but_mistakes_is_read_in_time() {
    let keys: String = (0..15_000).map(|i| format!("xyzzy{i} = 1\n")).collect();
    let words = format!("[space]\noperations = [{}]\n", "\"identity\", \"identty\", ".repeat(10_000));
    for text in [keys, words] {
        let began = std::time::Instant::now();
        assert!(error(&text).contains(" problems, of which the first 20 are shown"));
        assert!(began.elapsed().as_secs() < 20);
    }
}
