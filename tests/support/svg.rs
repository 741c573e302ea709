//! What every chart must be: well-formed, with texts and shapes inside its picture.

#![allow(dead_code, reason = "each test file uses its own part")]

/// A reader of XML that accepts what the charts use and nothing that is not well-formed.
pub fn check_xml(name: &str, text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let outside = &rest[..start];
        assert!(!outside.contains('>'), "{name}: a bare > in {outside:?}");
        check_entities(name, outside);
        let end = start + rest[start..].find('>').unwrap_or_else(|| panic!("{name}: a tag without an end"));
        let tag = &rest[start + 1..end];
        check_entities(name, tag);
        assert_eq!(tag.matches('"').count() % 2, 0, "{name}: quotes in {tag:?}");
        if let Some(closing) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closing), "{name}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().expect("a name"));
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{name}: {open:?} never closed");
}

fn check_entities(name: &str, text: &str) {
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"];
        assert!(known.iter().any(|entity| text[at..].starts_with(entity)), "{name}: a bare & in {text:?}");
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!text.contains(control), "{name}: a control character in {text:?}");
}

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

/// Every text stays inside the picture; widths are guessed for a wide sans-serif face.
pub fn check_texts(name: &str, svg: &str) {
    let view: Vec<f64> =
        attribute(svg, "viewBox").expect("a viewBox").split(' ').map(|part| part.parse().unwrap()).collect();
    for piece in svg.split("<text").skip(1) {
        let (tag, rest) = piece.split_once('>').expect("a tag");
        let text = rest.split("</text>").next().expect("a text").trim();
        let text =
            text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&quot;", "\"");
        let number = |of: &str| attribute(tag, of).and_then(|value| value.parse::<f64>().ok()).unwrap();
        let (x, y, size) = (number("x"), number("y"), number("font-size"));
        let em: f64 = text.chars().map(|c| if u32::from(c) > 0x2E80 { 1.0 } else { 0.56 }).sum();
        let width = em * size;
        let left = match attribute(tag, "text-anchor") {
            Some("end") => x - width,
            Some("middle") => x - width / 2.0,
            _ => x,
        };
        assert!(
            left >= -size && left + width <= view[2] + size,
            "{name}: {text:?} at {left}..{}",
            left + width
        );
        assert!(y >= 0.0 && y <= view[3], "{name}: {text:?} at height {y}");
    }
}

/// Every line, dot and bar stays inside the picture, with two pixels to spare for what has a width.
pub fn check_shapes(name: &str, svg: &str) {
    const SPARE: f64 = 8.0;
    let view: Vec<f64> =
        attribute(svg, "viewBox").expect("a viewBox").split(' ').map(|part| part.parse().unwrap()).collect();
    let check = |tag: &str, x: f64, y: f64| {
        let inside = x >= view[0] - SPARE
            && x <= view[0] + view[2] + SPARE
            && y >= view[1] - SPARE
            && y <= view[1] + view[3] + SPARE;
        assert!(inside, "{name}: {x}, {y} is outside of {view:?}: {tag}");
    };
    for piece in svg.split('<').skip(1) {
        let tag = piece.split('>').next().expect("a tag");
        let number = |of: &str| attribute(tag, of).and_then(|value| value.parse::<f64>().ok()).unwrap_or(0.0);
        match tag.split_whitespace().next() {
            Some("polyline" | "polygon") => {
                for point in attribute(tag, "points").expect("points").split_whitespace() {
                    let (x, y) = point.split_once(',').expect("a point");
                    check(tag, x.parse().expect("a number"), y.parse().expect("a number"));
                }
            }
            Some("circle") => {
                let (x, y, radius) = (number("cx"), number("cy"), number("r"));
                check(tag, x - radius, y - radius);
                check(tag, x + radius, y + radius);
            }
            Some("rect") => {
                check(tag, number("x"), number("y"));
                check(tag, number("x") + number("width"), number("y") + number("height"));
            }
            Some("line") => {
                check(tag, number("x1"), number("y1"));
                check(tag, number("x2"), number("y2"));
            }
            _ => {}
        }
    }
}
