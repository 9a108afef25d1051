//! Comparisons on a small table, and with strategies that misbehave.

use rand::Rng;
use serde_json::{Value, json};

use super::*;
use crate::config::{Source, load};
use crate::search::{Adjustment, Aim, Distribution, Domain, Proposal, Scored, Strategy, StrategyError, Update};
use crate::space::table::TableSettings;
use crate::space::{Architecture, Extent, Measure, Scale};

/// Ten architectures of one decision, each dearer than the one before; the sixth costs as much as the fifth and is
/// worse. The last has no cost.
const TABLE: &str = "\
op,loss,cost
0,1.0,0
1,0.8,1
2,0.6,2
3,0.5,3
4,0.4,4
5,0.9,4
6,0.3,6
7,0.2,8
8,0.0,10
9,0.1,-1
";

fn read() -> Arc<Table> {
    let settings = TableSettings {
        decisions: vec!["op".into()],
        metric: "loss".into(),
        maximise: false,
        parameters: Some("cost".into()),
        missing: Some(-1.0),
        ..TableSettings::default()
    };
    Arc::new(Table::read("small", TABLE.as_bytes(), &settings).unwrap())
}

fn normaliser() -> Normaliser {
    let extent = Extent { smallest: 0.0, largest: 10.0 };
    Normaliser { measure: Measure::Parameters, scale: Scale::Linear, extent }
}

fn small(aims: &[Aim], budget: u64, checkpoints: &[u64]) -> Task {
    let table = read();
    let truth = Arc::new(Truth::new(Arc::clone(&table), &normaliser(), aims).unwrap());
    let options =
        Options { strategies: Vec::new(), seeds: 1, budget, checkpoints: checkpoints.into(), reach: vec![0.5, 1.0] };
    task(table, 0.0, truth, &options)
}

/// Proposes what it is given, pool by pool, and answers with the option that it was told last.
#[derive(Default)]
struct Script {
    pools: Vec<Vec<u16>>,
    asked: usize,
    told: Vec<Vec<u16>>,
}

impl Strategy for Script {
    fn name(&self) -> &'static str {
        "script"
    }
    fn ask(&mut self, _: usize, _: &mut dyn Rng) -> Vec<Proposal> {
        self.asked += 1;
        let pool = self.pools.get(self.asked - 1).cloned().unwrap_or_default();
        pool.into_iter().map(|option| Proposal { architecture: Architecture::new([option]), source: 0 }).collect()
    }
    fn tell(&mut self, scored: &[Scored], _: &mut dyn Rng) -> Result<Update, StrategyError> {
        self.told.push(scored.iter().map(|told| told.architecture.options()[0]).collect());
        Ok(Update::default())
    }
    fn adjust(&mut self, _: &Adjustment) -> Result<(), StrategyError> {
        Ok(())
    }
    fn save_distribution(&self, _: usize) -> Value {
        Value::Null
    }
    fn put_back(&mut self, _: usize, _: &Value) -> Result<(), StrategyError> {
        Ok(())
    }
    fn distributions(&self) -> &[Distribution] {
        &[]
    }
    fn mode(&self, _: usize) -> Architecture {
        let last = self.told.last().and_then(|pool| pool.last()).copied();
        Architecture::new([last.unwrap_or(0)])
    }
    fn redrawn(&self) -> u64 {
        0
    }
    fn save(&self) -> Value {
        Value::Null
    }
    fn restore(&mut self, _: &Value) -> Result<(), StrategyError> {
        Ok(())
    }
}

fn script(pools: &[&[u16]]) -> Script {
    Script { pools: pools.iter().map(|pool| pool.to_vec()).collect(), ..Script::default() }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn the_truth_of_a_table_is_enumerated() {
    let truth = Truth::new(read(), &normaliser(), &[Aim::Coefficient(0.0)]).unwrap();
    assert_eq!((truth.rows(), truth.architectures(), truth.front().points().len()), (10, 9, 8));
    assert_eq!(truth.known(&Architecture::new([9])), None, "without a cost");
    let known = truth.known(&Architecture::new([4])).unwrap();
    assert!(close(known.point.loss, 0.4) && close(known.point.cost, 0.4) && close(known.complexity, 0.4));
    assert_eq!(truth.share(truth.front()), 1.0);
}

#[test]
fn evaluations_are_counted_one_by_one_and_answers_come_from_whole_pools() {
    let task = small(&[Aim::Coefficient(0.0)], 5, &[1, 3, 4, 9]);
    assert_eq!(task.checkpoints, [1, 3, 4]);
    let mut strategy = script(&[&[4, 4, 1], &[8, 2, 3]]);
    let run = task.run(&mut strategy, &SearchSettings::default(), 1).unwrap();
    assert_eq!(strategy.told, [[4, 4, 1]], "the budget ends within the second pool");
    assert_eq!((run.evaluations, run.distinct), (5, 4));
    let regret = |at| run.at(at).unwrap().regret.unwrap().mean.unwrap();
    assert!(close(regret(1), 1.0), "the answer before the first pool is option 0");
    assert!(close(regret(3), 0.8) && close(regret(4), 0.8) && close(regret(5), 0.8));
    // The true front encloses 0.1 (0.2 + 0.4 + 0.5) + 0.2 (0.6 + 0.7 + 0.8).
    let share = |at| run.at(at).unwrap().share;
    assert!(close(share(1), 0.36 / 0.53) && close(share(2), share(1)));
    assert!(close(share(3), 0.42 / 0.53), "{}", share(3));
    assert_eq!(share(4), share(3), "the ends of the true front enclose nothing");
    assert_eq!(run.reached, [Some(1), None]);
}

#[test]
fn the_whole_front_has_share_one_and_no_distance() {
    let task = small(&[Aim::Coefficient(0.0)], 8, &[8]);
    let run = task.run(&mut script(&[&[8, 7, 6, 4, 3, 2, 1, 0]]), &SearchSettings::default(), 1).unwrap();
    assert_eq!((run.marks.last().unwrap().share, run.igd_plus), (1.0, 0.0));
    // The last end of it adds nothing.
    assert_eq!(run.reached[1], Some(7));
}

#[test]
fn answers_over_a_target_or_out_of_the_table_are_missed() {
    let aims = [Aim::Target(0.4), Aim::Target(1.0)];
    let end = |last| {
        let task = small(&aims, 1, &[]);
        task.run(&mut script(&[&[last]]), &SearchSettings::default(), 1).unwrap().regret().unwrap()
    };
    let within = end(3);
    assert!(within.missed == 0 && close(within.mean.unwrap(), (0.1 + 0.5) / 2.0));
    let over = end(8);
    assert!(over.missed == 1 && close(over.mean.unwrap(), 0.0));
}

#[test]
fn a_search_that_proposes_nothing_more_ends_with_what_it_has() {
    let task = small(&[Aim::Coefficient(0.0)], 100, &[2, 50]);
    let mut strategy = script(&[&[], &[4, 1], &[]]);
    let run = task.run(&mut strategy, &SearchSettings::default(), 1).unwrap();
    assert_eq!((run.evaluations, strategy.asked), (2, 2 + EMPTY_POOLS as usize));
    assert_eq!(run.at(50).unwrap().share, run.at(2).unwrap().share);
    assert_eq!(run.marks.len(), task.marks.len());
    let nothing = task.run(&mut script(&[]), &SearchSettings::default(), 1).unwrap_err();
    assert_eq!(nothing.to_string(), "it proposed no architecture in 1000 pools");
    let costless = task.run(&mut script(&[&[9]]), &SearchSettings::default(), 1).unwrap_err();
    assert!(costless.to_string().contains("no cost"), "{costless}");
}

#[test]
fn seeds_make_a_mean_and_those_that_reach_a_share_are_counted() {
    let task = small(&[Aim::Coefficient(0.0)], 2, &[1, 2]);
    let run = |pool: &[u16], seed| task.run(&mut script(&[pool]), &SearchSettings::default(), seed).unwrap();
    let runs = Runs { strategy: "script", runs: vec![run(&[4, 1], 1), run(&[0, 2], 2)] };
    let summary = serde_json::to_value(Summary::new(&runs, &task.checkpoints, &task.reach)).unwrap();
    let figure = |path: &str| summary.pointer(path).unwrap().as_f64().unwrap();
    assert!(close(figure("/hypervolume_share/1/mean"), 0.36 / 0.53 / 2.0));
    assert!(close(figure("/hypervolume_share/1/standard_error"), 0.36 / 0.53 / 2.0));
    assert_eq!(
        summary["evaluations_to_hypervolume"],
        json!({
            "0.5": { "mean": 1.5, "standard_error": 0.5, "seeds": 2 },
            "1": { "mean": null, "standard_error": null, "seeds": 0 },
        })
    );
    assert!(close(figure("/regret/mean"), 0.7) && figure("/regret/missed") == 0.0);
    assert_eq!(summary["regret"]["at"]["2"]["mean"], summary["regret"]["mean"]);
    assert_eq!(summary["distinct"], 2.0);
}

/// Why a comparison with these changes to the preset of a table cannot be made.
fn refusal(sets: &[&str]) -> CompareError {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let settings = load(&Source::Preset("nb201".into()), &sets).unwrap();
    let options = Options { strategies: StrategyKind::all(), seeds: 1, budget: 1, checkpoints: vec![], reach: vec![] };
    compare(&settings, &options).unwrap_err()
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flat.csv");
    std::fs::write(&path, "op,acc,cost\n0,50,1\n1,60,2\n2,40,3\n").unwrap();
    let table = format!("space.path={}", path.display());
    let columns = [
        &table[..],
        "space.decisions=[\"op\"]",
        "space.option_names=[\"a\", \"b\", \"c\"]",
        "space.metric=acc",
        "space.report=acc",
        "space.parameters=cost",
        "space.macs=cost",
        "space.latency=cost",
    ];
    let flat = refusal(&columns);
    assert!(flat.to_string().contains("at most two architectures on the true front"), "{flat}");
    let missing = refusal(&["space.path=no.csv"]);
    assert!(missing.to_string().starts_with("no.csv: "), "{missing}");
    let cells = compare(
        &Settings::default(),
        &Options { strategies: vec![], seeds: 1, budget: 1, checkpoints: vec![], reach: vec![] },
    );
    assert!(matches!(cells, Err(CompareError::NoTable(name)) if name == "digits"));
}

#[test]
fn the_domain_of_a_table_without_some_costs_leaves_those_out() {
    let space: Arc<dyn Space> = Arc::new(TableSpace(read()));
    let domain: Domain = domain(&space, normaliser());
    assert!(domain.is_legal(&Architecture::new([8])) && !domain.is_legal(&Architecture::new([9])));
}
