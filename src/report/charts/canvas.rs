//! Where charts are drawn: plotters' SVG backend under a pen that thinks in CSS pixels. The backend's coordinates
//! are integers, so everything is drawn four times as large and scaled back by the `viewBox`.

use super::palette::{Color, INK, PAPER};
use crate::report::escape::escaped;
use crate::report::formatting::{char_width, clean};
use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};

/// How much larger than it is shown a chart is drawn.
const SCALE: f64 = 4.0;
/// plotters writes a font size divided by this.
const FONT: f64 = 1.24;
/// Size of labels.
pub(super) const LABEL: f64 = 13.0;
/// Size of a title.
const TITLE: f64 = 17.0;
/// From one line of a title to the next.
const TITLE_LINE: f64 = 23.0;

/// Paper left and right of a chart that is a file of its own.
const MARGIN: f64 = 16.0;

/// For which place a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A file of its own: with title and paper.
    File,
    /// Inside the page, which has the title.
    Wide,
    /// Inside the page on a telephone.
    Narrow,
}

impl Frame {
    /// Width in CSS pixels.
    pub(super) const fn width(self) -> f64 {
        match self {
            Frame::File | Frame::Wide => 760.0,
            Frame::Narrow => 370.0,
        }
    }

    /// Is there little room?
    pub(super) const fn is_narrow(self) -> bool {
        matches!(self, Frame::Narrow)
    }
}

/// To which side of its point a text extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The point is its left end.
    Right,
    /// The point is its right end.
    Left,
    /// The point is its middle.
    Both,
}

/// Draws in CSS pixels from the upper left corner of the chart's body.
pub(super) struct Pen<'a> {
    root: DrawingArea<SVGBackend<'a>, Shift>,
    top: f64,
}

/// A point in CSS pixels.
pub(super) type Point = (f64, f64);

impl Pen<'_> {
    fn at(&self, (x, y): Point) -> (i32, i32) {
        ((x * SCALE).round() as i32, ((y + self.top) * SCALE).round() as i32)
    }

    /// Writes a text whose middle line is at the height of the point.
    pub(super) fn text(&self, at: Point, side: Side, size: f64, color: Color, text: &str) {
        self.write(at, side, size, color, FontStyle::Normal, text);
    }

    /// The same, bold.
    pub(super) fn bold(&self, at: Point, side: Side, size: f64, color: Color, text: &str) {
        self.write(at, side, size, color, FontStyle::Bold, text);
    }

    fn write(&self, at: Point, side: Side, size: f64, color: Color, weight: FontStyle, text: &str) {
        let across = match side {
            Side::Right => HPos::Left,
            Side::Left => HPos::Right,
            Side::Both => HPos::Center,
        };
        let font = FontDesc::new(FontFamily::SansSerif, size * SCALE * FONT, weight);
        let rgb = color.rgb();
        let style = TextStyle::from(font).color(&rgb).pos(Pos::new(across, VPos::Center));
        // A text that cannot be written to a string in memory does not exist: drawing never fails here.
        let _ = self.root.draw(&Text::new(clean(text), self.at(at), style));
    }

    /// Draws a line through the points.
    pub(super) fn line(&self, points: &[Point], color: Color, width: f64) {
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        let style = ShapeStyle::from(&color.rgb()).stroke_width((width * SCALE) as u32);
        let _ = self.root.draw(&PathElement::new(points, style));
    }

    /// Draws a straight line in dashes.
    pub(super) fn dashed(&self, from: Point, to: Point, color: Color, width: f64) {
        const DASH: f64 = 5.0;
        let length = libm::sqrt((to.0 - from.0) * (to.0 - from.0) + (to.1 - from.1) * (to.1 - from.1));
        let at = |way: f64| {
            let part = if length > 0.0 { (way / length).min(1.0) } else { 0.0 };
            (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
        };
        let mut way = 0.0;
        while way < length {
            self.line(&[at(way), at(way + DASH)], color, width);
            way += 2.0 * DASH;
        }
    }

    /// Fills the shape between the points.
    pub(super) fn fill(&self, points: &[Point], color: Color) {
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        let _ = self.root.draw(&Polygon::new(points, ShapeStyle::from(&color.rgb()).filled()));
    }

    /// Fills a circle.
    pub(super) fn dot(&self, at: Point, radius: f64, color: Color) {
        let style = ShapeStyle::from(&color.rgb()).filled();
        let _ = self.root.draw(&Circle::new(self.at(at), (radius * SCALE) as u32, style));
    }

    /// Fills a rectangle.
    pub(super) fn rectangle(&self, from: Point, to: Point, color: Color) {
        let style = ShapeStyle::from(&color.rgb()).filled();
        let _ = self.root.draw(&Rectangle::new([self.at(from), self.at(to)], style));
    }
}

/// Draws one chart of the given height (without title) and returns its SVG.
pub(super) fn draw(frame: Frame, title: &str, height: f64, body: impl Fn(&Pen<'_>)) -> String {
    let width = frame.width();
    let lines = if frame == Frame::File { balanced(title, width) } else { Vec::new() };
    let top = if lines.is_empty() { 0.0 } else { 18.0 + TITLE_LINE * lines.len() as f64 };
    let bottom = if frame == Frame::File { 10.0 } else { 0.0 };
    let size = ((width * SCALE) as u32, ((top + height + bottom) * SCALE).round() as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let pen = Pen { root, top };
        for (at, line) in lines.iter().enumerate() {
            let y = 22.0 + TITLE_LINE * at as f64 - top;
            pen.bold((0.0, y), Side::Right, TITLE, INK, line);
        }
        body(&pen);
        let _ = pen.root.present();
    }
    reframed(&svg, frame, title, size)
}

/// Replaces the root element by one that scales, and that says to screen readers what it shows.
fn reframed(svg: &str, frame: Frame, title: &str, (width, height): (u32, u32)) -> String {
    let content = svg.find("<svg").and_then(|start| Some(start + svg[start..].find('>')? + 1));
    let content = &svg[content.unwrap_or(0)..];
    let label = escaped(title);
    if frame != Frame::File {
        return format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{label}\">{content}"
        );
    }
    let margin = (MARGIN * SCALE) as u32;
    let wide = width + 2 * margin;
    let (w, h) = (f64::from(wide) / SCALE, f64::from(height) / SCALE);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"-{margin} 0 {wide} {height}\" \
         role=\"img\" aria-label=\"{label}\">\n\
         <rect x=\"-{margin}\" y=\"0\" width=\"{wide}\" height=\"{height}\" fill=\"#{:06X}\"/>{content}",
        PAPER.light
    )
}

/// A chart that says what it is and how to read it, to whoever asks its `title` and `desc`.
pub(super) fn described(svg: &str, title: &str, about: &str) -> String {
    let start = svg.find('>').map_or(0, |end| end + 1);
    let (root, content) = svg.split_at(start);
    let (title, about) = (escaped(title), escaped(about));
    format!("{root}\n<title>{title}</title>\n<desc>{about}</desc>{content}")
}

/// How wide a text is about, in CSS pixels: no font is measured, so the guess is on the wide side of the usual
/// sans-serif faces.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.31,
        ' ' | 't' | 'f' | 'r' | '(' | ')' | '-' | '/' | '·' => 0.39,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        '0'..='9' => 0.63,
        'a'..='z' => 0.60,
        c => [0.0, 0.70, 1.05][char_width(c).min(2)],
    };
    text.chars().map(em).sum::<f64>() * size
}

/// A text shortened to a width, with an ellipsis where something was cut.
pub(super) fn shortened(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if text_width(&short, size) + text_width("m…", size) > room {
            break;
        }
        short.push(c);
    }
    format!("{}…", short.trim_end())
}

/// A title broken into lines of about one length, as many as the width needs.
fn balanced(title: &str, width: f64) -> Vec<String> {
    const BOLD: f64 = TITLE * 1.17;
    let mut best = broken(title, BOLD, width);
    let mut room = width;
    while room > width / 2.0 {
        room -= 10.0;
        let narrower = broken(title, BOLD, room);
        if narrower.len() > best.len() || narrower.iter().any(|line| line.ends_with('…')) {
            break;
        }
        best = narrower;
    }
    best
}

/// A text broken into lines of a width.
pub(super) fn broken(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if text_width(last, size) + text_width(" ", size) + text_width(word, size) <= room => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| shortened(line, size, room)).collect()
}
