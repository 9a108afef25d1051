//! Sampled architectures as a table: ordered, filtered, followed or held.

mod columns;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::Input;

use super::{Pane, before_data};
use crate::engine::Dashboard;
use crate::tui::draw::Scene;
use crate::tui::field::{About, Field};
use crate::tui::keys::Action;
use crate::tui::prompt::{Ask, Prompt};
use crate::tui::text;
use crate::tui::view::{Overlay, Subject, View};
use columns::{Columns, Entry};

/// Rows that a page key moves.
const PAGE: isize = 10;

/// The pane.
pub(super) struct Samples;

/// The row of the list that is at the top where so many are seen: the selected one is in the middle where it can be.
fn top(view: &View, dashboard: &Dashboard, visible: usize) -> usize {
    let rows = view.listing.len(&dashboard.samples);
    view.row(dashboard).saturating_sub(visible / 2).min(rows.saturating_sub(visible))
}

impl Pane for Samples {
    fn name(&self) -> &'static str {
        "samples"
    }

    fn detail(&self, scene: &Scene) -> String {
        let (view, samples) = (scene.view, &scene.dashboard.samples);
        let order = view.listing.order;
        let mut parts = Vec::new();
        if !view.listing.filter.is_empty() {
            let (found, all) = (view.listing.len(samples) as u64, samples.len() as u64);
            parts.push(format!("/{}", view.listing.filter));
            parts.push(format!("{} of {}", text::count(found), text::count(all)));
        }
        if order.field != Field::Number {
            let of = match order.field {
                Field::Weight(None) => format!(" for {}", text::digit(view.distribution)),
                _ => String::new(),
            };
            parts.push(format!("by {}{of} {}", order.field.name(), order.arrow()));
        }
        parts.push(match view.sample {
            Some(number) => format!("holds {number}"),
            None if order.field == Field::Number && !order.ascending => "follows the newest".into(),
            None => "follows the first row".into(),
        });
        parts.join(" · ")
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        let (listing, samples) = (&scene.view.listing, &scene.dashboard.samples);
        before_data(scene).or_else(|| {
            if samples.is_empty() {
                return Some("no samples yet".into());
            }
            let kept = text::count(samples.len() as u64);
            let none =
                || format!("none of {kept} samples matches {}: Esc clears the filter, / changes it", listing.filter);
            (listing.len(samples) == 0).then(none)
        })
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Scene { dashboard, view, .. } = *scene;
        let columns = Columns::new(scene, area);
        let mut rows = area.rows();
        if let Some(head) = rows.next() {
            columns.draw_head(scene, head, buffer);
        }
        let about = About::new(dashboard, view.distribution);
        let selected = view.row(dashboard);
        let top = top(view, dashboard, usize::from(area.height.saturating_sub(1)));
        for (area, row) in rows.zip(top..) {
            let Some((place, kept)) = view.listing.get(row, &dashboard.samples) else { break };
            let entry = Entry { kept, times: view.listing.times(place), about: &about };
            columns.draw_row(scene, &entry, row == selected, area, buffer);
        }
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        view.list(dashboard);
        match action {
            Action::Up => view.move_sample(-1, dashboard),
            Action::Down => view.move_sample(1, dashboard),
            Action::PageUp => view.move_sample(-PAGE, dashboard),
            Action::PageDown => view.move_sample(PAGE, dashboard),
            Action::First => view.follow_samples(),
            Action::Last => view.hold(view.listing.len(&dashboard.samples).saturating_sub(1), dashboard),
            Action::Follow if view.sample.is_some() => view.follow_samples(),
            Action::Follow => view.hold(0, dashboard),
            Action::Order => view.listing.order_next(dashboard),
            Action::TurnOrder => view.listing.turn_order(),
            Action::Find => {
                let input = Input::default().with_value(view.listing.filter.to_string());
                let ask = Ask::Filter { distribution: view.distribution };
                view.overlay = Some(Overlay::Prompt(Prompt { ask, input }));
            }
            Action::Cancel if !view.listing.filter.is_empty() => view.listing.set_filter(Default::default()),
            Action::Open => {
                view.subject = Subject::Sample;
                return false;
            }
            _ => return false,
        }
        true
    }

    fn click(&self, row: usize, inside: Rect, view: &mut View, dashboard: &Dashboard) {
        view.list(dashboard);
        let visible = usize::from(inside.height.saturating_sub(1));
        if let Some(row) = row.checked_sub(1) {
            view.hold(top(view, dashboard, visible) + row, dashboard);
        }
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The architectures drawn of late, the last 10,000 at most: number and iteration, the distribution each was \
             drawn from, its loss and accuracy on one validation batch (in the warm-up: on one training batch), what it \
             costs, and R, the cost scaled to 0 to 1 over the space. ×3: the architecture is among these samples three \
             times. w0, w1 …: its importance weight for each distribution at that iteration, 0 to the number of \
             distributions; there are none in the warm-up.",
            "↑ and ↓ select a sample, which is then held whatever comes; g follows the first row again, which is the \
             newest unless you order by something else; f does one or the other. o orders by the next column (in turn: \
             number, source, loss, acc, params, macs, latency, weight for the selected distribution), O turns the order \
             around. Enter draws the cell of the selected sample.",
            "/ filters: all terms must hold. params<50k, macs<2M, latency<3ms, acc>=90%, loss<0.5, r<0.3, source=2, n>1000, \
             iteration>100, weight>1 (for the selected distribution), w0>1; dup for architectures drawn more than once; sep \
             or op:sep for those that use an option with sep in its name. Esc shows all again.",
            "A batch is small, so a sample's accuracy jumps; the modes' figures in the table of distributions are over \
             the whole validation set. Many ×: the distributions have nearly decided, and draw the same again and again.",
        ]
    }
}
