//! The whole truth about a table, by enumeration: what searches are judged by, and never see.

use std::sync::Arc;

use super::metrics::{Frame, Front, Optimum, Point, igd_plus};
use crate::search::{Aim, Strategy};
use crate::space::table::Table;
use crate::space::{Architecture, Normaliser};

/// Every architecture of a table that can be searched, and the best of them.
#[derive(Debug)]
pub struct Truth {
    table: Arc<Table>,
    /// For each row of the table; none without the cost that is searched on.
    rows: Vec<Option<Known>>,
    /// In the units of the table.
    frame: Frame,
    /// Scaled by the frame.
    front: Front,
    hypervolume: f64,
    optima: Vec<Optimum>,
}

/// What is true of an architecture, whatever noise a search sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Its row in the table.
    pub row: usize,
    /// Its loss without noise.
    pub loss: f64,
    /// R of its cost.
    pub complexity: f64,
    /// Loss and cost, scaled by the true front.
    pub point: Point,
}

/// What the answers of a search lack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regret {
    /// The mean over the answers that were not missed; `None` where all were.
    pub mean: Option<f64>,
    /// Answers over their target, or with no figure in the table.
    pub missed: usize,
}

impl Truth {
    /// `None` where the true front is no more than two points, between which there is nothing to measure.
    pub fn new(table: Arc<Table>, normaliser: &Normaliser, aims: &[Aim]) -> Option<Self> {
        let measured: Vec<Option<Point>> = table
            .rows()
            .iter()
            .map(|row| row.complexity.get(normaliser.measure).map(|cost| Point { loss: row.loss, cost }))
            .collect();
        let front: Front = measured.iter().flatten().copied().collect();
        let frame = Frame::around(&front)?;
        let known = |(row, point): (usize, Option<Point>)| {
            let point = point?;
            let (loss, complexity) = (point.loss, normaliser.scaled(point.cost));
            Some(Known { row, loss, complexity, point: frame.scaled(point) })
        };
        let rows: Vec<Option<Known>> = measured.into_iter().enumerate().map(known).collect();
        let front: Front = front.points().iter().map(|&point| frame.scaled(point)).collect();
        let all = || rows.iter().flatten().map(|known| (known.loss, known.complexity));
        let optima = aims.iter().map(|&aim| Optimum::of(aim, all())).collect::<Option<_>>()?;
        Some(Self { table, frame, hypervolume: front.hypervolume(Frame::SCALED_NADIR), front, optima, rows })
    }

    /// How many architectures can be searched.
    pub fn architectures(&self) -> usize {
        self.rows.iter().flatten().count()
    }

    /// How many rows there are, those that cannot be searched among them.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The box around the true front, in the units of the table.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// The true front, scaled by its box.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// What is true of an architecture; nothing where it cannot be searched.
    pub fn known(&self, architecture: &Architecture) -> Option<Known> {
        self.rows[self.table.place(architecture)?]
    }

    /// The hypervolume of what was found as a share of the true front's.
    pub fn share(&self, found: &Front) -> f64 {
        found.hypervolume(Frame::SCALED_NADIR) / self.hypervolume
    }

    /// IGD+ of what was found; `None` where nothing was.
    pub fn igd_plus(&self, found: &Front) -> Option<f64> {
        igd_plus(&self.front, found)
    }

    /// What the present answers of a search lack.
    pub fn regret(&self, strategy: &dyn Strategy) -> Regret {
        let regret = |(k, optimum): (usize, &Optimum)| {
            let answer = self.known(&strategy.mode(k))?;
            optimum.regret(answer.loss, answer.complexity)
        };
        let regrets: Vec<f64> = self.optima.iter().enumerate().filter_map(regret).collect();
        let missed = self.optima.len() - regrets.len();
        let mean = (!regrets.is_empty()).then(|| regrets.iter().sum::<f64>() / regrets.len() as f64);
        Regret { mean, missed }
    }
}
