//! The cells of an architecture as a picture: `layout-rs` places boxes and lines, here they are drawn.

use std::fmt::Write as _;

use layout::core::base::Orientation;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::{Point, Position};
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::cells::{Drawn, Role, drawn, title};
use crate::clean::clean;
use crate::space::{Architecture, Outline};

/// Pixels around everything.
const MARGIN: f64 = 24.0;
/// Pixels of a line of text.
const LINE: f64 = 30.0;
/// Pixels beside a box, and above and below it, that no other comes into: lines need room to turn.
const HALO: Point = Point { x: 26.0, y: 8.0 };
/// Pixels of a letter, about.
const LETTER: f64 = 7.4;

/// What boxes of operations are called.
const OPERATION: &str = "operation";

const STYLE: &str = "text { font: 14px sans-serif; fill: #222; text-anchor: middle } \
                     .title { font-size: 18px; text-anchor: start } .heading { font-weight: bold; text-anchor: start } \
                     text.operation { font-size: 13px; fill: #1f4e99 } text.unused { fill: #999 } \
                     rect { fill: #fff; stroke: #222; stroke-width: 1.5 } rect.end { fill: #e8eef7 } \
                     rect.unused { stroke: #999 } rect.operation { stroke: none } \
                     path { fill: none; stroke: #666; stroke-width: 1.5 } marker path { fill: #666; stroke: none }";

/// The cells or stages of an architecture, drawn one below the other: what stands between the tags of an SVG. Its classes are
/// those of [`svg`]'s style, and lines end in a marker `#arrow`.
#[derive(Debug)]
pub struct Picture {
    /// Pixels across.
    pub width: f64,
    /// Pixels down.
    pub height: f64,
    /// The elements.
    pub body: String,
}

/// The marker that lines end in.
pub const ARROW: &str = "<marker id=\"arrow\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" \
                         orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker>";

/// The cells or stages of an architecture, below so many pixels for a title; nothing where the space has neither.
pub fn picture(outline: &Outline, architecture: &Architecture, above: f64) -> Option<Picture> {
    let cells = drawn(outline, architecture);
    if cells.is_empty() {
        return None;
    }
    let (mut body, mut width, mut top) = (String::new(), 0f64, MARGIN + above);
    for cell in &cells {
        let heading = escaped(&cell.heading);
        let _ = write!(body, "\n<text class=\"heading\" x=\"{MARGIN}\" y=\"{top:.0}\">{heading}</text>");
        top += LINE;
        let canvas = Canvas::of(cell);
        let (left, up) = (MARGIN - canvas.least.x, top - canvas.least.y);
        let _ = write!(body, "\n<g transform=\"translate({left:.1} {up:.1})\">{}{}</g>", canvas.lines, canvas.boxes);
        width = width.max(canvas.most.x - canvas.least.x + 2.0 * MARGIN);
        top += canvas.most.y - canvas.least.y + LINE;
    }
    Some(Picture { width, height: top, body })
}

/// The cells of an architecture as SVG; nothing where the space has no cells. `name` says whose they are.
pub fn svg(outline: &Outline, architecture: &Architecture, name: &str) -> Option<String> {
    let Picture { width, height, body } = picture(outline, architecture, LINE)?;
    let title = title(outline, architecture, name);
    let width = width.max(MARGIN * 2.0 + LETTER * 1.3 * title.chars().count() as f64);
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\">\n<style>{STYLE}</style>\n<defs>{ARROW}</defs>\n\
         <rect width=\"100%\" height=\"100%\" style=\"stroke: none\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"{MARGIN}\">{}</text>{body}\n</svg>\n",
        escaped(&title)
    ))
}

/// What is drawn of one cell.
struct Canvas {
    boxes: String,
    lines: String,
    /// What the last box is.
    class: String,
    least: Point,
    most: Point,
}

impl Canvas {
    /// Lays a cell out from left to right. Operations are boxes of their own, on the lines that they belong to.
    fn of(cell: &Drawn) -> Self {
        let mut graph = VisualGraph::new(Orientation::LeftToRight);
        let add = |graph: &mut VisualGraph, class: &str, text: &str| {
            let beside = if class == OPERATION { 4.0 } else { 18.0 };
            let size = Point::new(LETTER * text.chars().count() as f64 + beside, 26.0);
            let element = Element {
                shape: ShapeKind::new_box(text),
                pos: Position::new(Point::zero(), size, Point::zero(), HALO),
                look: StyleAttr::simple(),
                orientation: Orientation::LeftToRight,
                properties: Some(class.into()),
            };
            graph.add_node(element)
        };
        let places: Vec<_> = cell.boxes.iter().map(|(role, text)| add(&mut graph, class(*role), text)).collect();
        let plain = Arrow { end: LineEndKind::None, ..Arrow::default() };
        for (from, operation, to) in &cell.lines {
            let from = match operation {
                Some(name) => {
                    let place = add(&mut graph, OPERATION, name);
                    graph.add_edge(plain.clone(), places[*from], place);
                    place
                }
                None => places[*from],
            };
            graph.add_edge(Arrow::default(), from, places[*to]);
        }
        let far = f64::INFINITY;
        let [boxes, lines, class] = [const { String::new() }; 3];
        let mut canvas = Self { boxes, lines, class, least: Point::splat(far), most: Point::splat(-far) };
        graph.do_it(false, false, false, &mut canvas);
        canvas
    }

    /// Makes room for a point.
    fn reach(&mut self, point: Point) {
        self.least = Point::new(self.least.x.min(point.x), self.least.y.min(point.y));
        self.most = Point::new(self.most.x.max(point.x), self.most.y.max(point.y));
    }
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Input | Role::Output => "end",
        Role::Unused => "unused",
        Role::Node => "node",
    }
}

impl RenderBackend for Canvas {
    fn draw_rect(&mut self, corner: Point, size: Point, _: &StyleAttr, class: Option<String>, _: Option<ClipHandle>) {
        self.reach(corner);
        self.reach(corner.add(size));
        let class = class.unwrap_or_default();
        // The text that follows is of this box.
        let _ = write!(
            self.boxes,
            "\n<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/>",
            corner.x, corner.y, size.x, size.y
        );
        self.class = class;
    }

    fn draw_text(&mut self, middle: Point, text: &str, _: &StyleAttr) {
        let (class, text) = (&self.class, escaped(text));
        let _ = write!(
            self.boxes,
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" dy=\"0.35em\">{text}</text>",
            middle.x, middle.y
        );
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _: bool,
        (_, headed): (bool, bool),
        _: &StyleAttr,
        _: Option<String>,
        _: &str,
    ) {
        // The first pair is where the curve begins and its first control point; in those behind it the control point
        // stands first.
        let [(start, leaving), (control, next), further @ ..] = path else { return };
        // Where both ends are near each other, the turns that are meant for long lines would run into each other.
        let reach = start.distance_to(*next) / 3.0;
        let near = |end: &Point, turn: &Point| match end.distance_to(*turn) {
            far if far > reach => end.add(turn.sub(*end).scale(reach / far)),
            _ => *turn,
        };
        let (leaving, control) = (&near(start, leaving), &near(next, control));
        let pair = |a: &Point, b: &Point| format!("{:.1} {:.1}, {:.1} {:.1}", a.x, a.y, b.x, b.y);
        let mut curve =
            format!("M{:.1} {:.1} C{}, {:.1} {:.1}", start.x, start.y, pair(leaving, control), next.x, next.y);
        for (control, next) in further {
            let _ = write!(curve, " S{}", pair(control, next));
        }
        path.iter().for_each(|(a, b)| {
            self.reach(*a);
            self.reach(*b);
        });
        let head = if headed { " marker-end=\"url(#arrow)\"" } else { "" };
        let _ = write!(self.lines, "\n<path d=\"{curve}\"{head}/>");
    }

    // Nothing of what is laid out here is one of these.
    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
