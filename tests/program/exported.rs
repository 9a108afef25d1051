//! What is taken away from a run: files that are there whole, that replace nothing, and that others can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use isthmus::config::{Source, load};
use isthmus::engine::{DistributionReport, Event, Iteration, Started, Validated};
use isthmus::evaluate::Score;
use isthmus::model::Model;
use isthmus::run::database::Writer;
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::{Architecture, Normaliser, Scale, Space as _, genotype};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;

use crate::models;
use crate::support::{Folder, Output, with};

/// A folder with a run of cells, `runs/2026-cells`, of two distributions; nobody has trained anything.
pub fn cells() -> (Folder, [Architecture; 2]) {
    let folder = Folder::new();
    let run = folder.path().join("runs/2026-cells");
    fs::create_dir_all(&run).unwrap();
    let space = CellSpace::new(CellSettings { nodes: 2, ..CellSettings::default() }, models::DIGIT, 10);
    let architectures =
        [[0, 1, 3, 1, 2, 0, 4, 0, 0, 1, 3, 2, 2, 1, 0, 0], [1; 16]].map(|options| Architecture::new(options.to_vec()));
    let settings = load(&Source::Default, &[]).unwrap();
    let outline = space.outline();
    let started = Started {
        run: "2026-cells".into(),
        seed: 1,
        strategy: "shared".into(),
        normaliser: Normaliser {
            measure: isthmus::space::Measure::Parameters,
            scale: Scale::Log,
            extent: outline.parameters.unwrap(),
        },
        outline,
        coefficients: vec![0.0, 1.0],
        iterations: 1,
        warm_up: 0,
        live: None,
    };
    let report = |architecture: &Architecture| DistributionReport {
        coefficient: 0.5,
        target: None,
        entropy: 0.25,
        ess: Some(2.0),
        step: None,
        mode: architecture.clone(),
        complexity: space.complexity(architecture),
    };
    let iteration = Iteration {
        iteration: 1,
        warm_up: false,
        seconds: 1.5,
        evaluated: 4,
        redrawn: 0,
        waited: None,
        learning_rate: 0.1,
        training_loss: Some(2.5),
        samples: Vec::new(),
        weights: Vec::new(),
        distributions: architectures.iter().map(report).collect(),
    };
    let validated = Validated {
        iteration: 1,
        distribution: 0,
        architecture: architectures[0].clone(),
        score: Score { loss: 0.5, accuracy: 0.9 },
        complexity: space.complexity(&architectures[0]),
    };
    let events =
        [Event::Started(Box::new(started)), Event::Iteration(Box::new(iteration)), Event::Validated(validated)];
    let mut writer = Writer::create(&run, &settings, || 1_000).unwrap();
    writer.write(&events.map(|event| (1_000, event)), true).unwrap();
    (folder, architectures)
}

/// A model of such a run, kept as training keeps it.
fn train(folder: &Folder, name: &str, architecture: &Architecture) -> Model {
    let settings = CellSettings { nodes: 2, ..CellSettings::default() };
    let model = models::of(1, settings, models::DIGIT, architecture.clone());
    let path = folder.path().join("runs/2026-cells/models").join(name);
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("model.safetensors"), model.to_bytes().unwrap()).unwrap();
    model
}

fn export(folder: &Folder, arguments: &[&str]) -> Output {
    folder.run(&[&["export"], arguments].concat())
}

#[track_caller]
fn wrote(folder: &Folder, arguments: &[&str], file: &str) -> Vec<u8> {
    let ended = export(folder, arguments);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{ended:?}");
    assert!(ended.stderr.contains(&format!("Wrote {file}\n")), "{ended:?}");
    fs::read(folder.path().join(file)).unwrap()
}

#[track_caller]
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let ended = export(folder, arguments);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    ended.stderr
}

#[test]
fn a_genotype_is_read_back_as_the_architecture_that_it_is_of() {
    let (folder, architectures) = cells();
    for (index, architecture) in architectures.iter().enumerate() {
        let (index, file) = (index.to_string(), format!("2026-cells-distribution-{index}.json"));
        let text = wrote(&folder, &["--to", "genotype", "--distribution", &index], &file);
        let outline = CellSpace::new(CellSettings { nodes: 2, ..CellSettings::default() }, models::DIGIT, 10).outline();
        assert_eq!(genotype::read(&outline, std::str::from_utf8(&text).unwrap()).unwrap(), *architecture);
        let again = export(&folder, &["--to", "genotype", "--architecture", &file, "--out", "-"]);
        assert_eq!((again.code, again.stdout.as_bytes()), (Some(0), &text[..]));
    }
    let front = export(&folder, &["--to", "genotype", "--front", "0", "--out", "-"]);
    assert_eq!(front.stdout.as_bytes(), fs::read(folder.path().join("2026-cells-distribution-0.json")).unwrap());
}

#[test]
fn cells_are_drawn_for_graphviz_and_as_a_picture() {
    let (folder, _) = cells();
    let dot = wrote(&folder, &["--to", "dot", "--distribution", "0"], "2026-cells-distribution-0.dot");
    assert!(String::from_utf8(dot).unwrap().contains("2026-cells, distribution 0: "));
    let svg = wrote(&folder, &["2026", "--to", "svg", "--distribution", "1", "--out", "cell.svg"], "cell.svg");
    assert!(String::from_utf8(svg).unwrap().contains("2026-cells, distribution 1: "));
}

#[test]
fn a_model_that_nobody_has_trained_is_missing_with_the_command_that_trains_it() {
    let (folder, architectures) = cells();
    let said = refused(&folder, &["--to", "onnx", "--distribution", "1"]);
    assert!(said.contains("distribution 1 has not been trained yet"), "{said}");
    assert!(said.contains("`isthmus train runs/2026-cells --distribution 1`"), "{said}");
    let model = train(&folder, "distribution-1", &architectures[1]);
    let bytes = wrote(&folder, &["--to", "onnx", "--distribution", "1"], "2026-cells-distribution-1.onnx");
    assert_eq!(bytes, isthmus::export::onnx(&model));
    // The only one there is.
    assert_eq!(wrote(&folder, &["--to", "onnx", "--out", "one.onnx"], "one.onnx"), bytes);
    let said = refused(&folder, &["--to", "onnx", "--model", "distribution-0"]);
    assert!(said.contains("no trained model is called `distribution-0`") && said.contains("distribution-1"), "{said}");
}

#[test]
fn a_model_is_found_by_its_genotype_and_one_of_an_older_mode_is_said_to_be() {
    let (folder, architectures) = cells();
    train(&folder, "mine", &architectures[0]);
    wrote(&folder, &["--to", "genotype", "--distribution", "0", "--out", "best.json"], "best.json");
    wrote(&folder, &["--to", "onnx", "--architecture", "best.json"], "2026-cells-best.onnx");
    train(&folder, "distribution-1", &architectures[0]);
    let ended = export(&folder, &["--to", "onnx", "--distribution", "1"]);
    assert!(ended.stderr.contains("Note: distribution 1 has another architecture by now"), "{ended:?}");
}

#[test]
fn a_module_of_pytorch_has_a_name_that_python_can_import() {
    let (folder, architectures) = cells();
    let model = train(&folder, "distribution-1", &architectures[1]);
    let name = "run_2026_cells_distribution_1";
    let code = wrote(&folder, &["--to", "pytorch", "--distribution", "1"], &format!("{name}.py"));
    let exported = isthmus::export::pytorch(&model, name).unwrap();
    assert_eq!(String::from_utf8(code).unwrap(), exported.code);
    assert_eq!(fs::read(folder.path().join(format!("{name}.safetensors"))).unwrap(), exported.weights);
    for file in ["my-net.py", "2nd.py", "net.txt"] {
        let said = refused(&folder, &["--to", "pytorch", "--distribution", "1", "--out", file]);
        assert!(said.contains("letters, digits and _"), "{said}");
    }
}

#[test]
fn what_is_there_is_left_as_it_is_unless_force_is_said() {
    let (folder, _) = cells();
    let file = folder.path().join("mine.dot");
    fs::write(&file, "mine").unwrap();
    let arguments = ["--to", "dot", "--distribution", "0", "--out", "mine.dot"];
    let said = refused(&folder, &arguments);
    assert!(said.contains("mine.dot is there already") && said.contains("--force"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    wrote(&folder, &[&arguments[..], &["--force"]].concat(), "mine.dot");
    assert!(fs::read_to_string(&file).unwrap().starts_with("digraph"));
}

#[test]
fn what_is_meant_must_be_said_and_be_there() {
    let (folder, _) = cells();
    let said = refused(&folder, &["--to", "dot"]);
    assert!(said.contains("which architecture?") && said.contains("--distribution K (0 to 1)"), "{said}");
    let said = refused(&folder, &["--to", "dot", "--distribution", "2"]);
    assert!(said.contains("there is no distribution 2: there are 0 to 1"), "{said}");
    let said = refused(&folder, &["--to", "dot", "--front", "7"]);
    assert!(said.contains("there is no architecture of the front 7: there is only 0"), "{said}");
    fs::write(folder.path().join("odd.json"), "{}").unwrap();
    let said = refused(&folder, &["--to", "dot", "--architecture", "odd.json"]);
    assert!(said.contains("odd.json: not a genotype of this space"), "{said}");
    let said = refused(&folder, &["--to", "csv", "--out", "-"]);
    assert!(said.contains("only a genotype, dot and svg"), "{said}");
    let said = refused(&folder, &["--to", "csv", "--distribution", "0"]);
    assert!(said.contains("that of the whole run"), "{said}");
    let ended = export(&folder, &["--to", "onx"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("a similar value exists: 'onnx'"), "{ended:?}");
}

/// A folder with a finished search of a table and a change by a person in it.
fn table() -> Folder {
    let folder = Folder::table();
    let ended =
        folder.run(&[&["run", "table.toml", "--run-dir", "runs/kept"][..], &with(&["engine.theta_every=50"])].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    folder
}

const TABLES: [&str; 6] = ["iterations", "samples", "distributions", "thetas", "validations", "adjustments"];

#[test]
fn tables_say_the_same_in_every_format() {
    let folder = table();
    for format in ["csv", "jsonl", "parquet"] {
        let ended = export(&folder, &["kept", "--to", format, "--out", "tables"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let count = |statement: &str| folder.query("runs/kept/run.db", statement)[0].parse::<usize>().unwrap();
    for table in TABLES {
        let path = |format: &str| folder.path().join(format!("tables/kept-{table}.{format}"));
        let (csv, jsonl, parquet) = (csv(&path("csv")), jsonl(&path("jsonl")), parquet(&path("parquet")));
        assert_eq!(csv, jsonl, "{table}");
        assert_eq!(csv, parquet, "{table}");
        if table != "thetas" {
            assert_eq!(csv.len(), count(&format!("SELECT count(*) FROM {table}")), "{table}");
        }
    }
    let best = csv(&folder.path().join("tables/kept-samples.csv"));
    let best: Vec<_> =
        best.iter().filter(|row| ["a", "b", "c"].iter().all(|name| row[*name] == "convolution")).collect();
    assert!(!best.is_empty() && best.iter().all(|row| row["parameters"] == "700"), "{best:?}");
    let thetas = csv(&folder.path().join("tables/kept-thetas.csv"));
    // Two distributions with nine probabilities, after 50 and 100 iterations.
    assert_eq!(thetas.len(), 2 * 9 * 2);
}

type Row = BTreeMap<String, String>;

fn csv(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().collect::<Result<_, _>>().unwrap()
}

/// A JSON object as CSV shows it.
fn plain(object: Value) -> Row {
    let cell = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Number(number) => number.as_f64().unwrap().to_string(),
        other => other.to_string(),
    };
    object.as_object().unwrap().clone().into_iter().map(|(name, value)| (name, cell(value))).collect()
}

fn jsonl(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| plain(serde_json::from_str(line).unwrap())).collect()
}

fn parquet(path: &Path) -> Vec<Row> {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let cell = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Bool(flag) => flag.to_string(),
        Field::Long(amount) => amount.to_string(),
        Field::Double(number) => number.to_string(),
        Field::Str(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let row =
        |row: parquet::record::Row| row.get_column_iter().map(|(name, field)| (name.clone(), cell(field))).collect();
    reader.get_row_iter(None).unwrap().map(|found| row(found.unwrap())).collect()
}

#[test]
fn scalars_for_tensorboard_are_in_a_folder_a_distribution() {
    let folder = table();
    let ended = export(&folder, &["kept", "--to", "tensorboard"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for name in ["search", "distribution-0", "distribution-1"] {
        let files: Vec<_> = fs::read_dir(folder.path().join("kept-tensorboard").join(name)).unwrap().collect();
        assert_eq!(files.len(), 1, "{name}");
        let file = files[0].as_ref().unwrap();
        assert!(file.file_name().to_str().unwrap().starts_with("events.out.tfevents."));
        let mut bytes = &fs::read(file.path()).unwrap()[..];
        let mut records = 0;
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            // Its length, a checksum of that, the record, a checksum of that.
            bytes = &rest[4 + u64::from_le_bytes(*length) as usize + 4..];
            records += 1;
        }
        // The version first; of a distribution, how its mode did as well.
        assert!(bytes.is_empty() && records > 100, "{name}: {records}");
    }
}

#[test]
fn a_table_has_no_cells_to_draw_and_a_genotype_all_the_same() {
    let folder = table();
    let said = refused(&folder, &["kept", "--to", "svg", "--distribution", "0"]);
    assert!(said.contains("no cells or stages to draw"), "{said}");
    let text = wrote(&folder, &["kept", "--to", "genotype", "--distribution", "1"], "kept-distribution-1.json");
    let found: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(found, serde_json::json!({ "a": "none", "b": "none", "c": "none" }));
}
