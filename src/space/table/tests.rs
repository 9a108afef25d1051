//! What a table may be, and what is said of one that is none.

use super::*;

const TABLE: &str = "\
a,b,val,test,params,ms
x,2,90,88,1.5,0.5
y,10,80,79,0.5,-1
x,10,70,-1,2.5,0.7
";

fn settings() -> TableSettings {
    TableSettings {
        path: "table.csv".into(),
        decisions: vec!["a".into(), "b".into()],
        metric: "val".into(),
        report: Some("test".into()),
        metric_unit: 0.01,
        parameters: Some("params".into()),
        parameters_unit: 1e6,
        latency: Some("ms".into()),
        missing: Some(-1.0),
        ..TableSettings::default()
    }
}

fn read(text: &str, settings: &TableSettings) -> Result<Table, String> {
    Table::read("table.csv", text.as_bytes(), settings).map_err(|error| error.to_string())
}

fn refused(text: &str, change: impl FnOnce(&mut TableSettings)) -> String {
    let mut settings = settings();
    change(&mut settings);
    read(text, &settings).unwrap_err()
}

#[test]
fn options_are_the_values_found_numbers_by_size() {
    let table = read(TABLE, &settings()).unwrap();
    let options: Vec<_> = table.decisions.iter().map(|decision| decision.options.join(" ")).collect();
    assert_eq!(options, ["x y", "2 10"]);
    let row = table.row(&Architecture::new([1, 1])).unwrap();
    assert!((row.loss - 0.2).abs() < 1e-12 && (row.reported.unwrap() - 0.21).abs() < 1e-12);
    assert_eq!(row.complexity, Complexity { parameters: Some(500_000), macs: None, latency: None });
    assert_eq!(table.row(&Architecture::new([0, 1])).unwrap().reported, None);
    assert_eq!(table.extent(Measure::Latency), Some(Extent { smallest: 0.5, largest: 0.7 }));
    assert_eq!(table.extent(Measure::Macs), None);
}

#[test]
fn an_architecture_that_is_not_in_the_table_is_not_in_its_space() {
    let space = TableSpace(Arc::new(read(TABLE, &settings()).unwrap()));
    assert!(space.contains(&Architecture::new([0, 0])));
    assert!(!space.contains(&Architecture::new([1, 0])));
    assert_eq!(space.complexity(&Architecture::new([1, 0])), Complexity::default());
    assert_eq!(space.genotype(&Architecture::new([1, 1])), serde_json::json!({ "a": "y", "b": "10" }));
}

#[test]
fn names_stand_for_the_sorted_values_of_all_decision_columns() {
    let named = |names: &[&str]| TableSettings {
        option_names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..settings()
    };
    let table = read(TABLE, &named(&["ten", "two", "left", "right"])).unwrap();
    let options: Vec<_> = table.decisions.iter().map(|decision| decision.options.join(" ")).collect();
    assert_eq!(options, ["left right", "two ten"], "text sorts by the alphabet, and so does 10 before 2");
    let error = read(TABLE, &named(&["one"])).unwrap_err();
    assert_eq!(error, "table.csv: space.option_names has 1 names for 4 values (10, 2, x, y) of the decision columns");
}

#[test]
fn an_error_is_a_loss_as_it_stands_and_an_accuracy_turned_round() {
    let error = TableSettings { maximise: false, ..settings() };
    assert!((read(TABLE, &error).unwrap().rows()[0].loss - 0.9).abs() < 1e-12);
    assert!((read(TABLE, &settings()).unwrap().rows()[0].loss - 0.1).abs() < 1e-12);
}

#[test]
fn rows_without_a_searched_figure_are_not_in_the_space() {
    let table = read(TABLE, &TableSettings { metric: "test".into(), ..settings() }).unwrap();
    assert_eq!(table.rows().len(), 2);
}

#[test]
fn bad_tables_are_refused_with_their_place() {
    let as_it_is = |_: &mut TableSettings| {};
    let cases = [
        (refused(TABLE, |s| s.metric = "vall".into()), "table.csv: there is no column \"vall\" (nearest: \"val\")"),
        (refused(TABLE, |s| s.decisions[0] = "zz".into()), "no column \"zz\"; the columns are a, b, val, test"),
        (refused("a,b,val,val,test,params,ms\n", as_it_is), "table.csv: the column \"val\" is there twice"),
        (refused(&TABLE.replace("80", "n/a"), as_it_is), "table.csv:3, column \"val\": \"n/a\" is no finite number"),
        (refused(&TABLE.replace("80", "inf"), as_it_is), "table.csv:3, column \"val\": \"inf\" is no finite number"),
        (refused(&TABLE.replace("0.5,-1", "-0.5,-1"), as_it_is), "column \"params\": \"-500000\" is no cost"),
        (refused(&TABLE.replace("y,10", ",10"), as_it_is), "table.csv:3, column \"a\": a decision cannot be empty"),
        (refused(&TABLE.replace("y,10", "x,2"), as_it_is), "table.csv:3: the same architecture as in line 2"),
        (refused(&TABLE.replace("y,10", "10"), as_it_is), "table.csv:3: 5 cells in a table of 6 columns"),
        (refused("a,b,val,test,params,ms\n", as_it_is), "table.csv: no row has a value in the column \"val\""),
        (refused("", as_it_is), "table.csv: there is no column \"val\"; the columns are"),
    ];
    for (said, expected) in cases {
        assert!(said.contains(expected), "{said:?} instead of {expected:?}");
    }
    let binary = Table::read("t", &b"a,b\n\xff,1\n"[..], &settings());
    assert!(binary.is_err());
    let none = TableSettings { path: "no/such/file".into(), ..settings() };
    assert!(Table::open(&none).unwrap_err().to_string().starts_with("no/such/file: "));
}
