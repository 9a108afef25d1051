//! Which of the kept samples are listed, in which order, and which one is selected.
//!
//! The list is made anew only where samples came or the person asked for another, and then once a draw at most: one pass
//! that counts architectures, one that filters, and a sort of numbers. The newest first without a filter is not made at
//! all.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::field::{About, Field};
use super::filter::Filter;
use super::view::{Subject, Tab, View};
use crate::engine::{Dashboard, Kept, Sample, Samples};

/// What samples can be ordered by, in the order in which a key goes through them.
const ORDERS: [Field; 8] = [
    Field::Number,
    Field::Source,
    Field::Loss,
    Field::Accuracy,
    Field::Parameters,
    Field::Macs,
    Field::Latency,
    Field::Weight(None),
];

/// An order of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) field: Field,
    pub(super) ascending: bool,
}

impl Order {
    /// The newest first.
    const USUAL: Self = Self { field: Field::Number, ascending: false };

    /// What one wants to see first of a field comes first.
    fn of(field: Field) -> Self {
        Self { field, ascending: !matches!(field, Field::Number | Field::Accuracy | Field::Weight(_)) }
    }

    pub(super) fn arrow(self) -> char {
        if self.ascending { '↑' } else { '↓' }
    }
}

/// The list.
#[derive(Clone, Debug)]
pub(super) struct Listing {
    pub(super) order: Order,
    pub(super) filter: Filter,
    /// The numbers of the samples that are listed, where they are not all with the newest first.
    numbers: Vec<u64>,
    /// The selected distribution that the numbers are for; none where they are out of date.
    made_for: Option<usize>,
    /// How often the architecture of each kept sample is among them; nothing where that is out of date.
    times: Option<Vec<u32>>,
}

impl Listing {
    pub(super) fn new() -> Self {
        Self { order: Order::USUAL, filter: Filter::default(), numbers: Vec::new(), made_for: None, times: None }
    }

    /// Whether all samples are listed, the newest first.
    fn is_usual(&self) -> bool {
        self.order == Order::USUAL && self.filter.is_empty()
    }

    /// There are other samples now.
    pub(super) fn outdate(&mut self) {
        (self.made_for, self.times) = (None, None);
    }

    /// Orders by the next field that the search knows.
    pub(super) fn order_next(&mut self, dashboard: &Dashboard) {
        let at = ORDERS.iter().position(|&field| field == self.order.field).unwrap_or(0);
        let known =
            (1..=ORDERS.len()).map(|on| ORDERS[(at + on) % ORDERS.len()]).find(|field| field.is_known(dashboard));
        self.order = known.map_or(Order::USUAL, Order::of);
        self.made_for = None;
    }

    pub(super) fn turn_order(&mut self) {
        self.order.ascending = !self.order.ascending;
        self.made_for = None;
    }

    pub(super) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.made_for = None;
    }

    /// Makes it for the samples that there are; with how often each architecture is among them, where that is shown.
    fn make(&mut self, dashboard: &Dashboard, distribution: usize, shows_times: bool) {
        if (shows_times || self.filter.counts_times()) && self.times.is_none() {
            self.times = Some(times(&dashboard.samples));
        }
        if self.is_usual() {
            self.numbers.clear();
        } else if self.made_for != Some(distribution) {
            let about = About::new(dashboard, distribution);
            let found = found(&self.filter, dashboard, distribution, self.times.as_deref());
            self.numbers = ordered(found, self.order, &about);
            self.made_for = Some(distribution);
        }
    }

    /// How many are listed.
    pub(super) fn len(&self, samples: &Samples) -> usize {
        if self.is_usual() { samples.len() } else { self.numbers.len() }
    }

    /// The sample in a row, with its place among those that are kept.
    pub(super) fn get<'a>(&self, row: usize, samples: &'a Samples) -> Option<(usize, &'a Kept)> {
        let place = match self.numbers.get(row) {
            _ if self.is_usual() => samples.len().checked_sub(row + 1)?,
            Some(&number) => samples.place(number),
            None => return None,
        };
        Some((place, samples.get(place)?))
    }

    /// The row of a sample that is listed, or else of one near to it in time.
    fn row(&self, number: u64, samples: &Samples) -> usize {
        if self.is_usual() {
            return samples.len().saturating_sub(samples.place(number) + 1);
        }
        let near = self.numbers.iter().enumerate().min_by_key(|(_, listed)| listed.abs_diff(number));
        near.map_or(0, |(row, _)| row)
    }

    /// How often the architecture of the sample at a place is among those that are kept.
    pub(super) fn times(&self, place: usize) -> u32 {
        self.times.as_ref().and_then(|times| times.get(place)).copied().unwrap_or(1)
    }
}

/// The kept samples that a filter wants.
fn found<'a>(
    filter: &Filter,
    dashboard: &'a Dashboard,
    distribution: usize,
    times: Option<&[u32]>,
) -> Vec<(&'a Kept, u32)> {
    let outline = dashboard.started.as_ref().map(|started| &started.outline);
    let matcher = filter.matcher(outline, About::new(dashboard, distribution));
    let kept = dashboard.samples.kept().enumerate();
    let with_times = kept.map(|(place, kept)| (kept, times.and_then(|times| times.get(place)).copied().unwrap_or(1)));
    with_times.filter(|(kept, times)| matcher.matches(kept, *times)).collect()
}

/// How many kept samples a filter wants.
pub(super) fn count(filter: &Filter, dashboard: &Dashboard, distribution: usize) -> usize {
    let times = filter.counts_times().then(|| times(&dashboard.samples));
    found(filter, dashboard, distribution, times.as_deref()).len()
}

/// Their numbers in an order: what has no value last either way, equals the newest first.
fn ordered(found: Vec<(&Kept, u32)>, order: Order, about: &About) -> Vec<u64> {
    let key = |(kept, times): (&Kept, u32)| {
        let value = order.field.of(kept, times, about);
        let value = value.map(|value| if order.ascending { value } else { -value });
        // A NaN comes last, and 0 is not to come after -0.
        (value.map_or(f64::NAN, |value| value + 0.0), kept.number)
    };
    let mut keys: Vec<_> = found.into_iter().map(key).collect();
    keys.sort_unstable_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)));
    keys.into_iter().map(|(_, number)| number).collect()
}

/// How often the architecture of each kept sample is among them.
fn times(samples: &Samples) -> Vec<u32> {
    let mut counts: Vec<u32> = Vec::new();
    let mut known = HashMap::with_capacity_and_hasher(samples.len(), RandomState::default());
    let places: Vec<usize> = samples
        .iter()
        .map(|sample| {
            let place = *known.entry(&sample.architecture).or_insert(counts.len());
            if place == counts.len() {
                counts.push(0);
            }
            counts[place] += 1;
            place
        })
        .collect();
    places.into_iter().map(|place| counts[place]).collect()
}

impl View {
    /// Makes the list where it is out of date. A held sample that is not in it any more gives way to one near to it.
    pub(super) fn list(&mut self, dashboard: &Dashboard) {
        self.listing.make(dashboard, self.distribution, self.tab == Tab::Samples);
        if self.sample.is_some() {
            let row = self.row(dashboard);
            self.sample = self.listing.get(row, &dashboard.samples).map(|(_, kept)| kept.number).or(self.sample);
        }
    }

    /// The selected row of the list.
    pub(super) fn row(&self, dashboard: &Dashboard) -> usize {
        self.sample.map_or(0, |held| self.listing.row(held, &dashboard.samples))
    }

    /// Selects the sample in a row, and holds it.
    pub(super) fn hold(&mut self, row: usize, dashboard: &Dashboard) {
        if let Some((_, kept)) = self.listing.get(row, &dashboard.samples) {
            self.sample = Some(kept.number);
            self.subject = Subject::Sample;
        }
    }

    /// Selects a sample by so many rows from here, without leaving either end, and holds it.
    pub(super) fn move_sample(&mut self, by: isize, dashboard: &Dashboard) {
        self.list(dashboard);
        let last = self.listing.len(&dashboard.samples).saturating_sub(1);
        let row = self.row(dashboard);
        let wanted = row.saturating_add_signed(by).min(last);
        if wanted != row {
            self.hold(wanted, dashboard);
        }
        self.subject = Subject::Sample;
    }

    /// Selects the first row, whatever comes there.
    pub(super) fn follow_samples(&mut self) {
        self.sample = None;
        self.subject = Subject::Sample;
    }

    /// The selected sample with its number: the one that is held, or the first of the list.
    pub(super) fn selected<'a>(&self, dashboard: &'a Dashboard) -> Option<(u64, &'a Sample)> {
        let kept = match self.sample {
            Some(number) => dashboard.samples.find(number),
            None => self.listing.get(0, &dashboard.samples).map(|(_, kept)| kept),
        };
        kept.map(|kept| (kept.number, &kept.sample))
    }
}
