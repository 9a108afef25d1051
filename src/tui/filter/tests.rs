//! What filters mean, and what is said of those that mean nothing.

use proptest::prelude::*;

use super::*;
use crate::engine::Event;
use crate::tui::tests::sample::Search;

fn search() -> Dashboard {
    let mut dashboard = Dashboard::default();
    Search::new().between(380, 450).iter().for_each(|event| dashboard.apply(event));
    dashboard
}

/// The numbers of the samples that a filter wants.
fn found(text: &str, dashboard: &Dashboard, distribution: usize) -> Vec<u64> {
    let filter = Filter::of_search(text, dashboard).unwrap();
    let outline = dashboard.started.as_ref().map(|started| &started.outline);
    let matcher = filter.matcher(outline, About::new(dashboard, distribution));
    dashboard.samples.kept().filter(|kept| matcher.matches(kept, 1)).map(|kept| kept.number).collect()
}

fn numbers(dashboard: &Dashboard, wanted: impl Fn(&Kept) -> bool) -> Vec<u64> {
    dashboard.samples.kept().filter(|kept| wanted(kept)).map(|kept| kept.number).collect()
}

#[test]
fn each_term_is_what_it_says() {
    let dashboard = search();
    let normaliser = dashboard.started.as_ref().unwrap().normaliser;
    let scaled = |kept: &Kept| normaliser.scaled(kept.sample.complexity.parameters.unwrap() as f64);
    type Wanted<'a> = Box<dyn Fn(&Kept) -> bool + 'a>;
    let cases: [(&str, Wanted); 15] = [
        ("", Box::new(|_| true)),
        ("params<50k", Box::new(|kept| kept.sample.complexity.parameters < Some(50_000))),
        ("MACs >= 2.5M", Box::new(|kept| kept.sample.complexity.macs >= Some(2_500_000))),
        ("source=2", Box::new(|kept| kept.sample.source == 2)),
        ("source!=2", Box::new(|kept| kept.sample.source != 2)),
        ("acc>=0.9", Box::new(|kept| kept.sample.score.accuracy >= 0.9)),
        ("acc >90%", Box::new(|kept| kept.sample.score.accuracy > 0.9)),
        ("loss<= 0.2", Box::new(|kept| kept.sample.score.loss <= 0.2)),
        ("n>500", Box::new(|kept| kept.number > 500)),
        ("iteration==401", Box::new(|kept| kept.iteration == 401)),
        ("r<0.5", Box::new(|kept| scaled(kept) < 0.5)),
        ("weight>1", Box::new(|kept| kept.weights.get(1).is_some_and(|weight| *weight > Some(1.0)))),
        ("w3>1", Box::new(|kept| kept.weights.get(3).is_some_and(|weight| *weight > Some(1.0)))),
        ("source=2 acc>0.95", Box::new(|kept| kept.sample.source == 2 && kept.sample.score.accuracy > 0.95)),
        ("dup", Box::new(|_| false)),
    ];
    for (text, wanted) in cases {
        let found = found(text, &dashboard, 1);
        assert_eq!(found, numbers(&dashboard, wanted), "{text}");
        let few = found.len() < dashboard.samples.len();
        assert!(text.is_empty() || few && (text == "dup" || !found.is_empty()), "{text} tells nothing apart");
    }
}

#[test]
fn words_are_parts_of_the_names_of_options_that_are_used() {
    let dashboard = search();
    let started = dashboard.started.as_ref().unwrap();
    let uses = |kept: &Kept, name: &str| {
        let used = started.outline.decisions.iter().zip(kept.sample.architecture.options());
        used.into_iter().any(|(decision, &option)| decision.options[usize::from(option)] == name)
    };
    for text in ["ABLE-5", "op:separable-5"] {
        let expected = numbers(&dashboard, |kept| uses(kept, "separable-5x5"));
        assert!(!expected.is_empty() && expected.len() < dashboard.samples.len());
        assert_eq!(found(text, &dashboard, 0), expected, "{text}");
    }
}

#[test]
fn what_is_not_known_of_a_sample_is_in_no_comparison() {
    let mut dashboard = search();
    let Event::Started(mut started) = Search::new().started() else { unreachable!() };
    started.outline.latency = started.outline.macs;
    dashboard.apply(&Event::Started(started));
    assert!(found("latency>=0", &dashboard, 0).is_empty());
    // The warm-up has no weights.
    assert!(found("weight>=0 iteration<=400", &dashboard, 0).is_empty());
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_is_allowed() {
    let dashboard = search();
    let cases = [
        ("acc>0.9 paramz<5", "at 9: no column is called \"paramz\" (did you mean params?): n iteration source loss"),
        ("<5", "at 1: a comparison begins with one of n "),
        ("sep zzz <5", "at 5: no column is called \"zzz\": n "),
        ("params<", "at 8: params is compared with a whole amount, such as 950, 50k or 1.2M"),
        ("params < 50kk", "at 10: params is compared with a whole amount"),
        ("params<0.5", "at 8: params is compared with a whole amount"),
        ("params<5ms", "at 8: params is compared with a whole amount"),
        ("acc>93", "at 5: acc is compared with 0 to 1 or a percentage, such as 0.93 or 93%"),
        ("acc>101%", "at 5: acc is compared with"),
        ("loss>-1", "at 6: loss is compared with a number of at least 0"),
        ("source=two", "at 8: source is compared with the number of a distribution"),
        ("loss=0.5", "at 5: loss is measured, so that hardly ever two are equal: < <= > >= are allowed"),
        ("loss", "at 1: loss is compared, as in loss<0.5; an option of this name is op:loss"),
        ("loss!5", "at 5: comparisons are < <= > >= = !="),
        ("sep op: max", "at 5: op: is followed by part of an option's name"),
        ("latency<3", "at 1: this space does not know latency"),
        ("w4>1", "at 1: there are 4 distributions, the first is w0"),
        ("宽>1", "at 1: no column is called \"宽\""),
        ("max 宽", "at 5: no option has \"宽\" in its name: cell-2, cell-1, identity, "),
    ];
    for (text, said) in cases {
        let error = Filter::of_search(text, &dashboard).unwrap_err().to_string();
        assert!(error.starts_with(said), "{text}: {error}");
    }
}

fn term() -> impl Strategy<Value = String> {
    let field = prop::sample::select(Field::ALL.map(|(_, name)| name).to_vec());
    let amount = prop::sample::select(vec!["0", "1", "2.3k", "0.5", "93%", "1.2M", "3.5ms", "7"]);
    let sign = prop::sample::select(Comparison::ALL.map(|(_, sign)| sign).to_vec());
    prop_oneof![
        4 => (field, "[ ]?", sign, "[ ]?", amount).prop_map(|(field, a, sign, b, amount)| [field, &a, sign, &b, amount].concat()),
        1 => Just("dup".to_owned()),
        1 => "(op:)?[a-z0-9:<=!_-]{1,5}",
        1 => "w[0-9]{1,3}>1",
    ]
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused(text in any::<String>(), terms in prop::collection::vec(term(), 0..6)) {
        let dashboard = Dashboard::default();
        for text in [text, terms.join(" ")] {
            if let Err(Wrong { column, .. }) = Filter::of_search(&text, &dashboard) {
                prop_assert!((1..=text.chars().count() + 1).contains(&column));
            }
        }
    }

    #[test]
    fn a_filter_reads_back_as_itself(terms in prop::collection::vec(term(), 0..6), any in any::<String>()) {
        let sound = terms.into_iter().chain([format!("op:{}", any.replace(char::is_whitespace, ""))]);
        let sound: Vec<String> = sound.filter(|term| term.parse::<Filter>().is_ok()).collect();
        let filter: Filter = sound.join(" ").parse().unwrap();
        prop_assert_eq!(filter.0.len(), sound.len());
        prop_assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter);
    }
}
