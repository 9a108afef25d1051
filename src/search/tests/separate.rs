//! The separate searches, against the shared one that each of them is alone.

use super::{aims, domain, level, rugged, score};
use crate::search::{Adjustment, Aim, Purpose, Scored, Separate, Shared, SharedOptions, Strategy, Utility, stream};

const SIZES: [usize; 6] = [5, 3, 4, 5, 2, 5];
const COEFFICIENTS: [f64; 3] = [0.0, 0.3, 2.0];

#[test]
fn each_of_them_is_a_shared_search_of_its_own_to_the_last_bit() {
    for utility in [Utility::Rank, Utility::Wquant, Utility::RawCentred] {
        let options = SharedOptions { utility, ..SharedOptions::default() };
        let mut together = Separate::new(domain(&SIZES), &aims(&COEFFICIENTS), options.clone()).unwrap();
        let mut alone = COEFFICIENTS
            .map(|coefficient| Shared::new(domain(&SIZES), &aims(&[coefficient]), options.clone()).unwrap());
        for iteration in 0..60 {
            let pool = together.ask(4, &mut stream(1, Purpose::ScorePool, iteration));
            let mut scored = score(pool, rugged, &level(&SIZES));
            let turn = iteration as usize % scored.len();
            scored.rotate_left(turn);
            let update = together.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
            for (k, alone) in alone.iter_mut().enumerate() {
                let own: Vec<Scored> = scored.iter().filter(|told| told.source == k).cloned().collect();
                let expected = alone.tell(&own, &mut stream(1, Purpose::Update, iteration)).unwrap();
                assert_eq!(update.distributions[k].step, expected.distributions[0].step);
                assert_eq!(update.distributions[k].ess, 4.0);
                let weights = scored.iter().map(|told| if told.source == k { 1.0 } else { 0.0 });
                assert!(weights.eq(update.distributions[k].weights.iter().copied()));
                assert_eq!(together.distributions()[k], alone.distributions()[0]);
            }
        }
    }
}

#[test]
fn a_new_one_starts_between_its_neighbours_with_fresh_steps_and_goes_on() {
    let mut search = Separate::new(domain(&SIZES), &aims(&COEFFICIENTS), SharedOptions::default()).unwrap();
    for iteration in 0..30 {
        let scored = score(search.ask(2, &mut stream(1, Purpose::ScorePool, iteration)), rugged, &level(&SIZES));
        search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
    }
    let between = search.distributions()[0].theta.midway(&search.distributions()[1].theta);
    search.adjust(&Adjustment::Add { distribution: 1, aim: Aim::Coefficient(0.1) }).unwrap();
    assert_eq!(search.distributions()[1].theta, between);
    assert_eq!(search.save()["steps"][1]["shrink"], 1.0);
    let scored = score(search.ask(2, &mut stream(1, Purpose::ScorePool, 30)), rugged, &level(&SIZES));
    let update = search.tell(&scored, &mut stream(1, Purpose::Update, 30)).unwrap();
    assert!(update.distributions[1].step > 0.0);
}
