//! The one way in which text comes into HTML, SVG and other XML: whatever a scenario says is shown, and nothing of it is
//! markup. Every template is written with it (`askama.toml`).

use super::formatting::clean;
use std::fmt::{self, Write};

/// The escaper of all templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Markup;

impl askama::filters::Escaper for Markup {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        dest.write_str(&escaped(text))
    }
}

/// A text inside an element or an attribute. Breaks of lines stay: scenarios are shown as they were written.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for c in clean(line.strip_suffix('\r').unwrap_or(line)).chars() {
            match c {
                '&' => safe.push_str("&#38;"),
                '<' => safe.push_str("&#60;"),
                '>' => safe.push_str("&#62;"),
                '"' => safe.push_str("&#34;"),
                '\'' => safe.push_str("&#39;"),
                c => safe.push(c),
            }
        }
        safe.push_str(end);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup_or_unseen() {
        assert_eq!(escaped("<b a='\"'>&\u{202e}\u{ffff}\r\nc"), "&#60;b a=&#39;&#34;&#39;&#62;&#38;??\nc");
    }
}
