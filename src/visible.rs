//! Text that is what it looks like. Names come from other people's files: control characters move a terminal's cursor, marks
//! of direction let a reader see another text than the one that is there, and some characters have no place in XML.
//!
//! Whoever writes for a medium calls one function, and that one calls these: terminal and SVG `report::formatting::clean`,
//! HTML and XML the escaper of all templates, Markdown, CSV, Mermaid and the shell one function each.

/// Can a reader not see this character, or not where it stands? Joiners, which emoji and Indic scripts are written with,
/// can stay.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Directions: ALM, LRM and RLM, embeddings and overrides, isolates.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Breaks of lines and paragraphs, which readers of lines do not all take for such.
            | '\u{2028}' | '\u{2029}'
            // Nothing at all: zero-width spaces, invisible operators, marks of byte order and annotation, tags.
            | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            // No characters, and not allowed in XML.
            | '\u{fffe}' | '\u{ffff}')
}

/// The text with something that is seen in place of what is not.
pub(crate) fn visible(text: &str, instead: char) -> String {
    text.chars().map(|c| if is_unseen(c) { instead } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_turns_or_hides_is_replaced_and_what_scripts_need_stays() {
        assert_eq!(
            visible("a\u{1b}[2Jb\nc\u{202e}d\u{2066}e\u{200b}f\u{feff}g\u{ffff}", '?'),
            "a?[2Jb?c?d?e?f?g?"
        );
        for kept in ["搶票", "עברית", "e\u{301}", "👩\u{200d}👧", "क्\u{200d}ष"] {
            assert_eq!(visible(kept, '?'), kept);
        }
    }
}
