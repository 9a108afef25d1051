//! What a viewer knows of a space without holding the space itself: live, attached and replayed screens share it.

use serde::{Deserialize, Serialize};

use super::cells::{self, Cell, CellKind};
use super::mobile::{MobilePlan, Stage};
use super::{Architecture, Complexity, Decision, Extent, Measure, Plan, Share};

/// A space as it travels in events: decisions, extents, and the shape of its cells where it has any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// The decisions, in order.
    pub decisions: Vec<Decision>,
    /// The smallest and largest parameter count, where the space counts them.
    pub parameters: Option<Extent>,
    /// The smallest and largest MACs, where the space counts them.
    pub macs: Option<Extent>,
    /// The smallest and largest latency, where the space knows it.
    pub latency: Option<Extent>,
    /// Nodes a cell, in a space of cells.
    pub nodes: Option<usize>,
    /// What its networks follow from, in a space of networks; recordings of old do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

impl Outline {
    /// The extent in one measure.
    pub fn extent(&self, measure: Measure) -> Option<Extent> {
        match measure {
            Measure::Parameters => self.parameters,
            Measure::Macs => self.macs,
            Measure::Latency => self.latency,
        }
    }

    /// The cells of an architecture as graphs: normal, then reduction; empty where the space has no cells.
    pub fn cells(&self, architecture: &Architecture) -> Vec<Cell> {
        match self.nodes {
            Some(nodes) if cells::are_cells(nodes, &self.decisions) && architecture.fits(&self.decisions) => {
                cells::graphs(nodes, &self.decisions, architecture)
            }
            _ => Vec::new(),
        }
    }

    /// The plan of a mobile space; nothing where the space is none.
    pub fn mobile(&self) -> Option<&MobilePlan> {
        match &self.plan {
            Some(Plan::Mobile(plan)) if plan.fits(&self.decisions) => Some(plan),
            _ => None,
        }
    }

    /// The stages of an architecture of a mobile space; empty where the space is none.
    pub fn stages(&self, architecture: &Architecture) -> Vec<Stage> {
        let plan = self.mobile().filter(|_| architecture.fits(&self.decisions));
        plan.map_or_else(Vec::new, |plan| plan.stages(architecture))
    }

    /// Parameters and MACs of an architecture by what they go to; empty where the space does not tell.
    pub fn breakdown(&self, architecture: &Architecture) -> Vec<Share> {
        self.plan_of(architecture).map_or_else(Vec::new, |plan| plan.breakdown(architecture))
    }

    /// How many cells of a kind a network has, and how many of them its output depends on.
    pub fn count(&self, architecture: &Architecture, kind: CellKind) -> Option<(usize, usize)> {
        match self.plan_of(architecture)? {
            Plan::Cells(plan) => Some(plan.count(architecture, kind)),
            Plan::Mobile(_) => None,
        }
    }

    /// The exact complexity of an architecture; nothing where the space does not tell.
    pub fn complexity(&self, architecture: &Architecture) -> Option<Complexity> {
        self.plan_of(architecture).map(|plan| plan.complexity(architecture))
    }

    /// The plan, where it is one of these decisions, and the architecture too: an outline may come from anywhere.
    fn plan_of(&self, architecture: &Architecture) -> Option<&Plan> {
        let plan = self.plan.as_ref()?;
        let fits = match plan {
            Plan::Cells(plan) => {
                let nodes = plan.settings.nodes;
                self.nodes == Some(nodes) && cells::are_cells(nodes, &self.decisions) && plan.fits(&self.decisions)
            }
            Plan::Mobile(plan) => plan.fits(&self.decisions),
        };
        (fits && architecture.fits(&self.decisions)).then_some(plan)
    }
}

/// A count for people: three digits and a unit, `950`, `27.6k`, `1.53M`.
pub fn format_amount(amount: f64) -> String {
    let (value, unit) = match amount.abs() {
        a if a >= 999.5e6 => (amount / 1e9, "G"),
        a if a >= 999.5e3 => (amount / 1e6, "M"),
        a if a >= 999.5 => (amount / 1e3, "k"),
        _ => (amount, ""),
    };
    let decimals = match value.abs() {
        v if unit.is_empty() && value.fract() == 0.0 || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;
    use crate::space::cells::{CellPlan, CellSettings, CellSpace};
    use crate::space::network::PictureShape;

    fn outline() -> Outline {
        let settings = CellSettings { nodes: 2, ..CellSettings::default() };
        CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10).outline()
    }

    #[test]
    fn an_outline_travels_with_its_plan_and_one_of_old_has_none() {
        let outline = outline();
        let mut json = serde_json::to_value(&outline).unwrap();
        assert_eq!(serde_json::from_value::<Outline>(json.clone()).unwrap(), outline);
        json.as_object_mut().unwrap().remove("plan");
        assert_eq!(serde_json::from_value::<Outline>(json).unwrap(), Outline { plan: None, ..outline });
    }

    #[test]
    fn an_outline_that_contradicts_itself_has_no_cells_and_no_costs() {
        let architecture = Architecture::new([0; 16]);
        let costs = |change: &dyn Fn(&mut Outline)| {
            let mut outline = outline();
            change(&mut outline);
            (outline.cells(&architecture).len(), outline.breakdown(&architecture).len())
        };
        assert_eq!(costs(&|_| {}), (2, 5));
        let plan = |change: fn(&mut CellPlan)| {
            move |outline: &mut Outline| {
                let Some(Plan::Cells(plan)) = &mut outline.plan else { unreachable!("an outline of cells") };
                change(plan);
            }
        };
        assert_eq!(costs(&|outline| outline.nodes = Some(usize::MAX)), (0, 0));
        assert_eq!(costs(&|outline| outline.nodes = Some(0)), (0, 0));
        assert_eq!(costs(&|outline| outline.decisions[0].options.push("node 0".into())), (0, 0));
        assert_eq!(costs(&plan(|plan| plan.settings.nodes = 3)), (2, 0));
        assert_eq!(costs(&plan(|plan| plan.settings.operations.truncate(1))), (2, 0));
        assert_eq!(costs(&plan(|plan| plan.settings.cells = usize::MAX)), (2, 0));
        assert_eq!(costs(&plan(|plan| plan.settings.stem_stride = 0)), (2, 0));
        assert_eq!(costs(&plan(|plan| plan.picture.width = usize::MAX)), (2, 0));
    }

    #[test]
    fn amounts_keep_three_digits_and_a_unit() {
        let cases = [(0.0, "0"), (950.0, "950"), (2.5, "2.50"), (27_612.0, "27.6k"), (999_600.0, "1.00M")];
        for (amount, text) in cases.into_iter().chain([(1_531_546.0, "1.53M"), (123_456.0, "123k"), (2.5e9, "2.50G")]) {
            assert_eq!(format_amount(amount), text);
        }
    }
}
